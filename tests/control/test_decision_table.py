"""The decision over the whole cross product of plan, policy, readings, quick actions, fuse and memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.control.decide import decide
from darkstar.control.decision import (
    NO_OVERRIDES,
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    Decision,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Holding,
    Override,
    OverrideKind,
    Source,
)
from darkstar.home.readings import Readings
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action, BatterySlot, PlanSlot
from darkstar.policy.thresholds import ImportCap, PolicySlot
from tests.control.samples import NOW, SLOT_START, acting, sample_home, sample_plan_slot, sample_readings

MINUTE = timedelta(minutes=1)
PHASES = ["sensor.phase_1", "sensor.phase_2", "sensor.phase_3"]
RULES = (
    *("fuse_battery", "fuse_ev", "fuse_heater", "fuse_cut"),
    *("ev_charging", "ev_resting", "pv_surplus_heating", "low_soc_export", "forced_mode", "of another version"),
)

percent = st.floats(0, 100)
power = st.floats(0, 15)
money = st.floats(-1, 3)
maybe_bool = st.sampled_from([True, False, None])
mostly_on = st.sampled_from([True, True, True, True, False, None])
mostly_off = st.sampled_from([False, False, False, False, True, None])


@st.composite
def homes(draw: st.DrawFn) -> HomeSettings:
    low = draw(st.sampled_from([0.0, 10.0, 10.0, 30.0]) | st.floats(0, 60))
    guarded = draw(st.booleans())
    return sample_home(
        battery={
            "min_soc_percent": low,
            "max_soc_percent": draw(st.sampled_from([100.0, 90.0]) | st.floats(low + 0.5, 100)),
            "charge_from_grid": draw(st.booleans()),
            "discharge_to_grid": draw(st.booleans()),
        },
        grid={
            "export_allowed": draw(st.booleans()),
            "max_import_kw": draw(st.none() | st.floats(0.5, 12)),
            "fuse_a": draw(st.floats(6, 35)) if guarded else None,
            "fuse_sacrifice": draw(st.lists(st.sampled_from(["battery", "ev", "heater"]), unique=True)),
        },
        executor={
            "low_soc_export_percent": draw(st.sampled_from([20.0]) | percent),
            "soc_hysteresis_percent": draw(st.floats(0, 5)),
            "emergency_margin_percent": draw(percent),
            "min_hold_minutes": draw(st.floats(0, 60)),
            "pv_surplus_kw": draw(st.none() | st.floats(0.5, 5)),
            "pv_surplus_soc_percent": draw(percent),
        },
        water_heater=draw(st.sampled_from([{}, None])),
        ev=draw(
            st.none()
            | st.builds(
                lambda phases, feeds: {"capacity_kwh": 60.0, "phases": phases, "from_home_battery": feeds},
                st.sampled_from([1, 2, 3]),
                st.booleans(),
            )
        ),
        entities={
            "phase_currents": PHASES if guarded else [],
            "load_includes_ev": draw(st.booleans()),
            "load_includes_water_heater": draw(st.booleans()),
        },
    )


@st.composite
def plan_slots(draw: st.DrawFn) -> PlanSlot:
    slot = sample_plan_slot(
        draw(st.sampled_from(list(Action))),
        soc_kwh=draw(st.floats(0, 12)),
        heater_kwh=draw(st.sampled_from([0.0, 1e-7, 0.3, 0.75])),
        ev_kwh=draw(st.none() | st.floats(0, 4)),
        import_price=draw(money),
        export_price=draw(money),
        value=draw(money),
        hours=draw(st.sampled_from([0.25, 0.01, 1.0])),
    )
    return draw(st.sampled_from([slot, slot, replace(slot, batteries=(), heaters_kwh=(), reason="")]))


@st.composite
def policy_slots(draw: st.DrawFn) -> PolicySlot:
    low, middle, other, high = sorted(draw(st.lists(st.floats(0, 12), min_size=4, max_size=4)))
    store, floor = draw(st.sampled_from([(middle, other), (other, middle)]))
    caps = draw(st.lists(st.builds(ImportCap, power, st.floats(0, 10)), max_size=2))
    return PolicySlot(SLOT_START, 0.25, low, store, floor, high, draw(money), tuple(caps))


@st.composite
def override(draw: st.DrawFn, kinds: list[OverrideKind]) -> Override:
    begun = NOW + timedelta(minutes=draw(st.integers(-120, 5)))
    level = draw(st.none() | st.floats(-10, 120))
    return Override(draw(st.sampled_from(kinds)), begun, begun + timedelta(minutes=draw(st.integers(1, 240))), level)


everything = st.none() | override(list(OverrideKind))
overrides = st.builds(ActiveOverrides, everything, everything, everything)


@st.composite
def readings_of_any_home(draw: st.DrawFn) -> Readings:
    phases = draw(st.lists(st.none() | st.floats(-40, 60), max_size=3))
    return sample_readings(
        draw(st.none() | st.sampled_from([0.0, 5.0, 9.0, 10.0, 20.0, 21.0, 50.0, 100.0]) | percent),
        automation=draw(mostly_on),
        manual=draw(mostly_off),
        vacation=draw(maybe_bool),
        load_kw=draw(st.none() | power),
        pv_kw=draw(st.none() | power),
        battery_kw=draw(st.none() | st.floats(-10, 10)),
        phases_a=tuple(phases),
        surplus_kw=draw(st.none() | st.floats(-10, 10)),
        water=draw(st.none() | percent),
        connected=draw(maybe_bool),
        ev_kw=draw(st.none() | power),
        at=NOW - timedelta(seconds=draw(st.integers(-5, 3600))),
    )


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """A last decision of any sort, also one of another home or with a clock ahead."""
    reasons = st.just("as the test wants it")
    source = st.sampled_from(Source)
    battery = st.none() | st.builds(
        BatterySettingsNow, st.sampled_from(BatteryMode), st.floats(0, 9), st.floats(0, 9), percent, source, reasons
    )
    heater = st.none() | st.builds(HeaterSettingsNow, st.sampled_from(HeaterMode), source, reasons)
    ev = st.none() | st.builds(EvSettingsNow, st.sampled_from(EvMode), st.floats(0, 32), source, reasons)
    since = st.integers(-120, 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
    rules = st.lists(st.builds(Holding, st.sampled_from(RULES), since), max_size=5)
    return Decision(
        decided_at=draw(since),
        battery=draw(battery),
        heater=draw(heater),
        summary="as the test wants it",
        hands_off=draw(st.sampled_from([None, "hands off"])),
        emergency=draw(st.booleans()),
        ev=draw(ev),
        holding=tuple(draw(rules)),
    )


plans = st.none() | plan_slots()
policies = st.none() | policy_slots()
memories = st.none() | decisions()


def each_setting(decision: Decision) -> list[BatterySettingsNow | HeaterSettingsNow | EvSettingsNow]:
    return [setting for setting in (decision.battery, decision.heater, decision.ev) if setting is not None]


def check_battery(decision: Decision, readings: Readings, home: HomeSettings) -> None:
    settings, battery = decision.battery, home.battery
    if settings is None:
        assert readings.soc_percent is None
        return
    assert settings.charge_kw >= 0
    assert settings.discharge_kw >= 0
    assert settings.target_soc_percent >= 0
    if readings.soc_percent is None:
        assert settings.mode is BatteryMode.SELF_USE
        return
    soc = round(readings.soc_percent.value, 6)
    assert settings.charge_kw <= battery.max_charge_kw
    assert settings.discharge_kw <= battery.max_discharge_kw
    assert settings.target_soc_percent <= 100
    if settings.mode is BatteryMode.EXPORT:
        assert soc > settings.target_soc_percent >= battery.min_soc_percent
        assert battery.discharge_to_grid
        assert home.grid.export_allowed
        assert settings.source is Source.OVERRIDE or soc > home.executor.low_soc_export_percent
    if settings.mode is BatteryMode.GRID_CHARGE:
        assert soc < settings.target_soc_percent
        assert battery.charge_from_grid
        assert settings.source is not Source.PLAN or settings.target_soc_percent <= battery.max_soc_percent
    if settings.mode is BatteryMode.SELF_USE:
        assert settings.target_soc_percent >= battery.min_soc_percent
        if settings.source is Source.PLAN and settings.discharge_kw > 0:
            assert soc > settings.target_soc_percent or home.ev is not None
    if soc < battery.min_soc_percent:
        assert decision.emergency
        assert settings.mode is not BatteryMode.EXPORT
        assert settings.source is Source.SAFETY


def check_ev(settings: EvSettingsNow | None, readings: Readings, home: HomeSettings) -> None:
    if settings is None:
        return
    assert home.ev is not None
    if settings.mode is EvMode.STOP:
        assert settings.current_a == 0
        return
    assert home.ev.min_current_a <= settings.current_a <= home.ev.max_current_a or settings.source is Source.SAFETY
    if settings.source in {Source.PLAN, Source.FALLBACK}:
        assert readings.ev_connected


@settings(max_examples=300)
@given(homes(), plan_slots(), policy_slots(), readings_of_any_home(), overrides, memories)
def test_what_holds_for_every_input(
    home: HomeSettings,
    plan: PlanSlot,
    policy: PolicySlot,
    readings: Readings,
    actions: ActiveOverrides,
    previous: Decision | None,
) -> None:
    """72 combinations of plan, policy, SoC and quick action for every home, reading and memory."""
    single = [acting(Override(kind, NOW - MINUTE, NOW + 59 * MINUTE)) for kind in OverrideKind]
    no_soc = replace(readings, soc_percent=None)
    for case in product((plan, None), (policy, None), (readings, no_soc), (NO_OVERRIDES, actions, *single)):
        decision = decide(*case, home, previous, NOW)
        assert decision == decide(*case, home, previous, NOW)
        check(decision, case[2], home)


def check(decision: Decision, readings: Readings, home: HomeSettings) -> None:
    assert decision.summary.endswith(".")
    assert all(rule.since <= NOW for rule in decision.holding)
    assert len({rule.rule for rule in decision.holding}) == len(decision.holding)
    if readings.automation is not True or readings.manual_override is not False:
        assert decision.hands_off
        assert each_setting(decision) == []
        return
    assert decision.hands_off is None
    for setting in each_setting(decision):
        assert setting.reason
        assert setting.source in Source
    check_battery(decision, readings, home)
    check_ev(decision.ev, readings, home)
    assert (decision.heater is None) is (home.water_heater is None)


@settings(max_examples=300)
@given(
    homes().filter(lambda home: home.grid.fuse_a is None and (home.ev is None or home.ev.from_home_battery)),
    plans,
    policies,
    readings_of_any_home(),
    st.sampled_from(list(OverrideKind)),
    memories,
)
def test_a_quick_action_changes_only_what_it_takes(
    home: HomeSettings,
    plan: PlanSlot | None,
    policy: PolicySlot | None,
    readings: Readings,
    kind: OverrideKind,
    previous: Decision | None,
) -> None:
    """But for what hangs together by the main fuse: a car that begins leaves less for the battery."""
    home = home.model_copy(update={"grid": home.grid.model_copy(update={"max_import_kw": None})})
    policy = None if policy is None else replace(policy, caps=())
    action = Override(kind, NOW - MINUTE, NOW + 59 * MINUTE)
    with_action = decide(plan, policy, readings, acting(action), home, previous, NOW)
    without = decide(plan, policy, readings, NO_OVERRIDES, home, previous, NOW)
    taken = {group.value for group in kind.groups}
    if "battery" not in taken:
        assert with_action.battery == without.battery
    if "ev" not in taken:
        assert with_action.ev == without.ev
    surplus_heats = any(each.heater and each.heater.source is Source.SURPLUS for each in (with_action, without))
    if "heater" not in taken and not surplus_heats:
        assert with_action.heater == without.heater


@settings(max_examples=200)
@given(homes(), plans, policies, readings_of_any_home(), memories)
def test_an_action_that_is_over_or_has_not_begun_changes_nothing(
    home: HomeSettings,
    plan: PlanSlot | None,
    policy: PolicySlot | None,
    readings: Readings,
    previous: Decision | None,
) -> None:
    plain = decide(plan, policy, readings, NO_OVERRIDES, home, previous, NOW)
    for begin, end in ((-60, 0), (1, 60)):
        for kind in OverrideKind:
            action = Override(kind, NOW + begin * MINUTE, NOW + end * MINUTE)
            assert decide(plan, policy, readings, acting(action), home, previous, NOW) == plain


@settings(max_examples=300)
@given(homes(), plans, policies, readings_of_any_home(), overrides)
def test_the_same_again_changes_no_setting(
    home: HomeSettings,
    plan: PlanSlot | None,
    policy: PolicySlot | None,
    readings: Readings,
    actions: ActiveOverrides,
) -> None:
    """Without new measurements no device is switched a second time."""
    unmeasured = replace(readings, ev_kw=None, pv_surplus_kw=None, phase_currents_a=())
    home = home.model_copy(update={"grid": home.grid.model_copy(update={"fuse_a": None, "max_import_kw": None})})
    policy = None if policy is None else replace(policy, caps=())
    first = decide(plan, policy, unmeasured, actions, home, None, NOW)
    second = decide(plan, policy, unmeasured, actions, home, first, NOW)
    assert [replace(one, reason="") for one in each_setting(second)] == [
        replace(one, reason="") for one in each_setting(first)
    ]


HOME = sample_home()
EXPORTS = replace(
    sample_plan_slot(Action.EXPORT, soc_kwh=1.2), export_kwh=0.75, batteries=(BatterySlot(0.0, 0.75, 1.2),)
)
FEEDS_IN = PolicySlot(SLOT_START, 0.25, 0.0, 3.0, 1.0, 10.0, 0.5)
VECTORS = [
    ("manual override before an empty battery", 5.0, True, EXPORTS, None, "hands off"),
    ("empty battery before a missing plan", 5.0, False, None, None, "emergency"),
    ("low SoC before a planned export of 3 kW", 20.0, False, EXPORTS, None, "no export"),
    ("the export, a percent above", 21.0, False, EXPORTS, None, "export"),
    ("at the floor there is no emergency", 10.0, False, None, None, "self-use"),
    ("no slot: self-use", 50.0, False, None, None, "self-use"),
    ("PV 5, load 2 kW: water", 50.0, False, sample_plan_slot(), 3.0, "water"),
    ("the same at 49 %", 49.0, False, sample_plan_slot(), 3.0, "plan"),
    ("PV 3.9, load 2 kW", 50.0, False, sample_plan_slot(), 1.9, "plan"),
]
"""Spec 14.9, with the floor of 10 % exclusive and surplus beyond what the battery stores."""


@pytest.mark.parametrize(("name", "soc", "manual", "plan", "surplus_kw", "expected"), VECTORS)
def test_vectors_of_precedence(
    name: str, soc: float, manual: bool, plan: PlanSlot | None, surplus_kw: float | None, expected: str
) -> None:
    policy = None if plan in (None, EXPORTS) else FEEDS_IN
    readings = sample_readings(soc, manual=manual, surplus_kw=surplus_kw, water=60.0, pv_kw=5.0)
    assert what_happened(decide(plan, policy, readings, NO_OVERRIDES, HOME, None, NOW)) == expected, name


def what_happened(decision: Decision) -> str:
    if decision.hands_off is not None:
        return "hands off"
    assert decision.battery is not None
    assert decision.heater is not None
    battery = decision.battery
    if decision.emergency:
        assert (battery.mode, battery.source) == (BatteryMode.GRID_CHARGE, Source.SAFETY)
        return "emergency"
    if battery.mode is BatteryMode.EXPORT:
        return "export"
    assert battery.mode is BatteryMode.SELF_USE
    names = {Source.SAFETY: "no export", Source.FALLBACK: "self-use"}
    if battery.source in names:
        return names[battery.source]
    return "water" if decision.heater.mode is HeaterMode.MAX else "plan"


def along(path: list[tuple[float, float]], policy: PolicySlot) -> list[BatteryMode]:
    """Modes along (minute, SoC)."""
    previous: Decision | None = None
    seen = []
    for minute, soc in path:
        now: datetime = NOW + minute * MINUTE
        previous = decide(None, policy, sample_readings(soc), NO_OVERRIDES, HOME, previous, now)
        assert previous.battery is not None
        seen.append(previous.battery.mode)
    return seen


def test_the_export_block_has_hysteresis_and_holds() -> None:
    sells = PolicySlot(SLOT_START, 0.25, 0.0, 10.0, 1.0, 1.5, 0.5)
    sell, rest = BatteryMode.EXPORT, BatteryMode.SELF_USE
    assert along([(0, 20.5), (5, 20.0), (10, 20.9), (16, 20.9), (17, 21.0)], sells) == [sell, rest, rest, rest, sell]
    before: Decision | None = None
    for minute, soc in ((0, 20.0), (16, 20.9)):
        before = decide(None, sells, sample_readings(soc), NO_OVERRIDES, HOME, before, NOW + minute * MINUTE)
        assert before.battery is not None
        assert before.battery.source is Source.SAFETY
    assert along([(0, 20.0), (5, 25.0), (9.9, 25.0), (10, 25.0)], sells) == [rest, rest, rest, sell]
