"""How long planning takes on this machine: 48 h in quarter-hours, one solver thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, exp, pi
from statistics import median
from time import perf_counter

from .explain import explain
from .ledger import settle
from .milp import stored_values
from .model import build
from .plan import BatteryRequest, GridRequest, HeatDay, HeaterRequest, PlanRequest, RequestSlot
from .schedule import within_limits
from .solvers import Solver, SolverFailedError, candidates, runs

_START = datetime(2026, 3, 10, 13, tzinfo=UTC)
_SLOTS = 192
_HOURS = 0.25
_HALF_DAYLIGHT_H = 4
_START_COST = 0.04
"""SEK per start of the heater: 2 % of a high price, as the settings have it."""


def run(repeats: int) -> str:
    """A table of median and worst times in milliseconds over `repeats` different days per case."""
    solver = next((one for one in candidates() if runs(one)), None)
    if solver is None:
        return "no solver runs on this machine: plans are plain self-consumption"
    lines = [
        f"48 h of quarter-hours, {repeats} day(s) per case, solver {solver.name}, milliseconds: median (worst)",
        f"{'case':<26}{'build':>12}{'solve':>14}{'explain':>14}{'total':>14}  money",
    ]
    for name, case in _CASES.items():
        times = [_time(case(number), solver) for number in range(repeats)]
        columns = [_spread([one[part] for one in times]) for part in range(3)]
        total = _spread([sum(one[:3]) for one in times])
        money = median(one[3] for one in times)
        lines.append(f"{name:<26}{columns[0]:>12}{columns[1]:>14}{columns[2]:>14}{total:>14}  {money:.2f}")
    return "\n".join(lines)


def sample_request(number: int, *, price_offset: float = 0.0, price_spread: float = 1.0) -> PlanRequest:
    """A made-up battery home in SEK: the same number gives the same home.

    `price_offset` is added to all prices, `price_spread` 0 makes them flat.
    """
    slots = tuple(_slot(number, index, price_offset, price_spread) for index in range(_SLOTS))
    battery = BatteryRequest(10.0, 4.0, 1.0, 10.0, 5.0, 5.0, 0.95, 0.95, 0.05, end_value_per_kwh=1.0)
    return PlanRequest(_START, "SEK", slots, (battery,), (), GridRequest(max_import_kw=11.0))


def with_water(request: PlanRequest) -> PlanRequest:
    """The same home with a 3 kW water heater that owes 6 kWh a day."""
    midnight = _START.replace(hour=0)
    days = tuple(
        HeatDay(midnight + timedelta(days=day), midnight + timedelta(days=day + 1), kwh)
        for day, kwh in enumerate((3.0, 6.0, 3.0))
    )
    return replace(request, heaters=(HeaterRequest(3.0, days, start_cost=_START_COST),))


_CASES: dict[str, Callable[[int], PlanRequest]] = {
    "battery": sample_request,
    "battery + water heater": lambda number: with_water(sample_request(number)),
    "  flat price": lambda number: with_water(sample_request(number, price_spread=0.0)),
    "  negative prices": lambda number: with_water(sample_request(number, price_offset=-1.2)),
}


def _slot(number: int, index: int, price_offset: float, price_spread: float) -> RequestSlot:
    start = _START + timedelta(hours=index * _HOURS)
    hour = start.hour + start.minute / 60
    load_kw = 0.4 + 1.6 * exp(-((hour - 18) ** 2) / 5) + 0.8 * exp(-((hour - 7) ** 2) / 2) + 0.6 * _noise(number, index)
    daylight = max(cos((hour - 12) / _HALF_DAYLIGHT_H * pi / 2), 0.0) if abs(hour - 12) < _HALF_DAYLIGHT_H else 0.0
    pv_kw = 5.0 * daylight * (0.3 + 0.7 * _noise(number, index // 8 + 500))
    shape = exp(-((hour - 18) ** 2) / 8) + 0.7 * exp(-((hour - 8) ** 2) / 4) - 0.3 * daylight
    spot = 0.5 + price_spread * (0.8 * shape + 0.15 * _noise(number, index + 1000)) + price_offset
    return RequestSlot(start, _HOURS, load_kw * _HOURS, pv_kw * _HOURS, 1.25 * spot + 0.6, spot)


def _noise(number: int, index: int) -> float:
    """A number in [0, 1) that looks random and is the same everywhere."""
    return (number * 7919 + index * 104729 + (number + 3) * index * index * 31) % 9973 / 9973


def _time(request: PlanRequest, solver: Solver) -> tuple[float, float, float, float]:
    started = perf_counter()
    model = build(request)
    built = perf_counter()
    try:
        solver.solve(model.problem, request.time_limit_s, request.money_gap / model.price_level)
    except SolverFailedError:
        return built - started, perf_counter() - built, 0.0, float("nan")
    ledger = settle(request, within_limits(request, model.schedule()))
    solved = perf_counter()
    explain(request, ledger, stored_values(request, model, solver, ledger))
    explained = perf_counter()
    return built - started, solved - built, explained - solved, ledger.objective


def _spread(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):.0f} ({1000 * max(seconds):.0f})"
