"""What each profile calls for a set of decisions: worked out by the real dispatcher, kept in files, told in words.

`python -m tests.control.profile_calls` writes the files anew; read what has changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from darkstar.control.decision import BatteryMode, Decision, EvMode, EvSettingsNow, Source
from darkstar.control.devices.writes import Call, Press, Toggle
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.control.dispatch.orders import Order, orders_of
from darkstar.home import profiles
from darkstar.home.profiles.load import FOLDERS, find_profile, shipped_names
from darkstar.home.profiles.schema import DeviceProfile
from darkstar.home.profiles.vocabulary import Capability, Unit
from darkstar.home.settings import HomeSettings
from tests.control.profile_devices import ProfileDevices, all_entities, all_parameters
from tests.control.samples import NOW, decided, sample_home

GOLDEN = Path(__file__).parent / "profiles"
DOCUMENTS = Path(str(profiles.__file__)).parent
CALLS = DOCUMENTS / "CALLS.md"
README = DOCUMENTS / "README.md"
SOC_PERCENT = 55.7

INVERTER_DECISIONS: dict[str, Decision] = {
    "self-use": decided(target=10.0),
    "hold": decided(discharge_kw=0.0, target=55.0),
    "keep PV out": decided(charge_kw=0.0),
    "charge with 3 kW to 62.3 %": decided(BatteryMode.GRID_CHARGE, charge_kw=3.0, discharge_kw=0.0, target=62.3),
    "charge with 5 kW to 100 %": decided(BatteryMode.GRID_CHARGE, discharge_kw=0.0, target=100.0),
    "export with 3 kW down to 40.7 %": decided(BatteryMode.EXPORT, discharge_kw=3.0, target=40.7),
    "stop": decided(target=10.0, source=Source.OVERRIDE),
}


def _car(mode: EvMode, current_a: float) -> Decision:
    car = EvSettingsNow(mode, current_a, Source.PLAN, "as the test wants it")
    return replace(decided(), battery=None, ev=car)


CHARGER_DECISIONS: dict[str, Decision] = {
    "charge with 16 A": _car(EvMode.CHARGE, 16.0),
    "charge with 6.9 A": _car(EvMode.CHARGE, 6.9),
    "stop": _car(EvMode.STOP, 0.0),
}
DECISIONS = {"inverter": INVERTER_DECISIONS, "charger": CHARGER_DECISIONS}


def all_profiles() -> list[DeviceProfile]:
    """Every profile that comes with Darkstar."""
    return [find_profile(kind, name) for kind in FOLDERS for name in shipped_names(kind)]


def home_with(profile: DeviceProfile, *missing: str) -> HomeSettings:
    """A home with the device; the entities of some roles may be missing."""
    entities = {name: entity for name, entity in all_entities(profile).items() if name not in missing}
    device: dict[str, Any] = {
        "profile": profile.name,
        "entities": entities,
        "parameters": all_parameters(profile),
    }
    if profile.kind == "charger":
        return sample_home(ev={"capacity_kwh": 60.0}, charger=device, entities={"ev_connected": "binary_sensor.plug"})
    return sample_home(inverter={**device, "min_current_a": 0.0, "rated_power_kw": 10.0, "options": {}})


def devices_of(home: HomeSettings, profile: DeviceProfile) -> ProfileDevices:
    """The home's device of that kind."""
    if profile.kind == "inverter":
        return ProfileDevices(home.inverter)
    assert home.charger is not None
    return ProfileDevices(home.charger)


def worked_out(profile: DeviceProfile) -> dict[str, Any]:
    """Calls, and what the device cannot do, for each decision; from a device that has nothing of it yet."""
    return {name: _outcome(profile, decision) for name, decision in DECISIONS[profile.kind].items()}


def _outcome(profile: DeviceProfile, decision: Decision) -> dict[str, Any]:
    home = home_with(profile)
    devices = devices_of(home, profile)
    orders = orders_of(decision, home, SOC_PERCENT)
    for order in orders:
        if isinstance(order.write.value, Toggle):
            devices.put(order.write.entity_id, "off" if order.write.value is Toggle.ON else "on")
    Dispatcher(devices, home, devices.sleep).dispatch(decision, NOW, SOC_PERCENT)
    outcome: dict[str, Any] = {"calls": [{"service": service, **data} for service, data in devices.calls]}
    renewed = {order.write.entity_id: _renewal(order) for order in orders if _renewal(order) is not None}
    if renewed:
        outcome["again_after_minutes"] = renewed
    effect = "; ".join(order.write.note for order in orders if order.write.note)
    return {**outcome, "effect": effect} if effect else outcome


def _renewal(order: Order) -> float | None:
    return order.write.value.renew_minutes if isinstance(order.write.value, Press | Call) else None


def golden_file(profile: DeviceProfile) -> Path:
    """Where the calls of a profile are kept."""
    return GOLDEN / f"{profile.name}.json"


def golden_text(profile: DeviceProfile) -> str:
    """The calls of a profile, as its file has them."""
    return json.dumps(worked_out(profile), indent=1, ensure_ascii=False) + "\n"


def calls_document() -> str:
    """All calls of all profiles in words."""
    head = (
        "# What each profile calls\n\n"
        "The service calls, in their order, when nothing is yet as it is wanted; what is there already is not written\n"
        "again. The home has a battery of 10 kWh and 5 kW with a minimum SoC of 10 %, at 55.7 %, a battery voltage of\n"
        "46 V, an inverter of 10 kW, and a car with three phases and 16 A. Entities bear the names that the\n"
        "profile has for them. *Effect* says what the device cannot do. This file is made by the tests\n"
        "(`python -m tests.control.profile_calls`), which compare it with what the dispatcher really calls.\n"
    )
    return head + "".join(_section(profile) for profile in all_profiles())


def _section(profile: DeviceProfile) -> str:
    kept = json.loads(golden_file(profile).read_text(encoding="utf-8"))
    roles = {entity: name for name, entity in all_entities(profile).items()}
    rows = [f"| {name} | {'<br>'.join(_lines(outcome, profile, roles))} |" for name, outcome in kept.items()]
    return f"\n## {profile.name}: {profile.title}\n\n| Wanted | Calls |\n|---|---|\n" + "\n".join(rows) + "\n"


def _lines(outcome: Mapping[str, Any], profile: DeviceProfile, roles: Mapping[str, str]) -> Iterator[str]:
    for number, call in enumerate(outcome["calls"], 1):
        yield f"{number}. `{call['service'].replace('/', '.')}` {_words(call, profile, roles)}".rstrip()
    for name, minutes in outcome.get("again_after_minutes", {}).items():
        yield f"`{roles.get(name, name)}` again every {minutes:g} min"
    if "effect" in outcome:
        yield f"*Effect: {outcome['effect']}*"


def _words(call: Mapping[str, Any], profile: DeviceProfile, roles: Mapping[str, str]) -> str:
    role = roles.get(str(call.get("entity_id")))
    if role is None:
        return ", ".join(f"{name} {_plain(value)}" for name, value in call.items() if name != "service")
    value = call.get("option", call.get("value"))
    if value is None:
        return f"*{role}*"
    unit = profile.entities[role].unit
    return (
        f"*{role}* {_plain(value)}{'' if unit is None else ' % of rated' if unit is Unit.RATED_PERCENT else f' {unit}'}"
    )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


COLUMNS = {
    "inverter": {
        "charge power": Capability.CHARGE_POWER,
        "keep PV out": Capability.CHARGE_LIMIT,
        "hold": Capability.HOLD,
        "discharge power": Capability.DISCHARGE_LIMIT,
        "sell": Capability.EXPORT,
        "SoC target": Capability.SOC_TARGET,
    },
    "charger": {"current": Capability.CURRENT},
}


def tables() -> str:
    """The tables of all profiles in the README."""
    return "\n".join(_table(kind) for kind in FOLDERS)


def _table(kind: str) -> str:
    columns = COLUMNS[kind]
    head = ["Profile", "For", "Home Assistant integration", *columns]
    rows = [head, ["---"] * 3 + [":-:"] * len(columns)]
    for profile in all_profiles():
        if profile.kind == kind:
            marks = ["x" if capability in profile.capabilities else "" for capability in columns.values()]
            title = f"[{profile.integration}]({profile.documentation})"
            rows.append([f"[`{profile.name}`]({FOLDERS[kind]}/{profile.name}.json)", profile.title, title, *marks])
    return "".join(f"| {' | '.join(row)} |\n".replace("|  |", "| |").replace("|  |", "| |") for row in rows)


BEGIN, END = "<!-- the profiles: made by tests.control.profile_calls -->\n", "<!-- end of the profiles -->\n"


def readme_with_tables(text: str) -> str:
    """The README with the tables as they should be."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + tables() + END + rest.partition(END)[2]


def main() -> None:
    """Write everything anew."""
    GOLDEN.mkdir(exist_ok=True)
    for profile in all_profiles():
        golden_file(profile).write_text(golden_text(profile), encoding="utf-8")
    CALLS.write_text(calls_document(), encoding="utf-8")
    README.write_text(readme_with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
