from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import local_day
from darkstar.simulation.backtest.published import AllPrices, PublishedPrices

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
CURVE = PriceCurve(tuple(Price(FIRST + n * HOUR, FIRST + (n + 1) * HOUR, 0.2, 0.1) for n in range(24 * 60)))


def local(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 4, 7)])
@pytest.mark.parametrize(("hour", "publication", "days"), [(12, 13, 1), (13, 13, 2), (0, 0, 2)])
def test_tomorrow_is_known_from_the_hour_of_publication(day: date, hour: int, publication: int, days: int) -> None:
    now = local(day, hour)
    prices = PublishedPrices(CURVE, STOCKHOLM, publication)
    known, past = prices.at(now)
    midnight, until = local_day(day, STOCKHOLM)[0], local_day(day + timedelta(days=days - 1), STOCKHOLM)[1]
    assert (known.prices[0].start, known.prices[-1].end) == (midnight, until)
    assert past.prices[-1].end == midnight
    assert prices.known_until(now) == until


def test_whoever_knows_all_prices_never_gets_new_ones() -> None:
    prices = AllPrices(CURVE, STOCKHOLM)
    now = local(date(2026, 4, 7), 9)
    known, past = prices.at(now)
    assert known.prices[0].start == past.prices[-1].end == local_day(date(2026, 4, 7), STOCKHOLM)[0]
    assert known.prices[-1].end >= now + timedelta(days=2)
    assert prices.known_until(now) == prices.known_until(now + timedelta(days=5))
