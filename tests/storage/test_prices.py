from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from darkstar.home.prices import PriceCurve
from darkstar.home.slots import local_day
from darkstar.storage.database import Database
from darkstar.storage.prices import Prices
from tests.storage.samples import NOW, QUARTER, price, quarter_prices

ZONE = ZoneInfo("Europe/Stockholm")
DAY = timedelta(days=1)


def test_prices_survive_a_restart(path: Path) -> None:
    curve = quarter_prices(NOW, 8)
    with Database.open(path, NOW) as database:
        Prices(database).save(curve)
    with Database.open(path, NOW) as database:
        assert Prices(database).between(NOW, NOW + DAY) == curve


def test_forecast_prices_are_not_kept(database: Database) -> None:
    Prices(database).save(PriceCurve((price(NOW), price(NOW + QUARTER, known=False))))
    assert Prices(database).between(NOW, NOW + DAY) == PriceCurve((price(NOW),))


def test_a_price_that_reaches_into_the_span_is_in_it(database: Database) -> None:
    hour = price(NOW, minutes=60)
    Prices(database).save(PriceCurve((hour,)))
    assert Prices(database).between(NOW + QUARTER, NOW + QUARTER * 2).at(NOW + QUARTER) == hour
    assert Prices(database).between(NOW + QUARTER * 4, NOW + DAY) == PriceCurve()
    assert Prices(database).between(NOW - DAY, NOW) == PriceCurve()


def test_a_corrected_price_replaces_the_first_one(database: Database) -> None:
    Prices(database).save(quarter_prices(NOW, 4))
    Prices(database).save(PriceCurve((price(NOW + QUARTER, -0.5),)))
    stored = Prices(database).between(NOW, NOW + DAY)
    assert len(stored.prices) == 4
    assert stored.at(NOW + QUARTER) == price(NOW + QUARTER, -0.5)


def test_quarter_prices_replace_the_hour_they_lie_in(database: Database) -> None:
    Prices(database).save(PriceCurve((price(NOW, 9.0, minutes=60),)))
    Prices(database).save(quarter_prices(NOW, 4))
    assert Prices(database).between(NOW, NOW + DAY) == quarter_prices(NOW, 4)


@pytest.mark.parametrize(("day", "count"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 100)])
def test_a_day_with_a_clock_change_keeps_all_its_prices(database: Database, day: date, count: int) -> None:
    start, end = local_day(day, ZONE)
    curve = quarter_prices(start - QUARTER * 8, count + 16)
    Prices(database).save(curve)
    stored = Prices(database).between(start, end)
    assert stored.prices == curve.prices[8:-8]
    assert len(stored.prices) == count


def test_old_prices_are_purged(database: Database) -> None:
    Prices(database).save(quarter_prices(NOW, 4))
    assert Prices(database).purge(NOW + QUARTER * 3) == 3
    assert len(Prices(database).between(NOW, NOW + DAY).prices) == 1


def test_prices_that_were_read_back_fill_gaps_only(database: Database) -> None:
    published = quarter_prices(NOW, 4)
    Prices(database).save(published)
    Prices(database).fill(quarter_prices(NOW + QUARTER * 2, 4))
    assert Prices(database).fill(PriceCurve((price(NOW - QUARTER, 7.0), price(NOW + QUARTER * 2, 9.0)))) == 1
    assert Prices(database).between(NOW, NOW + QUARTER * 4) == published
    assert [each.start for each in Prices(database).read_back(NOW - DAY, NOW + DAY).prices] == [
        NOW - QUARTER,
        NOW + QUARTER * 4,
        NOW + QUARTER * 5,
    ]
    assert Prices(database).published(NOW - DAY, NOW + DAY) == published


def test_a_published_price_replaces_one_that_was_read_back(database: Database) -> None:
    Prices(database).fill(PriceCurve((price(NOW, 9.0),)))
    Prices(database).save(PriceCurve((price(NOW, 1.0),)))
    assert Prices(database).between(NOW, NOW + DAY) == PriceCurve((price(NOW, 1.0),))
    assert Prices(database).read_back(NOW, NOW + DAY) == PriceCurve()
