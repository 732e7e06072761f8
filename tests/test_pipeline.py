"""From a situation to a plan and its policy."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from darkstar.forecast.bands import Context
from darkstar.forecast.same_slot import SameSlotMean
from darkstar.forecast.scenarios import net_load_scenarios
from darkstar.home.day_context import DayContext, DayEvent
from darkstar.home.devices import EvSettings
from darkstar.home.grid import GridSettings
from darkstar.home.observation import Observation
from darkstar.home.operation import PlannerSettings
from darkstar.home.power_tariff import PowerTariffSettings
from darkstar.home.prices import PriceCurve
from darkstar.home.vehicle import VehicleState
from darkstar.optimizer.plan import PlanStatus
from darkstar.pipeline import Planned, Situation, plan_home, policy_home
from darkstar.strategy.horizon import horizon_slots
from tests.forecast.samples import days, flat, history, noisy, sunny
from tests.homes import home
from tests.strategy.samples import NOW, prices

HOME = home(planner=PlannerSettings(horizon_hours=30))
LEARNED_FROM = NOW.replace(minute=0) - days(20)


def situation(now: datetime = NOW, known_hours: int = 13) -> Situation:
    model = SameSlotMean(HOME)
    model.fit(history(LEARNED_FROM, now, noisy(1, flat(0.9)), noisy(2, sunny)))
    forecast = model.predict(horizon_slots(now, HOME.planner), now, Context())
    curve = prices(0.1, 0.1, 0.4, 0.3, known_hours=known_hours)
    return Situation(
        home=HOME,
        now=now,
        soc_percent=40.0,
        curve=PriceCurve(tuple(price for price in curve.prices if price.known)),
        forecast=forecast,
        scenarios=net_load_scenarios(forecast, model, 7),
        heated_today_kwh=3.0,
    )


@pytest.fixture(scope="module")
def planned() -> Planned:
    return plan_home(situation())


def test_request_plan_and_policy_share_the_forecasts_slots(planned: Planned) -> None:
    starts = [slot.start for slot in planned.forecast.slots]
    assert [slot.start for slot in planned.request.slots] == starts
    assert [slot.start for slot in planned.plan.slots] == starts
    assert [slot.start for slot in planned.policy.slots] == starts
    assert planned.policy.plan_id == planned.plan.plan_id
    assert planned.policy.scenario_count == 7
    assert planned.plan.status in {PlanStatus.OPTIMAL, PlanStatus.FEASIBLE}


def test_prices_past_the_known_ones_are_forecast(planned: Planned) -> None:
    known_until = NOW.replace(minute=0) + timedelta(hours=13)
    assert all(slot.price_known == (slot.start < known_until) for slot in planned.request.slots)
    assert any("prices are forecast from" in note for note in planned.plan.notes)


def test_the_water_heater_gets_its_heat(planned: Planned) -> None:
    owed = sum(day.energy_kwh for day in planned.request.heaters[0].days)
    assert owed > 3
    assert sum(slot.heater_kwh for slot in planned.plan.slots) == pytest.approx(owed, abs=0.75 * 3)


def test_vacation_heats_nothing() -> None:
    planned = plan_home(replace(situation(), vacation=True))
    assert sum(slot.heater_kwh for slot in planned.plan.slots) == 0


def test_the_risk_appetite_reaches_plan_and_policy() -> None:
    """A safer level ends the day fuller in the plan, and the battery really keeps more for it."""
    evening = situation().curve.prices
    night = [replace(price, known=True) for price in prices(0.1).prices if price.start >= evening[-1].end]
    usual = replace(situation(), curve=PriceCurve((*evening, *night)))
    levels = [plan_home(replace(usual, context=DayContext(appetite=level))) for level in (1, 3, 5)]
    midnight = datetime(2026, 1, 15, 23, tzinfo=UTC)
    kept = [next(slot.soc_kwh for slot in one.plan.slots if slot.end == midnight) for one in levels]
    assert kept[0] > kept[1] > kept[2]
    before = [
        next(slot for slot in one.policy.slots if slot.start >= midnight - timedelta(minutes=15)) for one in levels
    ]
    floors = [slot.load_floor_kwh for slot in before]
    assert floors[0] > floors[1] >= floors[2]
    without = plan_home(usual).policy
    assert floors[2] <= next(slot for slot in without.slots if slot.start == before[2].start).load_floor_kwh


def test_events_move_the_policy_as_they_move_the_plan(planned: Planned) -> None:
    event = DayEvent(NOW + timedelta(hours=4), NOW + timedelta(hours=8), "oven 3 kW")
    busy = plan_home(replace(situation(), context=DayContext(events=(event,))))
    more = sum(slot.load_kwh for slot in busy.plan.slots) - sum(slot.load_kwh for slot in planned.plan.slots)
    assert more == pytest.approx(12.0)
    assert busy.policy != planned.policy
    assert busy.forecast == planned.forecast, "what the models said is kept as they said it"


def test_the_same_situation_gives_the_same_plan(planned: Planned) -> None:
    again = plan_home(situation())
    assert again.plan == replace(planned.plan, solver=again.plan.solver, solve_seconds=again.plan.solve_seconds)
    assert again.policy == planned.policy


def test_past_prices_serve_where_none_are_published_yet() -> None:
    usual = situation()
    asked = plan_home(replace(usual, curve=PriceCurve(), past_prices=shifted(usual.curve))).request
    assert not any(slot.price_known for slot in asked.slots)


def shifted(curve: PriceCurve) -> PriceCurve:
    return PriceCurve(
        tuple(replace(price, start=price.start - days(1), end=price.end - days(1)) for price in curve.prices)
    )


def test_without_any_price_there_is_no_plan() -> None:
    with pytest.raises(ValueError, match="no price for all of the slot at"):
        plan_home(replace(situation(), curve=PriceCurve()))


def test_without_forecast_there_is_no_plan() -> None:
    empty = replace(situation().forecast, slots=())
    with pytest.raises(ValueError, match="no slots"):
        plan_home(replace(situation(), forecast=empty, scenarios=()))


def test_without_scenarios_the_expectation_is_the_only_one() -> None:
    assert plan_home(replace(situation(), scenarios=())).policy.scenario_count == 1


def dry(past: Situation) -> Situation:
    """The same home without water heater: nothing is committed."""
    return replace(past, home=home(planner=PlannerSettings(horizon_hours=30), water_heater=None))


def test_a_policy_needs_no_plan_where_nothing_is_committed() -> None:
    steered = policy_home(dry(situation()))
    whole = plan_home(dry(situation()))
    assert steered.plan is None
    assert steered.policy == whole.policy
    assert steered.request == whole.request
    assert steered.forecast == whole.forecast


def test_a_policy_has_its_plan_where_heat_is_committed(planned: Planned) -> None:
    steered = policy_home(situation())
    assert steered.plan is not None
    assert steered.plan.plan_id == planned.plan.plan_id
    assert steered.policy == planned.policy


def test_self_use_takes_the_place_of_the_levels_and_says_why() -> None:
    guarded = replace(dry(situation()), why_self_use="plain self-use: it was better")
    for result in (plan_home(guarded), policy_home(guarded)):
        levels = {(one.grid_charge_to_kwh, one.pv_charge_to_kwh, one.export_floor_kwh) for one in result.policy.slots}
        assert levels == {(0.0, 10.0, 10.0)}
    assert "plain self-use: it was better" in plan_home(guarded).plan.notes


def test_power_tariffs_are_planned_with_what_was_metered() -> None:
    tariff = PowerTariffSettings(price_per_kw_month=8, name="Effekt")
    charged = home(planner=PlannerSettings(horizon_hours=30), grid=GridSettings(power_tariffs=(tariff,)))
    start = NOW.replace(minute=0) - days(10)
    metered = tuple(
        Observation(start + timedelta(hours=number), 1.0, import_kwh=2.0 + number % 2) for number in range(240)
    )
    planned = plan_home(replace(situation(), home=charged, metered=metered))
    (peak,) = planned.plan.peaks
    (asked,) = planned.request.grid.power_tariffs
    assert {past.kw for past in asked.past} == {3.0}
    assert peak.name == "Effekt 2026-01"
    assert (peak.billed_kw, peak.cost) == pytest.approx((3.0, 24.0))
    assert peak.cap_kw == 3.0
    free = plan_home(situation()).plan
    assert max(slot.import_kwh / slot.hours for slot in free.slots) > 3.5


def test_the_car_is_charged_by_its_departure_in_the_cheap_hours() -> None:
    settings = home(planner=PlannerSettings(horizon_hours=30), ev=EvSettings(capacity_kwh=60))
    car = VehicleState(connected=True, soc_percent=50.0, target_soc_percent=70.0, departure=NOW + timedelta(hours=12))
    planned = plan_home(replace(situation(), home=settings, vehicle=car))
    before = [slot for slot in planned.plan.slots if slot.start < car.departure]
    assert sum(slot.vehicle_kwh for slot in before) == pytest.approx(0.2 * 60 / 0.9, rel=1e-3)
    charging = [slot.import_price for slot in before if slot.vehicle_kwh > 0]
    waiting = [slot.import_price for slot in before if slot.vehicle_kwh == 0]
    assert max(charging) <= min(waiting) + 1e-9
    assert "the car is to have 70 %" in " ".join(planned.plan.notes)
