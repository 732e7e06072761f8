"""The Forecast and learning page in words and numbers: level, skill, what a forecast is made of, champions, Reflex."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from ..forecast.bands import Forecast
from ..forecast.training import Quantity, Score, Training, Verdict
from ..home.overlay import SettingValue
from ..home.settings import HomeSettings
from ..learning.progress import Level, Progress, Skill
from ..learning.reflex.finding import Change, Ending, Outcome, Standing
from .model_words import model_words
from .words import clock, moment

TITLES = {Quantity.LOAD: "Home", Quantity.PV: "Solar", Quantity.PRICE: "Prices"}
INTENDED_COVERAGE = 80
"""Percent of slots that should lie between p10 and p90."""
_POOR_COVERAGE = 12
"""Percentage points off that are worth a look."""
_LEVELS = {
    Level.INFANT: ("Infant", "standard profiles serve"),
    Level.STATISTICIAN: ("Statistician", "means of past days serve"),
    Level.GRADUATE: ("Graduate", "trained models serve where they are better"),
}
_MODES = {
    "off": "Reflex is off: nobody looks at the settings.",
    "propose": "Reflex proposes, you decide.",
    "apply": "Reflex changes settings by itself, one small step a day; each can be undone.",
}
_SOURCES = {
    "solcast": "Solcast",
    "forecast_solar": "Forecast.Solar",
    "open_meteo": "Open-Meteo",
    "history": "the home's own past, and the weather where its forecast is known",
}


@dataclass(frozen=True, slots=True)
class Began:
    """A model that began to serve."""

    at: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Learned:
    """What the page rests on. `needed_days` are the days with data from which each level is reached.

    `baselines` are the simple models that skill is measured against, `changes` the last changes of settings, newest
    first, also those that have ended; `scales` the values in force and the owner's, by setting.
    """

    progress: Progress | None
    needed_days: Mapping[Level, int]
    baselines: Mapping[Quantity, str]
    forecast: Forecast | None
    began: Sequence[Began]
    standing: Standing
    changes: Sequence[Change]
    scales: Mapping[str, tuple[SettingValue, SettingValue]]


def learning_page(learned: Learned, home: HomeSettings, now: datetime) -> dict[str, Any]:
    """Everything but the chart."""
    progress = learned.progress
    training = progress.training if progress else None
    return {
        "level": _level(progress, learned.needed_days, now, home.zone),
        "skills": [_skill(skill, home) for skill in (progress.skills if progress else ())],
        "leads": list(_leads(training, progress.skills if progress else (), learned.baselines, home.currency)),
        "trained": _trained(training, home.zone),
        "parts": list(_parts(learned, home)),
        "champions": [_champion(each, home.zone) for each in learned.began],
        "reflex": _reflex(learned, home, now),
    }


def _level(progress: Progress | None, needed: Mapping[Level, int], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    reached = progress.level if progress else Level.INFANT
    order = list(Level)
    answer = progress.answer if progress else None
    return {
        "title": _LEVELS[reached][0],
        "words": _days(
            progress.days if progress else 0, progress.state if progress else "the Trainer has not told yet"
        ),
        "running": bool(progress and progress.running),
        "next": _next(progress, needed, now, zone),
        "answer": f"{clock(answer.at, now, zone)}: {answer.text}" if answer else "",
        "steps": [
            {
                "title": title,
                "words": words,
                "from": f"from {needed[level]} days on" if needed.get(level) else "at once",
                "state": "here"
                if level is reached
                else "done"
                if order.index(level) < order.index(reached)
                else "ahead",
            }
            for level, (title, words) in _LEVELS.items()
        ],
    }


def _days(days: int, state: str) -> str:
    return f"{days} {'day' if days == 1 else 'days'} with a measured load; {state}."


def _next(progress: Progress | None, needed: Mapping[Level, int], now: datetime, zone: ZoneInfo) -> str:
    """What comes next, in a sentence or two."""
    if progress is None:
        return "The Trainer tells every quarter of an hour how far it is."
    told = []
    following = next(
        (level for level in Level if list(Level).index(level) == list(Level).index(progress.level) + 1), None
    )
    if following is not None:
        missing = needed.get(following, 0) - progress.days
        title = _LEVELS[following][0]
        told.append(
            f"{title} in {missing} more {'day' if missing == 1 else 'days'} with data."
            if missing > 0
            else f"{title} with the next training."
        )
    if progress.running:
        told.append("A training runs.")
    elif progress.next_training is not None:
        told.append(f"Next training {clock(max(progress.next_training, now), now, zone)}.")
    return " ".join(told)


def _skill(skill: Skill, home: HomeSettings) -> dict[str, Any]:
    unit = _unit(skill.quantity, home.currency)
    better = skill.skill_percent
    coverage = skill.coverage_percent
    off = coverage is not None and abs(coverage - INTENDED_COVERAGE) > _POOR_COVERAGE
    return {
        "quantity": skill.quantity.value,
        "title": TITLES[skill.quantity],
        "model": skill.champion,
        "words": model_words(skill.champion),
        "value": "-" if better is None else f"{better:+.0f} %" if round(better) else "0 %",
        "tone": _tone(better),
        "error": "-" if skill.mae is None else f"{skill.mae:.3f} {unit}",
        "coverage": "-" if coverage is None else f"{coverage:.0f} %",
        "coverage_tone": "warn" if off else "",
        "since": moment(skill.since, home.zone) if skill.since else "",
        "why": skill.reason,
    }


def _tone(skill_percent: float | None) -> str:
    """Good and bad, as far as the figure that is shown says it."""
    shown = 0 if skill_percent is None else round(skill_percent)
    return "good" if shown > 0 else "bad" if shown < 0 else ""


def _leads(
    training: Training | None, skills: Sequence[Skill], baselines: Mapping[Quantity, str], currency: str
) -> Iterator[dict[str, Any]]:
    """Error by how far ahead, of each champion beside the simple model."""
    if training is None:
        return
    for skill in skills:
        mine = _scores(training.scores, skill.quantity, skill.champion)
        simple = _scores(training.scores, skill.quantity, baselines[skill.quantity])
        yield {
            "quantity": skill.quantity.value,
            "title": TITLES[skill.quantity],
            "unit": _unit(skill.quantity, currency),
            "model": skill.champion,
            "baseline": baselines[skill.quantity],
            "rows": [_lead(score, simple.get(lead)) for lead, score in mine.items()],
        }


def _lead(score: Score, simple: Score | None) -> dict[str, Any]:
    return {
        "lead": f"{score.lead.replace('-', ' to ')} h" if score.lead[:1].isdigit() else score.lead,
        "error": _finite(score.mae),
        "simple": None if simple is None else _finite(simple.mae),
        "tone": "" if simple is None or not simple.mae else _tone(100 * (1 - score.mae / simple.mae)),
        "bias": _finite(score.bias),
        "coverage": _finite(score.coverage_percent, 0),
        "slots": score.slots,
    }


def _scores(scores: Sequence[Score], quantity: Quantity, model: str) -> dict[str, Score]:
    return {score.lead: score for score in scores if score.quantity is quantity and score.model == model}


def _finite(value: float, digits: int = 4) -> float | None:
    return round(value, digits) if isfinite(value) else None


def _unit(quantity: Quantity, currency: str) -> str:
    return f"{currency}/kWh" if quantity is Quantity.PRICE else "kW"


def _trained(training: Training | None, zone: ZoneInfo) -> str:
    if training is None:
        return "No trained models serve yet."
    when = moment(training.issued_at, zone)
    return f"Measured in the training of {when}, from {training.days:.0f} days in {training.seconds:.0f} s."


def _parts(learned: Learned, home: HomeSettings) -> Iterator[tuple[str, str]]:
    """What the forecasts are made of, as label and words."""
    forecast = learned.forecast
    if forecast is None:
        yield "Forecast", "none yet"
        return
    yield "Home", f"model: {forecast.load_model}"
    yield "Solar", f"model: {forecast.pv_model}; source: {_SOURCES[home.pv_forecast.source]}"
    yield (
        "Base",
        f"mean of the same time on the last {home.load_forecast.history_days} days, where no trained model serves",
    )
    if home.load_forecast.holidays:
        yield "Holidays", f"those of {home.load_forecast.holidays} are like Sundays"
    yield (
        "Bands",
        f"p10 to p90 from the errors of past forecasts; {INTENDED_COVERAGE} % of the slots should lie between",
    )
    for path, (value, own) in learned.scales.items():
        yield path, _word(value) if value == own else f"{_word(value)} instead of your {_word(own)}"
    for assumed in forecast.assumed:
        yield "Assumed", assumed
    yield "Issued", moment(forecast.issued_at, home.zone)


def _champion(began: Began, zone: ZoneInfo) -> dict[str, str]:
    verdict = began.verdict
    return {
        "at": moment(began.at, zone),
        "quantity": TITLES[verdict.quantity],
        "champion": verdict.champion,
        "previous": verdict.previous or "",
        "why": verdict.reason,
    }


def _reflex(learned: Learned, home: HomeSettings, now: datetime) -> dict[str, Any]:
    standing, zone = learned.standing, home.zone
    reviewed = standing.review
    newest = {change.path: change.number for change in standing.active}
    return {
        "mode": home.reflex.mode,
        "words": _MODES[home.reflex.mode],
        "reviewed": f"Last look {clock(reviewed.reviewed_at, now, zone)}." if reviewed else "Nobody has looked yet.",
        "proposals": [_proposal(outcome) for outcome in standing.pending],
        "changes": [_change(change, zone, newest) for change in learned.changes],
        "findings": [_finding(outcome) for outcome in reviewed.outcomes] if reviewed else [],
    }


def _proposal(outcome: Outcome) -> dict[str, Any]:
    proposal = outcome.proposal
    return {
        "path": outcome.finding.path,
        "before": _word(proposal.before if proposal else None),
        "value": _word(proposal.value if proposal else None),
        "why": outcome.text,
    }


def _change(change: Change, zone: ZoneInfo, newest: Mapping[str, int]) -> dict[str, Any]:
    return {
        "number": change.number,
        "path": change.path,
        "before": _word(change.before),
        "value": _word(change.value),
        "own": _word(change.owner_value),
        "at": moment(change.made_at, zone),
        "why": change.finding.text,
        "active": change.ended_at is None,
        "takes_along": change.ended_at is None and newest.get(change.path) != change.number,
        "ended": _ended(change, zone),
    }


def _ended(change: Change, zone: ZoneInfo) -> str:
    if change.ended_at is None:
        return ""
    how = change.ending.value if change.ending else Ending.DROPPED.value
    return f"{how}, {moment(change.ended_at, zone)}" + (f": {change.ending_text}" if change.ending_text else "")


def _finding(outcome: Outcome) -> dict[str, Any]:
    return {
        "analyzer": outcome.finding.analyzer.value,
        "path": outcome.finding.path,
        "verdict": outcome.verdict.value,
        "text": outcome.text,
    }


def _word(value: SettingValue) -> str:
    return "none" if value is None else f"{value:g}"
