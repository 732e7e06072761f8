"""What import above the cap of a power tariff costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from darkstar.optimizer.request import (
    DayPeak,
    GridRequest,
    MeteringInterval,
    PlanRequest,
    PowerStep,
    PowerTariffRequest,
)
from darkstar.policy.peaks import peak_surcharges
from darkstar.policy.thresholds import ImportBudget
from tests.optimizer.samples import START, request_of, slots_of

HOUR = timedelta(hours=1)


def home(tariff: PowerTariffRequest, count: int = 8, hours: float = 0.25) -> PlanRequest:
    """A home under one power tariff."""
    slots = slots_of([1.0] * count, [0.0] * count, [0.3] * count, [0.1] * count, hours=hours)
    return replace(request_of(slots), grid=GridRequest(power_tariffs=(tariff,)))


def interval(number: int, weight: float = 1.0) -> MeteringInterval:
    """The hour `number` after the start."""
    return MeteringInterval(START + number * HOUR, 1.0, "2026-01-15", weight)


def test_a_kwh_above_the_cap_costs_more_of_a_peak_the_farther_above_it_is() -> None:
    tariff = PowerTariffRequest((interval(0), interval(1)), price_per_kw=60.0, count=3)
    surcharges = peak_surcharges(home(tariff), (4.0,))
    assert len(surcharges) == 8
    for near, far in surcharges:
        assert (near.above_kwh, near.per_kwh) == pytest.approx((1.0, 0.2 * 20.0))
        assert (far.above_kwh, far.per_kwh) == pytest.approx((4.7 * 0.25, 0.3 * 20.0))


def test_weights_raise_the_cap_and_lower_the_price() -> None:
    tariff = PowerTariffRequest((interval(0, weight=0.5),), price_per_kw=60.0, count=3)
    surcharges = peak_surcharges(home(tariff), (4.0,))
    assert surcharges[0][0].above_kwh == pytest.approx(2.0)
    assert sum(one.per_kwh for one in surcharges[0]) == pytest.approx(0.5 * 10.0)
    assert surcharges[4:] == ((),) * 4


def test_a_peak_that_today_has_already_caps_only_today() -> None:
    tomorrow = replace(interval(1), day="2026-01-16")
    past = (DayPeak("2026-01-15", 6.0), DayPeak("2026-01-14", 9.0))
    tariff = PowerTariffRequest((interval(0), tomorrow), price_per_kw=60.0, count=3, past=past)
    surcharges = peak_surcharges(home(tariff), (4.0,))
    assert [slot[0].above_kwh for slot in surcharges] == pytest.approx([1.5] * 4 + [1.0] * 4)
    assert surcharges[0][0].budget == ImportBudget(START, START + HOUR, 6.0)
    any_day = replace(tariff, different_days=False)
    assert [slot[0].above_kwh for slot in peak_surcharges(home(any_day), (4.0,))] == pytest.approx([1.0] * 8)


def test_an_interval_that_has_begun_allows_what_is_left_of_it() -> None:
    begun = MeteringInterval(START - HOUR / 2, 1.0, "2026-01-15", metered_kwh=3.0)
    tariff = PowerTariffRequest((begun, interval(0)), price_per_kw=60.0)
    first, second, third, *_ = peak_surcharges(home(tariff), (4.0,))
    assert first[0].above_kwh == second[0].above_kwh == pytest.approx(0.5)
    assert third[0].above_kwh == pytest.approx(1.0)
    used_up = replace(tariff, intervals=(replace(begun, metered_kwh=5.0),))
    assert peak_surcharges(home(used_up), (4.0,))[0][0].above_kwh == 0


def test_quarter_hours_in_a_slot_of_an_hour_allow_the_least_of_them() -> None:
    quarters = tuple(
        MeteringInterval(START + number * HOUR / 4, 0.25, "2026-01-15", weight)
        for number, weight in enumerate((1, 2, 1))
    )
    tariff = PowerTariffRequest(quarters, price_per_kw=48.0, count=12, different_days=False)
    first, second = peak_surcharges(home(tariff, count=2, hours=1.0), (4.0,))
    assert first[0].above_kwh == pytest.approx(2.0)
    assert first[0].per_kwh == pytest.approx(0.2 * 48.0 / 12 * 2 / 0.25)
    assert second == ()


def test_fees_in_steps_count_the_next_step() -> None:
    steps = (PowerStep(2.0, 100.0), PowerStep(5.0, 150.0), PowerStep(None, 400.0))
    tariff = PowerTariffRequest((interval(0),), count=1, steps=steps)
    (whole,) = peak_surcharges(home(tariff), (2.0,))[0]
    assert whole.per_kwh == pytest.approx(50.0)
    assert peak_surcharges(home(tariff), (5.0,))[0][0].per_kwh == pytest.approx(250.0)
    assert peak_surcharges(home(tariff), (9.0,))[0] == ()


def test_a_slot_within_an_interval_knows_what_all_of_it_may_take() -> None:
    begun = MeteringInterval(START - HOUR / 2, 1.0, "2026-01-15", weight=0.5, metered_kwh=3.0)
    surcharges = peak_surcharges(home(PowerTariffRequest((begun,), price_per_kw=60.0)), (4.0,))
    assert surcharges[0][0].budget == ImportBudget(START - HOUR / 2, START + HOUR / 2, 8.0)
    quarters = tuple(MeteringInterval(START + number * HOUR / 4, 0.25, "2026-01-15") for number in range(4))
    coarse = peak_surcharges(home(PowerTariffRequest(quarters, price_per_kw=60.0), count=1, hours=1.0), (4.0,))
    assert coarse[0][0].budget is None


def test_without_caps_there_is_nothing_to_keep() -> None:
    tariff = PowerTariffRequest((interval(0),), price_per_kw=60.0)
    assert peak_surcharges(home(tariff), ()) == ((),) * 8


def test_caps_of_another_request_are_refused() -> None:
    tariff = PowerTariffRequest((interval(0),), price_per_kw=60.0)
    with pytest.raises(ValueError, match="zip"):
        peak_surcharges(home(tariff), (4.0, 5.0))
