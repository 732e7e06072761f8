"""App Notifier: tells the owner what began, what ended and what is wrong, once."""

from __future__ import annotations

from .app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PROBLEM, DarkstarApp
from .control.decision import Decision
from .home.problem import Problem
from .storage.executions import Executions
from .storage.memory import Memory
from .storage.overrides import Overrides
from .views.notices import Notice, deliverable, mode_notices, override_notice, problem_notices

TOLD_PROBLEMS = "notifier.problems"


class Notifier(DarkstarApp):
    """Sends notices to the owner's `notify` services."""

    def start(self) -> None:
        """Listen to the other apps; what the owner already knows survives a restart."""
        self.executions = Executions(self.database)
        self.overrides = Overrides(self.database)
        self.memory = Memory(self.database)
        self.decision = self._latest_decision()
        self.override = self.overrides.active(self.now())
        self.on(EVENT_EXECUTION, self.on_execution)
        self.on(EVENT_OVERRIDE, self.on_override)
        self.on(EVENT_PROBLEM, self.on_problem)

    def on_execution(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """A tick was carried out: tell real starts and stops."""
        decision = self._latest_decision()
        if decision is not None:
            self._send(mode_notices(self.decision, decision, self.home.notifications))
            self.decision = decision

    def on_override(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """A quick action began or ended."""
        before, self.override = self.override, self.overrides.active(self.now())
        notice = override_notice(before, self.override, self.home.notifications, self.home.zone)
        self._send((notice,) if notice else ())

    def on_problem(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """The set of problems changed: one message per beginning and per end."""
        told = self.memory.get(TOLD_PROBLEMS, tuple[Problem, ...]) or ()
        present = self.problems.open()
        self.memory.put(TOLD_PROBLEMS, present, self.now())
        self._send(problem_notices(told, present, self.home.notifications))

    def _latest_decision(self) -> Decision | None:
        last = self.executions.latest()
        return last.decision if last else None

    def _send(self, notices: tuple[Notice, ...]) -> None:
        for notice in notices:
            if not deliverable(notice, self.now(), self.home.notifications, self.home.zone):
                continue
            for service in self.home.notifications.services:
                result = self.ha.call(service.replace(".", "/", 1), title=notice.title, message=notice.text)
                if not result.ok:
                    self.log("notice '%s' was not delivered: %s", notice.title, result.error, level="WARNING")
