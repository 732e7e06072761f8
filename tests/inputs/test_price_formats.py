from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.home.ports import EntityState
from darkstar.home.slots import local_day
from darkstar.home.sources import GenericPriceMapping
from darkstar.inputs.price_formats import (
    PriceContext,
    parse_energi_data_service,
    parse_entsoe,
    parse_epex_spot,
    parse_generic,
    parse_nordpool_sensor,
    parse_nordpool_service,
    parse_octopus,
    parse_tibber_sensor,
    parse_tibber_service,
)
from darkstar.inputs.price_table import SpotTable
from tests.inputs.fake_home_assistant import entity
from tests.inputs.price_junk import junk_attributes
from tests.inputs.price_samples import AUTUMN, FRIDAY, SPRING, STOCKHOLM, THURSDAY, rows, starts, values

DAYS = [(THURSDAY, 24), (SPRING, 23), (AUTUMN, 25)]


def context(
    currency: str = "SEK",
    today: date = THURSDAY,
    multiplier: float | None = None,
    mapping: GenericPriceMapping | None = None,
    zone: ZoneInfo = STOCKHOLM,
) -> PriceContext:
    return PriceContext(zone, currency, today, mapping or GenericPriceMapping(), multiplier)


def nordpool_sensor(day: date = THURSDAY, minutes: int = 60, **attributes: object) -> EntityState:
    block: dict[str, object] = {
        "unit": "kWh",
        "currency": "SEK",
        "price_in_cents": False,
        "tomorrow_valid": True,
        "raw_today": rows(day, minutes, "start", "value", "end"),
        "raw_tomorrow": rows(day + timedelta(days=1), minutes, "start", "value", "end", first=1000),
    }
    return entity("sensor.nordpool", "1.0", "SEK/kWh", **{**block, **attributes})


def assert_fills(table: SpotTable, day: date, days: int = 1) -> None:
    """The table covers the local days without a gap, each interval from the next."""
    start, _ = local_day(day, STOCKHOLM)
    _, end = local_day(day + timedelta(days=days - 1), STOCKHOLM)
    assert (table.prices[0].start, table.prices[-1].end) == (start, end)
    assert all(one.end == other.start for one, other in pairwise(table.prices))
    assert table.faults == ()


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_nordpool_service(day: date, hours: int, minutes: int) -> None:
    response = {"SE4": rows(day, minutes, "start", "price", "end", first=-10)}
    table = parse_nordpool_service(response, "SE4", context())
    assert_fills(table, day)
    assert len(table.prices) == hours * 60 // minutes
    assert table.prices[0].per_kwh == pytest.approx(-0.01)
    assert table.prices[10].per_kwh == 0


def test_nordpool_service_without_the_area_is_a_fault() -> None:
    table = parse_nordpool_service({"SE3": rows(THURSDAY, 60, "start", "price", "end")}, "SE4", context())
    assert table.prices == ()
    assert "SE4" in table.faults[0].reason


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_nordpool_sensor(day: date, hours: int, minutes: int) -> None:
    table = parse_nordpool_sensor(nordpool_sensor(day, minutes), context())
    assert_fills(table, day, 2)
    assert len(table.prices) == (hours + 24) * 60 // minutes
    assert table.prices[3].per_kwh == 3


@pytest.mark.parametrize(("unit", "cents", "factor"), [("kWh", True, 0.01), ("MWh", False, 0.001), ("kWh", False, 1.0)])
def test_nordpool_sensor_in_every_unit(unit: str, cents: bool, factor: float) -> None:
    state = nordpool_sensor(unit=unit, price_in_cents=cents)
    assert parse_nordpool_sensor(state, context()).prices[20].per_kwh == pytest.approx(20 * factor)


def test_nordpool_sensor_of_another_currency_is_a_fault() -> None:
    table = parse_nordpool_sensor(nordpool_sensor(currency="EUR"), context())
    assert table.prices == ()
    assert "SEK" in table.faults[0].reason


def test_tomorrow_that_is_not_valid_is_left_out() -> None:
    state = nordpool_sensor(tomorrow_valid=False)
    assert_fills(parse_nordpool_sensor(state, context()), THURSDAY)


@pytest.mark.parametrize("tomorrow", [[], None, rows(FRIDAY, 60, "start", "nothing", "end")])
def test_tomorrow_that_is_not_published_is_no_fault(tomorrow: object) -> None:
    state = nordpool_sensor(raw_tomorrow=tomorrow)
    assert_fills(parse_nordpool_sensor(state, context()), THURSDAY)


def test_energi_data_service_with_its_forecast() -> None:
    predicted = rows(FRIDAY, 60, "hour", "price", first=500) + rows(date(2026, 1, 17), 60, "hour", "price", first=700)
    state = entity(
        "sensor.eds",
        "1.0",
        "øre/kWh",
        unit="kWh",
        currency="DKK",
        tomorrow_valid=True,
        raw_today=rows(THURSDAY, 15, "hour", "price"),
        raw_tomorrow=rows(FRIDAY, 15, "hour", "price"),
        forecast=predicted,
    )
    table = parse_energi_data_service(state, context("DKK"))
    assert_fills(table, THURSDAY, 2)
    assert len(table.prices) == 192
    assert table.prices[50].per_kwh == pytest.approx(0.5)
    assert len(table.forecast) == 24
    assert table.forecast[0].start == table.prices[-1].end
    assert table.forecast[0].per_kwh == pytest.approx(7.0)


def test_tibber_service_picks_the_home() -> None:
    prices = rows(THURSDAY, 15, "start_time", "price")
    two = {"prices": {"Cabin": [], "Villa": prices}}
    assert_fills(parse_tibber_service(two, "Villa", context()), THURSDAY)
    assert_fills(parse_tibber_service({"prices": {"Villa": prices}}, None, context()), THURSDAY)
    fault = parse_tibber_service(two, None, context()).faults[0]
    assert "Cabin, Villa" in fault.reason


@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_tibber_sensor(day: date, hours: int) -> None:
    state = entity(
        "sensor.tibber_prices",
        "1.0",
        "öre/kWh",
        today=rows(day, 60, "startsAt", "total"),
        tomorrow=rows(day + timedelta(days=1), 60, "startsAt", "total"),
    )
    table = parse_tibber_sensor(state, context())
    assert_fills(table, day, 2)
    assert len(table.prices) == hours + 24
    assert table.prices[7].per_kwh == 7


def test_tibber_template_sensor_on_the_action() -> None:
    state = entity("sensor.tibber_prices", prices=rows(THURSDAY, 15, "start_time", "price"))
    assert_fills(parse_tibber_sensor(state, context()), THURSDAY)


@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_entsoe(day: date, hours: int) -> None:
    today = rows(day, 60, "time", "price")
    spaced = [{**row, "time": str(row["time"]).replace("T", " ")} for row in today]
    state = entity("sensor.average_price", "50", "EUR/MWh", prices_today=spaced, prices_tomorrow=[], prices=spaced)
    table = parse_entsoe(state, context("EUR"))
    assert_fills(table, day)
    assert len(table.prices) == hours
    assert table.prices[5].per_kwh == pytest.approx(0.005)


def test_entsoe_with_only_the_joint_list() -> None:
    state = entity("sensor.average_price", "0.5", "EUR/kWh", prices=rows(THURSDAY, 15, "time", "price"))
    assert_fills(parse_entsoe(state, context("EUR")), THURSDAY)


@pytest.mark.parametrize(
    ("key", "currency", "factor"),
    [
        ("price_per_kwh", "EUR", 1.0),
        ("price_ct_per_kwh", "EUR", 0.01),
        ("price_eur_per_mwh", "EUR", 0.001),
        ("price_pence_per_kwh", "GBP", 0.01),
        ("price_gbp_per_mwh", "GBP", 0.001),
    ],
)
def test_epex_spot_in_every_version(key: str, currency: str, factor: float) -> None:
    state = entity("sensor.epex", "1.0", data=rows(AUTUMN, 15, "start_time", key, "end_time"))
    table = parse_epex_spot(state, context(currency))
    assert_fills(table, AUTUMN)
    assert len(table.prices) == 100
    assert table.prices[60].per_kwh == pytest.approx(60 * factor)


def test_epex_spot_in_another_currency_is_a_fault() -> None:
    state = entity("sensor.epex", "1.0", data=rows(THURSDAY, 60, "start_time", "price_eur_per_mwh", "end_time"))
    assert "SEK" in parse_epex_spot(state, context()).faults[0].reason


def test_octopus_rates() -> None:
    state = entity("event.octopus_rates", rates=rows(THURSDAY, 30, "start", "value_inc_vat", "end"))
    table = parse_octopus(state, context("GBP"))
    assert_fills(table, THURSDAY)
    assert len(table.prices) == 48
    assert table.prices[2].per_kwh == 2
    assert parse_octopus(state, context("EUR")).prices == ()


BOTH = GenericPriceMapping(today_attribute="today", tomorrow_attribute="tomorrow", start_key="at", value_key="cost")


@pytest.mark.parametrize("minutes", [15, 30, 60])
@pytest.mark.parametrize(("day", "hours"), DAYS)
def test_generic_bare_lists(day: date, hours: int, minutes: int) -> None:
    tomorrow = day + timedelta(days=1)
    state = entity("sensor.own", "1", "öre/kWh", today=values(day, minutes), tomorrow=values(tomorrow, minutes, 200))
    table = parse_generic(state, context(today=day, mapping=BOTH))
    assert_fills(table, day, 2)
    assert len(table.prices) == (hours + 24) * 60 // minutes
    assert table.prices[1].per_kwh == pytest.approx(0.01)


def test_generic_objects_and_objects_by_start() -> None:
    listed = entity("sensor.own", "1", "SEK/kWh", today=rows(THURSDAY, 60, "at", "cost"))
    by_start = {instant.isoformat(): float(index) for index, instant in enumerate(starts(THURSDAY, 60))}
    mapped = entity("sensor.own", "1", "SEK/kWh", today=by_start)
    table = parse_generic(listed, context(mapping=BOTH))
    assert_fills(table, THURSDAY)
    assert parse_generic(mapped, context(mapping=BOTH)) == table


def test_generic_naive_local_times_keep_the_repeated_hour() -> None:
    naive = [{"at": f"{start:%Y-%m-%d %H:%M}", "cost": index} for index, start in enumerate(starts(AUTUMN, 15))]
    state = entity("sensor.own", "1", "SEK/kWh", today=naive)
    table = parse_generic(state, context(mapping=BOTH))
    assert_fills(table, AUTUMN)
    assert len(table.prices) == 100
    assert [price.per_kwh for price in table.prices] == list(range(100))


def test_a_misfit_bare_list_never_shifts_the_other_day() -> None:
    state = entity("sensor.own", "1", "SEK/kWh", today=[1.0] * 24, tomorrow=values(SPRING + timedelta(days=1), 60))
    table = parse_generic(state, context(today=SPRING, mapping=BOTH))
    assert table.prices[0].start == local_day(SPRING + timedelta(days=1), STOCKHOLM)[0]
    assert "24 values" in table.faults[0].reason


def test_the_multiplier_replaces_the_unit() -> None:
    state = entity("sensor.own", "1", "bananas", today=[10.0] * 24)
    table = parse_generic(state, context(multiplier=0.05, mapping=BOTH))
    assert table.prices[0].per_kwh == pytest.approx(0.5)


@pytest.mark.parametrize("unit", [None, "bananas/kWh"])
def test_an_unknown_unit_is_a_fault(unit: str | None) -> None:
    table = parse_generic(entity("sensor.own", "1", unit, today=[10.0] * 24), context(mapping=BOTH))
    assert table.prices == ()
    assert "sensor.own" in table.faults[0].reason
    assert "multiplier" in table.faults[0].remedy


SENSORS: Mapping[str, Callable[[EntityState, PriceContext], SpotTable]] = {
    "nordpool": parse_nordpool_sensor,
    "eds": parse_energi_data_service,
    "tibber": parse_tibber_sensor,
    "entsoe": parse_entsoe,
    "epex": parse_epex_spot,
    "octopus": parse_octopus,
    "generic": parse_generic,
}


@pytest.mark.parametrize("name", SENSORS)
def test_a_sensor_without_lists_is_a_fault_that_names_it(name: str) -> None:
    table = SENSORS[name](entity("sensor.price", "unavailable"), context("GBP" if name == "octopus" else "SEK"))
    assert table.prices == ()
    assert "sensor.price" in table.faults[0].reason
    assert "unavailable" in table.faults[0].reason


@settings(deadline=None)
@given(attributes=junk_attributes, multiplier=st.one_of(st.none(), st.floats(1e-6, 1e6)))
def test_any_attributes_give_sorted_prices_or_faults(attributes: dict[str, object], multiplier: float | None) -> None:
    state = EntityState("sensor.price", "1", attributes, None)
    where = context("GBP", multiplier=multiplier, mapping=BOTH)
    tables = [parse(state, where) for parse in SENSORS.values()]
    tables += [
        parse_nordpool_service(attributes, "SE4", where),
        parse_tibber_service({"prices": attributes}, "Villa", where),
        parse_tibber_service(attributes, None, where),
    ]
    for table in tables:
        assert table.prices or table.faults
        assert all(one.end <= other.start for one, other in pairwise(table.prices))
