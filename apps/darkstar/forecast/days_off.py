"""Public holidays: days on which a household lives as on a Sunday."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_EPOCH = date(1970, 1, 1)


@lru_cache(maxsize=8)
def days_off(place: str, first: date, last: date) -> frozenset[int]:
    """Public holidays from `first` to `last`, in days since 1970-01-01.

    `place` is a country, or a country and a part of it: `SE`, `DE-BY`. None are known where it is empty, or without the
    library `holidays`.

    Raises:
        ValueError: the library does not know the place.
    """
    if not place:
        return frozenset()
    try:
        import holidays
    except ModuleNotFoundError:
        return frozenset()
    country, _, part = place.partition("-")
    years = range(first.year, last.year + 1)
    try:
        known = holidays.country_holidays(country, subdiv=part or None, years=years, expand=False)
    except NotImplementedError as error:
        msg = f"load_forecast.holidays: no holidays are known of '{place}' ({error}); write a country like SE or DE-BY"
        raise ValueError(msg) from error
    found = {day for day in known if first <= day <= last}
    return frozenset((day - _EPOCH) // timedelta(days=1) for day in found)
