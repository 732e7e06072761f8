"""A home with a battery and no panels: it plans, decides, records and keeps its ledger without a fault."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from darkstar.executor import Executor
from darkstar.home.devices import BatterySettings
from darkstar.planner import Planner
from darkstar.storage.executions import Executions
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from darkstar.trainer import Trainer
from tests.driver import Driver
from tests.homes import ENTITIES, home

COUNTERS = {
    "grid_import_energy": "sensor.drawn",
    "battery_charge_energy": "sensor.charged",
    "battery_discharge_energy": "sensor.discharged",
}
HOME = home(
    pv_arrays=(),
    water_heater=None,
    battery=BatterySettings(capacity_kwh=8, max_charge_kw=3, max_discharge_kw=3, discharge_to_grid=False),
    storage={"backfill_days": 0},
    entities=ENTITIES.model_copy(update={"pv_power": None, **COUNTERS}),
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver(tmp_path, now=datetime(2026, 1, 15, 11, 0, 10, tzinfo=UTC))
    driver.install(monkeypatch)
    helpers = {"automation": "on", "manual_override": "off", "vacation": "off", "shadow": "on"}
    for name, state in helpers.items():
        driver.set(f"input_boolean.darkstar_{name}", state)
    tell(driver, 0.0)
    return driver


def tell(world: Driver, drawn_kwh: float) -> None:
    """The meters as they stand now."""
    world.set("sensor.soc", "50", unit_of_measurement="%")
    for name in ("sensor.load_power", "sensor.grid_power"):
        world.set(name, "0.8", unit_of_measurement="kW")
    for name in COUNTERS.values():
        kwh = 100 + (drawn_kwh if name == "sensor.drawn" else 0.0)
        world.set(name, f"{kwh:.3f}", unit_of_measurement="kWh")


def test_it_plans_decides_and_records(world: Driver) -> None:
    blocks = HOME.model_dump(mode="json", exclude_unset=True)
    apps = [world.start(app, blocks) for app in (Planner, Executor, Trainer)]
    for minute in range(65):
        world.advance(60)
        tell(world, (minute + 1) * 0.8 / 60)
    database = apps[0].database
    saved = Plans(database).latest()
    assert saved is not None
    assert sum(slot.pv_kwh for slot in saved.plan.slots) == 0
    execution = Executions(database).latest()
    assert execution is not None
    assert execution.decision.battery is not None
    assert execution.decision.hands_off is None
    rows = Observations(database).between(world.now - timedelta(hours=2), world.now)
    assert rows
    assert {row.export_kwh for row in rows} == {0.0}
    assert [row.load_kwh for row in rows] == pytest.approx([0.2] * len(rows), abs=0.02)
    assert [problem.problem_id for problem in apps[0].problems.open()] == []
