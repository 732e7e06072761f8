"""App Notifier: tells the owner what began, what ended and what is wrong, once, through what is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from .app import (
    EVENT_EXECUTION,
    EVENT_OVERRIDE,
    EVENT_PAUSE_REMINDER,
    EVENT_PROBLEM,
    FIRST_CALL_DELAY_S,
    DarkstarApp,
)
from .channels import NO_CHANNEL, OWN_PROBLEMS, Health, failed_test, keep, notify
from .control.decision import Execution, OverrideKind
from .gateway import HOME_ASSISTANT
from .home.notice import Notice
from .home.problem import Problem
from .home.slots import to_utc
from .inputs.helpers import was_pressed
from .storage.executions import Executions
from .storage.forecasts import Forecasts
from .storage.memory import Memory
from .storage.overrides import Overrides
from .storage.plans import Plans
from .views.digest import digest, digest_day
from .views.news import Ledger, Message, delivered, is_quiet, messages, news, room
from .views.notices import (
    Fact,
    PauseReminder,
    override_facts,
    problem_facts,
    reminder_facts,
    running_facts,
    trial_notice,
)
from .webhook import post

LEDGER = "notifier.ledger"
MINUTE_S = 60
LONGEST_POST = timedelta(minutes=2)
"""A post to the webhook that has not come back by then is lost."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15))
"""Between tries of the same messages while no channel takes them."""
LIST = "persistent notification"
DISCORD = "Discord"


class Notifier(DarkstarApp):
    """Sends notices to the owner's channels; what cannot be sent now is compared with the facts again later."""

    def start(self) -> None:
        """Listen to the other apps and the test button; what the owner already knows survives a restart."""
        self.executions = Executions(self.database)
        self.overrides = Overrides(self.database)
        self.plans = Plans(self.database)
        self.forecasts = Forecasts(self.database)
        self.memory = Memory(self.database)
        self.reminder: PauseReminder | None = None
        self.in_flight: tuple[tuple[Message, ...], datetime] | None = None
        self.tries: dict[str, int] = {}
        self.retry_at = self.now()
        self.health = Health()
        self.test_results: dict[str, str] = {}
        self.test_problems: tuple[Problem, ...] = ()
        self.reported: tuple[Problem, ...] = ()
        self.ledger = Ledger()
        self._keep(self.memory.get(LEDGER, Ledger) or self._first_ledger())
        self.on(EVENT_EXECUTION, self.on_event)
        self.on(EVENT_OVERRIDE, self.on_event)
        self.on(EVENT_PROBLEM, self.on_event)
        self.on(EVENT_PAUSE_REMINDER, self.on_pause_reminder)
        self.listen_state(self.on_test, self.home.entities.test_notification, namespace=HOME_ASSISTANT)
        self.on_home_assistant_back(self.on_return)
        self.run_every(self.on_minute, time(0, 0, 40), MINUTE_S)

    def on_event(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Something may have begun or ended."""
        self.tell()

    def on_minute(self, **kwargs: object) -> None:
        """Quiet hours, a pause after a failure or a wait may be over; the digest may be due."""
        self.tell()

    def on_pause_reminder(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Darkstar has been paused for long."""
        try:
            until = to_utc(datetime.fromisoformat(str(data.get("until"))))
        except ValueError as error:
            self.log("a pause reminder is left out, its 'until' is no time with a zone: %s", error, level="WARNING")
            return
        self.reminder = PauseReminder(self.now(), until)
        self.tell()

    def on_test(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """The owner wants to know whether messages arrive: one through each channel."""
        if not was_pressed(old, new):
            return
        settings = self.home.notifications
        self.test_results = {name: notify(self.ha, name, trial_notice(name)) for name in settings.services}
        if settings.persistent:
            self.test_results[LIST] = keep(self.ha, trial_notice(LIST))
        if settings.discord_webhook_url is None:
            self._tell_test()
        else:
            self._post(trial_notice(DISCORD), self.on_test_posted)

    def on_test_posted(self, result: str, **kwargs: object) -> None:
        """The webhook has answered to the test."""
        self.test_results[DISCORD] = result
        self._tell_test()

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back, and its own list of notifications is empty."""
        self.run_in(self.on_list_lost, FIRST_CALL_DELAY_S)

    def on_list_lost(self, **kwargs: object) -> None:
        """Put the problems that the owner knows of into Home Assistant's list again; send what waited for it."""
        self.tries.clear()
        self.tell()
        if not self.home.notifications.persistent:
            return
        present = {fact.key for fact in self._present(self.executions.latest())}
        for fact in self.ledger.known:
            if fact.begun is not None and fact.ended is not None and fact.ended.clears and fact.key in present:
                keep(self.ha, fact.begun)

    def tell(self) -> None:
        """Compare what is with what the owner knows, and send what may go now."""
        now = self.now()
        if self.in_flight is not None and now < self.in_flight[1]:
            return
        self.in_flight = None
        execution = self.executions.latest()
        summary = execution.decision.summary if execution is not None else ""
        ledger, changes = news(self.ledger, self._present(execution), now, summary)
        ledger, ready = messages(ledger, changes, now, self.home.notifications, self.home.zone)
        self._keep(ledger)
        self._send([*ready, *self._digest(len(ready))])

    def on_posted(self, result: str, **kwargs: object) -> None:
        """The webhook has taken the message that was in flight, or not; go on with the next."""
        if self.in_flight is None:
            return
        (message, *rest), _ = self.in_flight
        self.in_flight = None
        self._note(DISCORD, result)
        if result:
            for lost in (message, *rest):
                self._lost(lost)
            self._report()
            return
        self._arrived(message)
        self.tell()

    def _first_ledger(self) -> Ledger:
        """At the very first start what the devices do is nothing new; problems are."""
        now, settings = self.now(), self.home.notifications
        execution = self.executions.latest()
        running = running_facts(execution, settings) if execution is not None else ()
        return Ledger(known=(*running, *override_facts(self.overrides.active(now), settings, now, self.home.zone)))

    def _present(self, execution: Execution | None) -> tuple[Fact, ...]:
        now, settings, zone = self.now(), self.home.notifications, self.home.zone
        overrides = self.overrides.active(now)
        problems = (one for one in self.problems.open() if not one.problem_id.startswith(OWN_PROBLEMS))
        paused = any(override.kind is OverrideKind.PAUSE for override in overrides.all)
        return (
            *(running_facts(execution, settings) if execution is not None else ()),
            *override_facts(overrides, settings, now, zone),
            *problem_facts(problems, settings),
            *reminder_facts(self.reminder if paused else None, now, zone),
        )

    def _digest(self, sent_before: int) -> list[Message]:
        now, settings = self.now(), self.home.notifications
        day = digest_day(now, settings.digest_at, self.home.zone)
        if day is None or day == self.ledger.digest_on or is_quiet(now, settings, self.home.zone):
            return []
        saved = self.plans.latest()
        if saved is None or now - saved.plan.created_at > self.home.max_plan_age:
            return []
        notice = digest(saved.plan, self.forecasts.latest(), self.home, day)
        if notice is None or room(self.ledger, now, settings) <= sent_before:
            return []
        return [Message(notice, digest_on=day)]

    def _send(self, ready: Sequence[Message]) -> None:
        """Send in their order; a post to the webhook ends the round, its answer begins the next."""
        names = {message.name for message in ready}
        self.tries = {name: tries for name, tries in self.tries.items() if name in names}
        if names <= self.tries.keys() and self.now() < self.retry_at:
            return
        for number, message in enumerate(ready):
            if self._deliver(message):
                self._arrived(message)
            elif self._can_post(message):
                # Before the post: its answer may come at once.
                self.in_flight = (tuple(ready[number:]), self.now() + LONGEST_POST)
                self._post(message.notice, self.on_posted)
                break
            else:
                self._lost(message)
        self._report()

    def _deliver(self, message: Message) -> bool:
        """Try all of Home Assistant's channels; whether one took the message, or there is nobody to take it.

        Its own list reaches only who looks: it counts where there is nothing else.
        """
        settings, results = self.home.notifications, {}
        if not message.notice.silent:
            results = {name: notify(self.ha, name, message.notice) for name in settings.services}
        if settings.persistent:
            kept = [keep(self.ha, notice) for notice in message.parts or (message.notice,)]
            results[LIST] = next(filter(None, kept), "")
        for name, error in results.items():
            self._note(name, error)
        reaching = [error for name, error in results.items() if name != LIST] or list(results.values())
        return not all(reaching) if reaching else not self._can_post(message)

    def _can_post(self, message: Message) -> bool:
        return self.home.notifications.discord_webhook_url is not None and not message.notice.silent

    def _post(self, notice: Notice, callback: Callable[..., None]) -> None:
        self.submit_to_executor(post, self.home.notifications.discord_webhook_url, notice, callback=callback)

    def _arrived(self, message: Message) -> None:
        self.tries.pop(message.name, None)
        self._keep(delivered(self.ledger, message, self.now()))

    def _lost(self, message: Message) -> None:
        """Nobody took it: it is tried again, at longer and longer intervals."""
        tries = self.tries.get(message.name, 0)
        self.tries[message.name] = tries + 1
        self.retry_at = self.now() + PAUSES[min(tries, len(PAUSES) - 1)]
        if tries == 0:
            self.log("the message '%s' was not delivered; it is tried again", message.notice.title, level="WARNING")

    def _note(self, channel: str, error: str) -> None:
        line = self.health.note(channel, error, self.now())
        if line:
            self.log(line)

    def _report(self) -> None:
        """Channels that are dead, and what the last test found."""
        self._report_changed((*self.health.dead(self.now()), *self.test_problems))

    def _report_changed(self, problems: tuple[Problem, ...]) -> None:
        if problems != self.reported:
            self.reported = problems
            self.report(problems)

    def _keep(self, ledger: Ledger) -> None:
        if ledger != self.ledger:
            self.ledger = ledger
            self.memory.put(LEDGER, ledger, self.now())

    def _tell_test(self) -> None:
        """What became of the test: in the log and in Home Assistant's list; a failed channel is a problem."""
        lines = [f"{name}: {error or 'sent'}" for name, error in self.test_results.items()] or [NO_CHANNEL]
        for name, error in self.test_results.items():
            self._note(name, error)
        for line in lines:
            self.log("test message: %s", line)
        keep(self.ha, Notice("Darkstar test", "\n".join(lines), tag="test_result"))
        self.test_problems = failed_test(self.test_results, self.now())
        self._report()
