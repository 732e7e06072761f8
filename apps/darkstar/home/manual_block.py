"""The owner's own blocks in the plan: a device does one thing over a span of time, through every new plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .settings import HomeSettings
from .slots import SLOT_MINUTES, floor_to_slot

BLOCKS_CHANGED = "darkstar.blocks"
"""The event that tells the apps of a new block, or of one that was removed."""
LONGEST = timedelta(hours=24)
FURTHEST = timedelta(hours=48)
"""A block begins at most so far ahead: plans reach no further."""
_STEP = timedelta(minutes=SLOT_MINUTES)


class BlockDevice(StrEnum):
    """Devices that blocks are put on; each has one thing to do at a time."""

    BATTERY = "battery"
    HEATER = "heater"
    EV = "ev"


class BlockKind(StrEnum):
    """What a device is to do."""

    CHARGE = "charge"
    """The battery is charged, from the grid too."""
    EXPORT = "export"
    """The battery sells."""
    HOLD = "hold"
    """The battery gives nothing and buys nothing; PV surplus is still stored."""
    HEAT = "heat"
    """The water heater heats."""
    EV = "ev"
    """The car is charged."""

    @property
    def device(self) -> BlockDevice:
        """The device that does it."""
        return {BlockKind.HEAT: BlockDevice.HEATER, BlockKind.EV: BlockDevice.EV}.get(self, BlockDevice.BATTERY)


@dataclass(frozen=True, slots=True)
class ManualBlock:
    """A block over `[start, end)`, in UTC and on the quarter-hours.

    `power_kw` None: as much as the device can. `soc_percent` is where charging or selling stops; None: at the
    battery's own limit. `number` is 0 until it is stored.
    """

    kind: BlockKind
    start: datetime
    end: datetime
    power_kw: float | None = None
    soc_percent: float | None = None
    number: int = 0

    def covers(self, instant: datetime) -> bool:
        """Whether it holds at `instant`."""
        return self.start <= instant < self.end


def block_at(blocks: Iterable[ManualBlock], device: BlockDevice, instant: datetime) -> ManualBlock | None:
    """The block of a device that holds at `instant`, or None."""
    return next((block for block in blocks if block.kind.device is device and block.covers(instant)), None)


class BlockError(ValueError):
    """A block cannot be put; the message says why and what to do."""


def check(block: ManualBlock, others: Sequence[ManualBlock], home: HomeSettings, now: datetime) -> None:
    """Make sure that a block can be put beside the `others`.

    Raises:
        BlockError: it cannot; the message says why and what to do.
    """
    _check_span(block, home, now)
    _check_device(block, home)
    for other in others:
        if other.kind.device is block.kind.device and other.start < block.end and block.start < other.end:
            msg = f"there is a block already: {span_words(other, home)}. Remove it first, or choose another time"
            raise BlockError(msg)


def span_words(block: ManualBlock, home: HomeSettings) -> str:
    """A block with its time at home: charge Tue 14 Apr 02:00-04:00."""
    start, end = block.start.astimezone(home.zone), block.end.astimezone(home.zone)
    return f"{WORDS[block.kind]} {start:%a} {start.day} {start:%b} {start:%H:%M}-{end:%H:%M}"


WORDS = {
    BlockKind.CHARGE: "charge",
    BlockKind.EXPORT: "sell",
    BlockKind.HOLD: "hold",
    BlockKind.HEAT: "heat water",
    BlockKind.EV: "charge the car",
}
"""What a block does, as in: your block to charge."""


def _check_span(block: ManualBlock, home: HomeSettings, now: datetime) -> None:
    for edge, name in ((block.start, "start"), (block.end, "end")):
        if floor_to_slot(edge) != edge:
            msg = f"{name} {edge.astimezone(home.zone):%H:%M:%S} is not on a quarter-hour"
            raise BlockError(msg)
    if block.end < block.start + _STEP:
        msg = "a block ends after it begins: give it a quarter-hour or more"
        raise BlockError(msg)
    if block.end <= now:
        msg = f"{span_words(block, home)} is over"
        raise BlockError(msg)
    if block.end - block.start > LONGEST:
        msg = f"a block lasts at most {LONGEST / timedelta(hours=1):g} hours"
        raise BlockError(msg)
    if block.start >= now + FURTHEST:
        msg = f"a block begins within the next {FURTHEST / timedelta(hours=1):g} hours"
        raise BlockError(msg)


def _check_device(block: ManualBlock, home: HomeSettings) -> None:
    if block.kind is BlockKind.HEAT and home.water_heater is None:
        msg = "there is no water_heater in apps.yaml"
        raise BlockError(msg)
    if block.kind is BlockKind.EV and home.ev is None:
        msg = "there is no ev in apps.yaml"
        raise BlockError(msg)
    if block.power_kw is not None and block.kind in {BlockKind.HOLD, BlockKind.HEAT}:
        msg = f"a block to {WORDS[block.kind]} takes no power"
        raise BlockError(msg)
    if block.soc_percent is not None and block.kind not in {BlockKind.CHARGE, BlockKind.EXPORT}:
        msg = f"a block to {WORDS[block.kind]} takes no SoC"
        raise BlockError(msg)
    forbidden = why_impossible(block.kind, home)
    if forbidden is not None:
        msg = f"{WORDS[block.kind]}: {forbidden}; change the setting in apps.yaml to allow it"
        raise BlockError(msg)


def why_impossible(kind: BlockKind, home: HomeSettings) -> str | None:
    """The setting that forbids a kind of block altogether; None where none does."""
    if kind is BlockKind.EXPORT and not home.grid.export_allowed:
        return "grid.export_allowed is false"
    if kind is BlockKind.EXPORT and not home.battery.discharge_to_grid:
        return "battery.discharge_to_grid is false"
    if kind is BlockKind.EXPORT and not home.has_export_mode:
        return f"inverter profile {home.inverter.profile.name} cannot sell from the battery"
    if kind is BlockKind.CHARGE and not home.battery.charge_from_grid:
        return "battery.charge_from_grid is false"
    return None
