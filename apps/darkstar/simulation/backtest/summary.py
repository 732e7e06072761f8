"""All runs side by side, in one table; and as numbers for machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import TypeAdapter, ValidationError

from .bootstrap import Spread, total_spread
from .options import BacktestOptions
from .report import peaks_kept, share_text, spread_text
from .run import BacktestResult
from .scoring import DARKSTAR, PERFECT, SELF_CONSUMPTION, Score
from .text_table import table

_RESULTS = TypeAdapter(tuple[BacktestResult, ...])

_HEAD = (
    "home",
    "tariff",
    "battery",
    "wear",
    "mismatch",
    "self-cons. %",
    "Darkstar %",
    "self-cons.",
    "Darkstar",
    "perfect",
    "days worse",
    "months worse",
    "by > 1 %",
    "peaks kept",
    "breaches",
)


def summary(results: Sequence[BacktestResult]) -> str:
    """One line per run, and the median share of the homes where a tariff was run on several."""
    lines = [table([_HEAD, *(_row(result) for result in results)])]
    lines += list(_extras(results))
    lines += list(_medians(results))
    return "\n".join(lines)


def differences(earlier: Sequence[BacktestResult], results: Sequence[BacktestResult]) -> str:
    """What Darkstar costs more in `results` than in the same runs of `earlier`, with its range.

    Raises:
        ValueError: no run is in both.
    """
    before = {_key(result): result for result in earlier}
    pairs = [(before[_key(result)], result) for result in results if _key(result) in before]
    if not pairs:
        msg = "--compare: no run of that file has the same home, period, tariff, battery, wear and mismatch"
        raise ValueError(msg)
    return "\n".join(
        f"{_label(now)}: Darkstar {spread_text(_difference(then, now), now.options.currency)} against the earlier run"
        for then, now in pairs
    )


def to_json(results: Sequence[BacktestResult]) -> bytes:
    """All numbers of all runs."""
    return _RESULTS.dump_json(tuple(results), indent=1)


def from_json(path: Path) -> tuple[BacktestResult, ...]:
    """The runs in a file made from `to_json`.

    Raises:
        ValueError: the file holds something else.
    """
    try:
        return _RESULTS.validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        msg = f"{path}: not a result of `backtest --json` ({fault['msg']} at {fault['loc']})"
        raise ValueError(msg) from error


def _row(result: BacktestResult) -> tuple[str, ...]:
    options = result.options
    plain, own, best = (result.score(name) for name in (SELF_CONSUMPTION, DARKSTAR, PERFECT))
    compared = own.against_self_consumption
    worse = ("-", "-", "-")
    if compared is not None:
        worse = (
            f"{compared.days_worse}/{len(own.day_costs)}",
            f"{compared.months_worse}/{len(own.month_costs)}",
            str(compared.months_clearly_worse),
        )
    return (
        options.title,
        _tariff(options),
        f"{options.battery_kwh:g}/{options.battery_kw:g}",
        f"{options.wear:g}",
        options.mismatch,
        share_text(plain.share),
        share_text(own.share),
        *(f"{score.cost:.2f}" for score in (plain, own, best)),
        *worse,
        f"{peaks_kept(result)}/{len(own.peaks)}" if own.power_cost > 0 else "-",
        str(_breaches(result.scores)),
    )


def _breaches(scores: Sequence[Score]) -> int:
    return sum(score.violations.total for score in scores)


def _extras(results: Sequence[BacktestResult]) -> Iterator[str]:
    """Shares of the contenders that were asked for besides."""
    shown = {SELF_CONSUMPTION, DARKSTAR, PERFECT}
    for result in results:
        if not (result.options.baselines or result.options.regret):
            continue
        others = [
            f"{score.name} {share_text(score.share)} %"
            for score in result.scores
            if score.name not in shown and score.share != 0
        ]
        yield f"{_label(result)}: {', '.join(others)}"


def _medians(results: Sequence[BacktestResult]) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[float]] = {}
    for result in results:
        share, options = result.score(DARKSTAR).share, result.options
        if share is not None:
            name = (
                _tariff(options),
                f"battery {options.battery_kwh:g}/{options.battery_kw:g}",
                f"wear {options.wear:g}",
                f"mismatch {options.mismatch}",
            )
            groups.setdefault(name, []).append(share)
    for group, shares in groups.items():
        if len(shares) > 1:
            low, middle = share_text(min(shares)), share_text(median(shares))
            yield f"{', '.join(group)}: Darkstar median {middle} %, lowest {low} % of {len(shares)} homes"


def _tariff(options: BacktestOptions) -> str:
    return f"{options.tariff or 'own'} {options.currency}"


def _label(result: BacktestResult) -> str:
    options = result.options
    battery = f"{options.battery_kwh:g}/{options.battery_kw:g}"
    return f"{options.title}, {_tariff(options)}, {battery}, wear {options.wear:g}, mismatch {options.mismatch}"


def _key(result: BacktestResult) -> tuple[object, ...]:
    return (_label(result), result.tariff, result.start, result.end, result.minutes)


def _difference(then: BacktestResult, now: BacktestResult) -> Spread:
    return total_spread(np.subtract(now.score(DARKSTAR).day_costs, then.score(DARKSTAR).day_costs))
