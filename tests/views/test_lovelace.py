"""The Lovelace examples name only what Darkstar publishes or its package makes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from darkstar.views.sensors import sensors
from darkstar.views.snapshot import Snapshot
from tests.homes import home
from tests.views.samples import sample

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
EXAMPLES = sorted((DASHBOARDS / "lovelace").glob("*.yaml"))
ENTITY = re.compile(r"\b(?:sensor|input_\w+)\.darkstar_\w+")
ATTRIBUTE = re.compile(r"\ba\.(\w+)")


def known() -> set[str]:
    package = yaml.safe_load((DASHBOARDS / "homeassistant" / "darkstar.yaml").read_text(encoding="utf-8"))
    helpers = {f"{domain}.{name}" for domain, block in package.items() if isinstance(block, dict) for name in block}
    empty = Snapshot(datetime(2026, 11, 23, tzinfo=UTC), home())
    return helpers | {sensor.entity_id for sensor in sensors(empty)}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_entity_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert yaml.safe_load(text)
    assert set(ENTITY.findall(text)) <= known()


def test_the_chart_reads_attributes_that_the_plan_has() -> None:
    text = (DASHBOARDS / "lovelace" / "apexcharts.yaml").read_text(encoding="utf-8")
    (plan,) = [sensor for sensor in sensors(sample()) if sensor.entity_id == "sensor.darkstar_plan"]
    wanted = set(ATTRIBUTE.findall(text))
    assert {"import_price", "soc_percent", "second_start"} <= wanted
    assert wanted <= set(plan.attributes)


def test_the_plain_view_reads_attributes_that_there_are() -> None:
    (view,) = yaml.safe_load((DASHBOARDS / "lovelace" / "plain.yaml").read_text(encoding="utf-8"))
    shown = {sensor.entity_id: sensor.attributes for sensor in sensors(sample())}
    rows = [row for card in view["cards"] for row in card.get("entities", ()) if isinstance(row, dict)]
    assert len(rows) == 3
    for row in rows:
        assert row["attribute"] in {*shown[row["entity"]], "so_far", "planned_rest"}
