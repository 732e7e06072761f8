from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.ports import CallResult, EntityState
from darkstar.home.prices import PriceCurve
from darkstar.home.problem import Severity
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.home.sources import GenericPriceMapping, PriceSourceSettings
from darkstar.home.tariff import FeePeriod, TariffSettings
from darkstar.inputs.price_source import PriceReading, read_prices
from tests.homes import home
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, entity, having, reported
from tests.inputs.price_junk import junk_attributes
from tests.inputs.price_samples import AUTUMN, FRIDAY, SPRING, STOCKHOLM, THURSDAY, rows, values

EVENING = datetime(2026, 1, 15, 17, tzinfo=UTC)
SERVICE = PriceSourceSettings(source="nordpool_service", nordpool_config_entry="01ABC", nordpool_area="se4")
SENSOR = PriceSourceSettings(source="nordpool_sensor", entity="sensor.nordpool")
TIBBER = PriceSourceSettings(source="tibber", entity="sensor.electricity_price_villa")
FINAL = TariffSettings(import_price_is_final=True)


def swedish(prices: PriceSourceSettings, **changes: Any) -> HomeSettings:
    return home(currency="SEK", prices=prices, **changes)


def ids(reading: PriceReading) -> list[str]:
    return [problem.problem_id for problem in reading.problems]


def assert_covers(curve: PriceCurve, first: date, last: date) -> None:
    assert curve.prices[0].start == local_day(first, STOCKHOLM)[0]
    assert curve.prices[-1].end == local_day(last, STOCKHOLM)[1]
    assert all(one.end == other.start for one, other in pairwise(curve.prices))


class NordPool:
    """The action, with the days that are published."""

    def __init__(self, *days: date, minutes: int = 15, refuse: tuple[date, ...] = ()) -> None:
        self._days, self._minutes, self._refuse = days, minutes, refuse

    def __call__(self, data: Mapping[str, Any]) -> CallResult:
        day = date.fromisoformat(data["date"])
        if day in self._refuse:
            return CallResult(ok=False, error="connection_error")
        listed = rows(day, self._minutes, "start", "price", "end") if day in self._days else []
        return CallResult(ok=True, response={data["areas"]: listed})


def nordpool(*days: date, minutes: int = 15, refuse: tuple[date, ...] = ()) -> FakeHomeAssistant:
    return FakeHomeAssistant(answers={"nordpool/get_prices_for_date": NordPool(*days, minutes=minutes, refuse=refuse)})


@pytest.mark.parametrize(("day", "count"), [(THURSDAY, 192), (SPRING, 188), (AUTUMN, 196)])
def test_nordpool_service_asks_for_both_days(day: date, count: int) -> None:
    tomorrow = day + timedelta(days=1)
    ha = nordpool(day, tomorrow)
    now = datetime.combine(day, time(16), STOCKHOLM).astimezone(UTC)
    reading = read_prices(ha, swedish(SERVICE), now)
    assert ids(reading) == []
    assert_covers(reading.curve, day, tomorrow)
    assert len(reading.curve.prices) == count
    asked = {"config_entry": "01ABC", "areas": "SE4", "currency": "SEK"}
    assert ha.calls == [
        ("nordpool/get_prices_for_date", {**asked, "date": when.isoformat()}) for when in (day, tomorrow)
    ]


def test_a_finnish_day_begins_in_yesterday_s_delivery_day() -> None:
    ha = nordpool()
    read_prices(ha, home(prices=SERVICE, time_zone="Europe/Helsinki"), NOON)
    assert [data["date"] for _, data in ha.calls] == ["2026-01-14", "2026-01-15", "2026-01-16"]


def test_today_survives_a_failure_of_tomorrow_and_the_other_way_round() -> None:
    reading = read_prices(nordpool(THURSDAY, refuse=(FRIDAY,)), swedish(SERVICE), NOON)
    assert_covers(reading.curve, THURSDAY, THURSDAY)
    assert ids(reading) == []
    reading = read_prices(nordpool(FRIDAY, refuse=(THURSDAY,)), swedish(SERVICE), NOON)
    assert_covers(reading.curve, FRIDAY, FRIDAY)
    assert ids(reading) == ["prices_missing"]
    assert "connection_error" in reading.problems[0].meaning
    assert "2026-01-15" in reading.problems[0].meaning


@pytest.mark.parametrize(
    ("clock", "problems"),
    [(time(14, 59), []), (time(15), ["prices_tomorrow_late"]), (time(23), ["prices_tomorrow_late"])],
)
def test_tomorrow_is_late_from_three_o_clock_local_time(clock: time, problems: list[str]) -> None:
    now = datetime.combine(THURSDAY, clock, STOCKHOLM).astimezone(UTC)
    reading = read_prices(nordpool(THURSDAY), swedish(SERVICE), now)
    assert ids(reading) == problems
    assert all(problem.severity is Severity.WARNING for problem in reading.problems)
    assert_covers(reading.curve, THURSDAY, THURSDAY)


@pytest.mark.parametrize(("hours", "problems"), [(23, []), (12, ["prices_tomorrow_late"])])
def test_most_of_tomorrow_is_enough(hours: int, problems: list[str]) -> None:
    state = raw(THURSDAY)
    tomorrow = rows(FRIDAY, 60, "start", "value", "end")[:hours]
    state = entity("sensor.nordpool", "1", **{**state.attributes, "raw_tomorrow": tomorrow})
    assert ids(read_prices(having(state), swedish(SENSOR), EVENING)) == problems


def test_no_price_at_all_is_critical_and_says_what_to_do() -> None:
    (problem,) = read_prices(FakeHomeAssistant(), swedish(SENSOR), NOON).problems
    assert (problem.problem_id, problem.severity, problem.since) == ("prices_missing", Severity.CRITICAL, NOON)
    assert "sensor.nordpool" in problem.meaning
    assert problem.remedy


def test_prices_of_yesterday_only_are_missing_prices() -> None:
    reading = read_prices(having(raw(date(2026, 1, 14))), swedish(SENSOR), NOON)
    assert ids(reading) == ["prices_missing"]
    assert "2026-01-15 00:00" in reading.problems[0].meaning


def raw(*days: date, minutes: int = 60) -> EntityState:
    listed = [row for day in days for row in rows(day, minutes, "start", "value", "end")]
    return entity("sensor.nordpool", "1", "SEK/kWh", raw_today=listed, raw_tomorrow=[])


def test_the_tariff_is_applied_and_hours_cut_where_the_fee_changes() -> None:
    night = FeePeriod(fee_per_kwh=0.1, start=time(21, 45), end=time(6, 15))
    tariff = TariffSettings(transfer_fee_per_kwh=0.3, fee_periods=(night,), vat_percent=25, export_share=0.9)
    reading = read_prices(having(raw(THURSDAY)), swedish(SENSOR, tariff=tariff), NOON)
    assert len(reading.curve.prices) == 26
    assert_covers(reading.curve, THURSDAY, THURSDAY)
    price = reading.curve.at(NOON)
    assert price is not None
    assert price.import_per_kwh == pytest.approx((12 + 0.3) * 1.25)
    assert price.export_per_kwh == pytest.approx(12 * 0.9)


def test_an_unreadable_part_is_a_warning_while_there_is_a_price_for_now() -> None:
    mapping = GenericPriceMapping(today_attribute="today", tomorrow_attribute="tomorrow")
    prices = PriceSourceSettings(source="generic", entity="sensor.own", mapping=mapping)
    state = entity("sensor.own", "1", "SEK/kWh", today=values(THURSDAY, 60), tomorrow=[1.0] * 7)
    reading = read_prices(having(state), swedish(prices), NOON)
    assert ids(reading) == ["prices_unreadable"]
    assert "7 values for 2026-01-16" in reading.problems[0].meaning


def test_bare_lists_count_from_the_day_of_the_report() -> None:
    mapping = GenericPriceMapping(today_attribute="today", tomorrow_attribute="tomorrow")
    prices = PriceSourceSettings(source="generic", entity="sensor.own", mapping=mapping)
    state = entity("sensor.own", "1", "SEK/kWh", today=values(THURSDAY, 60), tomorrow=values(FRIDAY, 60, 100))
    after_midnight = datetime(2026, 1, 15, 23, 0, 20, tzinfo=UTC)
    before_midnight = reported(state, after_midnight - timedelta(minutes=1))
    price = read_prices(having(before_midnight), swedish(prices), after_midnight).curve.at(after_midnight)
    assert price is not None
    assert price.import_per_kwh == 100


class TestTibber:
    def test_the_action_serves_when_the_sensor_has_no_lists(self) -> None:
        def answer(data: Mapping[str, Any]) -> CallResult:
            day = datetime.fromisoformat(data["start"]).date()
            return CallResult(ok=True, response={"prices": {"Villa": rows(day, 15, "start_time", "price")}})

        state = entity("sensor.electricity_price_villa", "1.2", "SEK/kWh", app_nickname="Villa")
        ha = having(state)
        ha.answers["tibber/get_prices"] = answer
        reading = read_prices(ha, swedish(TIBBER, tariff=FINAL), EVENING)
        assert ids(reading) == []
        assert_covers(reading.curve, THURSDAY, FRIDAY)
        assert [data for _, data in ha.calls] == [
            {"start": "2026-01-15T00:00:00+01:00", "end": "2026-01-16T00:00:00+01:00"},
            {"start": "2026-01-16T00:00:00+01:00", "end": "2026-01-17T00:00:00+01:00"},
        ]

    def test_a_sensor_with_lists_needs_no_action(self) -> None:
        state = entity("sensor.electricity_price_villa", today=rows(THURSDAY, 60, "startsAt", "total"))
        ha = having(state)
        assert len(read_prices(ha, swedish(TIBBER, tariff=FINAL), NOON).curve.prices) == 24
        assert ha.calls == []

    def test_without_either_the_action_s_fault_is_told(self) -> None:
        (problem,) = read_prices(FakeHomeAssistant(), swedish(TIBBER, tariff=FINAL), NOON).problems
        assert problem.problem_id == "prices_missing"
        assert "tibber/get_prices is not registered" in problem.meaning


class TestOctopus:
    CURRENT = "event.octopus_energy_electricity_1_2_current_day_rates"
    EXPORT = "event.octopus_energy_electricity_1_3_export_current_day_rates"
    PRICES = PriceSourceSettings(source="octopus", entity=CURRENT, export_entity=EXPORT)

    def british(self) -> HomeSettings:
        return home(currency="GBP", prices=self.PRICES, tariff=FINAL)

    def rates(self, entity_id: str, day: date, first: float) -> EntityState:
        return entity(entity_id, rates=rows(day, 30, "start", "value_inc_vat", "end", first=first))

    def test_both_days_and_both_directions(self) -> None:
        ha = having(
            self.rates(self.CURRENT, THURSDAY, 0),
            self.rates(self.CURRENT.replace("current", "next"), FRIDAY, 100),
            self.rates(self.EXPORT, THURSDAY, 1000),
            self.rates(self.EXPORT.replace("current", "next"), FRIDAY, 2000),
        )
        reading = read_prices(ha, self.british(), EVENING)
        assert ids(reading) == []
        assert_covers(reading.curve, THURSDAY, FRIDAY)
        assert (reading.curve.prices[-1].import_per_kwh, reading.curve.prices[-1].export_per_kwh) == (147, 2047)

    @pytest.mark.parametrize(("hour", "problems"), [(17, []), (19, ["prices_tomorrow_late"])])
    def test_tomorrow_is_expected_by_the_evening(self, hour: int, problems: list[str]) -> None:
        ha = having(self.rates(self.CURRENT, THURSDAY, 0), self.rates(self.EXPORT, THURSDAY, 1000))
        reading = read_prices(ha, self.british(), EVENING.replace(hour=hour))
        assert ids(reading) == problems

    def test_without_export_rates_nothing_is_sold_on_a_guess(self) -> None:
        ha = having(self.rates(self.CURRENT, THURSDAY, 1))
        reading = read_prices(ha, self.british(), NOON)
        assert ids(reading) == ["export_prices_missing"]
        assert self.EXPORT in reading.problems[0].meaning
        assert {price.export_per_kwh for price in reading.curve.prices} == {0.0}


class TestFixed:
    @pytest.mark.parametrize(("day", "hours"), [(THURSDAY, 48), (SPRING, 47), (AUTUMN, 49)])
    def test_a_fixed_price_fills_today_and_tomorrow(self, day: date, hours: int) -> None:
        now = datetime.combine(day, time(20), STOCKHOLM).astimezone(UTC)
        reading = read_prices(FakeHomeAssistant(), home(), now)
        assert reading.problems == ()
        assert_covers(reading.curve, day, day + timedelta(days=1))
        assert len(reading.curve.prices) == hours
        assert {price.import_per_kwh for price in reading.curve.prices} == {0.2}

    def test_day_and_night_fees_cut_the_hours(self) -> None:
        night = FeePeriod(fee_per_kwh=0.05, start=time(22, 30), end=time(6, 45))
        tariff = TariffSettings(transfer_fee_per_kwh=0.2, fee_periods=(night,))
        curve = read_prices(FakeHomeAssistant(), home(tariff=tariff), NOON).curve
        assert len(curve.prices) == 52
        by_clock = {price.start.astimezone(STOCKHOLM).time(): price.import_per_kwh for price in curve.prices}
        assert by_clock[time(6)] == pytest.approx(0.25)
        assert by_clock[time(6, 45)] == pytest.approx(0.4)
        assert by_clock[time(22, 30)] == pytest.approx(0.25)

    def test_hours_are_local_ones_where_the_offset_is_not_whole(self) -> None:
        curve = read_prices(FakeHomeAssistant(), home(time_zone="Asia/Kolkata"), NOON).curve
        assert {price.start.minute for price in curve.prices} == {30}
        assert len(curve.prices) == 48


def test_a_forecast_of_the_source_stays_apart_from_the_official_prices() -> None:
    prices = PriceSourceSettings(source="energi_data_service", entity="sensor.eds")
    state = entity(
        "sensor.eds",
        "1",
        "DKK/kWh",
        raw_today=rows(THURSDAY, 60, "hour", "price"),
        forecast=rows(FRIDAY, 60, "hour", "price", first=50),
    )
    reading = read_prices(having(state), home(currency="DKK", prices=prices), NOON)
    assert all(price.known for price in reading.curve.prices)
    assert not any(price.known for price in reading.forecast)
    assert reading.forecast[0].start == reading.curve.prices[-1].end
    assert len(reading.forecast) == 24


@pytest.mark.parametrize("source", ["nordpool_sensor", "entsoe", "epex_spot", "energi_data_service", "generic"])
def test_every_sensor_source_names_its_entity_when_it_is_gone(source: Any) -> None:
    prices = PriceSourceSettings(source=source, entity="sensor.price")
    (problem,) = read_prices(FakeHomeAssistant(), home(prices=prices), NOON).problems
    assert problem.problem_id == "prices_missing"
    assert "no entity sensor.price" in problem.meaning


SENSOR_SOURCES = ["nordpool_sensor", "tibber", "entsoe", "epex_spot", "energi_data_service", "octopus", "generic"]


@settings(deadline=None)
@given(
    source=st.sampled_from([*SENSOR_SOURCES, "nordpool_service"]),
    attributes=junk_attributes,
    response=st.one_of(junk_attributes, st.builds(dict, prices=junk_attributes), st.none(), st.text()),
)
def test_junk_never_raises_and_a_missing_price_is_told(source: Any, attributes: Any, response: Any) -> None:
    prices = PriceSourceSettings(
        source=source,
        entity="sensor.price",
        export_entity="sensor.price",
        nordpool_config_entry="01ABC",
        nordpool_area="SE4",
    )
    ha = having(EntityState("sensor.price", "1", attributes, NOON))
    for service in ("nordpool/get_prices_for_date", "tibber/get_prices"):
        ha.answers[service] = lambda _: CallResult(ok=True, response=response)
    reading = read_prices(ha, swedish(prices, tariff=FINAL), NOON)
    assert ("prices_missing" in ids(reading)) is (reading.curve.at(NOON) is None)
