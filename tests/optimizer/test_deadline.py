"""One clock for all solver calls."""

from __future__ import annotations

import pytest

from darkstar.optimizer import deadline
from darkstar.optimizer.deadline import Deadline


def test_a_call_gets_a_part_of_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(deadline, "monotonic", lambda: now[0])
    clock = Deadline(10.0)
    assert clock.left_s() == 10.0
    assert 5.0 < clock.share_s() < 10.0
    now[0] = 108.0
    assert clock.left_s() == pytest.approx(2.0)
    assert clock.share_s() < 2.0
    now[0] = 111.0
    assert (clock.left_s(), clock.share_s()) == (0.0, 0.0)
