"""What can be written to an entity: typed values, so that kW never lands where amperes are meant."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit. A read-back within `tolerance` of `amount` counts as equal."""

    amount: float
    tolerance: float
    unit: ClassVar[str] = ""

    @property
    def text(self) -> str:
        """The number as Home Assistant would show it."""
        return f"{self.amount:g}"


@dataclass(frozen=True, slots=True)
class Amperes(Quantity):
    """A battery current."""

    unit: ClassVar[str] = "A"


@dataclass(frozen=True, slots=True)
class SocPercent(Quantity):
    """A state of charge."""

    unit: ClassVar[str] = "%"


@dataclass(frozen=True, slots=True)
class Celsius(Quantity):
    """A temperature setpoint."""

    unit: ClassVar[str] = "°C"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a select."""

    text: str


class Toggle(StrEnum):
    """A state of a switch."""

    ON = "on"
    OFF = "off"

    @property
    def text(self) -> str:
        """The state as Home Assistant shows it."""
        return self.value


Value = Amperes | SocPercent | Celsius | Option | Toggle


class Phase(StrEnum):
    """When a write goes out: what ends a purchase or sale first, what begins one last."""

    CLOSE = "close"
    ADJUST = "adjust"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Write:
    """A wanted state of an entity. `note` says what the device cannot do of what was decided."""

    entity_id: str
    value: Value
    phase: Phase = Phase.ADJUST
    note: str = ""

    @property
    def domain(self) -> str:
        """The entity's domain."""
        return self.entity_id.partition(".")[0]
