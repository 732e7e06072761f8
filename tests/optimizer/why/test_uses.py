"""Where stored energy goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.optimizer.why.uses import Use, uses_of


def test_what_was_stored_first_is_taken_first() -> None:
    uses = uses_of(1.0, [2.0, 3.0, 0.0, 0.0, 0.0], [0.0, 0.0, 2.0, 3.0, 0.5])
    assert uses[0] == (Use(2, 1.0), Use(3, 1.0))
    assert uses[1] == (Use(3, 2.0), Use(4, 0.5))
    assert uses[2:] == ((), (), ())


def test_what_is_not_taken_has_no_use() -> None:
    assert uses_of(5.0, [2.0, 0.0], [0.0, 5.0]) == ((), ())


_KWH = st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), max_size=30)


@given(st.floats(0, 5), _KWH)
def test_no_energy_is_used_twice_or_before_it_is_there(there: float, flows: list[tuple[float, float]]) -> None:
    added, drawn = [one for one, _ in flows], [one for _, one in flows]
    uses = uses_of(there, added, drawn)
    taken = [0.0] * len(flows)
    for index, parts in enumerate(uses):
        assert sum(use.kwh for use in parts) <= added[index] + 1e-6
        for use in parts:
            assert use.index > index
            taken[use.index] += use.kwh
    assert all(kwh <= most + 1e-6 for kwh, most in zip(taken, drawn, strict=True))
    assert sum(taken) <= sum(drawn) + 1e-6
    assert sum(taken) == pytest.approx(sum(sum(use.kwh for use in parts) for parts in uses))
