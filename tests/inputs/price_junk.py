"""Any JSON under the names that price formats look at."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

KEYS = [
    "raw_today",
    "raw_tomorrow",
    "today",
    "tomorrow",
    "prices",
    "prices_today",
    "data",
    "rates",
    "forecast",
    "unit",
    "currency",
    "price_in_cents",
    "unit_of_measurement",
    "tomorrow_valid",
    "SE4",
    "Villa",
]
ENTRY_KEYS = ["start", "end", "value", "hour", "price", "time", "start_time", "startsAt", "total", "value_inc_vat"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["kWh", "SEK/kWh", "2026-10-25T02:30", "2026-01-15T00:00:00+01:00", "unavailable"]),
    st.text(),
    st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))).map(datetime.isoformat),
)
entries = st.dictionaries(st.sampled_from([*ENTRY_KEYS, "price_per_kwh", "price_eur_per_mwh"]), scalars)
junk_attributes = st.dictionaries(
    st.sampled_from(KEYS),
    st.one_of(scalars, st.lists(entries), st.lists(scalars), entries, st.lists(st.lists(scalars))),
)
