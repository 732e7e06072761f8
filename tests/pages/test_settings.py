"""What the Settings page shows, and what it writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from darkstar.home.ports import CallResult
from darkstar.pages.desk import Owner, RefusedError
from darkstar.pages.settings import BACKUPS, save_settings, settings_data, try_notification
from darkstar.storage.database import Database
from tests.desk import EXAMPLE, NOW, TestDesk
from tests.doctor.samples import sensor


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TestDesk]:
    with Database.open(tmp_path / "darkstar.sqlite3", NOW) as database:
        yield TestDesk(tmp_path, database)


def field_of(desk: TestDesk, path: str) -> dict[str, Any]:
    sections = settings_data(desk, {})["sections"]
    (found,) = [field for section in sections for field in section["fields"] if field["path"] == path]
    return dict(found)


def test_fields_come_with_the_entities_that_would_fit(desk: TestDesk) -> None:
    desk.ha.entities["sensor.house_battery_soc"] = sensor("sensor.house_battery_soc", 50, "battery")
    assert field_of(desk, "entities.battery_soc")["proposals"] == ["sensor.house_battery_soc"]


def test_sections_of_a_list_are_counted_from_one(desk: TestDesk) -> None:
    titles = [section["title"] for section in settings_data(desk, {})["sections"]]
    assert "PV array 1" in titles
    assert not any(title.endswith(" 0") for title in titles)


def test_a_change_is_written_and_shown(desk: TestDesk) -> None:
    answer = save_settings(desk, {"changes": {"battery.capacity_kwh": 12.5}})
    assert (answer["lines"], desk.reloads) == (1, 1)
    assert field_of(desk, "battery.capacity_kwh")["value"] == 12.5
    assert (desk.folder / BACKUPS / answer["backup"]).read_text(encoding="utf-8") == EXAMPLE


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"battery.capacity_kwh": -1}, r"battery\.capacity_kwh .*greater than 0"),
        ({"battery.capacity_kwh": "much"}, r"battery\.capacity_kwh"),
        ({"battery.capacity_kwh": 12, "battery.min_soc_percent": 101}, r"battery\.min_soc_percent"),
        ({"entities.battery_soc": "no entity"}, r"entities\.battery_soc"),
        ({"battery.colour": "red"}, r"battery\.colour: not in the form"),
        ({"tariff.fee_periods": []}, "not in the form"),
        ({"notifications.discord_webhook_url": "https://x.org"}, "not in the form"),
        ({}, "changes must be an object"),
        ([1], "changes must be an object"),
    ],
)
def test_a_bad_change_is_refused_in_words_and_nothing_is_written(desk: TestDesk, changes: object, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        save_settings(desk, {"changes": changes})
    assert desk.file.read_text(encoding="utf-8") == EXAMPLE
    assert not (desk.folder / BACKUPS).exists()
    assert desk.reloads == 0


def test_without_a_file_nothing_can_be_written(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = replace(desk.owner, file=None)
    monkeypatch.setattr(TestDesk, "owner", property(lambda _: Owner(None, owner.block, owner.check)))
    assert settings_data(desk, {})["file"] is None
    with pytest.raises(RefusedError, match="does not say in which file"):
        save_settings(desk, {"changes": {"battery.capacity_kwh": 12}})


def test_the_test_message_is_a_press_of_the_button(desk: TestDesk) -> None:
    try_notification(desk, {})
    assert desk.ha.calls == [("input_button/press", {"entity_id": "input_button.darkstar_test_notification"})]
    desk.ha.answer = CallResult(ok=False, error="no connection")
    with pytest.raises(RefusedError, match="no connection"):
        try_notification(desk, {})
