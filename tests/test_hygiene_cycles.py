"""The cycle against legionella from plan to proof: planner, decisions, records and counters together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from darkstar.control.decision import (
    Decision,
    Execution,
    ExecutionStep,
    HeaterMode,
    HeaterSettingsNow,
    Source,
    StepResult,
)
from darkstar.home.devices import WaterHeaterSettings
from darkstar.home.observation import Observation
from darkstar.home.sources import PriceSourceSettings
from darkstar.hygiene_cycles import LAST_CYCLE
from darkstar.planner import Planner
from darkstar.storage.executions import Executions
from darkstar.storage.memory import Memory
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from tests.driver import Driver
from tests.homes import ENTITIES, home

QUARTER_S = 900
PRICES = PriceSourceSettings.model_validate(
    {"source": "generic", "entity": "sensor.prices", "multiplier": 1.0, "mapping": {"today_attribute": "rows"}}
)
COLD_KWH = 20.0
"""The tank takes so much before its thermostat cuts off."""


@dataclass
class House:
    """A planner, and a heater that does what the plan says; every quarter of an hour is recorded."""

    world: Driver
    settings: dict[str, Any]
    app: Any = None
    broken: bool = False
    """The heater is told, but takes nothing."""
    away: bool = False
    """Nobody tells the heater anything: hands off."""
    room_kwh: float = COLD_KWH
    thermometer: bool = False
    cycles: list[tuple[datetime, datetime]] = field(default_factory=list)
    """The planned cycle, as each plan saw it."""
    heated: list[tuple[datetime, HeaterMode, float]] = field(default_factory=list)

    def start(self) -> None:
        self.app = self.world.start(Planner, self.settings)
        self.world.advance(5)

    def restart(self) -> None:
        self.world.stop(self.app)
        self.start()

    def run(self, hours: float) -> None:
        for _ in range(round(hours * 4)):
            self.quarter()

    def quarter(self) -> None:
        """A tick at the start, the energy until the end; the planner plans on its own timer."""
        now = self.world.now
        for name in ("soc", "load_power", "pv_power", "grid_power"):
            self.world.set(f"sensor.{name}", self.world.states[f"sensor.{name}"]["state"])
        saved = Plans(self.app.database).latest()
        assert saved is not None
        slot = saved.plan.slot_at(now)
        assert slot is not None
        hot = [each for each in saved.plan.slots if each.hygiene and each.end > now]
        if hot:
            self.cycles.append((hot[0].start, hot[-1].end))
        mode = HeaterMode.HYGIENE if slot.hygiene else HeaterMode.NORMAL if slot.heater_kwh > 0 else HeaterMode.OFF
        wanted = None if self.away else HeaterSettingsNow(mode, Source.PLAN, "planned")
        step = ExecutionStep("number.water_heater", "65", "65", StepResult.UNCHANGED)
        decision = Decision(now, None, wanted, "sentence")
        Executions(self.app.database).save(Execution(now, None, decision, (step,), 50, 1, 0, 1, shadow=False))
        on = mode is not HeaterMode.OFF and not self.away and not self.broken
        kwh = min(0.75, self.room_kwh) if on else 0.0
        self.room_kwh -= kwh
        if kwh:
            self.heated.append((now, mode, kwh))
        if self.thermometer:
            celsius = 65.0 if self.room_kwh <= 0 and mode is HeaterMode.HYGIENE else 40.0
            self.world.set("sensor.water", str(celsius + len(self.heated) / 1000), unit_of_measurement="°C")
        self.world.advance(QUARTER_S - 30)
        Observations(self.app.database).save([Observation(now, 0.25, 1.0, 0.0, heater_kwh=kwh)])
        self.world.advance(30)

    @property
    def last(self) -> datetime | None:
        return Memory(self.app.database).get(LAST_CYCLE, datetime)

    @property
    def asked(self) -> bool:
        """Whether the running plan was asked for a cycle."""
        saved = Plans(self.app.database).latest()
        assert saved is not None
        return any(heater.hygiene is not None for heater in saved.request.heaters)

    def problems(self) -> list[str]:
        return [problem.problem_id for problem in self.app.problems.open()]


def _settings(*, measured: bool = True, **heater: Any) -> dict[str, Any]:
    names: dict[str, Any] = {"water_heater_energy": "sensor.heater_energy"} if measured else {}
    if heater.pop("thermometer", False):
        names["water_temperature"] = "sensor.water"
    return home(
        water_heater=WaterHeaterSettings.model_validate({"power_kw": 3.0} | heater),
        entities=ENTITIES.model_copy(update=names),
        planner={"horizon_hours": 24, "slot_minutes": 30, "interval_minutes": 30, "scenario_days": 0},
        executor={"shadow_mode": False},
        prices=PRICES,
    ).model_dump(mode="json", exclude_unset=True)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path, now=datetime(2026, 1, 15, 11, 0, tzinfo=UTC))
    driver.install(monkeypatch)
    driver.set_readings()
    driver.set("input_boolean.darkstar_vacation", "on")
    return driver


def _cheap_at(world: Driver, *hours: int, days: int = 12) -> None:
    """Prices per hour for some days, low in these hours of each local day."""
    begin = datetime(2026, 1, 14, 23, tzinfo=UTC)
    rows = {(begin + timedelta(hours=n)).isoformat(): 0.1 if n % 24 in hours else 1.0 for n in range(24 * days)}
    world.set("sensor.prices", "1.0", rows=rows)


def _local(day: int, hour: float) -> datetime:
    """An hour of a day of January at home."""
    return datetime(2026, 1, day, tzinfo=UTC) + timedelta(hours=hour - 1)


def test_it_is_planned_where_it_is_cheap_stays_through_every_plan_and_counts_when_delivered(world: Driver) -> None:
    _cheap_at(world, 17, 18, 19)
    house = House(world, _settings())
    house.start()
    house.run(9.75)
    assert len(house.cycles) == 32
    assert {end for _, end in house.cycles} == {_local(15, 20)}
    assert min(start for start, _ in house.cycles) == _local(15, 17)
    assert [moment.replace(second=0) for moment, _, _ in house.heated] == [
        _local(15, 17) + timedelta(minutes=15 * n) for n in range(12)
    ]
    assert {mode for _, mode, _ in house.heated} == {HeaterMode.HYGIENE}
    assert house.last is not None
    assert abs(house.last - _local(15, 20)) <= timedelta(minutes=15)
    assert not house.asked
    assert not [name for name in house.problems() if "hygiene" in name]


def test_the_next_one_comes_after_the_interval_and_not_before(world: Driver) -> None:
    _cheap_at(world, 17, 18, 19)
    house = House(world, _settings())
    house.start()
    Memory(house.app.database).put(LAST_CYCLE, _local(9, 20), world.now)
    house.run(0.75)
    for _ in range(5):
        assert not house.asked
        house.run(0.25)
    assert not house.asked
    house.run(0.25)
    assert house.asked


def test_a_restart_in_the_middle_changes_nothing(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15)
    house = House(world, _settings())
    house.start()
    house.run(2.75)
    house.restart()
    house.run(3)
    assert {mode for _, mode, _ in house.heated} == {HeaterMode.HYGIENE}
    assert len(house.heated) == 12
    assert house.last is not None


def test_one_that_was_interrupted_is_due_again_and_run_whole(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15, 20, 21, 22)
    house = House(world, _settings())
    house.start()
    house.run(2.25)
    house.away = True
    house.run(2)
    house.away = False
    house.run(1.25)
    assert house.last is None
    assert house.asked
    house.run(7)
    assert house.last is not None
    assert abs(house.last - _local(15, 23)) <= timedelta(minutes=15)
    evening = [moment for moment, mode, _ in house.heated if mode is HeaterMode.HYGIENE and moment.hour >= 17]
    assert len(evening) == 12


def test_without_delivered_heat_it_never_counts_and_the_owner_hears_of_it(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15)
    house = House(world, _settings(), broken=True)
    house.start()
    house.run(6)
    assert house.last is None
    assert house.asked
    assert "hygiene_unproven" in house.problems()


def test_a_thermostat_that_ends_it_early_counts_with_a_thermometer_only(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15)
    world.set("sensor.water", "40", unit_of_measurement="°C")
    house = House(world, _settings(thermometer=True), room_kwh=4.0, thermometer=True)
    house.start()
    house.run(6)
    assert house.last is not None
    assert sum(kwh for _, _, kwh in house.heated) < 5


def test_nothing_that_measures_is_told(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15)
    house = House(world, _settings(measured=False))
    house.start()
    assert "hygiene_unprovable" in house.problems()


def test_outside_vacation_it_runs_where_the_owner_wants_it_always(world: Driver) -> None:
    _cheap_at(world, 13, 14, 15)
    world.set("input_boolean.darkstar_vacation", "off")
    house = House(world, _settings(hygiene="always", daily_energy_kwh=3.0))
    house.start()
    house.run(6)
    assert house.last is not None
    assert not house.asked
    other = House(world, _settings(hygiene="vacation", daily_energy_kwh=3.0))
    house.world.stop(house.app)
    other.start()
    assert not other.asked
