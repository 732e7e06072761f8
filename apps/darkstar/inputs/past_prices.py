"""Prices of days before Darkstar: from the price service, or out of what the recorder kept of the sensor.

What a sensor showed is not always the price of its hour (some show the day's mean), so it must agree with published
prices where both are known. Old prices are converted by the tariff as it is set today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from types import MappingProxyType
from typing import Literal

from ..home.finite import number
from ..home.ports import EntityState, HomeAssistant, PastReader, StatisticsRow
from ..home.prices import Price, PriceCurve, SpotPrice
from ..home.settings import HomeSettings
from ..home.slots import SLOT_MINUTES, Slot, floor_to_slot, local_date, slots_between
from .home_prices import home_prices
from .price_formats import state_factor
from .price_source import listed_prices, nordpool_day, price_context
from .units import Unreadable

Period = Literal["5minute", "hour"]
Quarters = dict[datetime, float]
"""Price per kWh, as the source gives it, by the start of the quarter-hour."""

_QUARTER = timedelta(minutes=SLOT_MINUTES)
_DAY = timedelta(days=1)
_RECENT = timedelta(days=10)
"""Home Assistant keeps states and 5-minute rows this long unless told otherwise."""
_CHUNK: Mapping[Period, timedelta] = MappingProxyType({"5minute": timedelta(days=2), "hour": timedelta(days=30)})
_STATES_CHUNK = _DAY
_LEAST_COMPARED = 4
"""Quarter-hours that must be known from both sides before a sensor's past is believed."""
_AGREEING_SHARE = 0.8
_TOLERANCE = 0.005
"""Prices that differ by this part of their mean are the same, rounded."""
_MOST_FAILURES = 3
"""So many days in a row without an answer end the questions to a service."""
_WAY_OUT = "Name in prices.history_entity a sensor that shows the current price and has a state_class."


@dataclass(frozen=True, slots=True)
class PastPrices:
    """The home's prices in quarter-hours; gaps stay gaps. `note` says what is missing or doubtful, and the way out."""

    curve: PriceCurve
    note: str = ""


def read_past_prices(
    ha: HomeAssistant, home: HomeSettings, start: datetime, end: datetime, published: Sequence[PriceCurve]
) -> PastPrices:
    """What can be known of the prices of `[start, end)`, which is past; `published` are what to check them by.

    Raises:
        ConnectionError: Home Assistant did not answer.
    """
    first, last = floor_to_slot(start), floor_to_slot(end)
    if home.prices.source == "fixed":
        per_kwh = home.prices.fixed_per_kwh or 0.0
        return PastPrices(_curve({slot.start: per_kwh for slot in slots_between(first, last)}, None, home))
    if home.prices.source == "nordpool_service" and home.prices.history_entity is None:
        return _from_service(ha, home, first, last)
    return _from_recorder(ha, home, first, last, published)


def _from_service(ha: HomeAssistant, home: HomeSettings, start: datetime, end: datetime) -> PastPrices:
    """Day by day, the newest first: how far back the service goes is not known."""
    found: Quarters = {}
    failures, day, oldest = 0, local_date(end, home.zone), local_date(start, home.zone)
    while day >= oldest and failures < _MOST_FAILURES:
        prices = nordpool_day(ha, home, day, end).prices
        failures = 0 if prices else failures + 1
        found.update(_quarters(prices, start, end))
        day -= _DAY
    sold = _sold(ha, home, start, end)
    curve = _curve(found, sold, home)
    return PastPrices(curve, _gap_note("nordpool.get_prices_for_date", curve, home, start))


def _from_recorder(
    ha: HomeAssistant, home: HomeSettings, start: datetime, end: datetime, published: Sequence[PriceCurve]
) -> PastPrices:
    entity_id = home.prices.history_entity or home.prices.entity or ""
    listed = _listed(ha, home, max(start, end - _RECENT), end)
    told, is_coarse = _told(ha, home, entity_id, start, end)
    sold = _sold(ha, home, start, end)
    note = ""
    if told:
        agreed = _agreement(_curve(told, sold, home), published)
        if agreed is None:
            told, note = {}, f"what {entity_id} showed cannot be checked yet by published prices; tried again tomorrow"
        elif agreed < _AGREEING_SHARE:
            told, note = {}, f"what {entity_id} showed was not the price of its time. {_WAY_OUT}"
    curve = _curve({**told, **listed}, sold, home)
    note = note or _gap_note(entity_id, curve, home, start)
    if told and is_coarse:
        until = f"{(end - _RECENT).astimezone(home.zone):%Y-%m-%d}"
        note = f"{note} Before {until} the last quarter of each hour stands for the hour.".strip()
    return PastPrices(curve, note)


def _gap_note(source: str, curve: PriceCurve, home: HomeSettings, start: datetime) -> str:
    if not curve.prices:
        return f"Home Assistant has no past prices from {source}. {_WAY_OUT}"
    first = curve.prices[0].start
    if local_date(first, home.zone) <= local_date(start, home.zone):
        return ""
    return f"{source} has no prices before {first.astimezone(home.zone):%Y-%m-%d %H:%M}."


def _told(
    ha: HomeAssistant, home: HomeSettings, entity_id: str, start: datetime, end: datetime
) -> tuple[Quarters, bool]:
    """What a sensor showed, and whether of old hours only the last quarter is known."""
    state = ha.state(entity_id)
    if state is None:
        return {}, False
    context = price_context(home, end)
    factor = state_factor(state, context, is_main=entity_id == home.prices.entity)
    # what the unit does not tell is settled by the comparison with published prices
    scale = 1.0 if isinstance(factor, Unreadable) else factor
    recent = max(start, end - _RECENT)
    fine = _rows(ha, entity_id, recent, end, "5minute")
    coarse = _rows(ha, entity_id, floor_to_slot(start, 60), end, "hour")
    found = {**_by_hour(coarse), **_by_quarter(fine)} or _by_state(ha, entity_id, recent, end)
    is_coarse = any(row.mean is None and row.start < recent for row in coarse)
    return {at: scale * value for at, value in found.items() if start <= at < end}, is_coarse


def _rows(ha: PastReader, entity_id: str, start: datetime, end: datetime, period: Period) -> tuple[StatisticsRow, ...]:
    found: dict[datetime, StatisticsRow] = {}
    edge = start
    while edge < end:
        following = min(edge + _CHUNK[period], end)
        answer = ha.statistics((entity_id,), edge, following, period, {"energy": "kWh"})
        found.update((row.start, row) for row in answer.get(entity_id, ()))
        edge = following
    return tuple(found[at] for at in sorted(found))


def _value(row: StatisticsRow) -> float | None:
    """The mean, or of a sensor with state class `total`, as prices often have it, what it showed last."""
    mean = number(row.mean)
    return number(row.state) if mean is None else mean


def _by_hour(rows: Iterable[StatisticsRow]) -> Quarters:
    found: Quarters = {}
    for row in rows:
        value = _value(row)
        if value is not None:
            found.update((slot.start, value) for slot in slots_between(row.start, row.end))
    return found


def _by_quarter(rows: Iterable[StatisticsRow]) -> Quarters:
    """The middle one of three: a sensor changes seconds after the price does."""
    values: dict[datetime, list[float]] = defaultdict(list)
    for row in rows:
        value = _value(row)
        if value is not None:
            values[floor_to_slot(row.start)].append(value)
    return {at: median(told) for at, told in values.items() if len(told) == _QUARTER // timedelta(minutes=5)}


def _by_state(ha: PastReader, entity_id: str, start: datetime, end: datetime) -> Quarters:
    """Of a sensor without statistics: what it showed in the middle of each quarter-hour."""
    found: Quarters = {}
    for held, following in pairwise([*_states(ha, entity_id, start, end), None]):
        if held is None or held.reported_at is None:
            continue
        until = end if following is None or following.reported_at is None else following.reported_at
        value = number(held.state)
        if value is not None:
            slots = slots_between(floor_to_slot(held.reported_at), until)
            middles = ((slot.start, slot.start + _QUARTER / 2) for slot in slots)
            found.update((begin, value) for begin, middle in middles if held.reported_at <= middle < until)
    return found


def _states(ha: PastReader, entity_id: str, start: datetime, end: datetime) -> list[EntityState]:
    """What the recorder kept of an entity, oldest first; nothing where it keeps no history."""
    found: list[EntityState] = []
    edge = start
    try:
        while edge < end:
            following = min(edge + _STATES_CHUNK, end)
            found += ha.past_states((entity_id,), edge, following).get(entity_id, ())
            edge = following
    except ConnectionError:
        return []
    return found


def _listed(ha: PastReader, home: HomeSettings, start: datetime, end: datetime) -> Quarters:
    """Out of the price lists that the recorder kept with the sensor's states: the last one of each local day."""
    entity_id = home.prices.entity
    if entity_id is None:
        return {}
    of_day: dict[date, EntityState] = {}
    for state in _states(ha, entity_id, start, end):
        if state.reported_at is not None:
            of_day[local_date(state.reported_at, home.zone)] = state
    found: Quarters = {}
    for day in sorted(of_day):
        found.update(_quarters(listed_prices(of_day[day], home), start, end))
    return found


def _sold(ha: HomeAssistant, home: HomeSettings, start: datetime, end: datetime) -> Quarters | None:
    """Export prices of their own; None where the tariff's formula gives them."""
    if home.prices.export_entity is None:
        return None
    return _told(ha, home, home.prices.export_entity, start, end)[0]


def _quarters(prices: Iterable[SpotPrice], start: datetime, end: datetime) -> Quarters:
    return {
        slot.start: price.per_kwh
        for price in prices
        for slot in slots_between(price.start, price.end)
        if slot.start == floor_to_slot(slot.start) and start <= slot.start < end
    }


def _curve(spots: Quarters, sold: Quarters | None, home: HomeSettings) -> PriceCurve:
    """The home's prices; where an export price of its own is not known there is none."""
    known = sorted(spots) if sold is None else sorted(spots.keys() & sold.keys())
    exported = None if sold is None else [SpotPrice(at, at + _QUARTER, sold[at]) for at in known]
    told = [SpotPrice(at, at + _QUARTER, spots[at]) for at in known]
    return PriceCurve(tuple(home_prices(told, exported, home, known=True)))


def _agreement(told: PriceCurve, published: Sequence[PriceCurve]) -> float | None:
    """The share of the quarter-hours known from both sides that agree; None where there are too few."""
    pairs = [
        (price, official)
        for price in told.prices
        for curve in published
        if (official := curve.mean_over(Slot(price.start, SLOT_MINUTES / 60))) is not None
    ]
    if len(pairs) < _LEAST_COMPARED:
        return None
    scale = sum(abs(official.import_per_kwh) for _, official in pairs) / len(pairs)
    return sum(_is_same(price, official, scale) for price, official in pairs) / len(pairs)


def _is_same(told: Price, official: Price, scale: float) -> bool:
    bought = abs(told.import_per_kwh - official.import_per_kwh)
    return max(bought, abs(told.export_per_kwh - official.export_per_kwh)) <= _TOLERANCE * scale
