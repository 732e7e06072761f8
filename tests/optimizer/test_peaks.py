"""Power tariffs: what peaks cost, by hand and by the MILP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations
from math import isfinite

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.optimizer.ledger import settle
from darkstar.optimizer.model.build import build
from darkstar.optimizer.model.peaks import PEAK_TIE
from darkstar.optimizer.plan import Plan, PlannedPeak, PlanStatus
from darkstar.optimizer.request import (
    DayPeak,
    GridRequest,
    MeteringInterval,
    PlanRequest,
    PowerStep,
    PowerTariffRequest,
)
from darkstar.optimizer.solve import find, plan
from darkstar.optimizer.solvers import Highs, SciPy
from darkstar.optimizer.wishes.peaks import owed, planned_peaks
from tests.optimizer.samples import BATTERY, START, day, heater, homes, request_of, slots_of

CENT = 0.01
NEXT_DAY = "2026-01-16"


def hourly(
    request: PlanRequest, *, minutes: int = 60, start: datetime = START, weights: Sequence[float] = (1.0,)
) -> tuple[MeteringInterval, ...]:
    """Metering intervals from `start` to the request's end, on days of UTC."""
    count = int((request.end - start) / timedelta(minutes=minutes))
    starts = [start + timedelta(minutes=minutes * number) for number in range(count)]
    return tuple(
        MeteringInterval(begin, minutes / 60, begin.date().isoformat(), weights[number % len(weights)])
        for number, begin in enumerate(starts)
    )


def with_tariff(request: PlanRequest, tariff: PowerTariffRequest) -> PlanRequest:
    """The request with one power tariff more."""
    grid = request.grid
    return replace(request, grid=replace(grid, power_tariffs=(*grid.power_tariffs, tariff)))


def house(*load_kw: float, hours: float = 1.0) -> PlanRequest:
    """A home without devices: its import is its load."""
    count = len(load_kw)
    return request_of(slots_of(load_kw, [0.0] * count, [0.2] * count, [0.1] * count, hours=hours))


def bill(request: PlanRequest, tariff: PowerTariffRequest) -> tuple[float, float, float]:
    """Billed power, cost and cap of a home without devices."""
    planned = plan(with_tariff(request, tariff))
    (peak,) = planned.peaks
    assert planned.objective == pytest.approx(planned.cost + peak.cost - owed(request, tariff), abs=1e-6)
    return peak.billed_kw, peak.cost, peak.cap_kw


def two_days() -> PlanRequest:
    """24 hours from noon: 3 kW at 15:00, 4 at 18:00, 6 at 02:00 on the next day, else 1 kW."""
    load = [1.0] * 24
    load[3], load[6], load[14] = 3.0, 4.0, 6.0
    return house(*load)


def test_one_peak() -> None:
    request = two_days()
    assert bill(request, PowerTariffRequest(hourly(request), 10.0)) == pytest.approx((6.0, 60.0, 6.0))


def test_three_peaks_of_different_days_with_days_missing() -> None:
    request = two_days()
    tariff = PowerTariffRequest(hourly(request), 30.0, count=3)
    assert bill(request, tariff) == pytest.approx(((6 + 4) / 3, 100.0, 4.0))


def test_three_peaks_of_any_intervals() -> None:
    request = two_days()
    tariff = PowerTariffRequest(hourly(request), 30.0, count=3, different_days=False)
    assert bill(request, tariff) == pytest.approx(((6 + 4 + 3) / 3, 130.0, 3.0))


def test_past_peaks_hold_their_place() -> None:
    request = two_days()
    past = (DayPeak("2026-01-03", 5.0), DayPeak("2026-01-04", 4.5), DayPeak("2026-01-05", 2.0))
    tariff = PowerTariffRequest(hourly(request), 30.0, count=3, past=past)
    assert bill(request, tariff) == pytest.approx(((6 + 5 + 4.5) / 3, 155.0, 4.5))


def test_todays_past_peak_is_no_second_day() -> None:
    request = two_days()
    past = (DayPeak("2026-01-15", 5.0), DayPeak("2026-01-15", 3.5))
    tariff = PowerTariffRequest(hourly(request), 20.0, count=2, past=past)
    assert bill(request, tariff) == pytest.approx((5.5, 110.0, 5.0))
    assert owed(request, tariff) == pytest.approx(20 * 2.5)


def test_any_intervals_of_the_past_count_each() -> None:
    request = two_days()
    past = (DayPeak("2026-01-15", 5.0), DayPeak("2026-01-15", 4.5))
    tariff = PowerTariffRequest(hourly(request), 20.0, count=2, different_days=False, past=past)
    assert bill(request, tariff) == pytest.approx((5.5, 110.0, 5.0))


def test_expected_peaks_make_lower_ones_free() -> None:
    request = two_days()
    tariff = PowerTariffRequest(hourly(request), 20.0, count=2, expected_kw=(7.0, 5.0))
    assert bill(request, tariff) == pytest.approx((6.5, 130.0, 6.0))
    assert owed(request, tariff) == pytest.approx(120.0)


@pytest.mark.parametrize(("floor_kw", "billed", "cap"), [(2.5, 5.0, 4.0), (5.0, 5.0, 4.0), (8.0, 8.0, 10.0)])
def test_a_floor_is_billed_at_least(floor_kw: float, billed: float, cap: float) -> None:
    request = two_days()
    tariff = PowerTariffRequest(hourly(request), 10.0, count=2, floor_kw=floor_kw)
    assert bill(request, tariff) == pytest.approx((billed, 10 * billed, cap))


STEPS = (PowerStep(2.0, 100.0), PowerStep(5.0, 200.0), PowerStep(10.0, 350.0), PowerStep(None, 900.0))


@pytest.mark.parametrize(
    ("kw", "fee", "cap"), [(1.0, 100.0, 2.0), (2.0, 100.0, 2.0), (2.5, 200.0, 5.0), (9.0, 350.0, 10.0)]
)
def test_steps_have_fees(kw: float, fee: float, cap: float) -> None:
    request = house(kw, 0.5)
    tariff = PowerTariffRequest(hourly(request), steps=STEPS)
    assert bill(request, tariff) == pytest.approx((kw, fee, cap))


def test_above_the_last_step_no_peak_costs_more() -> None:
    request = house(12.0, 0.5)
    assert bill(request, PowerTariffRequest(hourly(request), steps=STEPS))[1:] == (900.0, 1000.0)
    assert bill(request, PowerTariffRequest(hourly(request), steps=STEPS[:2]))[1:] == (200.0, 1000.0)


def test_what_is_owed_anyway_leaves_lower_steps_out() -> None:
    request = two_days()
    tariff = PowerTariffRequest(hourly(request), count=2, steps=STEPS, past=(DayPeak("2026-01-03", 11.0),))
    assert bill(request, tariff)[:2] == pytest.approx((8.5, 350.0))
    model = build(with_tariff(request, tariff))
    assert len(model.binaries) == 2


def test_quarter_hours() -> None:
    request = house(1.0, 8.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, hours=0.25)
    quarters = PowerTariffRequest(hourly(request, minutes=15), 10.0)
    hours = PowerTariffRequest(hourly(request), 10.0)
    assert bill(request, quarters)[0] == pytest.approx(8.0)
    assert bill(request, hours)[0] == pytest.approx(11 / 4)


def test_slots_longer_than_the_interval_are_spread_over_time() -> None:
    request = house(2.0, 6.0)
    shifted = hourly(request, start=START + timedelta(minutes=30))
    assert bill(request, PowerTariffRequest(shifted[:1], 10.0))[0] == pytest.approx(4.0)
    assert bill(request, PowerTariffRequest(hourly(request, minutes=15), 10.0))[0] == pytest.approx(6.0)


def test_weights_of_the_night() -> None:
    request = two_days()
    weights = [0.5 if (12 + number) % 24 >= 22 or (12 + number) % 24 < 6 else 1.0 for number in range(24)]
    tariff = PowerTariffRequest(hourly(request, weights=weights), 10.0)
    assert bill(request, tariff) == pytest.approx((4.0, 40.0, 4.0))


def test_the_running_hour_has_what_is_metered() -> None:
    request = house(2.0, 2.0, 2.0, hours=0.25)
    begun = START - timedelta(minutes=15)
    interval = MeteringInterval(begun, 1.0, "2026-01-15", metered_kwh=2.5)
    assert bill(request, PowerTariffRequest((interval,), 10.0))[0] == pytest.approx(2.5 + 1.5)


def test_an_interval_that_is_over_counts_as_metered() -> None:
    over = MeteringInterval(START - timedelta(hours=2), 1.0, "2026-01-15", metered_kwh=3.0)
    assert bill(house(1.0), PowerTariffRequest((over,), 10.0))[0] == pytest.approx(3.0)


def test_an_interval_cut_by_the_horizon_counts_its_part() -> None:
    request = house(4.0, hours=0.25)
    interval = MeteringInterval(START, 1.0, "2026-01-15")
    assert bill(request, PowerTariffRequest((interval,), 10.0))[0] == pytest.approx(4.0)
    later = MeteringInterval(START + timedelta(hours=1), 1.0, "2026-01-15", metered_kwh=9.0)
    assert bill(request, PowerTariffRequest((interval, later), 10.0))[0] == pytest.approx(4.0)


def test_a_tariff_without_intervals_costs_what_is_owed() -> None:
    tariff = PowerTariffRequest((), 10.0, past=(DayPeak("2026-01-03", 3.0),))
    assert bill(house(5.0), tariff) == pytest.approx((3.0, 30.0, 3.0))


def test_two_months_and_two_tariffs_are_billed_apart() -> None:
    request = two_days()
    intervals = hourly(request)
    january = PowerTariffRequest(intervals[:12], 10.0, past=(DayPeak("2026-01-03", 9.0),), name="old")
    february = PowerTariffRequest(intervals[12:], 10.0, name="new")
    both = replace(request, grid=GridRequest(power_tariffs=(january, february)))
    planned = plan(both)
    assert [(one.name, one.billed_kw, one.cost) for one in planned.peaks] == [
        ("old", 9.0, 90.0),
        ("new", pytest.approx(6.0), pytest.approx(60.0)),
    ]
    assert planned.objective == pytest.approx(planned.cost + 60.0)


def test_a_battery_shaves_the_dear_peak() -> None:
    """5 kWh above the floor after losses over a 4-hour evening of 3 kW; free to recharge at night."""
    load = [0.5] * 4 + [3.0] * 4 + [0.5] * 16
    count = len(load)
    slots = slots_of(load, [0.0] * count, [0.2] * count, [0.0] * count, hours=1.0)
    battery = replace(BATTERY, initial_kwh=5.0, max_charge_kw=0.0, charge_efficiency=1.0, discharge_efficiency=1.0)
    request = request_of(slots, battery)
    tariff = PowerTariffRequest(hourly(request), 100.0)
    planned = plan(with_tariff(request, tariff))
    assert planned.peaks[0].billed_kw == pytest.approx(2.0, abs=1e-4)
    assert planned.slots[4].import_kwh == pytest.approx(2.0, abs=1e-4)
    assert plan(request).slots[4].import_kwh == pytest.approx(3.0)


def test_a_step_is_kept_when_that_pays_and_not_when_it_cannot() -> None:
    load = [1.0] * 4 + [4.0] * 2 + [1.0] * 18
    slots = slots_of(load, [0.0] * 24, [0.2] * 24, [0.0] * 24, hours=1.0)
    request = request_of(slots, BATTERY)
    kept = plan(with_tariff(request, PowerTariffRequest(hourly(request), steps=STEPS)))
    assert kept.peaks[0].cost == 100.0
    assert kept.peaks[0].billed_kw == pytest.approx(2.0, abs=0.01)
    lost = plan(with_tariff(request, PowerTariffRequest(hourly(request), steps=STEPS, past=(DayPeak("x", 3.0),))))
    assert lost.peaks[0].cost == 200.0


@pytest.mark.parametrize("minutes", [15, 60])
@pytest.mark.parametrize("price", [30.0, 1000.0])
def test_no_peak_is_worth_a_cold_house(price: float, minutes: int) -> None:
    request = replace(request_of(day()), heaters=(heater(6.0),))
    planned = plan(with_tariff(request, PowerTariffRequest(hourly(request, minutes=minutes), price)))
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(6.0)
    assert planned.unmet == ()


def test_at_equal_money_peaks_are_low() -> None:
    prices = [0.5] * 4 + [0.2] * 8 + [0.5] * 12
    request = request_of(slots_of([0.5] * 24, [0.0] * 24, prices, [0.0] * 24, hours=1.0), BATTERY)
    tariff = PowerTariffRequest(hourly(request), 10.0, past=(DayPeak("2026-01-03", 9.0),))
    low = plan(with_tariff(request, tariff))
    assert low.cost == pytest.approx(plan(request).cost, abs=0.01)
    assert max(slot.import_kwh for slot in low.slots) < max(slot.import_kwh for slot in plan(request).slots)


@pytest.mark.parametrize("solver", [Highs(), SciPy()])
@pytest.mark.parametrize("steps", [(), STEPS])
@pytest.mark.parametrize("count", [1, 3])
def test_solvers_agree(solver: Highs | SciPy, steps: tuple[PowerStep, ...], count: int) -> None:
    request = request_of(day(pv_kw=3.0, slots=48, hours=0.5), BATTERY)
    request = with_tariff(request, PowerTariffRequest(hourly(request), 20.0, count=count, steps=steps))
    reference, other = plan(request), plan(request, [solver])
    assert reference.solver == "cbc"
    assert reference.status is other.status is PlanStatus.OPTIMAL
    assert other.objective == pytest.approx(reference.objective, abs=CENT)
    assert other.peaks[0].cost == pytest.approx(reference.peaks[0].cost, abs=CENT)


_KW = st.floats(0, 9).map(lambda kw: round(kw, 2))


@st.composite
def tariffs(draw: st.DrawFn, request: PlanRequest) -> PowerTariffRequest:
    """Any power tariff over a request; days change at random."""
    minutes = draw(st.sampled_from([15, 30, 60]))
    start = START - timedelta(minutes=draw(st.sampled_from([0, 20, 60])))
    weights = draw(st.lists(st.sampled_from([0.5, 1.0]), min_size=1, max_size=5))
    intervals = hourly(request, minutes=minutes, start=start, weights=weights)
    change = draw(st.integers(0, 40))
    intervals = tuple(
        replace(
            one,
            day="2026-01-15" if place < change else NEXT_DAY,
            metered_kwh=0.7 if one.start < START else 0.0,
        )
        for place, one in enumerate(intervals)
    )
    past = tuple(DayPeak(draw(st.sampled_from(["2026-01-13", "2026-01-15"])), draw(_KW)) for _ in range(2))
    return PowerTariffRequest(
        intervals,
        draw(st.sampled_from([0.0, 2.0, 30.0])),
        draw(st.integers(1, 4)),
        draw(st.booleans()),
        draw(st.sampled_from([0.0, 2.5])),
        draw(st.sampled_from([(), STEPS, STEPS[:3]])),
        past,
        tuple(draw(st.lists(_KW, max_size=3))),
    )


@st.composite
def homes_with_tariffs(draw: st.DrawFn) -> PlanRequest:
    """Any home with one or two power tariffs."""
    request = draw(homes())
    for _ in range(draw(st.integers(1, 2))):
        request = with_tariff(request, draw(tariffs(request)))
    return request


@settings(max_examples=60, deadline=None)
@given(homes_with_tariffs())
def test_the_ledger_and_the_model_agree(request_: PlanRequest) -> None:
    """Fixed to the plan's flows, the model bills what the ledger bills."""
    planned = plan(request_)
    is_above_fuse = any("import limit" in words for words in planned.unmet)
    assert planned.status is PlanStatus.OPTIMAL or is_above_fuse
    by_hand = [_by_hand(tariff, planned) for tariff in request_.grid.power_tariffs]
    assert [one.billed_kw for one in planned.peaks] == pytest.approx(by_hand, abs=1e-6)
    assert all(isfinite(value) for one in planned.peaks for value in (one.billed_kw, one.cost, one.cap_kw))
    assert planned.money_gap is not None
    assert planned.money_gap <= request_.money_gap + 1e-6 * request_.price_level or is_above_fuse


def _by_hand(tariff: PowerTariffRequest, planned: Plan) -> float:
    """The billed power, minute by minute and by trying all sets of days."""
    kw: dict[datetime, float] = {}
    for slot in planned.slots:
        for second in range(0, round(slot.hours * 3600), 60):
            kw[slot.start + timedelta(seconds=second)] = slot.import_kwh / slot.hours
    peaks: dict[str, float] = {}
    each: list[float] = [peak.kw for peak in tariff.past]
    for peak in tariff.past:
        peaks[peak.day] = max(peak.kw, peaks.get(peak.day, 0.0))
    for interval in tariff.intervals:
        minutes = [kw[at] for at in kw if interval.start <= at < interval.end]
        power = interval.weight * (sum(minutes) / 60 + interval.metered_kwh) / interval.hours
        peaks[interval.day] = max(power, peaks.get(interval.day, 0.0))
        each.append(power)
    values = [*(peaks.values() if tariff.different_days else each), *tariff.expected_kw, *[0.0] * tariff.count]
    highest = sorted(values)[-max(tariff.count, 8) :]
    best: float = max(sum(chosen) for chosen in combinations(highest, tariff.count))
    return max(best / tariff.count, tariff.floor_kw)


@settings(max_examples=40, deadline=None)
@given(homes_with_tariffs())
def test_who_knows_the_tariff_never_pays_more(request_: PlanRequest) -> None:
    blind = find(replace(request_, grid=replace(request_.grid, power_tariffs=())))
    seeing = plan(request_)
    bill_of_blind = settle(request_, blind.ledger.schedule).objective
    ties = PEAK_TIE * request_.price_level * 30
    assert seeing.objective <= bill_of_blind + request_.money_gap + ties + 2e-3 * request_.price_level


@settings(max_examples=40, deadline=None)
@given(homes_with_tariffs(), st.booleans())
def test_a_wider_limit_never_costs_more(request_: PlanRequest, imports: bool) -> None:
    if imports:
        wider = replace(request_, grid=replace(request_.grid, max_import_kw=None))
    else:
        wider = replace(request_, grid=replace(request_.grid, max_export_kw=None))
    ties = 2e-3 * request_.price_level + 2 * request_.money_gap
    assert plan(wider).objective <= plan(request_).objective + ties


@given(st.lists(_KW, min_size=1, max_size=6), st.integers(1, 3), st.sampled_from([0.0, 6.0]), st.booleans())
def test_the_cap_is_what_one_more_day_may_have(load: list[float], count: int, floor_kw: float, stepped: bool) -> None:
    """One more day with a peak at the cap costs nothing; one above it does, where anything can."""
    request = house(*load)
    past = tuple(DayPeak(f"2026-01-0{number}", 2.0 + number) for number in range(1, 4))
    steps = STEPS if stepped else ()
    tariff = PowerTariffRequest(hourly(request), 10.0, count, floor_kw=floor_kw, steps=steps, past=past)

    def planned(*more: DayPeak) -> PlannedPeak:
        asked = with_tariff(request, replace(tariff, past=(*past, *more)))
        return planned_peaks(asked, load)[0]

    peak = planned()
    assert planned(DayPeak("2026-01-09", peak.cap_kw)).cost == pytest.approx(peak.cost)
    assert planned(DayPeak("2026-01-09", peak.cap_kw + 0.01)).cost > peak.cost or peak.cap_kw == 1000.0
