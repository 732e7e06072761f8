"""App Overrides: the owner's quick actions, from button, service or HTTP to stored override and its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from aiohttp import web

from .app import EVENT_OVERRIDE, EVENT_PAUSE_REMINDER, DarkstarApp
from .control.decision import ActiveOverrides, DeviceGroup, OverrideKind
from .control.quick_actions import Order, QuickActionError, Return, read_order, start
from .gateway import HOME_ASSISTANT
from .home.problem import Problem, Severity
from .inputs.helpers import number_or, was_pressed
from .storage.database import StorageError
from .storage.memory import Memory
from .storage.overrides import Overrides as OverrideStore

SERVICE = "darkstar/quick_action"
ENDPOINT = "darkstar_quick_action"
RESUME_ACTION = "DARKSTAR_RESUME"
"""What Home Assistant's companion app answers when the owner taps the button of the pause reminder."""
REMINDED = "overrides.pause_reminded"
REMINDER_DELAY_S = 30
"""After a start a reminder waits so long: the app that sends it may not listen yet."""


class Overrides(DarkstarApp):
    """Takes orders and keeps the quick actions in force, one for each group of devices."""

    def start(self) -> None:
        """Listen to the owner; arm the end of what was in force before a restart."""
        self.store = OverrideStore(self.database)
        self.memory = Memory(self.database)
        self.lock = RLock()  # services and endpoints are called on other threads than buttons and timers
        self.alarm: str | None = None
        self.no_reminder_before = self.now() + timedelta(seconds=REMINDER_DELAY_S)
        self.known = self.store.active(self.now())
        self._arm()
        entities = self.home.entities
        buttons = {
            entities.force_charge: OverrideKind.FORCE_CHARGE,
            entities.force_export: OverrideKind.FORCE_EXPORT,
            entities.force_heat: OverrideKind.FORCE_HEAT,
            entities.force_ev: OverrideKind.FORCE_EV,
            entities.stop_all: OverrideKind.STOP_ALL,
            entities.pause: OverrideKind.PAUSE,
            entities.clear_override: Return.CLEAR,
        }
        for button, kind in buttons.items():
            self.listen_state(self.on_button, button, namespace=HOME_ASSISTANT, kind=kind.value)
        self.listen_event(self.on_phone, "mobile_app_notification_action", namespace=HOME_ASSISTANT)
        self.register_service(SERVICE, self.on_service)
        self.register_endpoint(self.on_request, ENDPOINT)

    def on_button(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """A button was pressed; what it may not start becomes a problem that the owner sees."""
        if not was_pressed(old, new):
            return
        order = read_order({"kind": kwargs["kind"]})
        with self.lock:
            if order.kind is OverrideKind.PAUSE and _paused(self.store.active(self.now())):
                order = Order(kind=Return.RESUME)
            try:
                self._carry_out(order, entity)
            except QuickActionError as error:
                self.report([_refused(error, self.now())])

    def on_phone(self, event_type: str, data: dict[str, Any], **kwargs: object) -> None:
        """The owner tapped a button of a notification."""
        if data.get("action") == RESUME_ACTION:
            self._carry_out(Order(kind=Return.RESUME), "notification")

    def on_service(self, namespace: str, domain: str, service: str, **data: object) -> dict[str, Any]:
        """An automation or another app calls `darkstar/quick_action`."""
        order = {
            key: value for key, value in data.items() if key != "timeout"
        }  # AppDaemon's own, of calls between apps
        return self._answer(order, "service")[0]

    def on_request(self, data: object, kwargs: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """HTTP: GET tells what is in force, POST orders.

        Only JSON is taken: a page of another site cannot send that without the browser asking us first.
        """
        request: web.Request = kwargs["request"]
        if request.method != "POST":
            return {"ok": True, "active": self._active()}, 200
        if request.content_type != "application/json":
            return {"ok": False, "reason": "send the order as Content-Type: application/json"}, 415
        return self._answer(data, "HTTP")

    def on_alarm(self, **kwargs: object) -> None:
        """A quick action has run out, or a pause has lasted long."""
        with self.lock:
            self.alarm = None
            before, self.known = self.known, self.store.active(self.now())
            if self.known != before:
                ended = sorted({override.kind for override in before.all} - {held.kind for held in self.known.all})
                self.log("quick action ended: %s", ", ".join(ended))
                self.announce(EVENT_OVERRIDE)
            self._remind()
            self._arm()

    def _answer(self, data: object, origin: str) -> tuple[dict[str, Any], int]:
        try:
            self._carry_out(read_order(data), origin)
        except QuickActionError as error:
            self.log("order by %s refused: %s", origin, error, level="WARNING")
            return {"ok": False, "reason": str(error)}, 400
        except StorageError as error:
            self.error("order by %s not kept: %s", origin, error)
            return {"ok": False, "reason": str(error)}, 503
        return {"ok": True, "active": self._active()}, 200

    def _carry_out(self, order: Order, origin: str) -> None:
        with self.lock:
            now = self.now()
            if isinstance(order.kind, Return):
                self.store.clear(_ended_by(order, self.store.active(now)))
            else:
                self.store.replace(start(self._completed(order), self.home, now))
            self.report(())
            self.known = self.store.active(now)
            self.log("%s (%s)", order.kind, origin)
            self._arm()
            self.announce(EVENT_OVERRIDE)

    def _completed(self, order: Order) -> Order:
        """What the order leaves open is as the helpers of the home say."""
        chosen: dict[str, float] = {}
        entities, settings = self.home.entities, self.home.overrides
        if order.minutes is None and order.until is None:
            chosen["minutes"] = number_or(self.ha.state(entities.override_minutes), settings.default_minutes)
        helper = {
            OverrideKind.FORCE_CHARGE: entities.force_charge_soc,
            OverrideKind.FORCE_EXPORT: entities.force_export_soc,
        }.get(OverrideKind(order.kind))
        soc_percent = number_or(self.ha.state(helper), 0) if helper is not None and order.soc is None else 0
        if soc_percent > 0:
            chosen["soc"] = min(soc_percent, 100)
        return order.model_copy(update=chosen)

    def _active(self) -> dict[str, dict[str, Any]]:
        return {
            group.value: {
                "kind": override.kind.value,
                "until": override.expires_at.astimezone(self.home.zone).isoformat(timespec="seconds"),
                "soc": override.soc_percent,
            }
            for group, override in self.store.active(self.now()).by_group.items()
        }

    def _remind(self) -> None:
        due = self._reminder_due()
        if due is None or due > self.now():
            return
        pause = next(override for override in self.known.all if override.kind is OverrideKind.PAUSE)
        self.memory.put(REMINDED, pause.started_at, self.now())
        self.announce(EVENT_PAUSE_REMINDER, until=pause.expires_at.isoformat())

    def _reminder_due(self) -> datetime | None:
        """When the pause in force is to be recalled; None without one, and when it was."""
        pause = next((override for override in self.known.all if override.kind is OverrideKind.PAUSE), None)
        minutes = self.home.overrides.pause_reminder_minutes
        if pause is None or minutes is None or self.memory.get(REMINDED, datetime) == pause.started_at:
            return None
        due = max(pause.started_at + timedelta(minutes=minutes), self.no_reminder_before)
        return due if due < pause.expires_at else None

    def _arm(self) -> None:
        """Wake up at whatever comes first: the end of a quick action, or a reminder."""
        if self.alarm is not None:
            self.cancel_timer(self.alarm)
            self.alarm = None
        due = self._reminder_due()
        moments = [override.expires_at for override in self.known.all] + ([] if due is None else [due])
        if moments:
            wait_s = (min(moments) - self.now()).total_seconds()
            self.alarm = self.run_in(self.on_alarm, max(wait_s, 0) + 1)


def _paused(held: ActiveOverrides) -> frozenset[DeviceGroup]:
    """The devices that a pause holds."""
    return frozenset(group for group, override in held.by_group.items() if override.kind is OverrideKind.PAUSE)


def _ended_by(order: Order, held: ActiveOverrides) -> Iterable[DeviceGroup]:
    if order.kind is Return.RESUME:
        return _paused(held)
    return tuple(DeviceGroup) if order.groups is None else order.groups


def _refused(error: QuickActionError, now: datetime) -> Problem:
    return Problem(
        "quick_action_refused",
        Severity.WARNING,
        now,
        f"The quick action did not start: {error}.",
        "This notice goes with the next quick action, or with Clear.",
    )
