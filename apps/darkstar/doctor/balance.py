"""Does the energy add up? Signs from powers of the same moment, losses and missing meters from counters of days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ..control.decision import BatteryMode, Execution
from ..home.observation import Observation
from .finding import Evidence, Finding, Grade

AREA = "energy balance"
ENOUGH_TICKS = 100
ENOUGH_HOURS = 24.0
_CLEARLY = 0.5
"""The other sign must halve the error to be proposed."""
_LIVELY_KW = 0.3
"""Moments with less grid power say nothing about its sign."""
WELL_PERCENT = 5.0
BAD_PERCENT = 15.0
_UNUSABLE = frozenset({"gap", "reset", "spike", "derived"})


@dataclass(frozen=True, slots=True)
class Balance:
    """Energies of the last days in kWh: what came in, what went out, what is missing between the two."""

    hours: float
    incoming_kwh: float
    outgoing_kwh: float

    @property
    def residual_percent(self) -> float:
        """What is missing, in percent of what came in; negative: more went out than came in."""
        return 100 * (self.incoming_kwh - self.outgoing_kwh) / max(self.incoming_kwh, 1e-9)


def look_at_balance(evidence: Evidence) -> Iterator[Finding]:
    """The sign of the grid meter, and the balance of all counters."""
    yield from _grid_sign(evidence)
    yield from _counters(evidence)
    yield from _quality(evidence)


def balance(observations: Sequence[Observation]) -> Balance:
    """Add up the intervals in which everything was measured; the load must have a counter of its own."""
    rows = [row for row in observations if _is_whole(row)]
    incoming = sum((row.pv_kwh or 0) + (row.import_kwh or 0) + (row.discharge_kwh or 0) for row in rows)
    outgoing = sum(
        (row.load_kwh or 0) + (row.heater_kwh or 0) + (row.ev_kwh or 0) + (row.export_kwh or 0) + (row.charge_kwh or 0)
        for row in rows
    )
    return Balance(sum(row.hours for row in rows), incoming, outgoing)


def _is_whole(row: Observation) -> bool:
    measured = (row.load_kwh, row.import_kwh, row.charge_kwh, row.discharge_kwh)
    return None not in measured and not _UNUSABLE.intersection(row.flags)


def _counters(evidence: Evidence) -> Iterator[Finding]:
    found = balance(evidence.observations)
    if found.hours < ENOUGH_HOURS:
        if evidence.home.entities.load_energy is not None:
            yield Finding(AREA, Grade.ASSUMED, f"{found.hours:.0f} hours with all counters: too few to judge them.")
        else:
            text = "The load is what the other counters leave over: their errors are in it."
            yield Finding(AREA, Grade.ASSUMED, text, "Name a counter in entities.load_energy if the home has one.")
        return
    percent = found.residual_percent
    words = (
        f"{found.incoming_kwh:.1f} kWh came in and {found.outgoing_kwh:.1f} kWh went out in {found.hours:.0f} hours: "
        f"{abs(percent):.1f} % are {'missing' if percent > 0 else 'too much'}."
    )
    if abs(percent) <= WELL_PERCENT:
        yield Finding(AREA, Grade.OK, words)
        return
    grade = Grade.FAULT if abs(percent) > BAD_PERCENT else Grade.ADVICE
    remedy = (
        "Look for a meter that is missing, counted twice, or in another unit; load_includes_water_heater and "
        "load_includes_ev say what the load's counter has in it."
    )
    yield Finding(AREA, grade, words, remedy, "entities")


def _quality(evidence: Evidence) -> Iterator[Finding]:
    rows = evidence.observations
    if not rows:
        yield Finding(AREA, Grade.ASSUMED, "Nothing has been recorded yet: the first quarter-hours will tell.")
        return
    bad = [row for row in rows if {"gap", "reset", "spike"}.intersection(row.flags)]
    percent = 100 * len(bad) / len(rows)
    words = f"{percent:.0f} % of the recorded quarter-hours had a gap, a reset or a spike of a counter."
    if percent > BAD_PERCENT:
        yield Finding(AREA, Grade.ADVICE, words, "See the recorder's graph of the counters: one of them jumps.")
    else:
        yield Finding(AREA, Grade.OK, words)


def _grid_sign(evidence: Evidence) -> Iterator[Finding]:
    """Compare load less PV with the grid's power, with either sign.

    The battery's own power stands between the two, so the median of many moments is judged; while the battery sells,
    the turned sign would fit better, and such moments are left out.
    """
    if evidence.home.entities.grid_power is None:
        return
    errors = [pair for execution in evidence.executions for pair in _errors(execution)]
    if len(errors) < ENOUGH_TICKS:
        yield Finding(AREA, Grade.ASSUMED, "The sign of the grid meter is as set: too few moments to judge it.")
        return
    as_set, turned = (median(each[side] for each in errors) for side in (0, 1))
    if turned < _CLEARLY * as_set:
        other = "export" if evidence.home.entities.grid_power_positive == "import" else "import"
        text = (
            f"Load, PV and grid power fit together with the grid's sign turned (off by {turned:.2f} kW) and not as set "
            f"(off by {as_set:.2f} kW)."
        )
        yield Finding(AREA, Grade.FAULT, text, f"Set it to {other}.", "entities.grid_power_positive")
        return
    yield Finding(AREA, Grade.OK, f"The sign of the grid meter fits load and PV (off by {as_set:.2f} kW).")


def _errors(execution: Execution) -> Iterator[tuple[float, float]]:
    load, pv, grid = execution.load_kw, execution.pv_kw, execution.grid_kw
    battery = execution.decision.battery
    is_selling = battery is not None and battery.mode is BatteryMode.EXPORT
    if is_selling or load is None or grid is None or abs(grid) < _LIVELY_KW:
        return
    net = load - (pv or 0.0)
    yield abs(net - grid), abs(net + grid)
