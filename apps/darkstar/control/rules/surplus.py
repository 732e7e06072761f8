"""PV surplus as a mean over some minutes: one cloud or one kettle does not count."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from itertools import pairwise

from ...home.operation import ExecutorSettings
from ...home.readings import Readings

_Sample = tuple[datetime, float]


class SurplusMeter:
    """Mean of PV less load over `executor.pv_surplus_minutes`.

    Samples are joined by straight lines, since they come at uneven times.
    """

    def __init__(self, settings: ExecutorSettings) -> None:
        self._window = timedelta(minutes=settings.pv_surplus_minutes)
        self._longest_gap = timedelta(minutes=settings.max_reading_age_minutes)
        self._samples: deque[_Sample] = deque()

    def add(self, now: datetime, readings: Readings) -> None:
        """Take the powers of this moment; without load or PV there is nothing to take.

        Samples that lie ahead, as after a clock that was set back, are forgotten.
        """
        while self._samples and self._samples[-1][0] >= now:
            self._samples.pop()
        if readings.load_kw is None or readings.pv_kw is None:
            return
        self._samples.append((now, readings.pv_kw.value - readings.load_kw.value))
        while len(self._samples) > 1 and self._samples[1][0] <= now - self._window:
            self._samples.popleft()

    def mean_kw(self, now: datetime) -> float | None:
        """The mean in kW; None while the samples do not span half of the window."""
        begin = now - self._window
        spans = [
            (after[0] - max(before[0], begin), _mean_after(before, after, begin))
            for before, after in pairwise(self._samples)
            if begin < after[0] <= now and after[0] - before[0] <= self._longest_gap
        ]
        total = sum((span for span, _ in spans), start=timedelta(0))
        if total <= timedelta(0) or total < self._window / 2:
            return None
        return sum(span / total * mean for span, mean in spans)


def _mean_after(before: _Sample, after: _Sample, begin: datetime) -> float:
    """Mean of the straight line between two samples, as far as it lies after `begin`."""
    if before[0] >= begin:
        return (before[1] + after[1]) / 2
    at_begin = before[1] + (after[1] - before[1]) * ((begin - before[0]) / (after[0] - before[0]))
    return (at_begin + after[1]) / 2
