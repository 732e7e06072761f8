from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.slots import local_day
from darkstar.optimizer.plan import BatterySlot, PlannedPeak, PlanStatus
from darkstar.views.digest import digest, digest_day
from tests.views.samples import forecast, home, planned, prices

ZONE = ZoneInfo("Europe/Stockholm")
EVENING = datetime(2026, 4, 14, 18, 30, tzinfo=UTC)
TODAY = date(2026, 4, 14)
HOME = home()
PLAN = planned(EVENING, HOME, prices(EVENING, HOME))
SUNNY_SPREAD = forecast(PLAN)


def text(**changes: object) -> str:
    notice = digest(replace(PLAN, **changes), SUNNY_SPREAD, HOME, TODAY)  # type: ignore[arg-type] # fields by name
    assert notice is not None
    return notice.text


def test_tomorrow_in_three_sentences() -> None:
    notice = digest(PLAN, SUNNY_SPREAD, HOME, TODAY)
    assert notice is not None
    start, end = local_day(date(2026, 4, 15), ZONE)
    slots = [slot for slot in PLAN.slots if start <= slot.start < end]
    cost = sum(slot.import_kwh * slot.import_price - slot.export_kwh * slot.export_price for slot in slots)
    assert notice.title == f"Tomorrow: about {abs(cost):.2f} SEK {'earned' if cost < 0 else 'spent'}"
    assert notice.text.startswith("Wednesday 15 April should")
    bought, sold = sum(slot.import_kwh for slot in slots), sum(slot.export_kwh for slot in slots)
    assert f"{bought:.1f} kWh bought, {sold:.1f} kWh sold." in notice.text
    assert "The battery charges from the grid 01:00-" in notice.text
    assert "and sells 18:00-19:00 (" in notice.text
    assert "the water is heated 02:00-03:00, 12:00-13:00." in notice.text
    assert "Risk: " in notice.text
    assert notice.text.count(". ") == 2
    assert not notice.critical


def test_the_spread_is_that_of_the_forecasts_bands() -> None:
    start, end = local_day(date(2026, 4, 15), ZONE)
    dear = 0.0
    for slot, band in zip(PLAN.slots, SUNNY_SPREAD.slots, strict=True):
        if not start <= slot.start < end:
            continue
        net = slot.import_kwh - slot.export_kwh + band.load_kwh.p90 - band.load_kwh.p50
        net += band.pv_kwh.p50 - band.pv_kwh.p10
        dear += net * (slot.import_price if net > 0 else slot.export_price)
    assert (
        f"{abs(dear):.2f} SEK {'earned' if dear < 0 else 'spent'} if much is used and the sun fails all day" in text()
    )


def test_without_a_forecast_or_doubt_no_risk_is_known() -> None:
    notice = digest(PLAN, None, HOME, TODAY)
    assert notice is not None
    assert notice.text.endswith("Risk: none is known.")


def test_the_gravest_risks_come_first_and_only_three() -> None:
    risks = text(
        status=PlanStatus.FALLBACK,
        unmet=("1.5 kWh of heat are missing.",),
        slots=tuple(replace(slot, price_known=False) for slot in PLAN.slots),
    ).partition("Risk: ")[2]
    assert risks.startswith("no solver answered, so the plan is plain self-use; not possible: 1.5 kWh of heat are ")
    assert risks.count("; ") == 2
    assert "forecast" not in risks


def test_guessed_prices_are_named_with_their_beginning() -> None:
    noon = datetime(2026, 4, 15, 10, tzinfo=UTC)
    slots = tuple(replace(slot, price_known=slot.start < noon) for slot in PLAN.slots)
    assert "prices from 12:00 are a forecast" in text(slots=slots)


def test_peaks_and_a_subscribed_power_are_risks() -> None:
    notice = digest(PLAN, None, home(grid={"soft_import_kw": 4, "soft_import_price_per_kwh": 1}), TODAY)
    assert notice is not None
    assert ", above the 4.0 kW subscribed" in notice.text
    assert "Effekt comes to 4.2 kW (341.25 SEK)" in text(peaks=(PlannedPeak("Effekt", 4.2, 341.25, 4.2),))


def test_a_day_without_trade_says_so() -> None:
    rest = BatterySlot(0, 0, 5)
    slots = tuple(
        replace(slot, batteries=(rest,), heaters_kwh=(0.0,), action=PLAN.slots[0].action.HOLD) for slot in PLAN.slots
    )
    assert "The battery neither charges from the grid nor sells. Risk" in text(slots=slots)


def test_many_windows_are_counted() -> None:
    slots = tuple(replace(slot, heaters_kwh=(0.75 * (index % 2),)) for index, slot in enumerate(PLAN.slots))
    assert " and 45 more times" in text(slots=slots)


def test_a_car_is_told_of() -> None:
    slots = tuple(
        replace(slot, vehicles=(BatterySlot(2.5 if slot.start.hour in {1, 2} else 0, 0, 20),)) for slot in PLAN.slots
    )
    assert "; the car charges 03:00-05:00." in text(slots=slots)


def test_a_plan_that_ends_within_the_day_says_where() -> None:
    slots = tuple(slot for slot in PLAN.slots if slot.end <= datetime(2026, 4, 15, 10, tzinfo=UTC))
    assert text(slots=slots).startswith("Wednesday 15 April until 12:00, where the plan ends, should")


def test_without_a_plan_for_the_day_there_is_no_digest() -> None:
    assert digest(PLAN, SUNNY_SPREAD, HOME, date(2026, 4, 17)) is None


@pytest.mark.parametrize(("evening", "quarters"), [((2026, 3, 28), 92), ((2026, 10, 24), 100)])
def test_days_of_92_and_100_quarters_are_whole(evening: tuple[int, int, int], quarters: int) -> None:
    now = datetime(*evening, 18, tzinfo=UTC)
    plan = planned(now, HOME, prices(now, HOME))
    day = date(*evening) + timedelta(days=1)
    start, end = local_day(day, ZONE)
    tomorrow = [replace(slot, import_kwh=1.0, export_kwh=0.0) for slot in plan.slots if start <= slot.start < end]
    assert len(tomorrow) == quarters
    others = [replace(slot, import_kwh=50.0) for slot in plan.slots if not start <= slot.start < end]
    notice = digest(replace(plan, slots=tuple(sorted(tomorrow + others, key=_start))), None, HOME, date(*evening))
    assert notice is not None
    assert f"{quarters:.1f} kWh bought" in notice.text
    assert "where the plan ends" not in notice.text


def _start(slot: object) -> datetime:
    start = getattr(slot, "start", None)
    assert isinstance(start, datetime)
    return start


@pytest.mark.parametrize(
    ("now", "at", "day"),
    [
        (datetime(2026, 4, 14, 18, 29, tzinfo=UTC), time(20, 30), None),
        (datetime(2026, 4, 14, 18, 30, tzinfo=UTC), time(20, 30), TODAY),
        (datetime(2026, 4, 14, 19, 29, tzinfo=UTC), time(20, 30), TODAY),
        (datetime(2026, 4, 14, 19, 30, tzinfo=UTC), time(20, 30), None),
        (datetime(2026, 4, 14, 22, 10, tzinfo=UTC), time(23, 30), TODAY),
        (datetime(2026, 4, 14, 18, 30, tzinfo=UTC), None, None),
        # 02:30 does not exist on the one day, and is there twice on the other
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), time(2, 30), date(2026, 3, 29)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), time(2, 30), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), time(2, 30), None),
    ],
)
def test_the_digest_is_due_for_an_hour_from_its_local_time_on(now: datetime, at: time | None, day: date | None) -> None:
    assert digest_day(now, at, ZONE) == day


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)])
@pytest.mark.parametrize("at", [time(0, 0), time(2, 30), time(20, 30), time(23, 59)])
def test_every_day_has_its_digest(day: date, at: time) -> None:
    start, _ = local_day(day, ZONE)
    due = {digest_day(start + timedelta(minutes=minutes), at, ZONE) for minutes in range(26 * 60)}
    assert day in due
