"""The map of the energy flow: each device with its power, and what it does in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..control.decision import HeaterMode
from ..home.readings import Measurement, Readings
from .live import IDLE_KW, battery_kw
from .series import tidy
from .snapshot import Snapshot
from .words import power, rate


def flow_map(snapshot: Snapshot) -> dict[str, Any]:
    """Each device with its power towards the home (negative: away from it), None where it is not known."""
    readings, home = snapshot.readings, snapshot.home
    pv, load, grid = (
        (readings.pv_kw, readings.load_kw, readings.grid_kw) if readings is not None else (None, None, None)
    )
    battery = battery_kw(readings, home)
    price = snapshot.curve.at(snapshot.now)
    flow: dict[str, Any] = {
        "home": _node(measured(load), _today(row.load_kwh for row in snapshot.observations)),
        "grid": _node(measured(grid), _grid_words(measured(grid), price.import_per_kwh if price else None, snapshot)),
        "battery": _node(None if battery is None else -battery, _battery_words(battery, readings)),
    }
    if home.pv_arrays or home.entities.pv_power is not None:
        flow["pv"] = _node(measured(pv), _today(row.pv_kwh for row in snapshot.observations))
    if home.water_heater is not None:
        flow["heater"] = _heater(snapshot)
    if home.ev is not None:
        flow["car"] = _car(snapshot)
    return flow


def _node(kw: float | None, words: str | None) -> dict[str, Any]:
    shown = None if kw is None else 0.0 if abs(kw) < IDLE_KW else tidy(kw)
    return {"kw": shown, "power": "" if kw is None else power(kw), "words": words or ""}


def measured(measurement: Measurement | None) -> float | None:
    """The value of a measurement, where there is one."""
    return None if measurement is None else measurement.value


def _today(energies: Iterable[float | None]) -> str | None:
    kwh = total(energies)
    return None if kwh is None else f"{kwh:.1f} kWh today"


def total(energies: Iterable[float | None]) -> float | None:
    """The sum of what was measured; None where nothing was."""
    known = [kwh for kwh in energies if kwh is not None]
    return sum(known) if known else None


def _way(kw: float | None, positive: str, negative: str, idle: str) -> str:
    if kw is None:
        return "not known"
    if abs(kw) < IDLE_KW:
        return idle
    return positive if kw > 0 else negative


def _battery_words(kw: float | None, readings: Readings | None) -> str:
    soc = measured(readings.soc_percent) if readings else None
    way = _way(kw, "charging", "giving", "resting")
    return way if soc is None else f"{way}, {soc:.0f} %"


def _grid_words(kw: float | None, bought: float | None, snapshot: Snapshot) -> str:
    price = snapshot.curve.at(snapshot.now)
    way = _way(kw, "buying", "selling", "even")
    if price is None or bought is None:
        return way
    unit = snapshot.home.currency
    if way in {"buying", "selling"}:
        return f"{way} at {rate(price.export_per_kwh if way == 'selling' else bought)} {unit}"
    return f"{rate(bought)} {unit}/kWh"  # nothing flows: what it would cost


def _heater(snapshot: Snapshot) -> dict[str, Any]:
    """A heater's own power is not measured: whether it was told to heat, and how warm the water is."""
    decided = snapshot.execution.decision.heater if snapshot.execution else None
    mode = decided.mode if decided else None
    celsius = measured(snapshot.readings.water_celsius) if snapshot.readings else None
    words = {
        None: "not steered",
        HeaterMode.OFF: "off",
        HeaterMode.NORMAL: "heating",
        HeaterMode.HYGIENE: "heating, hygiene",
        HeaterMode.BOOST: "heating, boost",
        HeaterMode.MAX: "heating, solar",
    }[mode]
    return {
        "kw": None,
        "on": mode is not None and mode is not HeaterMode.OFF,
        "power": "" if celsius is None else f"{celsius:.0f} °C",
        "words": words,
    }


def _car(snapshot: Snapshot) -> dict[str, Any]:
    readings = snapshot.readings
    connected = readings.ev_connected if readings else None
    kw = measured(readings.ev_kw) if readings else None
    soc = measured(readings.ev_soc_percent) if readings else None
    plugged = {None: "not known", False: "not plugged in", True: "plugged in"}[connected]
    charging = kw is not None and kw >= IDLE_KW
    words = "charging" if charging else plugged
    return {
        "kw": -tidy(kw) if kw is not None and charging else (None if kw is None else 0.0),
        "power": power(kw) if kw is not None and charging else ("" if soc is None else f"{soc:.0f} %"),
        "words": f"{words}, {soc:.0f} %" if charging and soc is not None else words,
    }
