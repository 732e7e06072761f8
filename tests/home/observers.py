"""What a home with given settings does: outputs of the real code that a setting may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from darkstar.control.decide import decide
from darkstar.control.decision import (
    NO_OVERRIDES,
    ActiveOverrides,
    BatteryMode,
    Decision,
    EvMode,
    EvSettingsNow,
    Execution,
    ExecutionStep,
    HeaterMode,
    HeaterSettingsNow,
    Override,
    OverrideKind,
    Source,
)
from darkstar.control.devices.chargers import wanted_charger
from darkstar.control.devices.inverters import wanted
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.control.lookup import current
from darkstar.control.quick_actions import Order, start
from darkstar.forecast.bands import Context
from darkstar.forecast.day_grid import cell_at
from darkstar.forecast.home_means import HomeMeans, materials
from darkstar.forecast.load_models import LearnedLoad, Ridge
from darkstar.forecast.slot_mean import Issues
from darkstar.forecast.training import Quantity
from darkstar.home.counters import CounterReading, CounterSnapshot
from darkstar.home.observation import Observation
from darkstar.home.ports import CallResult, EntityState, StatisticsRow
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.problem import Problem, Severity
from darkstar.home.settings import HomeSettings
from darkstar.inputs.counters import read_counters
from darkstar.inputs.past_prices import read_past_prices
from darkstar.inputs.price_source import read_prices
from darkstar.inputs.pv_source import read_pv_forecast
from darkstar.inputs.snapshot import read_home
from darkstar.learning.counters import record
from darkstar.optimizer.plan import Plan
from darkstar.pipeline import Outlook, Planned, Situation, foresee, plan_home
from darkstar.simulation.demo import DemoWorld, InverterState, Meters
from darkstar.views.digest import digest_day
from darkstar.views.news import Ledger, messages, news
from darkstar.views.notices import override_facts, problem_facts, running_facts
from tests.control.fake_devices import FakeDevices
from tests.control.samples import decided, sample_plan, sample_plan_slot, sample_policy, sample_policy_slot
from tests.control.samples import sample_readings as readings_for
from tests.forecast.samples import flat, history, noisy, sunny
from tests.inputs.fake_home_assistant import NOON, FakeHomeAssistant, entity, having, reported
from tests.inputs.price_samples import FRIDAY, THURSDAY, rows

MORNING = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def prices(home: HomeSettings) -> object:
    """Prices of today and tomorrow, and what was asked for them."""
    ha = _price_sensors()
    reading = read_prices(ha, home, NOON)
    return reading.curve, reading.forecast, ha.calls


def past_prices(home: HomeSettings) -> object:
    """Prices of the day before yesterday, out of the statistics of two sensors."""
    ha = FakeHomeAssistant({name: entity(name, 1, "SEK/kWh") for name in ("sensor.nordpool", "sensor.shown_price")})
    start = NOON - timedelta(days=2)
    for dear, name in enumerate(ha.states):
        hours = [(start + number * timedelta(hours=1), float(dear + number)) for number in range(24)]
        ha.rows[name, "hour"] = [StatisticsRow(at, at + timedelta(hours=1), None, mean) for at, mean in hours]
    told = [read_past_prices(ha, home, start, start + timedelta(days=1), (_published(home, start, n),)) for n in (0, 1)]
    return [found.curve for found in told]


def _published(home: HomeSettings, start: datetime, first: float) -> PriceCurve:
    hours = ((start + number * timedelta(hours=1), first + number) for number in range(3))
    return PriceCurve(
        tuple(
            Price(
                at,
                at + timedelta(hours=1),
                home.tariff.import_price(spot, at.astimezone(home.zone)),
                home.tariff.export_price(spot),
            )
            for at, spot in hours
        )
    )


def _price_sensors() -> FakeHomeAssistant:
    def nordpool(entity_id: str, first: float) -> EntityState:
        today = rows(THURSDAY, 60, "start", "value", "end", first)
        return entity(entity_id, first, None, unit="kWh", currency="SEK", price_in_cents=False, raw_today=today)

    def octopus(entity_id: str, first: float) -> EntityState:
        day = FRIDAY if "next" in entity_id else THURSDAY
        return entity(entity_id, "now", None, rates=rows(day, 30, "start", "value_inc_vat", "end", first))

    own = entity(
        "sensor.own",
        1,
        "SEK/kWh",
        prices_today=rows(THURSDAY, 60, "start", "price") + rows(THURSDAY, 60, "from", "cost", None, 50),
        others_today=rows(THURSDAY, 60, "start", "price", None, 70),
        prices_tomorrow=rows(FRIDAY, 60, "start", "price"),
    )
    dear = rows(THURSDAY, 60, "start", "price")
    for row in dear:
        row["total"] = 3.0
    ha = having(
        nordpool("sensor.nordpool", 0),
        nordpool("sensor.nordpool_other", 30),
        octopus("event.current_day_rates", 0),
        octopus("event.next_day_rates", 10),
        octopus("event.my_next_day", 20),
        own,
        entity("sensor.dear", 1, "SEK/kWh", prices_today=dear),
    )
    ha.answers["nordpool/get_prices_for_date"] = lambda _: CallResult(ok=False, error="not today")
    return ha


def pv_service(home: HomeSettings) -> object:
    """The PV forecast that the home's own services give."""
    solcast = [{"period_start": "2026-01-15T12:00:00+01:00", "pv_estimate": 0.5}]
    solcast.append({"period_start": "2026-01-15T12:30:00+01:00", "pv_estimate": 0.25})
    watts = {"2026-01-15T12:00:00+01:00": 700, "2026-01-15T12:30:00+01:00": 800}
    ha = having(
        entity("sensor.solar", 1, "kWh", detailedForecast=solcast, watts=watts),
        entity("sensor.solar_west", 1, "kWh", detailedForecast=solcast),
    )
    return read_pv_forecast(ha, home, NOON).intervals


def readings(home: HomeSettings) -> object:
    """What the home's sensors and toggles say."""
    states = [
        entity("sensor.soc", 50, "%"),
        entity("sensor.other_soc", 60, "%"),
        entity("sensor.load_power", 500, "W"),
        entity("sensor.pv_power", 600, "W"),
        entity("sensor.grid_power", 700, "W"),
        entity("sensor.battery_power", 800, "W"),
        entity("sensor.drawn", 900, "W"),
        entity("sensor.fed", 100, "W"),
        entity("sensor.other_power", 1.5, "kW"),
        entity("input_boolean.darkstar_automation", "on"),
        entity("input_boolean.darkstar_manual_override", "on"),
        entity("input_boolean.darkstar_vacation", "on"),
        entity("input_boolean.other", "off"),
    ]
    got = read_home(having(*states), home, NOON)
    measured = (got.soc_percent, got.load_kw, got.pv_kw, got.grid_kw, got.battery_kw)
    return [each and each.value for each in measured], got.automation, got.manual_override, got.vacation


def readings_of_forty_minutes_ago(home: HomeSettings) -> object:
    """Whether an SoC that is 40 minutes old is still believed."""
    state = reported(entity("sensor.soc", 50, "%"), NOON - timedelta(minutes=40))
    return read_home(having(state), home, NOON).soc_percent


COUNTERS = ("load", "pv", "import", "export", "charge", "discharge", "heater")


def counters(home: HomeSettings) -> object:
    """What the home's energy counters show."""
    states = [entity(f"sensor.{name}_energy", 100 + index, "kWh") for index, name in enumerate(COUNTERS)]
    return read_counters(having(*states, entity("sensor.other_energy", 5000, "Wh")), home, NOON).snapshot


def observation(home: HomeSettings) -> object:
    """What is filed when every counter rose by 0.2 kWh, the load's by 1 kWh."""

    def snapshot(at: datetime, kwh: float, load_kwh: float) -> CounterSnapshot:
        shown = CounterReading("sensor.any", kwh, at)
        load = replace(shown, kwh=load_kwh)
        return CounterSnapshot(at, load, shown, shown, shown, shown, shown, shown)

    before, after = snapshot(NOON, 5.0, 5.0), snapshot(NOON + QUARTER, 5.2, 6.0)
    return record(before, after, home, None, PriceCurve()).observations


def outlook_without_history(home: HomeSettings) -> Outlook:
    """The forecast of a home that has just been set up."""
    return foresee(home, MORNING, ())


def outlook(home: HomeSettings) -> Outlook:
    """The forecast of a home with 40 days of changeable history."""
    return foresee(home, MORNING, _past())


def days_off(home: HomeSettings) -> object:
    """What a model that learns from the calendar expects of load on a Swedish holiday (Ascension Day)."""
    eve = datetime(2026, 5, 13, 12, tzinfo=UTC)
    rows = history(eve - 60 * DAY, eve, noisy(1, flat(0.8)), flat(0.0), 60)
    material = materials(home, HomeMeans.of(home, rows), rows, Context())[Quantity.LOAD]
    learned = LearnedLoad("calendar ridge", (Ridge.fit,)).fit(material, cell_at(eve, home.zone))
    assert learned is not None
    issue = Issues.days_before(eve, home.zone, [0])
    return learned.issued_kw(material, issue, np.arange(96, 192, 4, dtype=np.int64)).tolist()


def _past() -> list[Observation]:
    return history(MORNING - 40 * DAY, MORNING, noisy(1, flat(0.8)), noisy(2, sunny))


def planned(home: HomeSettings) -> object:
    """Plan and policy over eight hours: cheap, dear, free, dear."""
    result = _planned(home)
    return [replace(slot, reason="") for slot in result.plan.slots], result.plan.objective, result.policy.slots


def question(home: HomeSettings) -> object:
    """The request alone."""
    return _planned(home).request


def planned_again(home: HomeSettings) -> object:
    """A plan made while another one, for a fuller battery, is carried out."""
    even = [0.20, 0.21, 0.22, 0.23, 0.24, 0.25, 0.26, 0.27]
    running = _planned(home, 90.0, even).plan
    return [replace(slot, reason="") for slot in _planned(home, 40.0, even, running).plan.slots]


def _planned(
    home: HomeSettings,
    soc_percent: float = 40.0,
    day: Sequence[float] = (0.2, 0.2, 1.5, 1.6, 0.0, 0.1, 2.0, 2.0),
    running: Plan | None = None,
) -> Planned:
    hourly = [*day] * 7
    curve = PriceCurve(
        tuple(
            Price(MORNING + index * HOUR, MORNING + (index + 1) * HOUR, paid + 0.1, paid)
            for index, paid in enumerate(hourly)
        )
    )
    seen = foresee(home, MORNING, _past()[-2000:])
    return plan_home(Situation(home, MORNING, soc_percent, curve, seen.forecast, seen.scenarios, running=running))


def commands(home: HomeSettings) -> object:
    """What is written to the devices for a row of decisions."""
    modes = [
        decided(BatteryMode.GRID_CHARGE, charge_kw=3.2, target=83.0),
        decided(BatteryMode.EXPORT, charge_kw=0.1, discharge_kw=4.7, target=33.0),
        decided(BatteryMode.SELF_USE, charge_kw=5.0, discharge_kw=0.1),
    ]
    heats = [HeaterSettingsNow(mode, Source.PLAN, "as the test wants it") for mode in HeaterMode]
    decisions = [replace(mode, heater=heat) for mode in modes for heat in heats]
    return [_carried_out(home, decision) for decision in decisions]


def asked_of_devices(home: HomeSettings) -> object:
    """What inverter and charger are asked for."""
    modes = (
        decided(BatteryMode.GRID_CHARGE, charge_kw=3.2, target=83.0),
        decided(BatteryMode.SELF_USE, charge_kw=4.3, discharge_kw=0.1),
    )
    cars = (
        EvSettingsNow(EvMode.CHARGE, 11.0, Source.PLAN, "as the test wants it"),
        EvSettingsNow(EvMode.STOP, 0.0, Source.PLAN, "as the test wants it"),
    )
    return (
        [wanted(mode.battery, home, 55.0) for mode in modes if mode.battery is not None],
        [wanted_charger(car, home) for car in cars],
    )


def _devices() -> FakeDevices:
    devices = FakeDevices()
    options = devices.entities["select.inverter_work_mode"].attributes["options"]
    devices.put("select.inverter_work_mode", "Zero Export To CT", options=[*options, "Selling", "At home"])
    devices.put("select.other", "Zero Export To CT", options=options)
    devices.put("switch.other", "off")
    devices.put("number.other", "77", min=0, max=190)
    return devices


def _carried_out(home: HomeSettings, decision: Decision) -> tuple[Sequence[ExecutionStep], object]:
    devices = _devices()
    steps = Dispatcher(devices, home, devices.sleep).dispatch(decision, NOON)
    return [replace(step, message="") for step in steps], devices.calls


def deaf_devices(home: HomeSettings) -> object:
    """How long is waited for a device that takes nothing, and what the owner is told after 12 ticks."""
    devices = _devices()
    devices.deaf = {"switch.inverter_grid_charging"}
    dispatcher = Dispatcher(devices, home, devices.sleep)
    for tick in range(12):
        dispatcher.dispatch(decided(BatteryMode.GRID_CHARGE), NOON + tick * QUARTER)
    return devices.slept, [problem.problem_id for problem in dispatcher.problems]


def decisions(home: HomeSettings) -> object:
    """Decisions at every SoC, out of rest, out of an emergency, and while the policy would sell."""
    policies = (sample_policy_slot(buy_to=50.0), sample_policy_slot(sell_to=5.0))
    befores = (None, decided(), decided(emergency=True))
    slot = sample_plan_slot()
    return [
        replace(decide(slot, policy, readings_for(float(soc)), NO_OVERRIDES, home, before, NOON), summary="")
        for policy in policies
        for before in befores
        for soc in range(101)
    ]


def quick_action_levels(home: HomeSettings) -> object:
    """Where forced charge and export stop."""
    kinds = (OverrideKind.FORCE_CHARGE, OverrideKind.FORCE_EXPORT)
    return [start(Order(kind=kind), home, NOON).soc_percent for kind in kinds]


def age_of_the_plan(home: HomeSettings) -> object:
    """Whether a plan that is an hour old is still followed."""
    plan = sample_plan()
    return current(plan, sample_policy(), home, plan.created_at + HOUR).missing


def notices(home: HomeSettings) -> object:
    """All messages that can be sent and when, how many at each hour, and the hours of the digest."""
    settings, zone = home.notifications, home.zone
    rest, heat = decided(), HeaterSettingsNow(HeaterMode.NORMAL, Source.PLAN, "warm")
    car = EvSettingsNow(EvMode.CHARGE, 16.0, Source.PLAN, "cheap")
    busy = [decided(BatteryMode.GRID_CHARGE), decided(BatteryMode.EXPORT), replace(rest, heater=heat, ev=car)]
    states = [running_facts(executed(decision), settings) for decision in (rest, *busy)]
    action = Override(OverrideKind.STOP_ALL, NOON, NOON + HOUR)
    states += [override_facts(ActiveOverrides(battery=action), settings, NOON, zone)]
    problems = [Problem(f"x{number}", Severity.WARNING, NOON, "broken", "mend it") for number in range(20)]
    broken = problem_facts(problems, settings)
    edges = [pair for state in [*states[1:], broken[:1]] for pair in ((states[0], state), (state, states[0]))]
    told = [
        news(news(Ledger(known=was), after, NOON)[0], after, NOON + minutes * MINUTE)[1]
        for was, after in edges
        for minutes in (5, 60)
    ]
    ledger, changes = news(Ledger(), broken, NOON)
    hours = [len(messages(ledger, changes, NOON + hour * HOUR, settings, zone)[1]) for hour in range(24)]
    return told, hours, [digest_day(NOON + hour * HOUR, settings.digest_at, zone) for hour in range(24)]


def executed(decision: Decision) -> Execution:
    """A tick that was carried out."""
    return Execution(NOON, None, decision, (), None, None, None, None, shadow=False)


def demo(home: HomeSettings) -> object:
    """Prices and meters of the demo's house after an hour."""
    house = DemoWorld(home, Meters.at_first(home))
    inverter = InverterState(
        export_first=False, grid_charging=False, charge_current_a=100, discharge_current_a=100, soc_target_percent=10
    )
    return house.step(inverter, 60.0, 0.0, MORNING, 1.0), house.nordpool(MORNING)
