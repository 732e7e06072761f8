"""What the Doctor page shows, and the replay bundle that it gives away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkstar.bundles.replay import bundle_from_json, replay
from darkstar.optimizer.solve import plan
from darkstar.pages.desk import RefusedError
from darkstar.pages.doctor import LASTS, DoctorVisit, replay_bundle
from darkstar.storage.database import Database
from darkstar.storage.plans import Plans, SavedPlan
from tests.desk import NOW, TestDesk
from tests.doctor.samples import sensor
from tests.optimizer.samples import winter


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield TestDesk(tmp_path, database)


def texts(desk: TestDesk, visit: DoctorVisit) -> str:
    return " ".join(each["text"] for group in visit(desk, {})["groups"] for each in group["findings"])


def test_findings_are_grouped_by_gravity_with_a_verdict(desk: TestDesk) -> None:
    page = DoctorVisit()(desk, {})
    assert [group["grade"] for group in page["groups"]] == ["fault", "advice", "assumed", "ok"]
    faults = len(page["groups"][0]["findings"])
    assert faults > 1
    assert page["verdict"] == f"{faults} things must be mended."
    assert not page["is_well"]
    assert page["plan_id"] is None


def test_a_look_serves_for_a_while_and_again_when_asked(desk: TestDesk) -> None:
    visit = DoctorVisit()
    soc = desk.home.entities.battery_soc
    assert soc is not None
    assert f"Home Assistant has no {soc}" in texts(desk, visit)
    desk.ha.entities[soc] = sensor(soc, 50, "battery")
    assert f"Home Assistant has no {soc}" in texts(desk, visit)
    visit.again(desk, {})
    assert f"Home Assistant has no {soc}" not in texts(desk, visit)
    del desk.ha.entities[soc]
    desk.time = NOW + LASTS * 2
    assert f"Home Assistant has no {soc}" in texts(desk, visit)


def test_the_bundle_replays_to_the_same_plan(desk: TestDesk) -> None:
    with pytest.raises(RefusedError, match="no plan yet"):
        replay_bundle(desk, {})
    request = winter()
    Plans(desk.database).save(SavedPlan(request, plan(request), None))
    answer = replay_bundle(desk, {})
    assert replay(bundle_from_json(answer["content"])).is_identical
    assert answer["file"].startswith("darkstar-replay-")
