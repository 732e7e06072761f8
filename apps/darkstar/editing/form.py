"""The settings as a form: what can be set, what it means, within which limits, and what the owner has set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from ..home.secret_url import HIDDEN, SECRET_SETTINGS
from ..home.settings import HomeSettings

_LEFT_OUT = frozenset({"demo"})
_GENERAL = "general"
_UNITS = ("percent", "kwh", "kwp", "kw", "celsius", "hours", "minutes", "days", "seconds", "deg", "a", "v", "w", "m")
"""Last words of names that are units: they stand behind the input instead of in its title."""
_SHOWN_UNITS: Mapping[str, str] = MappingProxyType(
    {"percent": "%", "kwh": "kWh", "kwp": "kWp", "kw": "kW", "celsius": "°C", "deg": "°", "a": "A", "v": "V", "w": "W"}
)
_PROPER: Mapping[str, str] = MappingProxyType(
    {"Soc": "SoC", "Pv": "PV", "Ev": "Car", "Id": "id", "Vat": "VAT", "Kwh": "kWh", "Mqtt": "MQTT", "Url": "address"}
)


class Kind(StrEnum):
    """What a value looks like."""

    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    TEXT = "text"
    ENTITY = "entity"
    TIME = "time"
    LIST = "list"
    """Several texts."""
    SECRET = "secret"  # noqa: S105 - a kind of value
    """Never shown: only whether there is one."""
    FILE = "file"
    """Too rich for a form: it is changed in apps.yaml."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `value` is the owner's, None where the default holds; `default` is None where there is none."""

    path: str
    title: str
    unit: str
    help: str
    kind: Kind
    value: Any
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    is_needed: bool = False
    is_above: bool = False
    """Whether `minimum` itself is too little."""


@dataclass(frozen=True, slots=True)
class Section:
    """A block of settings. `is_there` is False for a device that the home does not have."""

    name: str
    title: str
    help: str
    fields: tuple[Field, ...]
    is_there: bool = True


def form(block: Mapping[str, Any]) -> tuple[Section, ...]:
    """All settings with what a `home` block says, in the order of the settings' own definition."""
    schema = _schema()
    general = {name: each for name, each in schema["properties"].items() if _block_of(each) is None}
    sections = [_section(_GENERAL, "", {"properties": _simple(general)}, block, frozenset(schema.get("required", ())))]
    for name, each in schema["properties"].items():
        definition = _block_of(each)
        if definition is None or name in _LEFT_OUT:
            continue
        value = block.get(name)
        if each.get("type") == "array":
            for number, item in enumerate(value or ()):
                sections.append(_section(f"{name}.{number}", f"{name}.{number}.", definition, item))
            continue
        has_none = any(kind.get("type") == "null" for kind in each.get("anyOf", ()))
        inner = value if isinstance(value, Mapping) else {}
        sections.append(_section(name, f"{name}.", definition, inner, is_there=not has_none or value is not None))
    return tuple(sections)


def paths(sections: tuple[Section, ...]) -> frozenset[str]:
    """Paths of the settings that a form may change."""
    return frozenset(
        field.path for section in sections for field in section.fields if field.kind not in (Kind.FILE, Kind.SECRET)
    )


def _section(
    name: str,
    prefix: str,
    definition: Mapping[str, Any],
    block: Mapping[str, Any],
    needed: frozenset[str] = frozenset(),
    *,
    is_there: bool = True,
) -> Section:
    needed = needed or frozenset(definition.get("required", ()))
    fields = tuple(
        _field(f"{prefix}{key}", key, each, block.get(key), is_needed=key in needed)
        for key, each in definition["properties"].items()
    )
    return Section(name, _title(name.replace(".", " ")), definition.get("description", ""), fields, is_there)


def _field(path: str, key: str, schema: Mapping[str, Any], value: Any, *, is_needed: bool) -> Field:  # noqa: ANN401 - what YAML can say
    inner = next((kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"), schema)
    kind = _kind(key, inner, value)
    if kind is Kind.SECRET and value is not None:
        value = HIDDEN
    words, unit = _split_unit(key) if kind in (Kind.NUMBER, Kind.INTEGER) else (key, "")
    minimum = inner.get("minimum", inner.get("exclusiveMinimum"))
    maximum = inner.get("maximum", inner.get("exclusiveMaximum"))
    return Field(
        path=path,
        title=_title(words),
        unit=unit,
        help=schema.get("description", ""),
        kind=kind,
        value=value,
        default=schema.get("default"),
        minimum=minimum,
        maximum=maximum,
        choices=tuple(str(each) for each in inner.get("enum", ())),
        is_needed=is_needed,
        is_above="exclusiveMinimum" in inner,
    )


def _kind(key: str, schema: Mapping[str, Any], value: object) -> Kind:
    if key in SECRET_SETTINGS:
        return Kind.SECRET
    if "enum" in schema:
        return Kind.CHOICE
    named = schema.get("type")
    if named == "string":
        pattern, shape = schema.get("pattern", ""), schema.get("format")
        return Kind.TIME if shape == "time" else Kind.ENTITY if r"\." in pattern else Kind.TEXT
    if named == "array" and schema.get("items", {}).get("type") == "string":
        return Kind.LIST
    if "$ref" in schema and isinstance(value, str | None) and key == "profile":
        return Kind.TEXT
    simple = {"number": Kind.NUMBER, "integer": Kind.INTEGER, "boolean": Kind.FLAG}
    return simple.get(str(named), Kind.FILE)


def _simple(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in properties.items() if "type" in each or "anyOf" in each}


def _block_of(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The definition of the block that a property holds, or a list of it; None where it holds a plain value."""
    for each in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        reference = each.get("$ref")
        if reference is not None:
            found: Mapping[str, Any] = _schema()["$defs"][reference.rpartition("/")[2]]
            return found
    return None


def _split_unit(key: str) -> tuple[str, str]:
    words, _, last = key.rpartition("_")
    is_unit = words and last in _UNITS and not words.endswith("_per")
    return (words, _SHOWN_UNITS.get(last, last)) if is_unit else (key, "")


def _title(name: str) -> str:
    words = name.replace("_", " ").capitalize().split(" ")
    titled = (_PROPER.get(word.capitalize(), word) for word in words)
    return " ".join(titled)


@cache
def _schema() -> dict[str, Any]:
    return HomeSettings.model_json_schema()
