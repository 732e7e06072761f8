"""A home, its readings and its slots, for the tests of control."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from darkstar.control.decision import (
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    Decision,
    DeviceGroup,
    Override,
    Source,
)
from darkstar.home.readings import Measurement, Readings
from darkstar.home.settings import HomeSettings
from darkstar.optimizer.plan import Action, BatterySlot, Plan, PlanSlot, PlanStatus
from darkstar.policy.thresholds import Policy, PolicySlot

NOW = datetime(2025, 11, 22, 17, 5, tzinfo=UTC)
SLOT_START = datetime(2025, 11, 22, 17, 0, tzinfo=UTC)

WORK_MODE = "select.inverter_work_mode"
GRID_CHARGING = "switch.inverter_grid_charging"
CHARGE_CURRENT = "number.inverter_charge_current"
DISCHARGE_CURRENT = "number.inverter_discharge_current"
SOC_TARGET = "number.inverter_soc_target"
CHARGER = "switch.charger"
CHARGER_CURRENT = "number.charger_current"
HEATER = "input_number.water_heater_setpoint"

ENTITIES = {
    "battery_soc": "sensor.battery_soc",
    "water_heater": HEATER,
    "ev_connected": "binary_sensor.plug",
}
DEYE_ENTITIES = {
    "work_mode": WORK_MODE,
    "grid_charging": GRID_CHARGING,
    "charge_current": CHARGE_CURRENT,
    "discharge_current": DISCHARGE_CURRENT,
    "soc_target": SOC_TARGET,
}
GENERIC: dict[str, Any] = {
    "profile": "generic_ampere",
    "entities": {
        "grid_charging": GRID_CHARGING,
        "charge_current": CHARGE_CURRENT,
        "discharge_current": DISCHARGE_CURRENT,
    },
}
"""The inverter block of a home whose battery cannot sell."""


def sample_home(**changes: dict[str, Any] | None) -> HomeSettings:
    """10 kWh, 5 kW, 10..100 %, Deye with all entities, live; `changes` are merged into the blocks."""
    blocks: dict[str, Any] = {
        "time_zone": "Europe/Stockholm",
        "latitude": 59.3,
        "longitude": 18.1,
        "currency": "SEK",
        "battery": {"capacity_kwh": 10.0, "max_charge_kw": 5.0, "max_discharge_kw": 5.0},
        "inverter": {"profile": "deye", "min_current_a": 10.0, "entities": DEYE_ENTITIES},
        "charger": {"entities": {"charging": CHARGER, "current": CHARGER_CURRENT}},
        "water_heater": {"power_kw": 3.0},
        "prices": {"source": "fixed", "fixed_per_kwh": 1.0},
        "entities": ENTITIES,
        "executor": {"shadow_mode": False},
    }
    for name, change in changes.items():
        blocks[name] = None if change is None else {**(blocks.get(name) or {}), **change}
    return HomeSettings.model_validate(blocks)


def measured(value: float | None, entity_id: str = "sensor.sample") -> Measurement | None:
    """A fresh measurement."""
    return None if value is None else Measurement(value, NOW, entity_id)


def sample_readings(
    soc: float | None,
    *,
    automation: bool | None = True,
    manual: bool | None = False,
    vacation: bool | None = False,
    load_kw: float | None = 1.0,
    pv_kw: float | None = 0.0,
    battery_kw: float | None = None,
    phases_a: tuple[float | None, ...] = (),
    surplus_kw: float | None = None,
    water: float | None = None,
    connected: bool | None = None,
    ev_kw: float | None = None,
    at: datetime | None = None,
) -> Readings:
    """Readings of a home where Darkstar may act, unless told otherwise; phase currents were measured `at`."""
    phases = (measured(amperes, f"sensor.phase_{number}") for number, amperes in enumerate(phases_a, 1))
    return Readings(
        read_at=NOW,
        battery_kw=measured(battery_kw),
        phase_currents_a=tuple(each and replace(each, measured_at=at or NOW) for each in phases),
        pv_surplus_kw=surplus_kw,
        water_celsius=measured(water),
        ev_connected=connected,
        ev_kw=measured(ev_kw),
        soc_percent=measured(soc, "sensor.battery_soc"),
        load_kw=measured(load_kw),
        pv_kw=measured(pv_kw),
        automation=automation,
        manual_override=manual,
        vacation=vacation,
    )


def sample_plan_slot(
    action: Action = Action.DISCHARGE,
    *,
    soc_kwh: float = 5.0,
    heater_kwh: float = 0.0,
    ev_kwh: float | None = None,
    import_price: float = 1.0,
    export_price: float = 0.5,
    value: float = 0.8,
    start: datetime = SLOT_START,
    hours: float = 0.25,
) -> PlanSlot:
    """A slot of a plan with one battery, one water heater, and a car unless `ev_kwh` is None."""
    return PlanSlot(
        start=start,
        hours=hours,
        load_kwh=0.25,
        pv_kwh=0.0,
        curtailed_kwh=0.0,
        import_kwh=0.25,
        export_kwh=0.0,
        batteries=(BatterySlot(0.0, 0.0, soc_kwh),),
        heaters_kwh=(heater_kwh,),
        import_price=import_price,
        export_price=export_price,
        price_known=True,
        cost=0.25,
        value_per_kwh=value,
        action=action,
        reason="the next purchase costs 0.90 SEK at 03:00",
        vehicles=() if ev_kwh is None else (BatterySlot(ev_kwh, 0.0, 20.0),),
    )


def sample_policy_slot(
    buy_to: float = 0.0,
    store_to: float = 100.0,
    load_floor: float = 10.0,
    sell_to: float = 100.0,
    *,
    value: float = 0.8,
    start: datetime = SLOT_START,
) -> PolicySlot:
    """A slot of a policy for the 10 kWh battery, levels in percent."""
    return PolicySlot(start, 0.25, buy_to / 10, store_to / 10, load_floor / 10, sell_to / 10, value)


def sample_plan(slots: int = 8, created_at: datetime = SLOT_START) -> Plan:
    """A plan of quarter-hours from `SLOT_START` on."""
    quarter = timedelta(minutes=15)
    return Plan(
        plan_id="plan-1",
        created_at=created_at,
        currency="SEK",
        status=PlanStatus.OPTIMAL,
        slots=tuple(sample_plan_slot(start=SLOT_START + quarter * index) for index in range(slots)),
        capacity_kwh=10.0,
        cost=1.0,
        objective=0.5,
        money_gap=0.0,
    )


def sample_policy(plan_id: str = "plan-1", slots: int = 8) -> Policy:
    """The policy that goes with `sample_plan`."""
    quarter = timedelta(minutes=15)
    return Policy(
        plan_id, SLOT_START, 28, tuple(sample_policy_slot(start=SLOT_START + quarter * index) for index in range(slots))
    )


def decided(
    mode: BatteryMode = BatteryMode.SELF_USE,
    *,
    charge_kw: float = 5.0,
    discharge_kw: float = 5.0,
    target: float = 10.0,
    source: Source = Source.PLAN,
    emergency: bool = False,
) -> Decision:
    """A decision over the battery alone."""
    settings = BatterySettingsNow(mode, charge_kw, discharge_kw, target, source, "as the test wants it")
    return Decision(NOW, settings, None, "as the test wants it", emergency=emergency)


def acting(*overrides: Override | None) -> ActiveOverrides:
    """These quick actions in the groups that they take; the last one wins."""
    taken = {group: each for each in overrides if each is not None for group in each.kind.groups}
    return ActiveOverrides(
        battery=taken.get(DeviceGroup.BATTERY), heater=taken.get(DeviceGroup.HEATER), ev=taken.get(DeviceGroup.EV)
    )
