"""What the ridge looks at."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from darkstar.forecast.home_means import HomeMeans
from darkstar.forecast.lead_features import LEAD_HOURS, LeadHours
from darkstar.forecast.slot_mean import Issues, SlotMean
from tests.forecast.samples import Power, days, flat, history, sunny
from tests.homes import home

NOW = datetime(2026, 5, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def mean_of(load: Power) -> SlotMean:
    return HomeMeans.of(home(), history(NOW - days(30), NOW, load, sunny, 60)).load


def seen(mean: SlotMean, now: datetime = NOW) -> LeadHours:
    return LeadHours.of(mean, Issues.days_before(now, mean.grid.zone, [0, 1]))


def test_one_row_for_each_hour_ahead() -> None:
    leads = seen(mean_of(flat(1.0)))
    assert leads.expected_kw.shape == (2, LEAD_HOURS)
    assert leads.features.shape[:2] == (2, LEAD_HOURS)
    assert np.isfinite(leads.features).all()


def test_a_past_that_came_as_expected_says_little() -> None:
    usual = seen(mean_of(flat(1.0)))
    odd = seen(mean_of(lambda at: 3.0 if at == NOW - HOUR else 1.0))
    assert np.abs(usual.features).max() < 0.2
    assert np.abs(odd.features[0]).max() > 1
    assert np.abs(odd.features[1]).max() < 0.2


def test_what_is_not_yet_known_counts_as_expected() -> None:
    mean = mean_of(lambda at: 3.0 if at == NOW - HOUR else 1.0)
    early = Issues.days_before(NOW - HOUR / 2, mean.grid.zone, [0])
    assert np.abs(LeadHours.of(mean, early).features).max() < 0.2


def test_the_last_hour_fades() -> None:
    leads = seen(mean_of(lambda at: 3.0 if at == NOW - HOUR else 1.0))
    fading = [
        feature
        for feature in leads.features[0].T
        if feature[0] > 1 and feature[0] > 5 * abs(feature[8]) and feature[0] > 100 * abs(feature[30])
    ]
    assert fading


def test_yesterday_is_seen_at_its_own_hour() -> None:
    leads = seen(mean_of(lambda at: 3.0 if at == NOW - 20 * HOUR else 1.0))
    yesterday = leads.features[0, :, 0]
    assert yesterday[4] == yesterday[28] == pytest.approx(yesterday.max())
    assert yesterday[4] > 1
    assert np.abs(np.delete(yesterday, [4, 28])).max() < 0.2
