"""Wishes of deferrable loads: run within their window."""

from __future__ import annotations

from collections.abc import Iterator

from ..request import LoadRequest
from ..runs import Outcome, outcome
from .account import WORTH_SAYING_KWH, Account, Wish


def load_wishes(account: Account) -> Iterator[Wish]:
    """Runs that are missed, the worth of optional ones, and what is left for the time after the horizon."""
    request = account.request
    for number, (load, kwh) in enumerate(zip(request.loads, account.schedule.loads_kwh, strict=True)):
        result = outcome(request, load, kwh)
        yield Wish(result.money(request, load), _words(load, f"{load.name or f'load {number + 1}'}", result))


def _words(load: LoadRequest, name: str, result: Outcome) -> str:
    if load.worth_per_kwh is not None or result.missed_kwh <= WORTH_SAYING_KWH:
        return ""
    if load.uninterruptible:
        return (
            f"{name}: {result.missed_runs} of {load.runs} run(s) find no room in the window, "
            f"{result.missed_kwh:.2f} kWh are missing"
        )
    return f"{name}: {result.missed_kwh:.2f} of {load.energy_kwh * load.runs:.2f} kWh find no room in the window"
