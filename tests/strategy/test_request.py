"""The question put to the optimizer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from darkstar.forecast.bands import Forecast
from darkstar.home.devices import BatterySettings
from darkstar.home.grid import GridSettings
from darkstar.home.operation import PlannerSettings
from darkstar.home.prices import PriceCurve
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.request import GridRequest, PlanRequest
from darkstar.strategy.request import build_request
from tests.homes import DEYE, INVERTER, home
from tests.strategy.samples import NOW, forecast, prices

HOME = home()
FORECAST = forecast()
CURVE = prices(0.1, 0.2, 0.3)


def request(
    settings: HomeSettings = HOME,
    soc: float = 50.0,
    expected: Forecast = FORECAST,
    curve: PriceCurve = CURVE,
    heated: float | None = 1.0,
    *,
    heating: bool = False,
    vacation: bool = False,
) -> PlanRequest:
    return build_request(settings, NOW, soc, expected, curve, heated, heating_now=heating, vacation=vacation)


def battery(**changes: Any) -> BatterySettings:
    return BatterySettings.model_validate({"capacity_kwh": 10, "max_charge_kw": 5, "max_discharge_kw": 4} | changes)


def test_slots_carry_the_forecast_and_the_price_that_holds() -> None:
    slots = request().slots
    assert len(slots) == len(FORECAST.slots)
    assert slots[0].start == NOW
    assert slots[0].hours == pytest.approx(10 / 60)
    assert slots[0].load_kwh == pytest.approx(0.8 / 6)
    assert slots[0].pv_kwh == pytest.approx(0.4 / 6)
    for slot in slots:
        price = CURVE.at(slot.start)
        assert price is not None
        assert (slot.import_price, slot.export_price) == pytest.approx((price.import_per_kwh, price.export_per_kwh))
        assert slot.price_known == price.known


def test_the_battery_is_that_of_the_home() -> None:
    settings = home(
        battery=battery(min_soc_percent=20, max_soc_percent=90, wear_cost_per_kwh=0.01, charge_from_grid=False)
    )
    (asked,) = request(settings, soc=37.0).batteries
    assert (asked.initial_kwh, asked.min_kwh, asked.max_kwh) == pytest.approx((3.7, 2.0, 9.0))
    assert (asked.max_charge_kw, asked.max_discharge_kw) == (5, 4)
    assert not asked.charge_from_grid
    assert asked.wear_cost_per_kwh == 0.01


@pytest.mark.parametrize(
    ("profile", "allowed", "sells"), [("deye", True, True), ("deye", False, False), ("generic_ampere", True, False)]
)
def test_the_battery_sells_only_where_the_inverter_can(profile: str, allowed: bool, sells: bool) -> None:
    inverters = {"deye": DEYE, "generic_ampere": INVERTER}
    asked = request(home(battery=battery(discharge_to_grid=allowed), inverter=inverters[profile]))
    assert asked.batteries[0].discharge_to_grid == sells
    assert any("cannot sell" in note for note in asked.notes) == (allowed and not sells)


@pytest.mark.parametrize("soc", [0.0, 3.0, 100.0])
def test_a_charge_outside_the_band_is_passed_on(soc: float) -> None:
    settings = home(battery=battery(min_soc_percent=20, max_soc_percent=90))
    assert request(settings, soc=soc).batteries[0].initial_kwh == pytest.approx(soc / 10)


@pytest.mark.parametrize(
    ("imports", "wear", "value"),
    [
        ((0.2,), 0.0, 0.95 * 0.9 * 0.2),
        ((0.2,), 0.05, 0.95 * (0.9 * 0.2 - 0.05)),
        ((0.02,), 0.05, 0.0),
        ((-0.1,), 0.0, 0.0),
    ],
)
def test_a_stored_kwh_is_worth_an_import_less_losses_and_wear(
    imports: tuple[float, ...], wear: float, value: float
) -> None:
    settings = home(battery=battery(wear_cost_per_kwh=wear))
    assert request(settings, curve=prices(*imports)).batteries[0].end_value_per_kwh == pytest.approx(value)


def test_the_end_value_follows_its_setting_and_the_median() -> None:
    settings = home(planner=PlannerSettings(end_value_factor=0.5))
    curve = prices(0.1, 0.2, 9.0)
    assert request(settings, curve=curve).batteries[0].end_value_per_kwh == pytest.approx(0.95 * 0.5 * 0.2)


@given(st.lists(st.floats(-1, 5), min_size=1, max_size=24), st.floats(0, 1))
def test_the_end_value_is_never_negative_nor_above_the_dearest_import(imports: list[float], wear: float) -> None:
    value = (
        request(home(battery=battery(wear_cost_per_kwh=wear)), curve=prices(*imports)).batteries[0].end_value_per_kwh
    )
    assert 0 <= value <= max(0.0, *imports)


def test_the_grid_and_the_time_limit_are_those_of_the_home() -> None:
    settings = home(
        grid=GridSettings(max_import_kw=11, max_export_kw=0, export_allowed=False),
        planner=PlannerSettings(solver_time_limit_s=3),
        currency="SEK",
    )
    asked = request(settings)
    assert asked.grid == GridRequest(11, 0, export_allowed=False)
    assert asked.time_limit_s == 3
    assert asked.currency == "SEK"
    assert asked.created_at == NOW


@pytest.mark.parametrize("heating", [True, False])
def test_the_heater_owes_day_by_day(heating: bool) -> None:
    (heater,) = request(heated=1.0, heating=heating).heaters
    assert heater.power_kw == 3
    assert heater.on_at_start == heating
    assert [day.energy_kwh for day in heater.days] == pytest.approx([5.0, 6.0, 6 * 6 / 24])
    assert heater.max_gap_hours == 24


def test_on_vacation_the_heater_owes_nothing_and_the_notes_say_so() -> None:
    asked = request(vacation=True)
    assert asked.heaters == ()
    assert "vacation: the water heater owes nothing" in asked.notes
    assert not any(note.startswith("vacation:") for note in request().notes)


def test_a_home_without_heater_has_no_word_about_it() -> None:
    asked = request(home(water_heater=None), heated=None, vacation=True)
    assert asked.heaters == ()
    assert not any("heater" in note for note in asked.notes)


def test_unknown_heat_is_said() -> None:
    assert any("water heater has had today is unknown" in note for note in request(heated=None).notes)


def test_the_notes_say_from_when_prices_are_guessed_and_what_is_assumed() -> None:
    asked = request(expected=replace(FORECAST, assumed=("load: a standard household",)))
    assert "prices are forecast from 2026-01-16 01:00 on" in asked.notes
    assert "load: a standard household" in asked.notes
    assert not any("prices are forecast" in note for note in request(curve=prices(0.1, known_hours=49)).notes)


def test_a_slot_without_price_is_refused_by_its_time() -> None:
    gone = NOW.replace(minute=0) + timedelta(hours=20)
    gap = PriceCurve(tuple(price for price in CURVE.prices if price.start != gone))
    with pytest.raises(ValueError, match="no price for all of the slot at 2026-01-16T07:00:00"):
        request(curve=gap)


def test_a_forecast_without_slots_is_refused() -> None:
    with pytest.raises(ValueError, match="no slots"):
        request(expected=replace(FORECAST, slots=()))


def test_long_slots_get_the_mean_of_their_prices() -> None:
    expected = forecast(slot_minutes=60)
    asked = request(expected=expected)
    assert {slot.hours for slot in asked.slots[1:]} == {1.0}
    assert [slot.import_price for slot in asked.slots[:4]] == pytest.approx([0.1, 0.2, 0.3, 0.1])


def test_a_request_survives_json() -> None:
    adapter = TypeAdapter(PlanRequest)
    asked = request()
    assert adapter.validate_json(adapter.dump_json(asked)) == asked
