"""What the owner can do on the Status page, and how it stands: quick actions, their limits, toggles, selectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..control.decision import OverrideKind
from .series import milliseconds, tidy
from .snapshot import Snapshot
from .words import OVERRIDE, clock

RISK_LEVELS = ("Safety", "Conservative", "Neutral", "Aggressive", "Gambler")
COMFORT_LEVELS = ("Thrifty", "Relaxed", "Balanced", "Generous", "Always warm")
DURATIONS_MIN = (15, 30, 60, 120, 240)
_ACTIONS = (
    (OverrideKind.FORCE_CHARGE, "Charge", "charge"),
    (OverrideKind.FORCE_EXPORT, "Sell", "export"),
    (OverrideKind.FORCE_HEAT, "Heat water", "heater"),
    (OverrideKind.FORCE_EV, "Charge car", "car"),
    (OverrideKind.STOP_ALL, "Stop all", "stop"),
    (OverrideKind.PAUSE, "Pause", "pause"),
)
_TOGGLES = (
    ("automation", "Automation", "Darkstar steers the devices", "Darkstar steers nothing"),
    ("shadow", "Shadow", "Only watches: decides and records", "Decisions go to the devices"),
    ("vacation", "Vacation", "No comfort heating", "At home"),
    ("manual_override", "Hands off", "You steer, Darkstar waits", "Darkstar may act"),
)


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of levels 1 to 5. `level` None: the helper leaves it to the settings, whose level is `default`.

    `present` False: Home Assistant does not have the helper.
    """

    level: int | None
    default: int | None
    present: bool = True


@dataclass(frozen=True, slots=True)
class Controls:
    """What the owner's helpers say. A toggle that Home Assistant does not have is None; one not listed neither."""

    toggles: Mapping[str, bool | None] = field(default_factory=dict)
    risk: Selector = Selector(None, None)
    comfort: Selector | None = None
    """None: the home has no water heater."""
    numbers: Mapping[str, float | None] = field(default_factory=dict)
    """`override_minutes`, `force_charge_soc`, `force_export_soc`, `ev_target_soc`; None: there is no such helper."""
    always_shadow: bool = False
    """The settings ask for shadow mode: the toggle cannot leave it."""


def steering(snapshot: Snapshot, controls: Controls) -> dict[str, Any]:
    """Everything that can be tapped or chosen, for `json.dumps`."""
    return {
        "actions": list(_actions(snapshot)),
        "minutes": controls.numbers.get("override_minutes"),
        "durations": list(DURATIONS_MIN),
        "limits": _limits(snapshot, controls),
        "toggles": [_toggle(name, title, on, off, controls) for name, title, on, off in _TOGGLES],
        "risk": _selector(controls.risk, RISK_LEVELS),
        "comfort": None if controls.comfort is None else _selector(controls.comfort, COMFORT_LEVELS),
    }


def _actions(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    home, held = snapshot.home, snapshot.overrides
    offered = {
        OverrideKind.FORCE_CHARGE: home.battery.charge_from_grid,
        OverrideKind.FORCE_EXPORT: home.can_sell_from_battery,
        OverrideKind.FORCE_HEAT: home.water_heater is not None,
        OverrideKind.FORCE_EV: home.ev is not None,
    }
    for kind, title, icon in _ACTIONS:
        if not offered.get(kind, True):
            continue
        groups = [group.value for group, override in held.by_group.items() if override.kind is kind]
        active = next((override for override in held.all if override.kind is kind), None)
        whole = (active.expires_at - active.started_at) if active else timedelta()
        yield {
            "kind": kind.value,
            "title": title,
            "name": OVERRIDE[kind],
            "icon": icon,
            "groups": groups,
            "ends": None if active is None else milliseconds(active.expires_at),
            "share": None if active is None else tidy((active.expires_at - snapshot.now) / whole),
            "until": "" if active is None else clock(active.expires_at, snapshot.now, home.zone),
        }


def _limits(snapshot: Snapshot, controls: Controls) -> list[dict[str, Any]]:
    """Where the next charge and sale stop and what the car shall have: helpers of which 0 means as in the settings."""
    home = snapshot.home
    rows = [
        ("force_charge_soc", "Charge up to", home.overrides.force_charge_soc_percent),
        ("force_export_soc", "Sell down to", home.overrides.force_export_soc_percent),
    ]
    if home.ev is not None:
        rows.append(("ev_target_soc", "Car charged to", home.ev.target_soc_percent))
    return [
        {"name": name, "title": title, "usual": usual, "value": controls.numbers[name]}
        for name, title, usual in rows
        if controls.numbers.get(name) is not None
    ]


def _toggle(name: str, title: str, on: str, off: str, controls: Controls) -> dict[str, Any]:
    state = controls.toggles.get(name)
    fixed = name == "shadow" and controls.always_shadow
    state = True if fixed else state
    words = "Not in Home Assistant: install its package" if state is None else (on if state else off)
    return {
        "name": name,
        "title": title,
        "on": state,
        "words": "As executor.shadow_mode in apps.yaml says" if fixed else words,
        "fixed": fixed or state is None,
    }


def _selector(selector: Selector, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "level": selector.level or 0,
        "names": list(names),
        "present": selector.present,
        "words": _level_name(selector, names),
    }


def selected_words(selector: Selector, names: tuple[str, ...]) -> str:
    """The level in force by its name, and where it comes from."""
    name = _level_name(selector, names)
    return name if selector.level is not None else f"{name} (as in apps.yaml)"


def _level_name(selector: Selector, names: tuple[str, ...]) -> str:
    level = selector.default if selector.level is None else selector.level
    return "Money alone decides" if level is None else names[level - 1]
