"""The Manual plan page: the owner's own blocks, what one would cost before it is applied, and what is applied."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..home.manual_block import BLOCKS_CHANGED, BlockError, BlockKind, ManualBlock, check
from ..simulation.whatif.ahead import Live
from ..simulation.whatif.block import BlockWhatIf, what_if_block
from ..storage.manual_blocks import ManualBlocks
from ..storage.plans import Plans
from ..views.manual_page import block_words, manual_page, preview_words
from .desk import Desk, Payload, Query, RefusedError

KEPT = 32
"""So many previews are kept: the same block against the same plan is answered at once."""
PATIENCE_S = 60.0
"""So long a preview waits for another one that is being worked out."""
MOST_BLOCKS = 30
_LAST_MS = 4_102_444_800_000
"""The year 2100: no block is so far away, and every such number is a time."""


class Wish(BaseModel):
    """A block as a page puts it: times in milliseconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: BlockKind
    start: Annotated[int, Field(ge=0, le=_LAST_MS)]
    end: Annotated[int, Field(ge=0, le=_LAST_MS)]
    power_kw: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] | None = None
    soc_percent: Annotated[float, Field(ge=0, le=100)] | None = None

    @property
    def block(self) -> ManualBlock:
        """The block that is wished for."""
        return ManualBlock(self.kind, _instant(self.start), _instant(self.end), self.power_kw, self.soc_percent)


class Removal(BaseModel):
    """Which block is to go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[int, Field(gt=0, le=2**53)]


def manual_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the page shows."""
    now, saved = desk.now(), Plans(desk.database).latest()
    blocks = ManualBlocks(desk.database).standing(now)
    return manual_page(desk.home, now, saved.plan if saved else None, blocks)


class BlockDesk:
    """Takes blocks: one is weighed, put or removed at a time."""

    def __init__(self) -> None:
        self._lock, self._weighing = Lock(), Lock()
        self._known: OrderedDict[tuple[str, ManualBlock], BlockWhatIf] = OrderedDict()

    def preview(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """What a block would cost against the plan, and which limits it meets. Nothing is changed."""
        block = _checked(desk, payload)
        return preview_words(block, self._weighed(desk, block), desk.home)

    def put(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """Put a block into the plan; the apps plan anew at once."""
        with self._lock:
            block = _checked(desk, payload)
            blocks = ManualBlocks(desk.database)
            if len(blocks.standing(desk.now())) >= MOST_BLOCKS:
                msg = f"there are {MOST_BLOCKS} blocks already: remove one first"
                raise RefusedError(msg)
            stored = blocks.add(block)
        desk.announce(BLOCKS_CHANGED)
        return {"block": block_words(stored, desk.home, desk.now())}

    def remove(self, desk: Desk, payload: Payload) -> Mapping[str, Any]:
        """Take a block out of the plan; the apps plan anew at once."""
        number = _read(Removal, payload).number
        if not ManualBlocks(desk.database).remove(number):
            msg = "this block is gone already"
            raise RefusedError(msg)
        desk.announce(BLOCKS_CHANGED)
        return {}

    def _weighed(self, desk: Desk, block: ManualBlock) -> BlockWhatIf:
        saved = Plans(desk.database).latest()
        if saved is None:
            msg = "there is no plan yet to compare with: wait for the planner's first run"
            raise RefusedError(msg)
        if not self._weighing.acquire(timeout=PATIENCE_S):
            msg = "another block is being weighed; try again in a moment"
            raise RefusedError(msg)
        key = (saved.plan.plan_id, block)
        try:
            if key not in self._known:
                self._known[key] = what_if_block(Live(desk.home, saved.request, saved.plan), block)
            self._known.move_to_end(key)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return self._known[key]
        except ValueError as error:
            msg = f"this block cannot be weighed: {error}"
            raise RefusedError(msg) from error
        finally:
            self._weighing.release()


block_desk = BlockDesk()

Kind = TypeVar("Kind", bound=BaseModel)


def _checked(desk: Desk, payload: Payload) -> ManualBlock:
    block, now = _read(Wish, payload).block, desk.now()
    try:
        check(block, ManualBlocks(desk.database).standing(now), desk.home, now)
    except BlockError as error:
        raise RefusedError(str(error)) from error
    return block


def _read(kind: type[Kind], payload: Payload) -> Kind:
    try:
        return kind.model_validate(dict(payload))
    except ValidationError as error:
        words = (f"{'.'.join(map(str, fault['loc'])) or 'the block'}: {fault['msg']}" for fault in error.errors())
        raise RefusedError("; ".join(words)) from error


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
