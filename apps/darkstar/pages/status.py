"""The data of the Status page: the snapshot, and what the owner's helpers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..home.finite import number
from ..inputs.day_context import chosen_level
from ..inputs.helpers import is_on
from ..learning.ledger import LedgerDay
from ..views.status_page import Comparison, status_page
from ..views.steering import Controls, Selector
from .actions import CHOICES, NUMBERS, TOGGLES, entity_of
from .desk import Desk, Query


def status_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the Status page shows."""
    snapshot = desk.snapshot()
    return status_page(snapshot, read_controls(desk), compared(snapshot.account))


def compared(account: LedgerDay | None) -> Comparison | None:
    """What the account of the running day says of a home without Darkstar; None before anything is counted."""
    return Comparison(account.saved) if account is not None and account.counted_hours > 0 else None


def read_controls(desk: Desk) -> Controls:
    """The owner's helpers as they are."""
    home = desk.home
    heater = home.water_heater
    risk, comfort = CHOICES
    return Controls(
        toggles={name: is_on(desk.ha, entity_of(desk.home, name)) for name in TOGGLES},
        risk=_selector(desk, risk, home.risk.appetite),
        comfort=None if heater is None else _selector(desk, comfort, heater.comfort_level),
        numbers={name: _number(desk, name) for name in NUMBERS},
        always_shadow=home.executor.shadow_mode,
    )


def _selector(desk: Desk, name: str, default: int | None) -> Selector:
    state = desk.ha.state(entity_of(desk.home, name))
    if state is None:
        return Selector(None, default, present=False)
    return Selector(chosen_level(state), default)


def _number(desk: Desk, name: str) -> float | None:
    state = desk.ha.state(entity_of(desk.home, name))
    return None if state is None else number(state.state)
