"""App Notifier: tells the owner what began, what ended and what is wrong, once."""

from __future__ import annotations

from .app import EVENT_EXECUTION, EVENT_OVERRIDE, EVENT_PROBLEM, DarkstarApp
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
        self.decision = self.executions.latest_decision()
        self.override = self.overrides.active(self.now())
        self.on(EVENT_EXECUTION, self.on_execution)
        self.on(EVENT_OVERRIDE, self.on_override)
        self.on(EVENT_PROBLEM, self.on_problem)

    def on_execution(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """A tick was carried out: tell real starts and stops."""
        decision = self.executions.latest_decision()
        if decision is not None:
            for notice in mode_notices(self.decision, decision, self.home.notifications):
                self._send(notice)
            self.decision = decision
        self._tell_problems()

    def on_override(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """A quick action began or ended."""
        before, self.override = self.override, self.overrides.active(self.now())
        notice = override_notice(before, self.override, self.home.notifications, self.home.zone)
        if notice is not None:
            self._send(notice)

    def on_problem(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """The set of problems changed: one message per beginning and per end."""
        self._tell_problems()

    def _tell_problems(self) -> None:
        """Tell what the owner does not know yet; what quiet hours or an outage held back comes later."""
        told = {problem.problem_id: problem for problem in self.memory.get(TOLD_PROBLEMS, tuple[Problem, ...]) or ()}
        present = {problem.problem_id: problem for problem in self.problems.open()}
        notices = problem_notices(told.values(), present.values(), self.home.notifications)
        untold = {name for name, notice in notices.items() if not self._send(notice)}
        known = {name: problem for name, problem in present.items() if name not in untold}
        known |= {name: problem for name, problem in told.items() if name in untold}
        if known != told:
            self.memory.put(TOLD_PROBLEMS, tuple(known.values()), self.now())

    def _send(self, notice: Notice) -> bool:
        """Deliver a notice; False when it should be tried again later."""
        if not deliverable(notice, self.now(), self.home.notifications, self.home.zone):
            return False
        delivered = True
        for service in self.home.notifications.services:
            result = self.ha.call(service.replace(".", "/", 1), title=notice.title, message=notice.text)
            if not result.ok:
                delivered = False
                self.log("notice '%s' was not delivered: %s", notice.title, result.error, level="WARNING")
        return delivered
