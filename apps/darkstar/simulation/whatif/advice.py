"""When to start an appliance: what a run costs now and at its best, with the battery planned anew around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from ...home.appliances import ApplianceSettings
from ...home.settings import HomeSettings
from ...home.slots import local_date, overlap_hours, to_utc
from ...optimizer.plan import Plan
from ...optimizer.request import EnergyBand, LoadRequest, PlanRequest, RequestSlot
from ...optimizer.solve import plan as solve
from .ahead import Live
from .compare import net_money

GAP = 0.001
"""Money by which a solve may miss the optimum: small beside what a run costs."""
WORTH_WAITING = 0.01
"""Money; a smaller saving is none."""
_DAY = timedelta(days=1)
_RUNNING_KWH = 1e-6


@dataclass(frozen=True, slots=True)
class Advice:
    """The best start of an appliance. `cost` is what the run adds to the bill at its best, `cost_now` at once.

    `start` None: it cannot run in its window, `words` say why.
    """

    name: str
    energy_kwh: float
    start: datetime | None
    end: datetime | None
    cost: float | None
    cost_now: float | None
    words: str

    @property
    def saving(self) -> float | None:
        """What waiting saves against starting now."""
        return None if self.cost is None or self.cost_now is None else self.cost_now - self.cost


def advise(live: Live, now: datetime) -> tuple[Advice, ...]:
    """Advice on each appliance of the home, one at a time: as if the others did not run.

    Water heater and car keep to the running plan, the battery is planned anew: so a solve is small, and its money
    exact. There are two for each appliance, with the run where it is best and with the run at once.
    """
    request = _with_devices_as_planned(replace(live.request, running=(), money_gap=GAP), live.plan)
    usual = net_money(request, solve(request)).net
    return tuple(_advice(appliance, live.home, request, usual, now) for appliance in live.home.appliances)


def _with_devices_as_planned(request: PlanRequest, plan: Plan) -> PlanRequest:
    """The request with all but batteries as load, as the plan has it."""
    slots = tuple(
        _with_more(slot, planned.heater_kwh + planned.vehicle_kwh + planned.deferrable_kwh)
        for slot, planned in zip(request.slots, plan.slots, strict=True)
    )
    return replace(request, slots=slots, heaters=(), vehicles=(), loads=())


def _advice(
    appliance: ApplianceSettings, home: HomeSettings, request: PlanRequest, usual: float, now: datetime
) -> Advice:
    length = timedelta(hours=appliance.hours)
    first = next((slot.start for slot in request.slots if slot.end > now), None)
    if first is None:
        return _none(appliance, "the plan is over: wait for the next one")
    at_once = max(first, now)
    earliest, latest = _window(appliance, home, at_once)
    latest = min(latest, request.end)
    if latest - earliest < length:
        return _none(appliance, f"it cannot be done by {_clock(latest, home)}")
    solved, start = _best(appliance, request, earliest, latest)
    if start is None:
        return _none(appliance, f"no time was found for it before {_clock(latest, home)}")
    cost = net_money(request, solved).net - usual
    cost_now = net_money(*_begun(appliance, request, at_once)).net - usual
    if earliest <= at_once and cost_now < cost + WORTH_WAITING:
        start, cost = at_once, cost_now
    words = _words(start, cost, cost_now, home)
    return Advice(appliance.name, appliance.energy_kwh, start, start + length, cost, cost_now, words)


def _best(
    appliance: ApplianceSettings, request: PlanRequest, earliest: datetime, latest: datetime
) -> tuple[Plan, datetime | None]:
    """The plan with the run where it is best, and when it begins there."""
    run = LoadRequest(
        profile_kw=(appliance.energy_kwh / appliance.hours,),
        step_hours=appliance.hours,
        earliest=earliest,
        latest=latest,
        name=appliance.name,
    )
    solved = solve(replace(request, loads=(*request.loads, run)))
    begins = (slot.start for slot in solved.slots if slot.loads_kwh and slot.loads_kwh[-1] > _RUNNING_KWH)
    return solved, next(begins, None)


def _begun(appliance: ApplianceSettings, request: PlanRequest, start: datetime) -> tuple[PlanRequest, Plan]:
    """The request with the run as load from `start` on, and its plan."""
    end, power_kw = start + timedelta(hours=appliance.hours), appliance.energy_kwh / appliance.hours
    begun = replace(request, slots=tuple(_with_run(slot, start, end, power_kw) for slot in request.slots))
    return begun, solve(begun)


def _with_run(slot: RequestSlot, start: datetime, end: datetime, power_kw: float) -> RequestSlot:
    inside = overlap_hours(slot.start, slot.end, start, end)
    if inside == 0:
        return slot
    return _with_more(slot, inside * power_kw)


def _with_more(slot: RequestSlot, kwh: float) -> RequestSlot:
    band = slot.load_band
    return replace(
        slot,
        load_kwh=slot.load_kwh + kwh,
        load_band=None if band is None else EnergyBand(band.p10 + kwh, band.p90 + kwh),
    )


def _window(appliance: ApplianceSettings, home: HomeSettings, now: datetime) -> tuple[datetime, datetime]:
    """From when to when it may run: the first of its daily windows that has the time; else the next 24 hours."""
    if appliance.earliest is None and appliance.ready_by is None:
        return now, now + _DAY
    opens, closes = appliance.earliest or time(), appliance.ready_by or time()
    day = local_date(now, home.zone) - _DAY
    while True:
        start = max(to_utc(datetime.combine(day, opens, home.zone)), now)
        last = day if closes > opens else day + _DAY
        end = to_utc(datetime.combine(last, closes, home.zone))
        if end - start >= timedelta(hours=appliance.hours) or day > local_date(now, home.zone) + _DAY:
            return start, end
        day += _DAY


def _none(appliance: ApplianceSettings, words: str) -> Advice:
    return Advice(appliance.name, appliance.energy_kwh, None, None, None, None, words)


def _words(start: datetime, cost: float, cost_now: float, home: HomeSettings) -> str:
    if cost == cost_now:
        return f"now is as good as any time: {cost_now:.2f} {home.currency}"
    less = "less" if cost < cost_now else "more"
    saving = f"{abs(cost_now - cost):.2f} {less} than now ({cost_now:.2f})"
    return f"start at {_clock(start, home)} for {cost:.2f} {home.currency}: {saving}"


def _clock(instant: datetime, home: HomeSettings) -> str:
    return f"{instant.astimezone(home.zone):%Y-%m-%d %H:%M}"
