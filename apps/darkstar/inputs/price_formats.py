"""One parser per price format: what Home Assistant holds in, spot prices per kWh out.

Every parser is pure and accepts any JSON: what it cannot read becomes a fault, never an exception.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ..home.ports import EntityState
from ..home.sources import GenericPriceMapping
from .price_table import PriceRow, SpotTable, from_day_list, from_rows, merged
from .price_units import price_factor
from .units import Unreadable

_EPEX_KEY = re.compile(r"price(?:_(?P<money>[a-z]+))?_per_(?P<energy>kwh|mwh)")


@dataclass(frozen=True, slots=True)
class PriceContext:
    """What a parser must know about the home.

    `today` is the local day on which the sensor last reported: bare lists count from it. `multiplier`
    replaces whatever unit the source names.
    """

    zone: ZoneInfo
    currency: str
    today: date
    mapping: GenericPriceMapping
    multiplier: float | None = None


def parse_nordpool_service(response: object, area: str, context: PriceContext) -> SpotTable:
    """Home Assistant's own Nord Pool integration, action `nordpool.get_prices_for_date`.

    `{area: [{start, end, price}]}`, price per MWh in the currency that the call asked for. Checked
    against homeassistant/components/nordpool/services.py (2025).
    """
    source = f"nordpool.get_prices_for_date ({area})"
    rows = _rows(_of_mapping(response, area), "start", "price", "end")
    table = from_rows(source, rows, context.multiplier or 0.001, context.zone)
    return _explained(table, source, "its answer", str(response)[:60])


def parse_nordpool_sensor(state: EntityState, context: PriceContext) -> SpotTable:
    """HACS Nord Pool sensor: `raw_today` and `raw_tomorrow` with `{start, end, value}`.

    The unit is read from `unit` (kWh, MWh), `price_in_cents` and `currency`; `tomorrow_valid: false`
    voids `raw_tomorrow`. Checked against custom-components/nordpool sensor.py (0.0.16 and later).
    """
    return _today_and_tomorrow(state, context, ("raw_today", "raw_tomorrow"), ("start", "value", "end"))


def parse_energi_data_service(state: EntityState, context: PriceContext) -> SpotTable:
    """HACS Energi Data Service sensor: `raw_today` and `raw_tomorrow` with `{hour, price}`.

    `hour` is the start of the interval also at 15 minutes. `forecast` holds predicted prices of later
    days. Checked against MTrab/energidataservice sensor.py.
    """
    table = _today_and_tomorrow(state, context, ("raw_today", "raw_tomorrow"), ("hour", "price", ""))
    factor = _factor(state, context)
    predicted = _rows(state.attributes.get("forecast"), "hour", "price")
    if isinstance(factor, Unreadable) or not predicted or not table.prices:
        return table
    known_until = table.prices[-1].end
    later = from_rows(state.entity_id, predicted, factor, context.zone).prices
    return SpotTable(table.prices, table.faults, tuple(price for price in later if price.start >= known_until))


def parse_tibber_service(response: object, home_name: str | None, context: PriceContext) -> SpotTable:
    """Home Assistant's own Tibber integration, action `tibber.get_prices`.

    `{"prices": {home: [{start_time, price}]}}`, total price per kWh in the home's currency. With
    several homes the one called `home_name` counts. Checked against
    homeassistant/components/tibber/services.py (2025) and an answer from June 2026 (15 minutes).
    """
    source = "tibber.get_prices"
    homes = _of_mapping(response, "prices")
    if not isinstance(homes, Mapping) or not homes:
        return _explained(SpotTable(), source, "its answer", str(response)[:60])
    name = next(iter(homes)) if len(homes) == 1 else home_name
    if name not in homes:
        known = ", ".join(str(home) for home in homes)
        return SpotTable(
            faults=(
                Unreadable(
                    f"{source} has the homes {known}, and prices.entity belongs to none of them",
                    "Name the price sensor of this home in prices.entity.",
                ),
            )
        )
    rows = _rows(homes[name], "start_time", "price")
    table = from_rows(source, rows, context.multiplier or 1.0, context.zone)
    return _explained(table, source, "its answer", str(response)[:60])


def parse_tibber_sensor(state: EntityState, context: PriceContext) -> SpotTable:
    """Sensors made from Tibber's API: `today` and `tomorrow` with `{startsAt, total}`.

    Also the common template sensor on the action's answer: `prices` with `{start_time, price}`. Tibber
    counts in whole currency per kWh whatever the sensor's own unit is. Checked against the REST and
    template sensors of cheapest_energy_windows#10 and cheapest-energy-hours#188.
    """
    factor = context.multiplier or 1.0
    lists = [
        *(_rows(state.attributes.get(key), "startsAt", "total") for key in ("today", "tomorrow")),
        _rows(state.attributes.get("prices"), "start_time", "price"),
    ]
    return _combined(state, lists, factor, context, "today, tomorrow or prices")


def parse_entsoe(state: EntityState, context: PriceContext) -> SpotTable:
    """HACS ENTSO-e average-price sensor: `prices_today` and `prices_tomorrow` with `{time, price}`.

    Without these `prices`, which holds the same rows. Checked against JaccoR/hass-entso-e sensor.py
    and coordinator.py: only the average-price sensor carries the lists.
    """
    keys = ("prices_today", "prices_tomorrow")
    if not any(state.attributes.get(key) for key in keys):
        keys = ("prices", "")
    return _today_and_tomorrow(state, context, keys, ("time", "price", ""))


def parse_epex_spot(state: EntityState, context: PriceContext) -> SpotTable:
    """HACS EPEX Spot sensor: `data` with `{start_time, end_time, price_per_kwh}`.

    Older versions name the unit in the key: `price_eur_per_mwh`, `price_ct_per_kwh`,
    `price_pence_per_kwh`. Checked against mampfes/ha_epex_spot sensor.py, const.py, localization.py.
    """
    entries = state.attributes.get("data")
    key = next((match for match in map(_EPEX_KEY.fullmatch, _keys(entries)) if match), None)
    if key is None:
        return _explained(SpotTable(), state.entity_id, "the attribute data", state.state)
    unit = f"{key['money'] or context.currency}/{key['energy']}"
    factor = context.multiplier or price_factor(state.entity_id, unit, context.currency)
    if isinstance(factor, Unreadable):
        return SpotTable(faults=(factor,))
    return _combined(state, [_rows(entries, "start_time", key[0], "end_time")], factor, context, "data")


def parse_octopus(state: EntityState, context: PriceContext) -> SpotTable:
    """Octopus Energy event entity of a day's rates: `rates` with `{start, end, value_inc_vat}`.

    Pounds per kWh including VAT. Checked against BottlecapDave/HomeAssistant-OctopusEnergy, its
    events documentation and rates_current_day.py.
    """
    rows = _rows(state.attributes.get("rates"), "start", "value_inc_vat", "end")
    factor = context.multiplier or price_factor(state.entity_id, "GBP/kWh", context.currency)
    if isinstance(factor, Unreadable):
        return SpotTable(faults=(factor,))
    return _combined(state, [rows], factor, context, "rates")


def parse_generic(state: EntityState, context: PriceContext) -> SpotTable:
    """Any other sensor, by `prices.mapping`.

    An attribute may be a list of objects with a start and a value, an object `{start: value}`, or a
    bare list of numbers that fills a local day.
    """
    mapping = context.mapping
    days = {mapping.today_attribute: context.today}
    if mapping.tomorrow_attribute is not None:
        days[mapping.tomorrow_attribute] = context.today + timedelta(days=1)
    lists = {attribute: state.attributes.get(attribute) for attribute in days}
    where = f"the attribute {' or '.join(days)}"
    factor = _factor(state, context)
    if isinstance(factor, Unreadable):
        return _explained(
            SpotTable(faults=(factor,) if any(lists.values()) else ()), state.entity_id, where, state.state
        )
    tables = [_generic_list(state.entity_id, lists[attribute], day, factor, context) for attribute, day in days.items()]
    return _explained(merged(state.entity_id, tables), state.entity_id, where, state.state)


def _generic_list(source: str, values: object, day: date, factor: float, context: PriceContext) -> SpotTable:
    if isinstance(values, Mapping):
        rows = [PriceRow(start, value) for start, value in values.items()]
        return from_rows(source, rows, factor, context.zone)
    rows = _rows(values, context.mapping.start_key, context.mapping.value_key)
    if rows:
        return from_rows(source, rows, factor, context.zone)
    if not isinstance(values, list | tuple) or not any(isinstance(value, int | float | str) for value in values):
        return SpotTable()
    return from_day_list(source, values, day, factor, context.zone)


def _today_and_tomorrow(
    state: EntityState, context: PriceContext, attributes: tuple[str, str], keys: tuple[str, str, str]
) -> SpotTable:
    today, tomorrow = attributes
    lists = [_rows(state.attributes.get(today), *keys)]
    if state.attributes.get("tomorrow_valid") is not False:
        lists.append(_rows(state.attributes.get(tomorrow), *keys))
    wanted = " or ".join(attribute for attribute in attributes if attribute)
    factor = _factor(state, context)
    if isinstance(factor, Unreadable):
        said = SpotTable(faults=(factor,)) if any(lists) else SpotTable()
        return _explained(said, state.entity_id, f"the attribute {wanted}", state.state)
    return _combined(state, lists, factor, context, wanted)


def _combined(
    state: EntityState, lists: Iterable[Sequence[PriceRow]], factor: float, context: PriceContext, wanted: str
) -> SpotTable:
    table = merged(state.entity_id, (from_rows(state.entity_id, rows, factor, context.zone) for rows in lists if rows))
    return _explained(table, state.entity_id, f"the attribute {wanted}", state.state)


def state_factor(state: EntityState, context: PriceContext, *, is_main: bool) -> float | Unreadable:
    """From the number that a sensor shows to currency per kWh; the multiplier is that of `is_main`, `prices.entity`."""
    return _factor(state, context if is_main else replace(context, multiplier=None))


def _factor(state: EntityState, context: PriceContext) -> float | Unreadable:
    if context.multiplier is not None:
        return context.multiplier
    attributes = state.attributes
    if "price_in_cents" not in attributes or "unit" not in attributes:
        return price_factor(state.entity_id, attributes.get("unit_of_measurement"), context.currency)
    money = attributes.get("currency") or context.currency
    factor = price_factor(state.entity_id, f"{money}/{attributes['unit']}", context.currency)
    if isinstance(factor, Unreadable) or attributes["price_in_cents"] is not True:
        return factor
    return factor / 100


def _rows(entries: object, start: str, value: str, end: str = "") -> list[PriceRow]:
    if not isinstance(entries, list | tuple):
        return []
    return [
        PriceRow(entry.get(start), entry.get(value), entry.get(end)) for entry in entries if isinstance(entry, Mapping)
    ]


def _keys(entries: object) -> list[str]:
    if not isinstance(entries, list | tuple):
        return []
    return [str(key) for entry in entries[:1] if isinstance(entry, Mapping) for key in entry]


def _of_mapping(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None


def _explained(table: SpotTable, source: str, where: str, said: str) -> SpotTable:
    """The table; an empty one says why it is empty."""
    if table.prices or table.faults:
        return table
    return SpotTable(
        faults=(
            Unreadable(
                f"{source} has no prices in {where} (it says '{said}')",
                "Check in Home Assistant that the price integration works and that prices.entity and "
                "prices.source in apps.yaml fit it.",
            ),
        )
    )
