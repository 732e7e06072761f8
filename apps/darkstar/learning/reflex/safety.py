"""Safety: was the battery empty in the evening when it was needed?

Looked at are the evenings, 16 to 20 h local time. An evening fell short when the battery was below its floor, or when
it stood at its floor and energy had to be bought dearer than it could have been stored for in the hours before,
although there was room for it. What a full battery cannot cover is no lack of reserve.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from statistics import fmean

from ...home.settings import HomeSettings
from .evidence import Evidence, Step, by_local_day
from .finding import Analyzer, Finding, Verdict

PATH = "risk.appetite"
EVENING = (time(16), time(20))
"""Local time."""
BEFORE = timedelta(hours=12)
"""In these hours before the evening the battery could have been filled."""
RECENT = 30
"""Days that are judged for more safety; for less it is the whole window."""
NEEDED_EVENINGS = 14
QUIET_EVENINGS = 55
EVENING_SHARE = 0.9
TOLERANCE_POINTS = 1.0
"""The SoC's sensor is no finer."""
ROOM_POINTS = 5.0
UNTOUCHED_POINTS = 10.0
"""A reserve from which this much above the floor was always left was not needed."""
MANY = 0.2
"""Share of the evenings from which on it is no chance."""
DEAR = 0.02
"""Share of what the home's imports cost, from which on a lack of reserve counts."""
SAFER: dict[int | None, int] = {None: 3, 5: 4, 4: 3, 3: 2}
"""One step to more safety. To level 1 the owner goes alone: it costs 7 % of the saving."""
BOLDER: dict[int | None, int] = {1: 2, 2: 3}


@dataclass(frozen=True, slots=True)
class _Evening:
    """How far the SoC fell below the floor (points), its lowest value, and what the lack of reserve cost (money)."""

    below_points: float
    lowest_soc: float
    lost: float

    @property
    def fell_short(self) -> bool:
        return self.below_points > 0 or self.lost > 0


def safety(evidence: Evidence) -> Finding:
    """How often the reserve was missing in the evening since the appetite was last changed."""
    home = evidence.home
    since = evidence.unchanged_since(PATH)
    steps = [step for step in evidence.steps if step.start >= since]
    evenings = list(_evenings(steps, home))
    recent = evenings[-RECENT:]
    if len(recent) < NEEDED_EVENINGS:
        words = f"{len(recent)} evenings measured under the present risk appetite, {NEEDED_EVENINGS} are needed"
        return _finding(None, len(recent), Verdict.INSUFFICIENT, words)
    short = [evening for evening in recent if evening.fell_short]
    below = [evening.below_points for evening in short if evening.below_points > 0]
    spent = _spent(steps, evidence.now - RECENT * timedelta(days=1))
    lost = sum(evening.lost for evening in recent)
    depth = f", {fmean(below):.0f} points on the mean" if below else ""
    words = (
        f"on {len(short)} of {len(recent)} evenings the reserve was missing: below the floor on {len(below)}{depth}, "
        f"energy bought too dear for {lost:.2f} of {spent:.2f} {home.currency}"
    )
    share = len(short) / len(recent)
    if share >= MANY and (lost > DEAR * spent or len(below) >= MANY * len(recent)):
        return _safer(evidence, share, len(recent), words)
    if len(evenings) >= QUIET_EVENINGS and not any(evening.fell_short for evening in evenings):
        spare = min(evening.lowest_soc for evening in evenings) - home.battery.min_soc_percent
        if spare >= UNTOUCHED_POINTS:
            return _bolder(evidence, len(evenings), f"on {len(evenings)} evenings {spare:.0f} points were never used")
    return _finding(share, len(recent), Verdict.STABLE, words)


def _safer(evidence: Evidence, share: float, count: int, words: str) -> Finding:
    level = _level(evidence)
    if level not in SAFER:
        return _finding(share, count, Verdict.AT_LIMIT, f"{words}; level {level} is as safe as Reflex goes")
    return _to_level(evidence, share, count, words, SAFER[level])


def _bolder(evidence: Evidence, count: int, words: str) -> Finding:
    """Back towards the owner's level; away from it only where it is dear."""
    level, owner_level = _level(evidence), evidence.owner_home.risk.appetite
    steps = [owner_level]
    while steps[-1] in SAFER and steps[-1] != level:
        steps.append(SAFER[steps[-1]])
    if steps[-1] == level and len(steps) > 1:
        return _to_level(evidence, 0.0, count, words, steps[-2])
    if level in BOLDER:
        return _to_level(evidence, 0.0, count, words, BOLDER[level])
    return _finding(0.0, count, Verdict.STABLE, words)


def _level(evidence: Evidence) -> int | None:
    """The appetite that holds."""
    return evidence.home.risk.appetite if evidence.helper_appetite is None else evidence.helper_appetite


def _to_level(evidence: Evidence, share: float, count: int, words: str, level: int | None) -> Finding:
    if evidence.helper_appetite is not None:
        text = f"{words}; level {level} would fit better than {evidence.helper_appetite}, which you have chosen"
        return _finding(share, count, Verdict.NOTHING_TO_DO, text)
    return _finding(share, count, Verdict.PROPOSED, words, level)


def _finding(value: float | None, count: int, verdict: Verdict, text: str, target: int | None = None) -> Finding:
    metric = "share of evenings without reserve"
    return Finding(Analyzer.SAFETY, PATH, metric, "", value, count, verdict, text, target)


def _evenings(steps: Sequence[Step], home: HomeSettings) -> Iterator[_Evening]:
    """The evenings that were measured, oldest first."""
    begin, end = EVENING
    for day, of_day in by_local_day(steps, home).items():
        start, until = (datetime.combine(day, clock, home.zone).astimezone(UTC) for clock in (begin, end))
        evening = [step for step in of_day if start <= step.start and step.end <= until]
        hours = sum(step.hours for step in evening)
        if hours >= EVENING_SHARE * ((until - start) / timedelta(hours=1)):
            before = [step for step in steps if start - BEFORE <= step.start < start]
            yield _evening(evening, before, home)


def _evening(evening: Sequence[Step], before: Sequence[Step], home: HomeSettings) -> _Evening:
    floor = home.battery.min_soc_percent
    lowest = min(step.soc_after for step in evening)
    below = floor - lowest
    return _Evening(below if below > TOLERANCE_POINTS else 0.0, lowest, _lost(evening, before, home))


def _lost(evening: Sequence[Step], before: Sequence[Step], home: HomeSettings) -> float:
    """What was bought with an empty battery above the price of storing it before; 0 where there was no room for it."""
    battery = home.battery
    had_room = max((step.soc_after for step in before), default=100.0) < battery.max_soc_percent - ROOM_POINTS
    prices = sorted(step.price.import_per_kwh for step in before if step.price is not None)
    if not (battery.charge_from_grid and had_room and prices):
        return 0.0
    losses = battery.charge_efficiency * battery.discharge_efficiency
    stored_price = prices[len(prices) // 4] / losses + home.cycle_cost_per_kwh
    lost = 0.0
    for step in evening:
        if step.price is None or step.soc_before > battery.min_soc_percent + TOLERANCE_POINTS:
            continue
        could_kwh = battery.max_discharge_kw * step.hours - (step.discharge_kwh or 0.0)
        lost += min(step.import_kwh or 0.0, could_kwh) * max(step.price.import_per_kwh - stored_price, 0.0)
    return lost


def _spent(steps: Sequence[Step], since: datetime) -> float:
    """What the home's imports have cost since then."""
    return sum(
        (step.import_kwh or 0.0) * step.price.import_per_kwh
        for step in steps
        if step.price is not None and step.start >= since
    )
