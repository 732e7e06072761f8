"""The models that need no training: means of past days, last week, and the ridge on the same-slot mean.

Each is its own fitted form: what it looks at is all in the material.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .candidates import Fitted, Material
from .day_grid import DAY_CELLS, Cells, Floats
from .ridge import RidgeMean
from .slot_mean import WEEK_CELLS, Issues


@dataclass(frozen=True, slots=True)
class PlainMean:
    """The same slot's mean over the last `days` days. A `candidates.Candidate` and `candidates.Fitted`."""

    days: int

    @property
    def name(self) -> str:
        """With its days."""
        return f"mean of {self.days} days"

    def fit(self, material: Material, by_cell: int) -> Fitted:  # noqa: ARG002 - a candidate
        """Nothing is learned."""
        return self

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """The mean of what was known then; the weighted same-slot mean where nothing was."""
        past = material.mean.past(issues, self.days)
        shape = (len(issues.cells), self.days, DAY_CELLS)
        count = past.known.reshape(shape).sum(axis=1)[:, offsets % DAY_CELLS]
        total = past.power_kw.reshape(shape).sum(axis=1)[:, offsets % DAY_CELLS]
        expected = np.where(count > 0, total / np.maximum(count, 1), material.mean.issued_kw(issues, offsets))
        return _possible(material, issues, offsets, expected)


@dataclass(frozen=True, slots=True)
class LastWeek:
    """The same slot seven days before. A `candidates.Candidate` and `candidates.Fitted`."""

    name: str = "last week"

    def fit(self, material: Material, by_cell: int) -> Fitted:  # noqa: ARG002 - a candidate
        """Nothing is learned."""
        return self

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """What was measured then; the weighted same-slot mean where nothing was."""
        past = material.mean.past(issues, WEEK_CELLS // DAY_CELLS)
        expected = np.where(past.known[:, offsets], past.power_kw[:, offsets], material.mean.issued_kw(issues, offsets))
        return _possible(material, issues, offsets, expected)


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """The weighted same-slot mean. A `candidates.Candidate` and `candidates.Fitted`."""

    name: str

    def fit(self, material: Material, by_cell: int) -> Fitted:  # noqa: ARG002 - a candidate
        """Nothing is learned."""
        return self

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """As it is."""
        return material.mean.issued_kw(issues, offsets)


@dataclass(frozen=True, slots=True)
class RecentRidge:
    """The ridge on the same-slot mean, which learns once a week by itself. A `Candidate` and `Fitted`."""

    name: str

    def fit(self, material: Material, by_cell: int) -> Fitted:  # noqa: ARG002 - a candidate
        """Its weights rest on the weeks before each issue, and are found when they are needed."""
        return self

    def issued_kw(self, material: Material, issues: Issues, offsets: Cells) -> Floats:
        """The mean with the correction, whether it has proven itself or not."""
        return RidgeMean(material.mean).issued_kw(issues, offsets)


def _possible(material: Material, issues: Issues, offsets: Cells, expected: Floats) -> Floats:
    return np.minimum(expected, material.mean.ceiling_kw(issues.cells[:, None] + offsets))
