from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from darkstar.storage.epoch import from_epoch, to_epoch
from tests.storage.samples import moments


@given(moments)
def test_times_survive_to_the_microsecond(instant: datetime) -> None:
    assert from_epoch(to_epoch(instant)) == instant


def test_the_repeated_hour_is_two_times() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    first, second = (to_epoch(datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=zone)) for fold in (0, 1))
    assert second - first == 3_600_000_000


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_epoch(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
