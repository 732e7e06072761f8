"""Prices of the time before Darkstar, out of what Home Assistant kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from darkstar.home.ports import CallResult, EntityState, StatisticsRow
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day, slots_between
from darkstar.home.sources import PriceSourceSettings
from darkstar.home.tariff import FeePeriod, TariffSettings
from darkstar.inputs.past_prices import PastPrices, read_past_prices
from tests.homes import home as any_home
from tests.inputs.fake_home_assistant import FakeHomeAssistant

SENSOR = "sensor.nordpool_kwh_se4_sek_3_10_025"
NOW = datetime(2026, 11, 3, 11, 0, tzinfo=UTC)
"""The autumn change of the clock lies nine days back, within the fine rows."""
START = NOW - timedelta(days=40)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
TARIFF = TariffSettings(transfer_fee_per_kwh=0.25, energy_tax_per_kwh=0.44, vat_percent=25)


def spot(at: datetime) -> float:
    """A price that tells each quarter-hour of each day from its neighbours."""
    quarter = int((at - START) / QUARTER)
    return 0.4 + 0.003 * (quarter % 96) + 0.01 * (quarter // 96)


def swedish(tariff: TariffSettings = TARIFF, **changes: Any) -> HomeSettings:
    prices = PriceSourceSettings.model_validate({"source": "nordpool_sensor", "entity": SENSOR, **changes})
    return any_home(currency="SEK", prices=prices, tariff=tariff)


def published(home: HomeSettings, since: timedelta = timedelta(hours=12)) -> tuple[PriceCurve]:
    """What the source says today, of the hours that are over."""
    slots = slots_between(NOW - since, NOW + timedelta(hours=12))
    return (PriceCurve(tuple(paid(home, slot.start) for slot in slots)),)


def paid(home: HomeSettings, at: datetime) -> Price:
    local = at.astimezone(home.zone)
    return Price(
        at, at + QUARTER, home.tariff.import_price(spot(at), local), home.tariff.export_price(spot(at)), known=True
    )


def sensor(entity_id: str = SENSOR, unit: str = "SEK/kWh", **attributes: Any) -> EntityState:
    return EntityState(entity_id, "0.5", {"unit_of_measurement": unit, **attributes}, NOW)


def measured_rows(shown: Callable[[datetime], float] = spot, since: datetime = START) -> dict[str, list[StatisticsRow]]:
    """Statistics of a sensor with state class `measurement`: means; it changes 20 s after the quarter-hour."""
    rows: dict[str, list[StatisticsRow]] = {"5minute": [], "hour": []}
    at = NOW - timedelta(days=10)
    while at < NOW:
        late = 20 / 300 if at.minute % 15 == 0 else 0.0
        mean = (1 - late) * shown(at) + late * shown(at - QUARTER)
        rows["5minute"].append(StatisticsRow(at, at + HOUR / 12, None, mean))
        at += HOUR / 12
    at = since
    while at < NOW:
        rows["hour"].append(StatisticsRow(at, at + HOUR, None, sum(shown(at + n * QUARTER) for n in range(4)) / 4))
        at += HOUR
    return rows


def total_rows() -> dict[str, list[StatisticsRow]]:
    """Of a sensor with state class `total`, as the HACS Nord Pool sensor has it: no mean, what it showed last."""
    found = {}
    for period, rows in measured_rows().items():
        last = [(row, row.end - QUARTER if period == "hour" else row.start) for row in rows]
        found[period] = [StatisticsRow(row.start, row.end, 0.01, None, spot(at)) for row, at in last]
    return found


def recorder(rows: Mapping[str, list[StatisticsRow]], entity_id: str = SENSOR, *more: EntityState) -> FakeHomeAssistant:
    ha = FakeHomeAssistant({entity_id: sensor(entity_id), **{state.entity_id: state for state in more}})
    ha.rows = {(entity_id, period): found for period, found in rows.items()}
    return ha


def read(ha: FakeHomeAssistant, home: HomeSettings) -> PastPrices:
    return read_past_prices(ha, home, START, NOW, published(home))


def test_means_of_the_sensor_become_what_the_home_paid() -> None:
    home = swedish()
    found = read(recorder(measured_rows()), home)
    assert found.note == ""
    assert len(found.curve.prices) == 40 * 96
    recent = NOW - timedelta(days=9, hours=3)
    price = found.curve.at(recent)
    assert price is not None
    assert price.import_per_kwh == pytest.approx((spot(recent) + 0.25 + 0.44) * 1.25)
    assert price.export_per_kwh == pytest.approx(spot(recent))
    old = START + timedelta(days=5)
    hour = found.curve.at(old)
    assert hour is not None
    assert hour.export_per_kwh == pytest.approx(sum(spot(old + n * QUARTER) for n in range(4)) / 4)


@pytest.mark.parametrize(("day", "quarters"), [(date(2026, 10, 25), 100), (date(2026, 10, 20), 96)])
def test_a_day_has_all_its_quarter_hours_with_the_fees_of_the_local_clock(day: date, quarters: int) -> None:
    fees = TariffSettings.model_validate(
        {"fee_periods": [FeePeriod.model_validate({"fee_per_kwh": 1.0, "start": "06:00", "end": "22:00"})]}
    )
    home = swedish(fees)
    curve = read(recorder(measured_rows()), home).curve
    start, end = local_day(day, home.zone)
    prices = [price for price in curve.prices if start <= price.start < end]
    assert len(prices) == quarters
    dear = [price for price in prices if price.import_per_kwh - price.export_per_kwh == pytest.approx(1.0)]
    assert len(dear) == 16 * 4
    assert dear[0].start.astimezone(home.zone).hour == 6


def test_the_spring_day_with_92_quarter_hours() -> None:
    now = datetime(2026, 4, 2, 10, tzinfo=UTC)
    start, end = local_day(date(2026, 3, 29), swedish().zone)
    rows = [StatisticsRow(start + n * HOUR, start + (n + 1) * HOUR, None, 0.1 * n) for n in range(120)]
    home = swedish()
    curve = PriceCurve(
        tuple(
            Price(slot.start, slot.end, home.tariff.import_price(spot, slot.start.astimezone(home.zone)), spot)
            for row in rows[-20:]
            for slot in slots_between(row.start, row.end)
            for spot in (row.mean or 0.0,)
        )
    )
    found = read_past_prices(recorder({"hour": rows}), home, start, now, (curve,)).curve
    day = [price for price in found.prices if start <= price.start < end]
    assert len(day) == 92
    assert day[-1].export_per_kwh == pytest.approx(0.1 * 22)


def test_a_sensor_of_state_class_total_tells_what_it_showed_last() -> None:
    found = read(recorder(total_rows()), swedish())
    recent = found.curve.at(NOW - timedelta(days=3))
    assert recent is not None
    assert recent.export_per_kwh == pytest.approx(spot(NOW - timedelta(days=3)))
    assert len(found.curve.prices) == 40 * 96
    assert "the last quarter of each hour stands for the hour" in found.note


def test_a_sensor_that_shows_a_mean_of_the_day_is_not_believed() -> None:
    found = read(recorder(measured_rows(lambda at: 0.6)), swedish())
    assert found.curve.prices == ()
    assert "was not the price of its time" in found.note
    assert "prices.history_entity" in found.note


def test_another_sensor_tells_the_past_where_one_is_named() -> None:
    ha = recorder(measured_rows(lambda at: 0.6))
    ha.states["sensor.current_price"] = sensor("sensor.current_price")
    ha.rows |= {("sensor.current_price", period): rows for period, rows in measured_rows().items()}
    found = read(ha, swedish(history_entity="sensor.current_price"))
    assert len(found.curve.prices) == 40 * 96


def test_what_cannot_be_checked_is_not_believed_yet() -> None:
    home = swedish()
    found = read_past_prices(recorder(measured_rows()), home, START, NOW, published(home, timedelta(minutes=30)))
    assert found.curve.prices == ()
    assert "tried again tomorrow" in found.note


def test_a_sensor_without_statistics_is_read_from_its_states() -> None:
    """It has no state class: the recorder's last ten days tell, at the price's own resolution."""
    ha = FakeHomeAssistant({SENSOR: sensor()})
    lags = timedelta(seconds=20)
    first = NOW - timedelta(days=12)
    ha.past = {
        SENSOR: [
            EntityState(SENSOR, str(spot(slot.start)), {"unit_of_measurement": "SEK/kWh"}, slot.start + lags)
            for slot in slots_between(first, NOW)
        ]
    }
    found = read(ha, swedish())
    assert len(found.curve.prices) == pytest.approx(10 * 96, abs=1)
    price = found.curve.at(NOW - timedelta(days=9))
    assert price is not None
    assert price.export_per_kwh == pytest.approx(spot(NOW - timedelta(days=9)))
    assert "has no prices before 2026-10-24" in found.note


def test_lists_that_were_recorded_need_no_check() -> None:
    """The sensor's state is the day's mean, as that of ENTSO-e; its list of the day was recorded."""
    home = swedish(source="entsoe", entity="sensor.average")
    today, end = local_day(date(2026, 10, 25), home.zone)
    rows = [{"time": slot.start.isoformat(), "price": spot(slot.start)} for slot in slots_between(today, end, 60)]
    attributes = {"unit_of_measurement": "SEK/kWh", "prices_today": rows}
    ha = FakeHomeAssistant({"sensor.average": EntityState("sensor.average", "0.5", attributes, NOW)})
    ha.past = {"sensor.average": [EntityState("sensor.average", "0.5", attributes, today + timedelta(hours=13))]}
    found = read(ha, home)
    inside = [price for price in found.curve.prices if today <= price.start < end]
    assert len(inside) == 100
    assert inside[0].export_per_kwh == pytest.approx(spot(today))
    assert len(found.curve.prices) == 100


def test_without_anything_the_way_out_is_told() -> None:
    found = read(FakeHomeAssistant({SENSOR: sensor()}), swedish())
    assert found.curve.prices == ()
    assert "Home Assistant has no past prices from" in found.note
    assert "prices.history_entity" in found.note


def test_a_sensor_that_is_younger_says_from_when_on_it_knows() -> None:
    found = read(recorder(measured_rows(since=START + timedelta(days=20))), swedish())
    assert found.curve.prices[0].start == START + timedelta(days=20)
    assert "has no prices before 2026-10-14" in found.note


def test_where_an_export_price_of_its_own_is_not_known_there_is_no_price() -> None:
    home = swedish(export_entity="sensor.sold")
    official = PriceCurve(tuple(Price(p.start, p.end, p.import_per_kwh, 0.3) for p in published(home)[0].prices))
    ha = recorder(measured_rows())
    ha.states["sensor.sold"] = sensor("sensor.sold")
    assert read_past_prices(ha, home, START, NOW, (official,)).curve.prices == ()
    half = START + timedelta(days=20)
    ha.rows |= {("sensor.sold", period): rows for period, rows in measured_rows(lambda at: 0.3, half).items()}
    found = read_past_prices(ha, home, START, NOW, (official,)).curve
    assert found.prices[0].start == half
    assert {price.export_per_kwh for price in found.prices} == {0.3}


def test_the_service_is_asked_day_by_day_as_far_back_as_it_knows() -> None:
    home = swedish(source="nordpool_service", nordpool_config_entry="01AB", nordpool_area="SE4")
    known_from = date(2026, 10, 20)
    asked: list[date] = []

    def answer(data: Mapping[str, Any]) -> CallResult:
        day = date.fromisoformat(data["date"])
        asked.append(day)
        if day < known_from:
            return CallResult(ok=False, error="no data")
        start, end = local_day(day, home.zone)
        slots = slots_between(start, end)
        rows = [
            {"start": slot.start.isoformat(), "end": slot.end.isoformat(), "price": 1000 * spot(slot.start)}
            for slot in slots
        ]
        return CallResult(ok=True, response={"SE4": rows})

    ha = FakeHomeAssistant(answers={"nordpool/get_prices_for_date": answer})
    found = read_past_prices(ha, home, START, NOW, ())
    assert min(asked) == known_from - timedelta(days=3)
    assert found.curve.prices[0].start == local_day(known_from, home.zone)[0]
    assert found.curve.prices[-1].end == NOW
    assert found.curve.prices[-1].export_per_kwh == pytest.approx(spot(NOW - QUARTER))
    assert "has no prices before 2026-10-20" in found.note


def test_a_fixed_price_held_all_the_time() -> None:
    home = any_home(prices=PriceSourceSettings(source="fixed", fixed_per_kwh=0.1))
    found = read_past_prices(FakeHomeAssistant(connected=False), home, START, NOW, ())
    assert len(found.curve.prices) == 40 * 96
    assert found.note == ""


def test_a_connection_that_fails_is_told() -> None:
    ha = recorder(measured_rows())
    ha.connected = False
    with pytest.raises(ConnectionError):
        read(ha, swedish())
