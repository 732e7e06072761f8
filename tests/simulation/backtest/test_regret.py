import pytest

from darkstar.simulation.backtest.regret import regret_of

COSTS = {
    "Darkstar": 100.0,
    "perfect foresight": 80.0,
    "load known": 95.0,
    "PV known": 92.0,
    "all prices known": 99.0,
    "everything known": 81.0,
}


def test_the_parts_sum_up_to_what_was_missed() -> None:
    regret = regret_of(COSTS)
    assert regret is not None
    assert (regret.total, regret.load, regret.pv, regret.prices, regret.execution) == (20, 5, 8, 1, 1)
    assert regret.overlap == pytest.approx(5)


@pytest.mark.parametrize("missing", ["load known", "PV known", "all prices known", "everything known"])
def test_without_all_runs_there_is_no_split(missing: str) -> None:
    assert regret_of({name: cost for name, cost in COSTS.items() if name != missing}) is None
