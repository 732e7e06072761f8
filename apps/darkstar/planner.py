"""App Planner: when to plan; gather -> plan -> publish."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from traceback import format_exception

from .app import EVENT_BLOCKS, EVENT_LEARNING, EVENT_PLAN, FIRST_CALL_DELAY_S, DarkstarApp
from .gateway import HOME_ASSISTANT
from .home.observation import Observation
from .home.problem import Problem, Severity
from .home.slots import local_date, local_day
from .hygiene_cycles import HygieneCycles
from .inputs.day_context import read_context
from .inputs.helpers import was_pressed
from .inputs.open_meteo import fetch_open_meteo
from .inputs.price_source import read_prices
from .inputs.pv_source import read_pv_forecast
from .inputs.snapshot import read_home
from .inputs.vehicle import vehicle_state
from .inputs.weather import WeatherReading
from .learning.shadow_guard import WINDOW, Guard, guard_problem, next_guard, why_self_use
from .optimizer.plan import Plan, PlanStatus
from .pipeline import PAST_PRICES, Planned, history_reach
from .planning_run import Gathered, solve
from .storage.forecasts import Forecasts
from .storage.manual_blocks import ManualBlocks
from .storage.memory import Memory
from .storage.observations import Observations
from .storage.plans import Plans, SavedPlan
from .storage.prices import Prices
from .strategy.heating import Heating, heating_at
from .strategy.peaks import METERED_DAYS
from .training.trained_models import ModelShelf, model_files
from .weather_feed import WeatherFeed, known_context

GUARD = "planner.guard"
PRICE_DEBOUNCE_S = 5
LONGEST_RUN = timedelta(minutes=5)
"""A run that has not come back by then is lost: AppDaemon calls nobody back when a thread fails."""
RETRIES_S = (15, 60, 120, 300)
"""Pauses after failed runs; then the next regular run comes soon enough."""
_PLANS_AGAIN = "Check prices and forecasts in Home Assistant; Darkstar tries again by itself."
_OUR_FAULT = (
    "This is a fault of Darkstar, which tries again by itself. Please report it with the lines of the page Log."
)


class Planner(DarkstarApp):
    """Keeps a plan for the next 48 hours, and makes a new one when it is time or something has changed."""

    def start(self) -> None:
        """Plan soon, on a fixed grid, and on the events that change a plan."""
        self.plans = Plans(self.database)
        self.forecasts = Forecasts(self.database)
        self.observations = Observations(self.database)
        self.prices = Prices(self.database)
        self.memory = Memory(self.database)
        self.blocks = ManualBlocks(self.database)
        self.cycles = HygieneCycles(self.home, self.database)
        self.weather = WeatherFeed(self.home, self.database)
        self.shelf = ModelShelf(model_files(self.database.path.parent, self.home))
        self.guard = self.memory.get(GUARD, Guard) or Guard()
        self.guarded_on: date | None = None
        self.busy_until = self.now()
        self.asked_meanwhile = False
        self.seen: tuple[Problem, ...] = ()
        self.failures = 0
        self.known_until: datetime | None = None
        entities, source = self.home.entities, self.home.prices
        self.run_in(self.on_time, FIRST_CALL_DELAY_S)
        self.run_every(self.on_time, time(0, 0, 10), self.home.planner.interval_minutes * 60)
        self.listen_state(self.on_button, entities.plan_now, namespace=HOME_ASSISTANT)
        wishes = [entities.vacation, entities.risk_appetite, entities.day_events, *filter(None, (entities.occupancy,))]
        if self.home.water_heater is not None:
            wishes.append(entities.comfort_level)
        if self.home.ev is not None:
            wishes += filter(None, (entities.ev_connected, entities.ev_target_soc, entities.ev_departure))
        for wish in wishes:
            self.listen_state(self.on_change, wish, namespace=HOME_ASSISTANT)
        for price_sensor in filter(None, (source.entity, source.tomorrow_entity, source.export_entity)):
            self.listen_state(self.on_prices, price_sensor, attribute="all", namespace=HOME_ASSISTANT)
        self.on(EVENT_LEARNING, self.on_learned)
        self.on(EVENT_BLOCKS, self.on_blocks)
        self.on_home_assistant_back(self.on_return)

    def on_time(self, **kwargs: object) -> None:
        """It is time for a plan, and perhaps to ask for the weather of the next one."""
        self.make_plan()
        self._ask_for_weather()

    def on_button(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """The owner wants a plan now."""
        if was_pressed(old, new):
            self.make_plan()

    def on_change(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """The owner's wishes have changed."""
        self.make_plan()

    def on_prices(self, entity: str, attribute: str, old: object, new: object, **kwargs: object) -> None:
        """The price sensor says something new: plan at once if it knows more hours than before."""
        if read_prices(self.ha, self.home, self.now()).curve.known_until(self.now()) != self.known_until:
            self.run_in(self.on_time, PRICE_DEBOUNCE_S)

    def on_return(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Home Assistant is back: its states may have changed."""
        self.run_in(self.on_time, FIRST_CALL_DELAY_S)

    def on_learned(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """Other models serve, or more of the past is known."""
        self.run_in(self.on_time, 1)

    def on_blocks(self, event_type: str, data: dict[str, object], **kwargs: object) -> None:
        """The owner has put a block into the plan, or removed one."""
        self.make_plan()

    def make_plan(self) -> None:
        """Gather what a plan needs and solve it off this thread; without SoC or prices the last plan stays."""
        now = self.now()
        if now < self.busy_until:
            self.asked_meanwhile = True
            return
        self.asked_meanwhile = False
        gathered, self.seen = self.gather(now)
        if gathered is None:
            self.report(self.seen)
            self._retry()
            return
        self.busy_until = now + LONGEST_RUN
        self.submit_to_executor(solve, gathered, self.shelf, callback=self.on_solved)

    def gather(self, now: datetime) -> tuple[Gathered | None, tuple[Problem, ...]]:
        """Read the home; None when SoC or prices are missing, with the problems that say why."""
        readings = read_home(self.ha, self.home, now)
        prices = read_prices(self.ha, self.home, now)
        pv = read_pv_forecast(self.ha, self.home, now)
        weather = self.weather.read(self.ha, now)
        self.weather.take_pv(pv.intervals, now)
        self.prices.save(prices.curve)
        self.known_until = prices.curve.known_until(now)
        self._keep_guard(now)
        guard = guard_problem(self.guard, self.home, now)
        problems = (
            *readings.faults,
            *prices.problems,
            *pv.problems,
            *self.weather.problems(now),
            *([guard] if guard else []),
        )
        if readings.soc_percent is None or not prices.curve.prices:
            return None, problems
        today, _ = local_day(local_date(now, self.home.zone), self.home.zone)
        history = self.observations.between(now - history_reach(self.home), now)
        running = self._running(now)
        hygiene = self.cycles.state(now, readings, running)
        gathered = Gathered(
            home=self.home,
            now=now,
            soc_percent=readings.soc_percent.value,
            history=history,
            curve=prices.curve,
            past_prices=self.prices.between(today - PAST_PRICES, today),
            known=known_context(self.database, now, history_reach(self.home), pv.intervals),
            heating=self._heating(now, history),
            vacation=readings.vacation is True,
            metered=self._metered(now),
            why_self_use=why_self_use(self.guard, self.home, now),
            running=running,
            vehicle=vehicle_state(self.ha, self.home, readings, history),
            hygiene=hygiene.request,
            context=read_context(self.ha, self.home, now, weather),
            blocks=self.blocks.standing(now),
        )
        return gathered, (*problems, *self.cycles.problems(hygiene, now))

    def on_solved(self, result: Planned | Exception, **kwargs: object) -> None:
        """A plan has come back, or the reason why there is none: keep it, tell the others."""
        self.busy_until = self.now()
        if self.asked_meanwhile:
            self.run_in(self.on_time, 1)
        if isinstance(result, Exception):
            self.report((*self.seen, self._failed(result)))
            self._retry()
            return
        self.failures, now = 0, self.now()
        self.report((*self.seen, *self.shelf.problems(now), *_solver_problems(result.plan, now)))
        self.forecasts.save(result.forecast)
        self.plans.save(SavedPlan(result.request, result.plan, result.policy))
        self.log(
            "plan %s: %s by %s in %.2f s, cost %.2f %s over %d slots%s",
            result.plan.plan_id,
            result.plan.status,
            result.plan.solver,
            result.plan.solve_seconds,
            result.plan.cost,
            result.plan.currency,
            len(result.plan.slots),
            "".join(f"; {wish}" for wish in result.plan.unmet),
        )
        self.announce(EVENT_PLAN)

    def _failed(self, error: Exception) -> Problem:
        if isinstance(error, ValueError):
            return _planning_failed(str(error), _PLANS_AGAIN, self.now())
        self.log("planning failed:\n%s", "".join(format_exception(error)), level="ERROR")
        return _planning_failed(f"{type(error).__name__}: {error}", _OUR_FAULT, self.now())

    def on_weather(self, result: WeatherReading, **kwargs: object) -> None:
        """Open-Meteo has answered, or not: the next plan has it."""
        self.weather.take(result, self.now())

    def _ask_for_weather(self) -> None:
        past_days = self.weather.past_days_to_ask(self.now())
        if past_days is not None:
            home = self.home
            self.submit_to_executor(
                fetch_open_meteo,
                home.weather.url,
                home.latitude,
                home.longitude,
                past_days,
                callback=self.on_weather,
            )

    def _running(self, now: datetime) -> Plan | None:
        """The plan that is carried out; None where it is too old for that."""
        saved = self.plans.latest()
        return saved.plan if saved is not None and now - saved.plan.created_at <= self.home.max_plan_age else None

    def _retry(self) -> None:
        if self.failures < len(RETRIES_S):
            self.run_in(self.on_time, RETRIES_S[self.failures])
        self.failures += 1

    def _keep_guard(self, now: datetime) -> None:
        """Once a local day: has plain self-use been better than what was planned?"""
        today = local_date(now, self.home.zone)
        if today == self.guarded_on:
            return
        self.guarded_on = today
        rows, prices = self.observations.between(now - WINDOW, now), self.prices.between(now - WINDOW, now)
        self.guard = next_guard(self.guard, rows, prices, self.home, now)
        self.memory.put(GUARD, self.guard, now)

    def _metered(self, now: datetime) -> tuple[Observation, ...]:
        if not self.home.grid.power_tariffs:
            return ()
        return self.observations.between(now - timedelta(days=METERED_DAYS), now)

    def _heating(self, now: datetime, history: tuple[Observation, ...]) -> Heating:
        heater, saved = self.home.water_heater, self.plans.latest()
        if heater is None:
            return Heating()
        return heating_at(now, heater.power_kw, None if saved is None else (saved.request, saved.plan), history)


def _planning_failed(reason: str, remedy: str, now: datetime) -> Problem:
    return Problem(
        "planning_failed",
        Severity.CRITICAL,
        now,
        f"No plan could be made: {reason}. The last plan stays while it is young enough.",
        remedy,
    )


def _solver_problems(plan: Plan, now: datetime) -> tuple[Problem, ...]:
    if plan.status is not PlanStatus.FALLBACK:
        return ()
    reason = "; ".join(plan.notes) or "no reason given"
    problem = Problem(
        "no_solver",
        Severity.CRITICAL,
        now,
        f"No solver answered ({reason}); the plan is plain self-consumption.",
        "Install pulp==3.3.2 and highspy (python_packages of the AppDaemon add-on) and restart AppDaemon.",
    )
    return (problem,)
