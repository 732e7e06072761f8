"""Values of every kind that the database keeps, and Hypothesis strategies for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from darkstar.control.decision import (
    BatteryMode,
    BatterySettingsNow,
    Decision,
    EvMode,
    EvSettingsNow,
    Execution,
    ExecutionStep,
    HeaterMode,
    HeaterSettingsNow,
    Holding,
    Override,
    OverrideKind,
    PlannedNow,
    Source,
    StepResult,
)
from darkstar.forecast.bands import Band, Forecast, ForecastSlot
from darkstar.home.observation import Observation
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.optimizer.plan import Action, BatterySlot, Plan, PlanSlot, PlanStatus
from darkstar.optimizer.request import BatteryRequest, GridRequest, HeatDay, HeaterRequest, PlanRequest, RequestSlot
from darkstar.policy.thresholds import Policy, PolicySlot
from darkstar.storage.plans import SavedPlan

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
"""Half an hour before Stockholm's clocks go forward."""
QUARTER = timedelta(minutes=15)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware right there
numbers = st.floats(-1e6, 1e6)
energies = st.floats(0, 100)
optional = st.none() | numbers
words = st.text(max_size=20)


def price(start: datetime, paid: float = 1.0, minutes: int = 15, *, known: bool = True) -> Price:
    return Price(start, start + timedelta(minutes=minutes), paid, paid / 2, known)


def quarter_prices(start: datetime, count: int) -> PriceCurve:
    return PriceCurve(tuple(price(start + QUARTER * index, 0.1 * index) for index in range(count)))


def band(middle: float) -> Band:
    return Band(middle / 2, middle, middle * 2)


def forecast(issued_at: datetime = NOW, slots: int = 4, model: str = "same_slot_mean") -> Forecast:
    return Forecast(
        issued_at=issued_at,
        load_model=model,
        pv_model="clear_sky",
        slots=tuple(
            ForecastSlot(issued_at + QUARTER * index, 0.25, band(0.25 + index / 8), band(index / 8))
            for index in range(slots)
        ),
        assumed=("load",),
    )


def problem(problem_id: str = "soc_unreadable", since: datetime = NOW, meaning: str = "gone") -> Problem:
    return Problem(problem_id, Severity.WARNING, since, meaning, "mend it")


def override(started_at: datetime = NOW, minutes: int = 60) -> Override:
    return Override(OverrideKind.FORCE_CHARGE, started_at, started_at + timedelta(minutes=minutes), 80.0)


def execution(executed_at: datetime = NOW, *results: StepResult, source: Source = Source.PLAN) -> Execution:
    battery = BatterySettingsNow(BatteryMode.GRID_CHARGE, 3.3, 0.0, 72.5, source, "cheap hour")
    heater = HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "heats now")
    return Execution(
        executed_at=executed_at,
        plan_id="abc",
        decision=Decision(executed_at, battery, heater, "charges from the grid"),
        steps=tuple(ExecutionStep(f"number.n{index}", "5", "10", result) for index, result in enumerate(results)),
        soc_percent=55.5,
        load_kw=0.7,
        pv_kw=None,
        grid_kw=-1.25,
        shadow=False,
    )


def saved_plan(plan_id: str = "abc", created_at: datetime = NOW, status: PlanStatus = PlanStatus.OPTIMAL) -> SavedPlan:
    slots = tuple(RequestSlot(created_at + QUARTER * index, 0.25, 0.1, 0.2, 1.5, 0.5, index < 2) for index in range(4))
    request = PlanRequest(
        created_at=created_at,
        currency="SEK",
        slots=slots,
        batteries=(BatteryRequest(10.0, 4.0, 1.0, 10.0, 5.0, 5.0, 0.95, 0.95),),
        heaters=(HeaterRequest(3.0, (HeatDay(created_at, created_at + timedelta(hours=1), 6.0),)),),
        grid=GridRequest(11.0, None),
    )
    plan = Plan(
        plan_id=plan_id,
        created_at=created_at,
        currency="SEK",
        status=status,
        slots=tuple(_plan_slot(slot) for slot in slots),
        capacity_kwh=10.0,
        cost=1.1,
        objective=1.05,
        money_gap=None,
        unmet=("0.5 kWh of heat",),
        solver="CBC",
        solve_seconds=0.4,
    )
    policy = Policy(plan_id, created_at, 28, tuple(PolicySlot(s.start, s.hours, 1, 9, 2, 10, 0.8) for s in slots))
    return SavedPlan(request, plan, policy)


def _plan_slot(slot: RequestSlot) -> PlanSlot:
    return PlanSlot(
        start=slot.start,
        hours=slot.hours,
        load_kwh=slot.load_kwh,
        pv_kwh=slot.pv_kwh,
        curtailed_kwh=0.0,
        import_kwh=0.75,
        export_kwh=0.0,
        batteries=(BatterySlot(0.1, 0.0, 4.1),),
        heaters_kwh=(0.75,),
        import_price=slot.import_price,
        export_price=slot.export_price,
        price_known=slot.price_known,
        cost=0.3,
        value_per_kwh=0.9,
        action=Action.STORE,
        reason="PV surplus",
    )


observations = st.builds(
    Observation,
    start=moments,
    hours=st.sampled_from([0.25, 0.5, 1.0]),
    load_kwh=optional,
    pv_kwh=optional,
    import_kwh=optional,
    export_kwh=optional,
    charge_kwh=optional,
    discharge_kwh=optional,
    heater_kwh=optional,
    ev_kwh=optional,
    soc_percent=optional,
    import_price=optional,
    export_price=optional,
    flags=st.lists(st.sampled_from(["reset", "gap", "spike", "backfill", "hourly"]), unique=True).map(tuple),
    soc_start_percent=optional,
)
overrides = st.builds(
    Override,
    kind=st.sampled_from(OverrideKind),
    started_at=st.just(NOW),
    expires_at=st.integers(1, 10**9).map(lambda us: NOW + timedelta(microseconds=us)),
    soc_percent=st.none() | st.floats(0, 100),
)
_battery_now = st.builds(
    BatterySettingsNow,
    mode=st.sampled_from(BatteryMode),
    charge_kw=energies,
    discharge_kw=energies,
    target_soc_percent=energies,
    source=st.sampled_from(Source),
    reason=words,
)
_heater_now = st.builds(
    HeaterSettingsNow, mode=st.sampled_from(HeaterMode), source=st.sampled_from(Source), reason=words
)
executions = st.builds(
    Execution,
    executed_at=moments,
    plan_id=st.none() | words,
    decision=st.builds(
        Decision,
        decided_at=moments,
        battery=st.none() | _battery_now,
        heater=st.none() | _heater_now,
        summary=words,
        hands_off=st.none() | words,
        emergency=st.booleans(),
        ev=st.none()
        | st.builds(EvSettingsNow, st.sampled_from(EvMode), energies, source=st.sampled_from(Source), reason=words),
        holding=st.lists(st.builds(Holding, words, moments), max_size=2).map(tuple),
    ),
    steps=st.lists(
        st.builds(
            ExecutionStep,
            entity_id=words,
            previous=st.none() | words,
            wanted=words,
            result=st.sampled_from(StepResult),
            message=words,
            read_back=st.none() | words,
            source=st.none() | st.sampled_from(Source),
        ),
        max_size=3,
    ).map(tuple),
    soc_percent=optional,
    load_kw=optional,
    pv_kw=optional,
    grid_kw=optional,
    shadow=st.booleans(),
    planned=st.none()
    | st.builds(
        PlannedNow,
        slot_start=moments,
        charge_kw=energies,
        discharge_kw=energies,
        export_kw=energies,
        heater_kw=energies,
        ev_kw=energies,
        soc_percent=optional,
        action=words,
    ),
    overrides=st.lists(
        st.builds(
            Override, st.sampled_from(OverrideKind), started_at=moments, expires_at=moments, soc_percent=optional
        ),
        max_size=2,
    ).map(tuple),
    lease_until=st.none() | moments,
    duration_s=optional,
    error=st.none() | words,
    problems=st.lists(words, max_size=2).map(tuple),
)
_plan_slots = st.builds(
    PlanSlot,
    start=moments,
    hours=st.sampled_from([0.1, 0.25, 1.0]),
    load_kwh=energies,
    pv_kwh=energies,
    curtailed_kwh=energies,
    import_kwh=energies,
    export_kwh=energies,
    batteries=st.lists(st.builds(BatterySlot, energies, energies, energies), max_size=2).map(tuple),
    heaters_kwh=st.lists(energies, max_size=2).map(tuple),
    import_price=numbers,
    export_price=numbers,
    price_known=st.booleans(),
    cost=numbers,
    value_per_kwh=numbers,
    action=st.sampled_from(Action),
    reason=words,
)
_plans = st.builds(
    Plan,
    plan_id=st.just("one"),
    created_at=moments,
    currency=st.just("EUR"),
    status=st.sampled_from(PlanStatus),
    slots=st.lists(_plan_slots, max_size=3).map(tuple),
    capacity_kwh=energies,
    cost=numbers,
    objective=numbers,
    money_gap=optional,
    unmet=st.lists(words, max_size=2).map(tuple),
    notes=st.lists(words, max_size=2).map(tuple),
    solver=words,
    solve_seconds=energies,
)
_policies = st.builds(
    Policy,
    plan_id=st.just("one"),
    created_at=moments,
    scenario_count=st.integers(0, 100),
    slots=st.lists(st.builds(PolicySlot, moments, energies, *[energies] * 4, numbers), max_size=3).map(tuple),
)
_requests = st.builds(
    PlanRequest,
    created_at=moments,
    currency=st.just("EUR"),
    slots=st.lists(
        st.builds(RequestSlot, moments, energies, energies, energies, numbers, numbers, st.booleans()), max_size=3
    ).map(tuple),
    batteries=st.lists(
        st.builds(BatteryRequest, *[energies] * 9, st.booleans(), st.booleans(), numbers), max_size=2
    ).map(tuple),
    heaters=st.lists(
        st.builds(
            HeaterRequest,
            energies,
            st.lists(st.builds(HeatDay, moments, moments, energies), max_size=2).map(tuple),
            st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    grid=st.builds(GridRequest, optional, optional, st.booleans()),
    time_limit_s=energies,
    money_gap=energies,
    notes=st.lists(words, max_size=2).map(tuple),
)
saved_plans = st.builds(SavedPlan, request=_requests, plan=_plans, policy=st.none() | _policies)
