"""The result of one run as plain text: what was run, the table, how Darkstar worked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .bootstrap import Spread
from .run import BacktestResult
from .scoring import DARKSTAR, PERFECT, Score
from .text_table import table

PEAK_TOLERANCE = 0.05
"""A month's peak within this share of the perfect one counts as kept."""


def render(result: BacktestResult) -> str:
    """Everything about one run."""
    rows: list[tuple[str, ...]] = [_head(result)]
    rows += [_row(score) for score in result.scores]
    return f"{_what(result)}\n\n{table(rows)}\n\n" + "\n".join(_remarks(result))


def share_text(share: float | None) -> str:
    """A share in percent."""
    return "-" if share is None else f"{100 * share:.1f}"


def spread_text(spread: Spread, currency: str) -> str:
    """A difference with its range."""
    return f"{spread.total:+.2f} {currency} (95 %: {spread.low:+.2f} to {spread.high:+.2f})"


def _what(result: BacktestResult) -> str:
    options, zone = result.options, result.options.zone
    limits = [
        f"{name} at most {limit:g} kW"
        for name, limit in (("import", options.max_import_kw), ("export", options.max_export_kw))
        if limit is not None
    ]
    lines = [
        f"{options.title}: {options.home_file.name}, {result.start.astimezone(zone):%Y-%m-%d %H:%M} to "
        f"{result.end.astimezone(zone):%Y-%m-%d %H:%M} {options.time_zone}, {_intervals(result)}",
        f"tariff {result.tariff} ({options.currency} per kWh)",
        f"battery {options.battery_kwh:g} kWh, {options.battery_kw:g} kW, one-way efficiency {options.efficiency:g}, "
        f"wear {options.wear:g} {options.currency}/kWh, start {options.start_soc_percent:g} %",
        *([f"grid: {', '.join(limits)}"] if limits else []),
        f"mismatch: {options.mismatch}, seed {options.seed}",
        options.command,
    ]
    return "\n".join(lines)


def _intervals(result: BacktestResult) -> str:
    if result.minutes < result.measured_minutes:
        return (
            f"{result.minutes}-minute intervals: the file's {result.measured_minutes} minutes SPREAD EVENLY over them"
        )
    if result.minutes > result.measured_minutes:
        return f"{result.minutes}-minute intervals, added up from {result.measured_minutes} minutes"
    return f"{result.minutes}-minute intervals as measured"


def _head(result: BacktestResult) -> tuple[str, ...]:
    currency = result.options.currency
    return (
        "",
        f"cost {currency}",
        "share %",
        "import kWh",
        "export kWh",
        "cycles",
        "per year",
        "peaks kW",
        f"power {currency}",
        "days worse",
        "months worse",
        "by > 1 %",
        "breaches",
    )


def _row(score: Score) -> tuple[str, ...]:
    compared = score.against_self_consumption
    worse = ("-", "-", "-")
    if compared is not None:
        worse = (str(compared.days_worse), str(compared.months_worse), str(compared.months_clearly_worse))
    return (
        score.name,
        f"{score.cost:.2f}",
        share_text(score.share),
        f"{score.import_kwh:.0f}",
        f"{score.export_kwh:.0f}",
        f"{score.cycles:.0f}",
        f"{score.cycles_per_year:.0f}",
        f"{sum(month.mean_kw for month in score.peaks) / len(score.peaks):.2f}",
        f"{score.power_cost:.2f}",
        *worse,
        str(score.violations.total),
    )


def _remarks(result: BacktestResult) -> Iterator[str]:
    options, effort, currency = result.options, result.effort, result.options.currency
    compared = result.score(DARKSTAR).against_self_consumption
    if compared is not None:
        spread = spread_text(compared.difference, currency)
        yield f"Darkstar less self-consumption: {spread}, 7-day blocks, without power tariff."
    if result.regret is not None:
        regret = result.regret
        yield (
            f"Missed {regret.total:.2f} {currency}: load {regret.load:.2f}, PV {regret.pv:.2f}, prices past the "
            f"horizon {regret.prices:.2f}, execution {regret.execution:.2f}, overlap {regret.overlap:.2f}."
        )
    if result.score(DARKSTAR).power_cost > 0:
        yield _peaks(result)
    yield "share: part of the possible saving, from no battery to perfect foresight of load, PV and prices."
    yield (
        f"cost: import less export, wear and power tariff counted; a kWh more or less stored at the end counts "
        f"{result.end_value_per_kwh:.4f} {currency}."
    )
    yield (
        "peaks: mean over the months of the highest hours on different days. worse: than self-consumption, by local "
        "days and months. breaches: ticks in which battery or grid connection were beyond a limit."
    )
    yield (
        f"{effort.count} plans ({_counts(effort.statuses)}), one per {options.replan_minutes} minutes, "
        f"{effort.mean_seconds * 1000:.0f} ms each; run time {result.seconds:.0f} s."
    )
    yield f"forecasts of load: {_counts(effort.load_models)}; of PV: {_counts(effort.pv_models)}."
    if effort.guarded_days:
        yield f"On {effort.guarded_days} days plain self-use had taken over, because it had been better before."


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(found.items()))


def peaks_kept(result: BacktestResult) -> int:
    """In how many months Darkstar's mean peak is at most 5 % above that of perfect foresight."""
    own, best = result.score(DARKSTAR).peaks, result.score(PERFECT).peaks
    return sum(mine.mean_kw <= (1 + PEAK_TOLERANCE) * least.mean_kw for mine, least in zip(own, best, strict=True))


def _peaks(result: BacktestResult) -> str:
    months = result.score(DARKSTAR).peaks
    shown = ", ".join(
        f"{mine.month} {mine.mean_kw:.2f}/{least.mean_kw:.2f}"
        for mine, least in zip(months, result.score(PERFECT).peaks, strict=True)
    )
    return (
        f"Peaks within {PEAK_TOLERANCE:.0%} of perfect foresight's in {peaks_kept(result)} of {len(months)} months "
        f"(Darkstar/perfect kW: {shown})."
    )
