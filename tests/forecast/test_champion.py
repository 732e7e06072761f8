"""Who serves, and that it does not change by chance."""

from math import inf, nan
from random import Random

import pytest

from darkstar.forecast.champion import FEWEST_WEEKS, choose
from darkstar.forecast.training import Quantity, Verdict

WEEKS = 8


def verdict(losses: dict[str, list[float]], incumbent: str = "ridge") -> Verdict:
    return choose(Quantity.LOAD, losses, incumbent, "mean", incumbent)


def test_a_challenger_that_is_better_by_the_margin_takes_over_and_says_why() -> None:
    chosen = verdict({"mean": [1.0] * WEEKS, "ridge": [0.9] * WEEKS, "trees": [0.81] * WEEKS})
    assert (chosen.champion, chosen.previous) == ("trees", "ridge")
    assert chosen.reason == (
        "trees beats ridge: root mean square error 0.900 kW over 8 weeks against 0.949 kW (5.1% less), "
        "better in 8 of them"
    )


def test_a_challenger_that_is_hardly_better_does_not() -> None:
    chosen = verdict({"mean": [1.0] * WEEKS, "ridge": [0.9] * WEEKS, "trees": [0.893] * WEEKS})
    assert chosen.champion == "ridge"
    assert "trees has 0.945 kW" in chosen.reason


def test_one_lucky_week_is_not_enough() -> None:
    lucky = [0.95] * (WEEKS - 1) + [0.1]
    assert verdict({"mean": [1.0] * WEEKS, "ridge": [0.9] * WEEKS, "trees": lucky}).champion == "ridge"


def test_of_several_the_best_one_takes_over() -> None:
    losses = {"mean": [1.0] * WEEKS, "ridge": [0.9] * WEEKS, "trees": [0.8] * WEEKS, "blend": [0.7] * WEEKS}
    assert verdict(losses).champion == "blend"


def test_a_champion_worse_than_the_plain_model_falls_back_at_once() -> None:
    chosen = verdict({"mean": [1.0] * WEEKS, "trees": [1.001] * WEEKS}, "trees")
    assert chosen.champion == "mean"
    assert "worse than mean" in chosen.reason


@pytest.mark.parametrize("losses", [[nan] * WEEKS, [0.5] * (WEEKS - 1) + [nan], [inf] * WEEKS])
def test_a_champion_without_forecasts_falls_back(losses: list[float]) -> None:
    chosen = verdict({"mean": [1.0] * WEEKS, "ridge": [0.9] * WEEKS, "trees": losses}, "trees")
    assert chosen.champion == "ridge"


def test_weeks_in_which_nothing_was_measured_do_not_count() -> None:
    losses = {"mean": [1.0, nan, 1.0, 1.0, 1.0], "ridge": [0.9, nan, 0.9, 0.9, 0.9], "trees": [0.5, nan, 0.5, 0.5, 0.5]}
    chosen = verdict(losses)
    assert chosen.champion == "trees"
    assert "4 of them" in chosen.reason


def test_with_few_weeks_nobody_is_challenged() -> None:
    few = FEWEST_WEEKS - 1
    assert verdict({"mean": [1.0] * few, "ridge": [0.9] * few, "trees": [0.1] * few}).champion == "ridge"


def _changes(seed: int, better: float, weeks: int = 104) -> tuple[int, float]:
    """How often the champion changes in two years, and how long the better model served, of two months ahead on."""
    draw = Random(seed)
    common = [draw.uniform(0.5, 1.5) for _ in range(weeks)]
    losses = {
        "mean": [1.2 * each for each in common],
        "ridge": [each * draw.gauss(1.0, 0.021) for each in common],
        "trees": [(1 - better) * each * draw.gauss(1.0, 0.021) for each in common],
    }
    champion, changed, served = "ridge", 0, 0
    for week in range(WEEKS, weeks):
        chosen = verdict({name: loss[week - WEEKS : week] for name, loss in losses.items()}, champion).champion
        changed, champion, served = changed + (chosen != champion), chosen, served + (chosen == "trees")
    return changed, served / (weeks - WEEKS)


def test_noise_does_not_make_it_flap() -> None:
    changes = [_changes(seed, better=0.0)[0] for seed in range(40)]
    assert sum(changes) / len(changes) < 1.0
    assert max(changes) <= 4


def test_a_better_model_serves_most_of_the_time() -> None:
    served = [_changes(seed, better=0.04)[1] for seed in range(40)]
    assert sum(served) / len(served) > 0.9
