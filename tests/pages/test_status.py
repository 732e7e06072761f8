"""What was saved today: worked out beside the page, shown when it is there, never of another day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from darkstar.home.slots import local_date
from darkstar.money import running_account
from darkstar.money.running_account import EVERY, RunningAccount
from darkstar.pages.status import compared
from darkstar.views.status_page import Comparison
from tests.homes import home

NOW = datetime(2026, 1, 15, 11, 0, tzinfo=UTC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    seen: list[datetime] = []

    def account(settings: Any, database: Any, now: datetime) -> Any:
        seen.append(now)
        if len(seen) > 2:
            msg = "no price"
            raise ValueError(msg)
        return SimpleNamespace(day=local_date(now, settings.zone), saved=0.5 * len(seen), counted_hours=3.0)

    monkeypatch.setattr(running_account, "account_of_today", account)
    return seen


def _ask(saved: RunningAccount, now: datetime) -> Comparison | None:
    database: Any = None
    answer = compared(saved(home(), database, now).account)
    assert saved.worker is not None
    saved.worker.join()
    return answer


def test_the_page_does_not_wait_and_asks_again_after_a_while(asked: list[datetime]) -> None:
    saved = RunningAccount()
    assert _ask(saved, NOW) is None
    assert _ask(saved, NOW + timedelta(minutes=1)) == Comparison(0.5)
    assert _ask(saved, NOW + EVERY) == Comparison(0.5)
    assert _ask(saved, NOW + EVERY) == Comparison(1.0)
    assert asked == [NOW, NOW + EVERY]


def test_yesterday_is_not_today_and_what_fails_leaves_nothing_new(asked: list[datetime]) -> None:
    saved = RunningAccount()
    _ask(saved, NOW)
    assert _ask(saved, NOW + timedelta(days=1)) is None
    assert _ask(saved, NOW + timedelta(days=1)) == Comparison(1.0)
    assert _ask(saved, NOW + timedelta(days=2)) is None
    assert _ask(saved, NOW + timedelta(days=2)) is None


def test_why_the_day_is_not_known_is_told(asked: list[datetime]) -> None:
    saved = RunningAccount()
    _ask(saved, NOW)
    _ask(saved, NOW + EVERY)
    _ask(saved, NOW + 2 * EVERY)
    database: Any = None
    found = saved(home(), database, NOW + 2 * EVERY)
    assert (found.account is not None, found.why) == (True, "no price"), "what was known before stays"
    assert saved(home(), database, NOW + timedelta(days=1)).account is None
