"""Whether Darkstar may tune settings by what it has measured."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from .block import Block


class ReflexSettings(Block):
    """The daily look at whether settings fit what was measured. The file of the owner is never written."""

    mode: Literal["off", "propose", "apply"] = "propose"
    """`propose`: changes are shown, the owner applies them by a button; `apply`: they are made, within bounds, in
    one small step a day, and can be undone; `off`: nobody looks, and no change holds."""

    @field_validator("mode", mode="before")
    @classmethod
    def _off_is_a_word(cls, mode: object) -> object:
        """YAML reads a bare `off` as false."""
        return "off" if mode is False else mode
