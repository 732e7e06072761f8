"""What a planner may be told of load and PV: its own forecast, the plainest one, or parts of the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from ...forecast.bands import Band, Context, Forecast, ForecastSlot, PvInterval, Scenarios
from ...forecast.candidates import Material
from ...forecast.day_grid import DAY_CELLS, cell_at
from ...forecast.home_forecaster import HomeForecaster
from ...forecast.plain_models import PlainMean
from ...forecast.same_slot import SameSlotMean
from ...forecast.scenarios import net_load_scenarios
from ...forecast.trained import Champion, ChampionModel
from ...forecast.training import Quantity
from ...forecast.walk_forward import Fits
from ...home.observation import Observation
from ...home.settings import HomeSettings
from ...home.slots import Slot
from ...pipeline import Outlook, foresee
from ...strategy.horizon import horizon_slots
from ..series import HomeSeries

Floats = npt.NDArray[np.float64]

Outlooker = Callable[[HomeSettings, datetime, Sequence[Observation]], Outlook]
"""Tells what to expect from `now` on, given what was measured before."""
Seer = Callable[[HomeSettings, datetime, Sequence[Observation], Context], Outlook]
"""The same, told what is known besides; `pipeline.foresee` is one."""

_WEEK_HOURS = 7 * 24
_SIMPLE = PlainMean(7)
_ISSUED_BEFORE = 60 * DAY_CELLS
"""Further back than any forecast whose error is a scenario."""


def own_outlook(home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
    """What Darkstar itself expects."""
    return foresee(home, now, history)


def naive_outlook(home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
    """The same-slot mean, believed without doubt."""
    forecaster = SameSlotMean(home)
    forecaster.fit(history)
    return Outlook(forecaster.predict(horizon_slots(now, home.planner), now, Context()), ())


def simple_outlook(home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
    """The plain mean of the last seven days, and how wrong it was; the same-slot mean where a week has gaps."""
    weeks = Fits(_SIMPLE.name, (cell_at(now, UTC) - _ISSUED_BEFORE, cell_at(now, UTC) - DAY_CELLS), (_SIMPLE, _SIMPLE))

    def refine(_: Quantity, material: Material) -> ChampionModel:
        return ChampionModel(material, Champion(weeks, None), material.mean)

    forecaster = HomeForecaster(home, refine)
    forecaster.fit(history)
    forecast = forecaster.predict(horizon_slots(now, home.planner), now, Context())
    return Outlook(forecast, net_load_scenarios(forecast, forecaster, home.planner.scenario_days))


class Truth:
    """Outlooks that know what comes. Past the end of the series its last week comes again.

    What they do not know they take from `own`.
    """

    def __init__(self, series: HomeSeries, own: Outlooker = own_outlook) -> None:
        self._own = own
        self._start = series.start
        self._load_kwh = _Running(series.load_kwh, series.hours)
        self._pv_kwh = _Running(series.pv_kwh, series.hours)

    def everything(self, home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:  # noqa: ARG002
        """Load and PV as they come, without doubt."""
        slots = horizon_slots(now, home.planner)
        load, pv = self._between(self._load_kwh, slots), self._between(self._pv_kwh, slots)
        forecast = Forecast(now, "measured", "measured", tuple(map(_certain, slots, load.tolist(), pv.tolist())))
        return Outlook(forecast, _paths((load - pv)[None, :]))

    def load_only(self, home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
        """Load as it comes; PV as Darkstar expects it of a home that it knows to have no load."""
        known = self._own(home, now, [replace(row, load_kwh=0.0) for row in history])
        load = self._between(self._load_kwh, _slots_of(known.forecast))
        expected = np.array([slot.load_kwh.expected for slot in known.forecast.slots])
        slots = [
            replace(slot, load_kwh=_exactly(kwh)) for slot, kwh in zip(known.forecast.slots, load.tolist(), strict=True)
        ]
        return _corrected(known, slots, load - expected)

    def pv_only(self, home: HomeSettings, now: datetime, history: Sequence[Observation]) -> Outlook:
        """PV as it comes; load as Darkstar expects it of a home that it knows to have no PV."""
        known = self._own(home, now, [replace(row, pv_kwh=0.0) for row in history])
        pv = self._between(self._pv_kwh, _slots_of(known.forecast))
        expected = np.array([slot.pv_kwh.expected for slot in known.forecast.slots])
        slots = [
            replace(slot, pv_kwh=_exactly(kwh)) for slot, kwh in zip(known.forecast.slots, pv.tolist(), strict=True)
        ]
        return _corrected(known, slots, expected - pv)

    def pv_feed(
        self, home: HomeSettings, now: datetime, history: Sequence[Observation], error: float, seer: Seer = foresee
    ) -> Outlook:
        """As of a home with a PV forecast from weather: what comes, with a share `error` of its own forecast's errors.

        So it errs on the days and in the direction in which the sky is unusual, as services do, at every lead alike.
        `seer` is who is told.
        """
        slots = horizon_slots(now, home.planner)
        own = np.array([slot.pv_kwh.expected for slot in self._own(home, now, history).forecast.slots])
        told = error * own + (1 - error) * self._between(self._pv_kwh, slots)
        feed = tuple(PvInterval(slot.start, slot.end, kwh) for slot, kwh in zip(slots, told.tolist(), strict=True))
        return seer(home, now, history, Context(pv_intervals=feed))

    def load_over(self, slots: Sequence[Slot]) -> Floats:
        """The load of each slot."""
        return self._between(self._load_kwh, slots)

    def _between(self, energy: _Running, slots: Sequence[Slot]) -> Floats:
        start_hours = np.array([(slot.start - self._start).total_seconds() / 3600 for slot in slots])
        return energy.between(start_hours, start_hours + np.array([slot.hours for slot in slots]))


class _Running:
    """Energy as a running total over hours since the start."""

    def __init__(self, kwh: Sequence[float], hours: float) -> None:
        last_week = list(kwh)[-round(_WEEK_HOURS / hours) :]
        self._total = np.cumsum([0.0, *kwh, *last_week])
        self._at_hours = np.arange(len(self._total)) * hours

    def between(self, start_hours: Floats, end_hours: Floats) -> Floats:
        start, end = (np.interp(at, self._at_hours, self._total) for at in (start_hours, end_hours))
        return np.asarray(np.maximum(end - start, 0.0), dtype=np.float64)


def _corrected(known: Outlook, slots: Sequence[ForecastSlot], net_change: Floats) -> Outlook:
    """The outlook with other slots, and its scenarios moved by what that changes."""
    return Outlook(replace(known.forecast, slots=tuple(slots)), _paths(np.array(known.scenarios) + net_change))


def _certain(slot: Slot, load_kwh: float, pv_kwh: float) -> ForecastSlot:
    return ForecastSlot(slot.start, slot.hours, _exactly(load_kwh), _exactly(pv_kwh))


def _exactly(kwh: float) -> Band:
    return Band(kwh, kwh, kwh)


def _slots_of(forecast: Forecast) -> tuple[Slot, ...]:
    return tuple(Slot(slot.start, slot.hours) for slot in forecast.slots)


def _paths(net: Floats) -> Scenarios:
    return tuple(tuple(path) for path in net.tolist())
