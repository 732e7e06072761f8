"""What a run cost, all things counted, and which share of the possible saving it reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .loop import Run


@dataclass(frozen=True, slots=True)
class Score:
    """A run in money. `cost` counts wear and what is stored at the end; `share` is None without a possible saving."""

    name: str
    cost: float
    share: float | None
    import_kwh: float
    export_kwh: float
    cycles: float
    cycles_per_year: float


@dataclass(frozen=True, slots=True)
class Valuation:
    """How runs become comparable: a kWh more stored at the end than at the start, and a kWh discharged."""

    end_value_per_kwh: float
    wear_per_kwh: float

    def cost(self, run: Run) -> float:
        """Import less export, plus wear, less the value of the energy gained in the battery."""
        gained_kwh = run.end_soc_kwh - run.start_soc_kwh
        return run.cost + self.wear_per_kwh * run.discharge_kwh - self.end_value_per_kwh * gained_kwh


def saving_share(cost: float, no_battery: float, perfect: float) -> float | None:
    """Part of the possible saving (no battery to perfect foresight) that `cost` reaches; None if there is none."""
    possible = no_battery - perfect
    return (no_battery - cost) / possible if possible > 0 else None


def scores(runs: Mapping[str, Run], valuation: Valuation, capacity_kwh: float) -> tuple[Score, ...]:
    """Score runs of one period; the first is the one without battery, the last the one with perfect foresight.

    A cycle is one capacity discharged (AC).
    """
    costs = {name: valuation.cost(run) for name, run in runs.items()}
    no_battery, *_, perfect = costs.values()
    return tuple(
        Score(
            name=name,
            cost=costs[name],
            share=saving_share(costs[name], no_battery, perfect),
            import_kwh=run.import_kwh,
            export_kwh=run.export_kwh,
            cycles=run.discharge_kwh / capacity_kwh,
            cycles_per_year=run.discharge_kwh / capacity_kwh * 365.25 / run.days,
        )
        for name, run in runs.items()
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Plain text with aligned columns: the first row is the head, the first column is left-aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0].ljust(widths[0])
    return "  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
