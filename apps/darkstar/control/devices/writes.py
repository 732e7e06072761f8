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
    """A current: of the battery, or of a phase."""

    unit: ClassVar[str] = "A"


@dataclass(frozen=True, slots=True)
class Watts(Quantity):
    """A power."""

    unit: ClassVar[str] = "W"


@dataclass(frozen=True, slots=True)
class Kilowatts(Quantity):
    """A power, for entities in kW."""

    unit: ClassVar[str] = "kW"


@dataclass(frozen=True, slots=True)
class SocPercent(Quantity):
    """A state of charge."""

    unit: ClassVar[str] = "%"


@dataclass(frozen=True, slots=True)
class RatedPercent(Quantity):
    """A power in percent of the device's rated power."""

    unit: ClassVar[str] = "%"


@dataclass(frozen=True, slots=True)
class Celsius(Quantity):
    """A temperature setpoint."""

    unit: ClassVar[str] = "°C"


@dataclass(frozen=True, slots=True)
class Minutes(Quantity):
    """A duration."""

    unit: ClassVar[str] = "min"


@dataclass(frozen=True, slots=True)
class Seconds(Quantity):
    """A duration, for entities in seconds."""

    unit: ClassVar[str] = "s"


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


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button that makes the device take the settings before it.

    Due when those differ from the ones at the last press, when one of the entities `after` was just
    written, and every `renew_minutes`.
    """

    settings: tuple[str, ...]
    after: frozenset[str]
    renew_minutes: float | None = None

    @property
    def text(self) -> str:
        """What is done, in a word."""
        return "pressed"


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a service of the device's integration.

    Due when its data differ from those of the last call, when `confirm_entity` does not begin with one
    of `confirm_states`, and every `renew_minutes`.
    """

    service: str
    data: tuple[tuple[str, str | int | float], ...] = ()
    confirm_entity: str | None = None
    confirm_states: tuple[str, ...] = ()
    renew_minutes: float | None = None

    @property
    def text(self) -> str:
        """The service and its data."""
        words = ", ".join(f"{name} {value}" for name, value in self.data)
        return f"{self.service}({words})"


Act = Press | Call
"""What is done rather than set: there is no state to compare with."""
Value = Quantity | Option | Toggle | Act


class Phase(StrEnum):
    """When a write goes out: what ends a purchase or sale first, what begins one last."""

    CLOSE = "close"
    ADJUST = "adjust"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Write:
    """A wanted state of an entity, or an act. `note` says what the device cannot do of what was decided.

    A call has the name of its service in place of an entity: `domain.service`.
    """

    entity_id: str
    value: Value
    phase: Phase = Phase.ADJUST
    note: str = ""

    @property
    def domain(self) -> str:
        """The entity's domain."""
        return self.entity_id.partition(".")[0]
