from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from darkstar.home.appliances import USUAL_APPLIANCES, ApplianceSettings
from darkstar.simulation.whatif.advice import Advice, advise
from darkstar.simulation.whatif.ahead import Live
from tests.simulation.whatif.lives import HOME, NOW, live

CENT = 0.01
DISHWASHER = ApplianceSettings(name="dishwasher", energy_kwh=1.2, hours=2.0)
DINNER = datetime(2026, 3, 10, 17, tzinfo=UTC)


def with_machines(*machines: ApplianceSettings) -> Live:
    return replace(live(), home=HOME.model_copy(update={"appliances": machines}))


def one(machine: ApplianceSettings, now: datetime = NOW) -> Advice:
    (advice,) = advise(with_machines(machine), now)
    return advice


def test_usual_machines_are_advised_on() -> None:
    found = advise(live(), NOW)
    assert [advice.name for advice in found] == [machine.name for machine in USUAL_APPLIANCES]
    assert all(advice.start is not None and advice.saving is not None for advice in found)


def test_waiting_never_costs_more_than_now() -> None:
    for now in (NOW, NOW + timedelta(hours=3), DINNER):
        advice = one(DISHWASHER, now)
        assert advice.saving is not None
        assert advice.saving >= 0
        assert advice.start is not None
        assert now <= advice.start <= now + timedelta(hours=24)


def without_battery(given: Live) -> Live:
    """The same hours in a home without battery and panels: a run costs what the tariff says."""
    slots = tuple(replace(slot, pv_kwh=0.0) for slot in given.request.slots)
    request = replace(given.request, slots=slots, batteries=())
    from darkstar.optimizer.solve import plan as solve

    return replace(given, request=request, plan=solve(request))


def test_without_a_battery_a_run_costs_its_energy_at_the_prices() -> None:
    plain = without_battery(with_machines(DISHWASHER))
    (advice,) = advise(plain, DINNER)
    prices = {slot.start: slot.import_price for slot in plain.request.slots}
    hour = timedelta(hours=1)
    now_cost = 0.6 * (prices[DINNER] + prices[DINNER + hour])
    last = DINNER + timedelta(hours=22)
    best = min(0.6 * (prices[start] + prices[start + hour]) for start in prices if DINNER <= start <= last)
    assert advice.cost_now == pytest.approx(now_cost, abs=CENT)
    assert advice.cost == pytest.approx(best, abs=CENT)
    assert advice.words.endswith(f"less than now ({now_cost:.2f})")


def test_a_run_on_surplus_costs_what_the_surplus_would_have_earned() -> None:
    """At noon a kWh from the panels is worth no more than its export price, or what the battery makes of it."""
    advice = one(DISHWASHER)
    dearest = max(slot.import_price for slot in live().request.slots)
    assert advice.cost is not None
    assert advice.cost < 1.2 * dearest / 2


def test_the_owners_times_hold() -> None:
    late = one(DISHWASHER.model_copy(update={"earliest": time(20, 0)}))
    assert late.start is not None
    assert late.start.astimezone(HOME.zone).hour >= 20
    early = one(DISHWASHER.model_copy(update={"ready_by": time(13, 0)}))
    assert early.end is not None
    assert early.end <= datetime(2026, 3, 10, 12, tzinfo=UTC)
    tomorrow = one(DISHWASHER.model_copy(update={"ready_by": time(11, 0)}))
    assert tomorrow.start is not None
    assert tomorrow.start.astimezone(HOME.zone).date() == date(2026, 3, 11)
    by_day = DISHWASHER.model_copy(update={"earliest": time(7, 0), "ready_by": time(22, 0)})
    asleep = one(by_day, datetime(2026, 3, 10, 22, tzinfo=UTC))
    assert asleep.start is not None
    assert 7 <= asleep.start.astimezone(HOME.zone).hour < 22
    overnight = one(DISHWASHER.model_copy(update={"earliest": time(22, 0), "ready_by": time(6, 0)}))
    assert overnight.end is not None
    assert overnight.end <= datetime(2026, 3, 11, 5, tzinfo=UTC)


def test_what_does_not_fit_says_so() -> None:
    end = live().request.end
    assert one(DISHWASHER, end + timedelta(hours=1)).words == "the plan is over: wait for the next one"
    short = one(DISHWASHER, end - timedelta(hours=1))
    assert short.start is None
    assert "it cannot be done by" in short.words
    assert short.saving is None


def test_a_home_without_appliances_gets_no_advice() -> None:
    assert advise(with_machines(), NOW) == ()
