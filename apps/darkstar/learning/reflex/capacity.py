"""Capacity: how many kWh a point of SoC really is.

Measured over runs, stretches in which the battery only charges or only discharges. The slope of energy over SoC
(Theil-Sen, so a run in which the meter of the battery jumps does no harm) is taken through runs of both directions
together: an efficiency that is set too high makes charging look larger and discharging smaller, and both cancel out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from ...home.devices import BatterySettings
from .evidence import Evidence, Step
from .finding import Analyzer, Finding, Limits, Verdict

PATH = "battery.capacity_kwh"
NEEDED_RUNS = 8
"""In each direction."""
SHALLOWEST_POINTS = 20.0
"""A run moves the SoC by so much at least: the sensor is no finer than a point."""
IDLE_KWH = 0.01
FULL, EMPTY = 99.5, 0.5
"""SoC in percent at which the sensor stands still though energy flows."""
NOTEWORTHY = 0.05
"""Deviation from which on a change begins."""
CLOSE = 0.015
"""Deviation at which a change that was begun ends."""
LOWEST, HIGHEST, STEP = 0.7, 1.05, 0.02
"""Bounds and daily step, in shares of the owner's capacity."""
DOUBT = 0.003


@dataclass(frozen=True, slots=True)
class _Run:
    """Energy into the cells, and the change of SoC that came with it; both negative while discharging."""

    kwh: float
    points: float

    @property
    def capacity_kwh(self) -> float:
        return 100 * self.kwh / self.points


def capacity(evidence: Evidence) -> Finding:
    """The usable capacity as measured, against the one that is set."""
    battery = evidence.home.battery
    runs = [run for run in _runs(evidence.steps, battery) if abs(run.points) >= SHALLOWEST_POINTS]
    up, down = [run for run in runs if run.points > 0], [run for run in runs if run.points < 0]
    if min(len(up), len(down)) < NEEDED_RUNS:
        return _finding(
            None,
            len(runs),
            Verdict.INSUFFICIENT,
            f"{len(up)} charges and {len(down)} discharges by at least {SHALLOWEST_POINTS:g} points were measured, "
            f"{NEEDED_RUNS} of each are needed; the battery's energy counters must be named in entities",
        )
    found, low, high = _slope(runs)
    owner_kwh, set_kwh = evidence.owner_home.battery.capacity_kwh, battery.capacity_kwh
    round_trip = _round_trip(up, down, battery)
    words = (
        f"{found:.1f} kWh measured over {len(up)} charges and {len(down)} discharges (between {low:.1f} and {high:.1f} "
        f"for sure), {set_kwh:g} kWh set; round trip {round_trip:.0%} measured, "
        f"{battery.charge_efficiency * battery.discharge_efficiency:.0%} set"
    )
    threshold = NOTEWORTHY if set_kwh == owner_kwh else CLOSE
    if low <= set_kwh <= high or abs(found / set_kwh - 1) < threshold:
        return _finding(found, len(runs), Verdict.STABLE, words)
    limits = Limits(LOWEST * owner_kwh, HIGHEST * owner_kwh, STEP * owner_kwh, 2)
    return _finding(found, len(runs), Verdict.PROPOSED, words, found, limits)


def _finding(
    value: float | None,
    count: int,
    verdict: Verdict,
    text: str,
    target: float | None = None,
    limits: Limits | None = None,
) -> Finding:
    return Finding(Analyzer.CAPACITY, PATH, "usable capacity", "kWh", value, count, verdict, text, target, limits)


def _runs(steps: Iterable[Step], battery: BatterySettings) -> Iterator[_Run]:
    kwh = points = 0.0
    previous: Step | None = None
    for step in steps:
        stored = _stored_kwh(step, battery)
        goes_on = previous is not None and previous.end == step.start and stored is not None and stored * kwh > 0
        if not goes_on:
            yield _Run(kwh, points)
            kwh = points = 0.0
        if stored is not None:
            kwh += stored
            points += step.soc_after - step.soc_before
        previous = step
    yield _Run(kwh, points)


def _stored_kwh(step: Step, battery: BatterySettings) -> float | None:
    """What a step has put into the cells; None where that is not measured, or nothing to speak of."""
    if step.charge_kwh is None or step.discharge_kwh is None:
        return None
    stored = step.charge_kwh * battery.charge_efficiency - step.discharge_kwh / battery.discharge_efficiency
    stands_still = step.soc_before >= FULL if stored > 0 else step.soc_before <= EMPTY
    return None if stands_still or abs(stored) < IDLE_KWH else stored


def _slope(runs: Sequence[_Run]) -> tuple[float, float, float]:
    """Capacity in kWh with the bounds that it does not pass but for a share `DOUBT`."""
    from scipy.stats import theilslopes

    fitted = theilslopes([run.kwh for run in runs], [run.points for run in runs], alpha=1 - DOUBT)
    return 100 * float(fitted.slope), 100 * float(fitted.low_slope), 100 * float(fitted.high_slope)


def _round_trip(up: Sequence[_Run], down: Sequence[_Run], battery: BatterySettings) -> float:
    """The share that comes out again: what the two directions disagree about is lost on the way."""
    nominal = battery.charge_efficiency * battery.discharge_efficiency
    charged, discharged = (median(run.capacity_kwh for run in runs) for runs in (up, down))
    return min(nominal * discharged / charged, 1.0) if charged > 0 else sqrt(nominal)
