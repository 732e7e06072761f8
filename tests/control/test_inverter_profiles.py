"""Every profile: what it calls for the usual decisions, and what it never does."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.control.decision import BatteryMode, BatterySettingsNow, Decision, EvMode, EvSettingsNow, Source
from darkstar.control.decision import StepResult as Result
from darkstar.control.devices.writes import Amperes, Call, Kilowatts, Quantity, RatedPercent, SocPercent, Watts, Write
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.control.dispatch.orders import orders_of
from darkstar.home.profiles.device import DeviceSettings
from darkstar.home.profiles.schema import DeviceProfile
from darkstar.home.profiles.steps import CallStep
from darkstar.home.profiles.vocabulary import State, Unit
from darkstar.home.settings import HomeSettings
from tests.control.profile_calls import (
    CALLS,
    DECISIONS,
    README,
    SOC_PERCENT,
    all_profiles,
    calls_document,
    devices_of,
    golden_file,
    golden_text,
    home_with,
    readme_with_tables,
)
from tests.control.profile_devices import ProfileDevices
from tests.control.samples import NOW, sample_home

PROFILES = all_profiles()
CHARGERS = [profile for profile in PROFILES if profile.kind == "charger"]
INVERTERS = [profile for profile in PROFILES if profile.kind == "inverter"]
UNITS = {
    Unit.WATT: Watts,
    Unit.KILOWATT: Kilowatts,
    Unit.AMPERE: Amperes,
    Unit.PERCENT: SocPercent,
    Unit.RATED_PERCENT: RatedPercent,
}
every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
every_inverter = pytest.mark.parametrize("profile", INVERTERS, ids=lambda profile: profile.name)


class Bench:
    """A device and its dispatcher; each decision comes five minutes after the one before."""

    def __init__(self, profile: DeviceProfile) -> None:
        self.home = home_with(profile)
        self.devices: ProfileDevices = devices_of(self.home, profile)
        self.dispatcher = Dispatcher(self.devices, self.home, self.devices.sleep)
        self.now = NOW

    def decide(self, decision: Decision, minutes: float = 5) -> list[Result]:
        self.now += timedelta(minutes=minutes)
        return [step.result for step in self.dispatcher.dispatch(decision, self.now, SOC_PERCENT)]


@every_profile
def test_the_calls_are_those_that_were_read_and_found_right(profile: DeviceProfile) -> None:
    assert golden_file(profile).exists(), "run python -m tests.control.profile_calls and read what it has written"
    assert json.loads(golden_text(profile)) == json.loads(golden_file(profile).read_text(encoding="utf-8"))


def test_there_are_no_calls_of_profiles_that_are_gone() -> None:
    assert {file.stem for file in golden_file(PROFILES[0]).parent.glob("*.json")} == {one.name for one in PROFILES}


def test_the_documents_tell_what_is_called() -> None:
    assert CALLS.read_text(encoding="utf-8") == calls_document()
    text = README.read_text(encoding="utf-8")
    assert readme_with_tables(text) == text


@every_profile
def test_everything_is_taken_and_then_left_alone(profile: DeviceProfile) -> None:
    for decision in DECISIONS[profile.kind].values():
        it = Bench(profile)
        assert set(it.decide(decision)) <= {Result.WRITTEN, Result.UNCHANGED}
        it.devices.calls.clear()
        assert set(it.decide(decision, minutes=1)) == {Result.UNCHANGED}
        assert it.devices.calls == []


@every_profile
def test_where_one_comes_from_leaves_no_trace_in_the_modes(profile: DeviceProfile) -> None:
    """An export leaves no grid charge on, a grid charge no export, and self-use neither."""
    decisions = DECISIONS[profile.kind]
    if profile.name == "ocpp":
        decisions = {name: one for name, one in decisions.items() if name != "stop"}  # the switch may stay on at 0 A
    for first, second in itertools.permutations(decisions.values(), 2):
        direct, detour = Bench(profile), Bench(profile)
        direct.decide(second)
        detour.decide(first)
        detour.decide(second)
        assert detour.devices.modes() == direct.devices.modes()
        assert _last_mode_call(detour.devices) == _last_mode_call(direct.devices)


def _last_mode_call(devices: ProfileDevices) -> object:
    """The last of the maker's services that was called."""
    steps = itertools.chain.from_iterable(devices.device.profile.states.values())
    own = {step.call for step in steps if isinstance(step, CallStep)}
    return next((call for call in reversed(devices.calls) if call[0] in own), None)


powers = st.floats(0, 30)
battery_decisions = st.builds(
    BatterySettingsNow,
    st.sampled_from(BatteryMode),
    powers,
    powers,
    st.floats(0, 100),
    st.just(Source.PLAN),
    st.just("as the test wants it"),
)
charges = st.none() | st.floats(0, 100)


@every_inverter
@settings(max_examples=40)
@given(decided=battery_decisions, soc_percent=charges)
def test_no_decision_writes_outside_unit_and_limits(
    profile: DeviceProfile, decided: BatterySettingsNow, soc_percent: float | None
) -> None:
    home = home_with(profile)
    orders = orders_of(Decision(NOW, decided, None, ""), home, soc_percent)
    assert orders
    for order in orders:
        _check(order.write, home.inverter, home)


@pytest.mark.parametrize("profile", CHARGERS, ids=lambda profile: profile.name)
@settings(max_examples=40)
@given(current_a=st.floats(0, 100), mode=st.sampled_from(EvMode))
def test_no_car_gets_more_than_its_current(profile: DeviceProfile, current_a: float, mode: EvMode) -> None:
    home = home_with(profile)
    car = EvSettingsNow(mode, current_a, Source.PLAN, "as the test wants it")
    for order in orders_of(Decision(NOW, None, None, "", ev=car), home, None):
        value = order.write.value
        if isinstance(value, Quantity):
            assert isinstance(value, Amperes)
            assert 0 <= value.amount <= 16
        if isinstance(value, Call):
            assert all(0 <= number <= 16 for name, number in value.data if isinstance(number, int | float))


def _check(write: Write, device: DeviceSettings, home: HomeSettings) -> None:
    """The type is that of the role's unit, the amount within what the settings allow."""
    if isinstance(write.value, Call):
        _check_call(write.value, device)
        return
    role = next(name for name, entity_id in device.entities.items() if entity_id == write.entity_id)
    unit = device.profile.entities[role].unit
    if unit is None:
        assert not isinstance(write.value, Quantity)
        return
    assert isinstance(write.value, Quantity)
    assert type(write.value) is UNITS.get(unit, type(write.value))
    _check_amount(write.value.amount, unit, home)


def _check_amount(amount: float, unit: Unit, home: HomeSettings) -> None:
    most_kw = home.battery.max_charge_kw + 13.0  # the largest import: battery, water heater, household
    limits = {
        Unit.WATT: most_kw * 1000,
        Unit.KILOWATT: most_kw,
        Unit.AMPERE: home.inverter.max_charge_current_a,
        Unit.PERCENT: 100,
        Unit.RATED_PERCENT: 100,
    }
    assert abs(amount) <= limits.get(unit, 7200)
    assert amount >= 0 or unit in {Unit.WATT, Unit.KILOWATT}


def _check_call(call: Call, device: DeviceSettings) -> None:
    steps = itertools.chain.from_iterable(device.profile.states.values())
    data = next(step.data for step in steps if isinstance(step, CallStep) and step.call == call.service)
    for name, number in call.data:
        value = data.get(name)
        if value is not None and value.quantity is not None:
            assert isinstance(number, int | float)
            limits = {Unit.WATT: 5000, Unit.KILOWATT: 5, Unit.AMPERE: 190}
            assert abs(number) <= limits.get(value.unit or Unit.PERCENT, 100)


@every_inverter
def test_without_its_optional_entities_a_profile_says_what_is_missing(profile: DeviceProfile) -> None:
    optional = [name for name, role in profile.entities.items() if not role.required]
    home = home_with(profile, *optional)
    for mode in BatteryMode:
        settings_now = BatterySettingsNow(mode, 2.0, 2.0, 50.0, Source.PLAN, "")
        orders = orders_of(Decision(NOW, settings_now, None, ""), home, 50.0)
        assert orders
        entities = {order.write.entity_id for order in orders if not isinstance(order.write.value, Call)}
        assert entities <= set(home.inverter.entities.values())


def test_a_watt_never_arrives_as_an_ampere() -> None:
    """The fault of another system: 9600 W sent as 9600 A."""
    watts = next(profile for profile in PROFILES if profile.name == "generic_watt")
    it = Bench(watts)
    entity_id = it.home.inverter.entities["charge_power"]
    ampere = it.devices.entities[entity_id]
    it.devices.entities[entity_id] = type(ampere)(
        entity_id, "10", {**ampere.attributes, "unit_of_measurement": "A"}, NOW
    )
    assert Result.FAILED in it.decide(DECISIONS["inverter"]["charge with 5 kW to 100 %"])
    assert it.devices.entities[entity_id].state == "10"


@every_inverter
def test_every_profile_can_be_left_alone_in_self_use(profile: DeviceProfile) -> None:
    home = home_with(profile)
    assert home.inverter.has_state(State.SELF_USE)
    assert not any(home.inverter.opens(step) for step in home.inverter.steps(State.SELF_USE))


def test_a_charger_without_a_car_is_not_touched() -> None:
    car = EvSettingsNow(EvMode.CHARGE, 16.0, Source.PLAN, "as the test wants it")
    assert orders_of(Decision(NOW, None, None, "", ev=car), sample_home(), None) == ()
