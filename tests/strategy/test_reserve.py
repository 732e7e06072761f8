"""Caution and goals that the risk appetite asks for."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from darkstar.forecast.bands import Scenarios
from darkstar.home.day_context import DayContext
from darkstar.home.devices import BatterySettings
from darkstar.home.risk import RiskSettings
from darkstar.optimizer.request import PlanRequest
from darkstar.strategy.request import build_request
from tests.homes import home
from tests.strategy.samples import NOW, forecast, hours, prices


def asked(
    level: int | None,
    now: datetime = NOW,
    scenarios: Scenarios = (),
    weather: DayContext | None = None,
    **settings: Any,
) -> PlanRequest:
    context = weather or DayContext(appetite=level)
    return build_request(
        home(risk=RiskSettings(**settings)),
        now,
        50.0,
        forecast(now=now),
        prices(0.2, 0.25, 0.3, now=now),
        1.0,
        heating_now=False,
        vacation=False,
        context=context,
        scenarios=scenarios,
    )


def _paths(step_kwh: float) -> Scenarios:
    """Nine net loads, each off by as much all along."""
    return tuple(tuple(0.1 + step_kwh * (path - 4) for _ in forecast().slots) for path in range(9))


def test_without_an_appetite_nothing_is_asked_for() -> None:
    request = asked(None)
    assert (request.caution, request.batteries[0].goals) == (0.0, ())
    assert all(slot.load_band is None for slot in request.slots)
    assert "risk: no appetite is chosen, money alone decides" in request.notes


def test_the_owners_wish_goes_before_the_settings() -> None:
    assert any(note.startswith("risk 2 (conservative") for note in asked(2, appetite=4).notes)
    assert any(note.startswith("risk 4 (aggressive") for note in asked(None, appetite=4).notes)


def test_levels_are_ordered_in_reserve_caution_and_penalty() -> None:
    requests = [asked(level, scenarios=_paths(0.01)) for level in range(1, 6)]
    goals = [request.batteries[0].goals[-1] for request in requests]
    for key in (
        [goal.min_kwh for goal in goals],
        [goal.price_per_kwh or 0.0 for goal in goals],
        [request.caution for request in requests],
    ):
        assert all(one > other for one, other in pairwise(key))
    assert requests[2].caution == 0.0


def test_the_reserve_is_kept_at_local_midnights_and_at_the_end() -> None:
    goals = asked(3).batteries[0].goals
    midnights = [datetime(2026, 1, day, 23, tzinfo=UTC) for day in (15, 16)]
    assert [goal.at for goal in goals] == [*midnights, asked(3).end]


@pytest.mark.parametrize(("day", "utc_hours"), [("2026-03-28", (23, 22)), ("2026-10-24", (22, 23))])
def test_midnights_follow_the_clock_when_it_changes(day: str, utc_hours: tuple[int, int]) -> None:
    now = datetime.fromisoformat(f"{day}T11:00:00+00:00")
    assert [goal.at.hour for goal in asked(3, now).batteries[0].goals[:2]] == list(utc_hours)


def test_the_reserve_stays_below_the_ceiling_of_the_battery() -> None:
    battery = BatterySettings(
        capacity_kwh=10, max_charge_kw=5, max_discharge_kw=5, min_soc_percent=20, max_soc_percent=50
    )
    request = build_request(
        home(battery=battery),
        NOW,
        50.0,
        forecast(),
        prices(0.2),
        1.0,
        heating_now=False,
        vacation=False,
        context=DayContext(appetite=1),
    )
    assert {goal.min_kwh for goal in request.batteries[0].goals} == {5.0}


def test_errors_that_cancel_out_ask_for_less_caution() -> None:
    """Known scenarios say how wrong the whole horizon can be; bands of single slots added up exaggerate."""
    calm, wild = asked(1, scenarios=_paths(0.01)), asked(1, scenarios=_paths(0.02))
    assert 0 < calm.caution < wild.caution <= asked(1).caution


def test_cautious_slots_carry_their_bands() -> None:
    slot, seen = asked(1).slots[5], forecast().slots[5]
    assert slot.load_band is not None
    assert (slot.load_band.p10, slot.load_band.p90) == (seen.load_kwh.p10, seen.load_kwh.p90)


def test_static_mode_keeps_the_reserve_at_its_size() -> None:
    cold = DayContext(appetite=3, weather=hours((0, 100), (-20, -10)))
    for context in (DayContext(appetite=3), cold):
        request = asked(3, weather=context, mode="static")
        assert request.batteries[0].goals[-1].min_kwh == pytest.approx(2.0)
        assert request.caution > 0


def test_cold_and_changeable_days_have_a_larger_reserve() -> None:
    mild = asked(3, weather=DayContext(appetite=3, weather=hours((50, 50), (20, 20))), base_factor=0.9)
    cold = asked(3, weather=DayContext(appetite=3, weather=hours((0, 100), (-10, -9))), base_factor=0.9)
    assert mild.batteries[0].goals[-1].min_kwh < cold.batteries[0].goals[-1].min_kwh
    assert cold.batteries[0].goals[-1].min_kwh <= (10 + 10 + 8) / 100 * 10 + 1e-9


def test_dynamic_mode_raises_the_load_by_the_lack_of_pv() -> None:
    weak, strong = asked(5, mode="dynamic", pv_deficit_weight=0.0), asked(5, mode="dynamic", pv_deficit_weight=0.3)
    assert 0 < weak.caution < strong.caution


def test_a_helper_that_cannot_be_read_is_said() -> None:
    remark = "input_select.x cannot be read"
    assert remark in asked(None, weather=DayContext(remarks=(remark,)), appetite=2).notes


def test_every_rule_is_in_the_notes() -> None:
    told = " ".join(asked(None).notes)
    for rule in ("vacation", "occupancy", "day events", "weather", "price spread"):
        assert rule in told


def test_midnight_itself_is_no_goal_of_a_plan_that_begins_there() -> None:
    now = datetime(2026, 1, 15, 23, tzinfo=UTC)
    assert asked(3, now).batteries[0].goals[0].at == now + timedelta(days=1)
