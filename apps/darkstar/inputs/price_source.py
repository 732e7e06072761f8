"""The home's prices: reads the configured source and applies the tariff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from ..home.ports import EntityState, HomeAssistant, StateReader
from ..home.prices import Price, PriceCurve, SpotPrice
from ..home.problem import Problem, Severity
from ..home.settings import HomeSettings
from ..home.slots import local_date, local_day, overlap_hours
from .home_prices import home_prices, price_at
from .price_formats import (
    PriceContext,
    parse_energi_data_service,
    parse_entsoe,
    parse_epex_spot,
    parse_generic,
    parse_nordpool_sensor,
    parse_nordpool_service,
    parse_octopus,
    parse_tibber_sensor,
    parse_tibber_service,
)
from .price_table import SpotTable, merged
from .units import Unreadable

SensorParser = Callable[[EntityState, PriceContext], SpotTable]

_SENSOR_PARSERS: Mapping[str, SensorParser] = MappingProxyType(
    {
        "nordpool_sensor": parse_nordpool_sensor,
        "tibber": parse_tibber_sensor,
        "entsoe": parse_entsoe,
        "epex_spot": parse_epex_spot,
        "energi_data_service": parse_energi_data_service,
        "octopus": parse_octopus,
        "generic": parse_generic,
    }
)

_MARKET_ZONE = ZoneInfo("Europe/Berlin")
"""Nord Pool's delivery day is a day of Central European Time in every delivery area."""

_PUBLISHED_BY = time(15)
_OCTOPUS_PUBLISHED_BY = time(20)
_PUBLISHED_SHARE = 0.9
"""Tomorrow counts as published when this much of it has prices: a market's day need not be the local one."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PriceReading:
    """Official prices of the home and what is wrong with them.

    `forecast` holds prices past the curve that the source itself calls a forecast (`known` False).
    """

    curve: PriceCurve
    problems: tuple[Problem, ...] = ()
    forecast: tuple[Price, ...] = ()


def read_prices(ha: HomeAssistant, home: HomeSettings, now: datetime) -> PriceReading:
    """Read today's and tomorrow's prices and apply the tariff.

    Each day is asked for by itself, so that what is there is never lost with what is not. With source
    `nordpool_service` or `fixed`, `prices.export_entity` is read by `prices.mapping`.
    """
    spot = _spot_table(ha, home, now)
    sold = _sold_table(ha, home, now)
    paid = sold.prices if sold else None
    curve = PriceCurve(tuple(home_prices(spot.prices, paid, home, known=True)))
    forecast = tuple(home_prices(spot.forecast, paid, home, known=False))
    problems = (_import_problem(curve, spot, home, now), _export_problem(spot, sold, home, now))
    return PriceReading(curve, tuple(problem for problem in problems if problem), forecast)


def _spot_table(ha: HomeAssistant, home: HomeSettings, now: datetime) -> SpotTable:
    source = home.prices.source
    if source == "fixed":
        return _fixed(home, now)
    if source == "nordpool_service":
        return _nordpool_service(ha, home, now)
    if source == "octopus":
        return _octopus(ha, home, now, home.prices.entity, home.prices.tomorrow_entity)
    table = _sensor(ha, home, now, home.prices.entity, _SENSOR_PARSERS[source])
    if source == "tibber" and not table.prices:
        return _tibber_service(ha, home, now)
    return table


def _sold_table(reader: StateReader, home: HomeSettings, now: datetime) -> SpotTable | None:
    entity = home.prices.export_entity
    if entity is None:
        return None
    if home.prices.source == "octopus":
        return _octopus(reader, home, now, entity, None)
    return _sensor(reader, home, now, entity, _SENSOR_PARSERS.get(home.prices.source, parse_generic))


def _sensor(
    reader: StateReader, home: HomeSettings, now: datetime, entity_id: str | None, parse: SensorParser
) -> SpotTable:
    state = reader.state(entity_id) if entity_id else None
    if state is None:
        return _faulty(f"Home Assistant has no entity {entity_id}", "Name the price sensor in apps.yaml under prices.")
    return parse(state, price_context(home, state.reported_at or now))


def listed_prices(state: EntityState, home: HomeSettings) -> tuple[SpotPrice, ...]:
    """The published prices that a state of `prices.entity` carries; nothing where it carries none."""
    parse = _SENSOR_PARSERS.get(home.prices.source)
    if parse is None or state.reported_at is None:
        return ()
    return parse(state, price_context(home, state.reported_at)).prices


def price_context(home: HomeSettings, reported_at: datetime) -> PriceContext:
    """What a parser must know of this home for what was reported at an instant."""
    today = local_date(reported_at, home.zone)
    return PriceContext(home.zone, home.currency, today, home.prices.mapping, home.prices.multiplier)


def _octopus(
    reader: StateReader, home: HomeSettings, now: datetime, today_entity: str | None, tomorrow_entity: str | None
) -> SpotTable:
    """Both days' event entities; the integration names the next day's like the current day's."""
    today = local_date(now, home.zone)
    next_day = (today_entity or "").replace("current_day_rates", "next_day_rates")
    entity_of = {today: today_entity, today + _DAY: tomorrow_entity or next_day}
    return _expecting_today(
        lambda day: _sensor(reader, home, now, entity_of[day], parse_octopus), tuple(entity_of), home, now
    )


def _nordpool_service(ha: HomeAssistant, home: HomeSettings, now: datetime) -> SpotTable:
    today = local_date(now, home.zone)
    midnight, _ = local_day(today, home.zone)
    first = local_date(midnight, _MARKET_ZONE)
    days = [first + index * _DAY for index in range((today + _DAY - first).days + 1)]
    return _expecting_today(lambda day: nordpool_day(ha, home, day, now), days, home, now)


def nordpool_day(ha: HomeAssistant, home: HomeSettings, day: date, now: datetime) -> SpotTable:
    """One delivery day of Home Assistant's own Nord Pool integration."""
    area = (home.prices.nordpool_area or "").upper()
    result = ha.call(
        "nordpool/get_prices_for_date",
        config_entry=home.prices.nordpool_config_entry,
        date=day.isoformat(),
        areas=area,
        currency=home.currency,
    )
    if not result.ok:
        return _no_answer("nordpool.get_prices_for_date", day, result.error)
    return parse_nordpool_service(result.response, area, price_context(home, now))


def _tibber_service(ha: HomeAssistant, home: HomeSettings, now: datetime) -> SpotTable:
    today = local_date(now, home.zone)
    state = ha.state(home.prices.entity) if home.prices.entity else None
    nickname = state.attributes.get("app_nickname") if state else None

    def fetch(day: date) -> SpotTable:
        start, end = (instant.astimezone(home.zone).isoformat() for instant in local_day(day, home.zone))
        result = ha.call("tibber/get_prices", start=start, end=end)
        if not result.ok:
            return _no_answer("tibber.get_prices", day, result.error)
        return parse_tibber_service(
            result.response, nickname if isinstance(nickname, str) else None, price_context(home, now)
        )

    return _expecting_today(fetch, (today, today + _DAY), home, now)


def _expecting_today(
    fetch: Callable[[date], SpotTable], days: Sequence[date], home: HomeSettings, now: datetime
) -> SpotTable:
    """Tables of several days; that tomorrow cannot be had is a fault only once it is late."""
    expected = local_date(now, home.zone) + (_DAY if _is_late(home, now) else timedelta(0))
    tables = [(day, fetch(day)) for day in days]
    return merged(_source_name(home), (table if day <= expected else SpotTable(table.prices) for day, table in tables))


def _fixed(home: HomeSettings, now: datetime) -> SpotTable:
    """The same price in every local hour of today and tomorrow."""
    per_kwh = home.prices.fixed_per_kwh
    today = local_date(now, home.zone)
    edges: list[datetime] = []
    for day in (today, today + _DAY):
        start, end = local_day(day, home.zone)
        edges.extend(start + index * _HOUR for index in range(-(-(end - start) // _HOUR)))
    edges.append(end)
    if per_kwh is None:
        return _faulty("prices.fixed_per_kwh is not set", "Set prices.fixed_per_kwh in apps.yaml.")
    return SpotTable(tuple(SpotPrice(edge, following, per_kwh) for edge, following in pairwise(edges)))


def _import_problem(curve: PriceCurve, spot: SpotTable, home: HomeSettings, now: datetime) -> Problem | None:
    reasons = "; ".join(fault.reason for fault in spot.faults)
    name = _source_name(home)
    remedy = " ".join(dict.fromkeys(fault.remedy for fault in spot.faults)) or (
        f"Check in Home Assistant that {name} has prices; Darkstar goes on as soon as they are there."
    )
    if curve.at(now) is None:
        last = f" What it has ends {curve.prices[-1].end.astimezone(home.zone):%Y-%m-%d %H:%M}." if curve.prices else ""
        meaning = f"There is no electricity price for now from {name}.{last} {reasons}".strip()
        return Problem("prices_missing", Severity.CRITICAL, now, meaning, remedy)
    if _is_late(home, now) and not _covers_tomorrow(curve, home, now):
        meaning = f"{name} still lacks prices for tomorrow; Darkstar plans with what is known. {reasons}".strip()
        return Problem("prices_tomorrow_late", Severity.WARNING, now, meaning, remedy)
    if spot.faults:
        return Problem("prices_unreadable", Severity.WARNING, now, f"Some prices are unreadable: {reasons}", remedy)
    return None


def _export_problem(spot: SpotTable, sold: SpotTable | None, home: HomeSettings, now: datetime) -> Problem | None:
    if sold is None:
        return None
    missing = [price.start for price in spot.prices if price.end > now and price_at(sold.prices, price) is None]
    if not missing:
        return None
    gap = f"{missing[0].astimezone(home.zone):%Y-%m-%d %H:%M}"
    reasons = "; ".join(fault.reason for fault in sold.faults)
    return Problem(
        "export_prices_missing",
        Severity.WARNING,
        now,
        f"{home.prices.export_entity} lacks export prices from {gap} on; nothing is sold on a guess. {reasons}".strip(),
        "Check prices.export_entity in apps.yaml and the integration behind it in Home Assistant.",
    )


def _is_late(home: HomeSettings, now: datetime) -> bool:
    """Whether tomorrow should be published: markets do so in the early afternoon, Octopus by evening."""
    deadline = _OCTOPUS_PUBLISHED_BY if home.prices.source == "octopus" else _PUBLISHED_BY
    return now.astimezone(home.zone).time() >= deadline


def _covers_tomorrow(curve: PriceCurve, home: HomeSettings, now: datetime) -> bool:
    start, end = local_day(local_date(now, home.zone) + _DAY, home.zone)
    covered = sum(overlap_hours(price.start, price.end, start, end) for price in curve.prices)
    return covered >= _PUBLISHED_SHARE * ((end - start) / _HOUR)


def _source_name(home: HomeSettings) -> str:
    return home.prices.entity or home.prices.source


def _no_answer(service: str, day: date, error: str) -> SpotTable:
    return _faulty(
        f"{service} gave no prices for {day.isoformat()}: {error or 'no answer'}",
        f"Check the integration behind {service} in Home Assistant.",
    )


def _faulty(reason: str, remedy: str) -> SpotTable:
    return SpotTable(faults=(Unreadable(reason, remedy),))
