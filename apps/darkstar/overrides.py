"""App Overrides: the owner's quick actions, from button press to stored override and its end."""

from __future__ import annotations

from datetime import datetime

from .app import EVENT_OVERRIDE, DarkstarApp
from .control.decision import OverrideKind
from .control.quick_actions import QuickActionError
from .control.quick_actions import start as start_override
from .gateway import HOME_ASSISTANT
from .home.problem import Problem, Severity
from .inputs.helpers import number_or, was_pressed
from .storage.overrides import Overrides as OverrideStore


class Overrides(DarkstarApp):
    """Listens to the quick-action buttons and keeps the one override in force."""

    def start(self) -> None:
        """Listen to the buttons; arm the end of an override that was in force before a restart."""
        self.store = OverrideStore(self.database)
        self.expiry: str | None = None
        entities = self.home.entities
        buttons = {
            entities.force_charge: OverrideKind.FORCE_CHARGE,
            entities.force_export: OverrideKind.FORCE_EXPORT,
            entities.force_heat: OverrideKind.FORCE_HEAT,
            entities.stop_all: OverrideKind.STOP_ALL,
        }
        for button, kind in buttons.items():
            self.listen_state(self.on_button, button, namespace=HOME_ASSISTANT, kind=kind)
        self.listen_state(self.on_clear, entities.clear_override, namespace=HOME_ASSISTANT)
        self._arm_expiry()

    def on_button(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """A quick action was pressed: it replaces the one in force and acts at once."""
        if not was_pressed(old, new):
            return
        minutes = number_or(self.ha.state(self.home.entities.override_minutes), self.home.overrides.default_minutes)
        try:
            override = start_override(OverrideKind(str(kwargs["kind"])), minutes, self.home, self.now())
        except QuickActionError as error:
            self.report([_refused(error, self.now())])
            return
        self.report(())
        self.store.replace(override)
        self.log("%s until %s (%s)", override.kind, override.expires_at.isoformat(timespec="minutes"), entity)
        self._arm_expiry()
        self.announce(EVENT_OVERRIDE)

    def on_clear(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """Back to the plan."""
        if not was_pressed(old, new):
            return
        self.report(())
        self.store.clear()
        self.log("quick action cleared (%s)", entity)
        self._arm_expiry()
        self.announce(EVENT_OVERRIDE)

    def on_expiry(self, **kwargs: object) -> None:
        """The override has run out: tell the executor, which returns to the plan."""
        self.expiry = None
        self.log("quick action ended")
        self.announce(EVENT_OVERRIDE)

    def _arm_expiry(self) -> None:
        if self.expiry is not None:
            self.cancel_timer(self.expiry)
            self.expiry = None
        override = self.store.active(self.now())
        if override is not None:
            remaining = (override.expires_at - self.now()).total_seconds()
            self.expiry = self.run_in(self.on_expiry, max(remaining, 0) + 1)


def _refused(error: QuickActionError, now: datetime) -> Problem:
    return Problem(
        "quick_action_refused",
        Severity.WARNING,
        now,
        f"The quick action did not start: {error}.",
        "This notice goes with the next quick action, or with Clear.",
    )
