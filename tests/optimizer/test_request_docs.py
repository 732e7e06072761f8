"""REQUEST.md names every field of a request, and its example is planned."""

from __future__ import annotations

import re
import typing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import pytest

import darkstar
from darkstar.optimizer.bundle import request_from_json
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.solve import plan

TEXT = (Path(darkstar.__file__).parent / "optimizer" / "REQUEST.md").read_text("utf-8")


def kinds(kind: type, seen: dict[str, type]) -> dict[str, type]:
    """All dataclasses that a request is made of, by name."""
    seen[kind.__name__] = kind
    for hint in typing.get_type_hints(kind).values():
        for inner in (hint, *typing.get_args(hint)):
            if isinstance(inner, type) and is_dataclass(inner) and inner.__name__ not in seen:
                kinds(inner, seen)
    return seen


KINDS = kinds(PlanRequest, {})


def sections() -> dict[str, str]:
    """Text by headline."""
    parts = re.split(r"^#+ (.*)$", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


SECTION = {
    "PlanRequest": "Request",
    "RequestSlot": "`slots[]`",
    "EnergyBand": "`slots[]`",
    "BatteryRequest": "`batteries[]`",
    "ValueStep": "`batteries[]`",
    "Taper": "`batteries[]`",
    "SocGoal": "`batteries[]`",
    "Window": "`batteries[]`",
    "ForcedPower": "`forced[]`",
    "VehicleRequest": "`vehicles[]`",
    "HeaterRequest": "`heaters[]`",
    "HeatDay": "`heaters[]`",
    "Tank": "`heaters[]`",
    "Hygiene": "`heaters[]`",
    "LoadRequest": "`loads[]`",
    "GridRequest": "`grid`",
    "PowerTariffRequest": "`power_tariffs[]`",
    "MeteringInterval": "`power_tariffs[]`",
    "DayPeak": "`power_tariffs[]`",
    "PowerStep": "`power_tariffs[]`",
    "RunningSlot": "`running[]`",
}


def test_every_kind_has_its_place() -> None:
    assert set(KINDS) == set(SECTION)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_field_is_named_where_it_belongs(name: str) -> None:
    kind = KINDS[name]
    assert is_dataclass(kind)
    words = set(re.findall(r"`(\w+)`", sections()[SECTION[name]]))
    assert {field.name for field in fields(kind)} - words == set()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_defaults_are_as_written(name: str) -> None:
    """A row of one field says null, a number, true, false or [] where the field has a default."""
    kind = KINDS[name]
    assert is_dataclass(kind)
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|", sections()[SECTION[name]], flags=re.MULTILINE))
    for field in fields(kind):
        written = rows.get(field.name)
        if written is None or field.name == "grid":
            continue
        expected = "" if field.default is MISSING else words_for(field.default)
        assert written.strip().strip('`"') == expected, field.name


def words_for(default: object) -> str:
    if default is None:
        return "null"
    if isinstance(default, bool):
        return str(default).lower()
    if default == ():
        return "[]"
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_the_example_is_planned() -> None:
    example = re.search(r"<!-- example -->\n```json\n(.*?)```", TEXT, flags=re.DOTALL)
    assert example is not None
    request = request_from_json(example.group(1))
    assert request.batteries
    assert request.vehicles
    assert request.heaters
    assert request.loads
    assert request.grid.power_tariffs
    planned = plan(request)
    assert planned.status is PlanStatus.OPTIMAL
    assert planned.unmet == ()
    assert sum(slot.deferrable_kwh for slot in planned.slots) == pytest.approx(2.0)
    assert sum(slot.vehicle_kwh for slot in planned.slots) >= 12 / 0.9 - 1e-3
    assert sum(slot.heater_kwh for slot in planned.slots) >= 4.0
    assert len(planned.peaks) == 1
