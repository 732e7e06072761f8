"""A made-up home on a made-up day, for tests of what is shown."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from darkstar.control.decision import (
    ActiveOverrides,
    BatteryMode,
    BatterySettingsNow,
    Decision,
    Execution,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.home.readings import Measurement, Readings
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import Slot, floor_to_slot, local_date, local_day, slots_between
from darkstar.optimizer.plan import Action, BatterySlot, Plan, PlanSlot, PlanStatus
from darkstar.policy.thresholds import Policy, PolicySlot
from darkstar.views.snapshot import Snapshot

NOON = datetime(2026, 4, 14, 11, 20, tzinfo=UTC)
"""13:20 in Stockholm on a clear day in spring."""

CAPACITY_KWH = 10.0
EFFICIENCY = 0.95
_MAX_KW = 4.0


def home(**changes: object) -> HomeSettings:
    """A home in Stockholm with battery, PV and water heater, in real operation."""
    settings: dict[str, object] = {
        "time_zone": "Europe/Stockholm",
        "latitude": 59.3,
        "longitude": 18.1,
        "currency": "SEK",
        "battery": {"capacity_kwh": CAPACITY_KWH, "max_charge_kw": 5, "max_discharge_kw": 5},
        "inverter": {"entities": {"grid_charging": "switch.grid_charging"}},
        "pv_arrays": [{"kwp": 8}],
        "water_heater": {"power_kw": 3},
        "prices": {"source": "nordpool_sensor", "entity": "sensor.nordpool"},
        "entities": {
            "battery_soc": "sensor.soc",
            "water_heater": "number.heater",
        },
        "executor": {"shadow_mode": False},
    }
    return HomeSettings.model_validate({**settings, **changes})


def sample(now: datetime = NOON) -> Snapshot:
    """Everything known, nothing wrong; the executor decided two minutes ago."""
    settings = home()
    curve = prices(now, settings)
    history = observed(now, settings, curve)
    soc_percent = history[-1].soc_percent or 0.0
    plan = planned(now, settings, curve, soc_percent / 100 * CAPACITY_KWH)
    policy = levels(plan)
    return Snapshot(
        now=now,
        home=settings,
        readings=readings(now, plan, soc_percent),
        plan=plan,
        policy=policy,
        forecast=forecast(plan),
        curve=curve,
        observations=history,
        execution=executed(now, plan),
        expected_soc_kwh=tuple(max(slot.soc_kwh - 0.02 * index**0.5, 1.0) for index, slot in enumerate(plan.slots)),
    )


def empty(now: datetime = NOON) -> Snapshot:
    """The first second of a life: settings, and nothing else."""
    return Snapshot(now=now, home=home())


def troubled(now: datetime = NOON) -> Snapshot:
    """A forced charge and two problems."""
    snapshot = sample(now)
    override = Override(OverrideKind.FORCE_CHARGE, now - timedelta(minutes=17), now + timedelta(minutes=43), 100.0)
    settings = BatterySettingsNow(
        BatteryMode.GRID_CHARGE, 5.0, 0.0, 100.0, Source.OVERRIDE, "force charge to 100 % until 14:03: SoC 69 %"
    )
    assert snapshot.execution is not None
    decision = replace(snapshot.execution.decision, battery=settings)
    return replace(
        snapshot,
        overrides=ActiveOverrides(battery=override),
        execution=replace(snapshot.execution, decision=decision),
        problems=(
            Problem(
                "prices_missing",
                Severity.WARNING,
                now - timedelta(hours=1),
                "sensor.nordpool has no prices for tomorrow although it is past 13:15.",
                "Look at the Nord Pool integration; Darkstar plans on a price forecast meanwhile.",
            ),
            Problem(
                "soc_unreadable",
                Severity.CRITICAL,
                now - timedelta(minutes=3),
                "sensor.soc is unavailable, so the battery's SoC is not known.",
                "Check the inverter's connection.",
            ),
        ),
    )


def prices(now: datetime, settings: HomeSettings, known_days: int = 2) -> PriceCurve:
    """Quarter-hour prices of today and tomorrow: cheap nights, dear mornings and evenings."""
    first = local_date(now, settings.zone)
    start, _ = local_day(first, settings.zone)
    _, end = local_day(first + timedelta(days=known_days - 1), settings.zone)
    return PriceCurve(tuple(_price(slot, settings) for slot in slots_between(start, end)))


def _price(slot: Slot, settings: HomeSettings, *, known: bool = True) -> Price:
    spot = _spot(slot.start.astimezone(settings.zone))
    return Price(slot.start, slot.end, round(1.25 * spot + 0.85, 4), round(spot, 4), known)


def _spot(local: datetime) -> float:
    hour = local.hour + local.minute / 60
    humps = 1.1 * math.exp(-(((hour - 8) / 1.6) ** 2)) + 1.9 * math.exp(-(((hour - 19) / 1.9) ** 2))
    wiggle = 0.04 * math.sin(local.minute / 15 * 2.1 + hour)
    return 0.18 + humps + wiggle - 0.3 * math.exp(-(((hour - 13) / 2.2) ** 2)) + 0.1 * (local.day % 3)


def _load_kw(local: datetime) -> float:
    hour = local.hour + local.minute / 60
    wiggle = 0.15 * math.sin(hour * 5.3 + local.day)
    return 0.45 + 0.9 * math.exp(-(((hour - 7.5) / 1.2) ** 2)) + 1.6 * math.exp(-(((hour - 18.5) / 2) ** 2)) + wiggle


def _pv_kw(local: datetime) -> float:
    hour = local.hour + local.minute / 60
    return 3.4 * math.exp(-(((hour - 13) / 2.6) ** 2)) if 6 <= hour <= 20 else 0.0


def _heats(local: datetime) -> bool:
    return local.hour in {2, 12}


def _action(local: datetime, surplus_kwh: float, soc_kwh: float) -> tuple[Action, str]:
    if local.hour in {1, 2, 3} and soc_kwh < 0.6 * CAPACITY_KWH:
        return Action.CHARGE, "the night is cheap and the morning peak costs 2.40 SEK"
    if surplus_kwh > 0 and soc_kwh < CAPACITY_KWH:
        return Action.STORE, "sun to spare, worth more in the evening than what it sells for now"
    if local.hour in {18, 19} and soc_kwh > 0.45 * CAPACITY_KWH:
        return Action.EXPORT, "the best price of the day and more stored than the home needs tonight"
    if local.hour in {6, 7, 8, 9, 17, 18, 19, 20, 21} and soc_kwh > 0.15 * CAPACITY_KWH:
        return Action.DISCHARGE, "power from the grid is dear now"
    return Action.HOLD, "what is stored is worth more later"


def _slot(slot: Slot, soc_kwh: float, price: Price, settings: HomeSettings) -> PlanSlot:
    local = slot.start.astimezone(settings.zone)
    load, pv = _load_kw(local) * slot.hours, _pv_kw(local) * slot.hours
    heat = 3.0 * slot.hours if _heats(local) else 0.0
    need = load + heat - pv
    action, reason = _action(local, -need, soc_kwh)
    room, stored = (CAPACITY_KWH - soc_kwh) / EFFICIENCY, max(soc_kwh - 0.1 * CAPACITY_KWH, 0) * EFFICIENCY
    charge = discharge = 0.0
    if action is Action.CHARGE:
        charge = min(_MAX_KW * slot.hours, room)
    elif action is Action.STORE:
        charge = min(-need, _MAX_KW * slot.hours, room)
    elif action is Action.EXPORT:
        discharge = min(_MAX_KW * slot.hours, stored)
    elif action is Action.DISCHARGE:
        discharge = min(max(need, 0.0), _MAX_KW * slot.hours, stored)
    net = need + charge - discharge
    after = soc_kwh + charge * EFFICIENCY - discharge / EFFICIENCY
    imported, exported = max(net, 0.0), max(-net, 0.0)
    return PlanSlot(
        start=slot.start,
        hours=slot.hours,
        load_kwh=load,
        pv_kwh=pv,
        curtailed_kwh=0.0,
        import_kwh=imported,
        export_kwh=exported,
        batteries=(BatterySlot(charge, discharge, after),),
        heaters_kwh=(heat,),
        import_price=price.import_per_kwh,
        export_price=price.export_per_kwh,
        price_known=price.known,
        cost=imported * price.import_per_kwh - exported * price.export_per_kwh,
        value_per_kwh=1.2,
        action=action,
        reason=reason,
    )


def planned(now: datetime, settings: HomeSettings, curve: PriceCurve, soc_kwh: float = 6.2, minutes: int = 15) -> Plan:
    """48 h by rule of thumb; the first slot is what remains of the running one."""
    slots = []
    for slot in slots_between(now, now + timedelta(hours=48), minutes):
        price = curve.mean_over(slot) or _price(slot, settings, known=False)
        slots.append(_slot(slot, soc_kwh, price, settings))
        soc_kwh = slots[-1].soc_kwh
    return Plan(
        plan_id="0123456789ab",
        created_at=now,
        currency="SEK",
        status=PlanStatus.OPTIMAL,
        slots=tuple(slots),
        capacity_kwh=CAPACITY_KWH,
        cost=sum(slot.cost for slot in slots),
        objective=sum(slot.cost for slot in slots) - 5.0,
        money_gap=0.004,
        solver="CBC",
        solve_seconds=0.61,
    )


def levels(plan: Plan) -> Policy:
    """Thresholds around the plan's own path."""
    slots = tuple(
        PolicySlot(
            start=slot.start,
            hours=slot.hours,
            grid_charge_to_kwh=0.6 * CAPACITY_KWH if slot.action is Action.CHARGE else 0.0,
            pv_charge_to_kwh=CAPACITY_KWH,
            load_floor_kwh=min(max(slot.soc_kwh - 1, 0.1 * CAPACITY_KWH), CAPACITY_KWH),
            export_floor_kwh=0.45 * CAPACITY_KWH if slot.action is Action.EXPORT else CAPACITY_KWH,
            value_per_kwh=1.12,
        )
        for slot in plan.slots
    )
    return Policy(plan.plan_id, plan.created_at, 28, slots)


def forecast(plan: Plan) -> Forecast:
    """Bands around the plan's own load and PV."""
    slots = tuple(
        ForecastSlot(
            slot.start,
            slot.hours,
            Band(0.7 * slot.load_kwh, slot.load_kwh, 1.5 * slot.load_kwh),
            Band(0.45 * slot.pv_kwh, slot.pv_kwh, 1.25 * slot.pv_kwh),
        )
        for slot in plan.slots
    )
    return Forecast(plan.created_at, "mean of 14 days", "clear sky", slots)


def observed(now: datetime, settings: HomeSettings, curve: PriceCurve) -> tuple[Observation, ...]:
    """What the same rules of thumb did since local midnight."""
    start, _ = local_day(local_date(now, settings.zone), settings.zone)
    soc_kwh, rows = 3.1, []
    for slot in slots_between(start, floor_to_slot(now)):
        price = curve.at(slot.start)
        assert price is not None
        done = _slot(slot, soc_kwh, price, settings)
        soc_kwh = done.soc_kwh
        rows.append(
            Observation(
                start=slot.start,
                hours=slot.hours,
                load_kwh=done.load_kwh,
                pv_kwh=done.pv_kwh,
                import_kwh=done.import_kwh,
                export_kwh=done.export_kwh,
                charge_kwh=done.charge_kwh,
                discharge_kwh=done.discharge_kwh,
                heater_kwh=done.heater_kwh,
                soc_percent=soc_kwh / CAPACITY_KWH * 100,
                import_price=price.import_per_kwh,
                export_price=price.export_per_kwh,
            )
        )
    return tuple(rows)


def readings(now: datetime, plan: Plan, soc_percent: float = 62.0) -> Readings:
    """Everything measured eight seconds ago, as the plan has it."""
    slot = plan.slots[0]
    at = now - timedelta(seconds=8)

    def measured(value: float, name: str) -> Measurement:
        return Measurement(value, at, f"sensor.{name}")

    return Readings(
        read_at=at,
        soc_percent=measured(soc_percent, "soc"),
        load_kw=measured((slot.load_kwh + slot.heater_kwh) / slot.hours, "load"),
        pv_kw=measured(slot.pv_kwh / slot.hours, "pv"),
        grid_kw=measured((slot.import_kwh - slot.export_kwh) / slot.hours, "grid"),
        battery_kw=measured((slot.charge_kwh - slot.discharge_kwh) / slot.hours, "battery"),
        automation=True,
        manual_override=False,
        vacation=False,
    )


_WHY = {
    Action.CHARGE: "charging from the grid up to 60 %: a stored kWh is worth 2.10 SEK, it costs 1.24 SEK now",
    Action.EXPORT: "selling from the battery down to 45 %: a stored kWh brings 2.03 SEK now after losses",
    Action.DISCHARGE: "covering the load down to 10 %: a stored kWh saves 2.20 SEK now after losses",
    Action.STORE: "covering the load down to 10 %: above that a stored kWh is worth less than the 1.92 SEK "
    "it saves now after losses; PV surplus is stored up to 100 %",
    Action.HOLD: "keeping what is stored: a stored kWh is worth 2.10 SEK, it would save 1.05 SEK now",
}
"""What the executor says."""


def executed(now: datetime, plan: Plan) -> Execution:
    """The plan's slot as a decision, two minutes ago."""
    slot = plan.slots[0]
    modes = {Action.CHARGE: BatteryMode.GRID_CHARGE, Action.EXPORT: BatteryMode.EXPORT}
    mode = modes.get(slot.action, BatteryMode.SELF_USE)
    discharge_kw = 0.0 if mode is BatteryMode.GRID_CHARGE else 5.0
    settings = BatterySettingsNow(mode, 5.0, discharge_kw, 75.0, Source.PLAN, _WHY[slot.action])
    heater_mode = HeaterMode.NORMAL if slot.heater_kwh else HeaterMode.OFF
    heater = HeaterSettingsNow(heater_mode, Source.PLAN, "the cheapest hours of the day")
    decision = Decision(now - timedelta(minutes=2), settings, heater, slot.reason)
    return Execution(now - timedelta(minutes=2), plan.plan_id, decision, (), 62.0, 0.8, 3.1, -0.2, shadow=False)


def local_noon(day: date, settings: HomeSettings) -> datetime:
    """13:20 local time of a day, in UTC."""
    local = datetime(day.year, day.month, day.day, 13, 20, tzinfo=settings.zone)
    return local.astimezone(UTC)
