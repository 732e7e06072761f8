"""Notices: what the owner is told, before it is known through which channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeAction:
    """A button below a message. Home Assistant's app sends `action` back as an event when it is pressed."""

    action: str
    title: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to the owner.

    A critical one is sent in quiet hours and above the hourly limit too. Messages with the same `tag`
    are about the same thing: a newer one takes the place of an older where the channel can do that.
    """

    title: str
    text: str
    critical: bool = False
    tag: str = ""
    actions: tuple[NoticeAction, ...] = ()
    clears: bool = False
    """The thing is over: a notification that stays on the screen goes away."""
    silent: bool = False
    """Nobody is told: it only clears."""

    @property
    def unpaced(self) -> bool:
        """Whether it waits for nothing: neither the end of quiet hours nor room under the limit."""
        return self.critical or self.silent
