from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.learning.regret import with_overlap

money = st.floats(-100, 100)


@given(st.tuples(money, money, money), money)
def test_nothing_is_lost_or_made_up(pieces: tuple[float, float, float], overlap: float) -> None:
    assert sum(with_overlap(pieces, overlap)) == pytest.approx(sum(pieces) + overlap, abs=1e-9)


def test_overlap_goes_where_the_money_is() -> None:
    assert with_overlap((3.0, 0.0, 1.0), 2.0) == pytest.approx((4.5, 0.0, 1.5))
    assert with_overlap((-3.0, 1.0, 0.0), 4.0) == pytest.approx((0.0, 2.0, 0.0))


def test_what_only_all_together_saves_is_shared_equally() -> None:
    assert with_overlap((0.0, 0.0, 0.0), 3.0) == pytest.approx((1.0, 1.0, 1.0))
