from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.__main__ import main
from darkstar.bundles.replay import ReplayBundle, bundle_from_json, bundle_of, bundle_to_json, replay
from darkstar.home.secret_url import HIDDEN
from darkstar.optimizer.solve import plan
from darkstar.storage.database import DATABASE_FILE, Database
from darkstar.storage.log_lines import LogLine, LogLines
from darkstar.storage.plans import Plans, SavedPlan
from tests.homes import home
from tests.optimizer.samples import winter, with_water

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEBHOOK = "https://discord.com/api/webhooks/1/secret"
PHONE = "notify.mobile_app_annas_phone"
LINES = (
    LogLine(NOW, "INFO", "darkstar_notifier", f"posted to {WEBHOOK}, told {PHONE}, wrote to anna@example.org"),
    LogLine(NOW, "WARNING", "darkstar_planner", "192.168.1.7 does not answer; plan 0123456789ab kept, 3.25 kWh"),
)
EXAMPLE = Path(__file__).parents[2] / "apps.yaml.example"


def bundle() -> ReplayBundle:
    request = with_water()
    told = home(
        latitude=55.5417, longitude=13.1234, notifications={"services": [PHONE], "discord_webhook_url": WEBHOOK}
    )
    return bundle_of(request, plan(request), told, LINES, NOW)


def test_a_bundle_replays_to_the_identical_plan_after_its_way_through_a_file() -> None:
    made = bundle_from_json(bundle_to_json(bundle()))
    assert made == bundle()
    again = replay(made)
    assert again.is_identical
    assert again.plan == made.plan
    assert again.other_versions == ()


def test_another_plan_is_told_with_the_slot_and_both_numbers() -> None:
    made = bundle()
    first = replace(made.plan.slots[0], import_kwh=9.75)
    changed = replace(made, plan=replace(made.plan, cost=1.25, slots=(first, *made.plan.slots[1:])))
    told = replay(changed).differences
    assert told[0].startswith("cost: 1.25 there")
    assert "import_kwh 9.75 there" in told[-1]


def test_another_version_of_a_library_is_told() -> None:
    made = replace(bundle(), versions={"pulp": "3.0", "odd": "1"})
    assert [each.split(" -> ")[0] for each in replay(made).other_versions] == ["pulp 3.0", "odd 1"]


def test_nothing_in_a_bundle_names_the_owner_or_opens_the_home() -> None:
    text = bundle_to_json(bundle())
    for secret in ("discord.com", "annas_phone", "anna@", "192.168", "55.5417", "13.1234"):
        assert secret not in text
    made = bundle()
    assert made.settings["latitude"] == 56
    assert made.log[0].text == f"posted to {HIDDEN} told notify.{HIDDEN}, wrote to {HIDDEN}"
    assert made.log[1].text == f"{HIDDEN} does not answer; plan 0123456789ab kept, 3.25 kWh"


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "[1, 2]"])
def test_what_is_no_bundle_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="no replay bundle of format 1"):
        bundle_from_json(text)


def test_the_command_makes_a_bundle_and_replays_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    apps = tmp_path / "apps" / "apps.yaml"
    apps.parent.mkdir()
    apps.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    request = winter()
    with Database.open(tmp_path / "darkstar" / DATABASE_FILE, NOW) as database:
        Plans(database).save(SavedPlan(request, plan(request), None))
        for line in LINES:
            LogLines(database).save(line)
    file = tmp_path / "bundle.json"
    assert main(["replay", str(file), "--make", str(apps)]) == 0
    assert [line["level"] for line in json.loads(file.read_text())["log"]] == ["INFO", "WARNING"]
    assert main(["replay", str(file)]) == 0
    assert "identical" in capsys.readouterr().out


def test_the_command_fails_on_another_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = bundle()
    file = tmp_path / "bundle.json"
    file.write_text(bundle_to_json(replace(made, plan=replace(made.plan, cost=0.5))))
    assert main(["replay", str(file)]) == 1
    assert "cost: 0.5 there" in capsys.readouterr().err


def test_a_home_without_a_plan_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "b"), "--make", str(tmp_path / "apps" / "apps.yaml")]) == 1
    assert DATABASE_FILE in capsys.readouterr().err
