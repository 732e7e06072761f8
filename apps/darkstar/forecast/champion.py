"""Which model serves: the champion, until a challenger beats it by more than chance would.

A challenger must have a mean squared error that is lower by `MARGIN` over the last weeks, and lower in most of them. So
two models of equal skill do not take turns, and one lucky week changes nothing. A champion that is worse than
the plain model falls back at once, whatever the margin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from .training import Quantity, Verdict

MARGIN = 0.02
"""Share of the mean squared error. Two equally good models, whose losses differ by 3 % a week by chance, change places
less than once in two years over windows of eight weeks; one that is better by 4 % is taken within weeks."""
WON_SHARE = 0.6
"""Of the weeks a challenger must win."""
FEWEST_WEEKS = 3
"""With fewer nobody is challenged."""

Losses = Mapping[str, Sequence[float]]
"""Mean squared error in kW² of each model by week, NaN where it made no forecasts."""


def choose(quantity: Quantity, losses: Losses, incumbent: str, plain: str, previous: str | None) -> Verdict:
    """The champion from now on. `plain` is the model that always serves; both must be in `losses`.

    `incumbent` is who holds the place now: the champion, or the model that serves untrained.
    """
    weeks = [week for week, loss in enumerate(losses[plain]) if math.isfinite(loss)]
    if len(weeks) < FEWEST_WEEKS:
        reason = f"{len(weeks)} weeks were scored, {FEWEST_WEEKS} are needed to challenge {incumbent}"
        return Verdict(quantity, incumbent, previous, reason)
    scored = {name: _over(by_week, weeks) for name, by_week in losses.items()}
    complete = {name: by_week for name, by_week in scored.items() if by_week is not None}
    held = complete.get(incumbent)
    fell = held is None or fmean(held) > fmean(complete[plain])
    best = min(complete, key=lambda name: fmean(complete[name]))
    if held is None or (fell and best != incumbent):
        gone = "has no forecasts of all these weeks" if held is None else f"is worse than {plain}"
        reason = f"{incumbent} {gone}; {best} is the best of {len(complete)}: {_rmse(best, complete, weeks)}"
        return Verdict(quantity, best, previous, reason)
    challengers = [name for name in complete if _beats(complete[name], held)]
    if not challengers:
        return Verdict(quantity, incumbent, previous, _stays(incumbent, best, complete, weeks))
    winner = min(challengers, key=lambda name: fmean(complete[name]))
    return Verdict(quantity, winner, previous, _wins(winner, incumbent, complete, weeks))


def _over(by_week: Sequence[float], weeks: Sequence[int]) -> list[float] | None:
    """The losses of these weeks; None where one is missing."""
    losses = [by_week[week] for week in weeks]
    return losses if all(map(math.isfinite, losses)) else None


def _beats(challenger: Sequence[float], held: Sequence[float]) -> bool:
    return fmean(challenger) < (1 - MARGIN) * fmean(held) and _won(challenger, held) >= WON_SHARE * len(held)


def _won(challenger: Sequence[float], held: Sequence[float]) -> int:
    return sum(mine < theirs for mine, theirs in zip(challenger, held, strict=True))


def _stays(incumbent: str, best: str, complete: Losses, weeks: Sequence[int]) -> str:
    shown = _rmse(incumbent, complete, weeks)
    if best == incumbent:
        return f"{incumbent} is the best of {len(complete)}: {shown}"
    return (
        f"{incumbent} stays: {shown}; {best} has {_root(complete[best]):.3f} kW and was better in "
        f"{_won(complete[best], complete[incumbent])} of them, which is not enough "
        f"({MARGIN / 2:.1%} and {WON_SHARE:.0%} of the weeks are)"
    )


def _wins(winner: str, incumbent: str, complete: Losses, weeks: Sequence[int]) -> str:
    before, now = _root(complete[incumbent]), _root(complete[winner])
    return (
        f"{winner} beats {incumbent}: {_rmse(winner, complete, weeks)} against {before:.3f} kW "
        f"({1 - now / before:.1%} less), better in {_won(complete[winner], complete[incumbent])} of them"
    )


def _rmse(name: str, complete: Losses, weeks: Sequence[int]) -> str:
    return f"root mean square error {_root(complete[name]):.3f} kW over {len(weeks)} weeks"


def _root(losses: Sequence[float]) -> float:
    return math.sqrt(fmean(losses))
