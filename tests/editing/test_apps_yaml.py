from __future__ import annotations

import difflib
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from darkstar.editing.apps_yaml import KEPT_BACKUPS, EditError, edited, save, with_changes
from darkstar.home.settings import SettingsError, load_settings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = {"time_zone": "Europe/Stockholm", "latitude": 59.3, "longitude": 18.1}
EXAMPLE = (Path(__file__).parents[2] / "apps.yaml.example").read_text(encoding="utf-8")
HOUSE = (Path(__file__).parents[1] / "e2e" / "house" / "apps.yaml").read_text(encoding="utf-8")


def block_of(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)["darkstar_planner"]["home"]  # type: ignore[no-any-return]


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.mark.parametrize("text", [EXAMPLE, HOUSE])
def test_no_change_changes_nothing(text: str) -> None:
    assert edited(text, {}) == text


def test_one_value_changes_one_line_and_its_comment_stays() -> None:
    after = edited(EXAMPLE, {"battery.capacity_kwh": 12.5})
    assert changed_lines(EXAMPLE, after) == [
        "-      capacity_kwh: 10                  # usable, between 0 and 100 % SoC",
        "+      capacity_kwh: 12.5                # usable, between 0 and 100 % SoC",
    ]


def test_an_item_of_a_list_keeps_its_indentation() -> None:
    after = edited(EXAMPLE, {"pv_arrays.0.azimuth_deg": 180})
    assert changed_lines(EXAMPLE, after) == [
        "-        azimuth_deg: 150                # 90 east, 180 south, 270 west; default 180",
        "+        azimuth_deg: 180                # 90 east, 180 south, 270 west; default 180",
    ]


def test_a_setting_that_is_not_there_is_added_and_taken_out_again() -> None:
    after = edited(EXAMPLE, {"battery.min_soc_percent": 12})
    assert [line[0] for line in changed_lines(EXAMPLE, after)] == ["+"]
    assert block_of(after)["battery"]["min_soc_percent"] == 12
    assert edited(after, {"battery.min_soc_percent": None}) == EXAMPLE


def test_a_block_that_is_not_there_is_made() -> None:
    after = edited(EXAMPLE, {"storage.plan_days": 60})
    assert block_of(after)["storage"] == {"plan_days": 60}
    assert len(changed_lines(EXAMPLE, after)) == 2


def test_taking_out_what_is_not_there_changes_nothing() -> None:
    assert edited(EXAMPLE, {"storage.plan_days": None, "battery.min_soc_percent": None}) == EXAMPLE


def test_apps_that_share_a_block_go_on_sharing_it() -> None:
    after = yaml.safe_load(edited(EXAMPLE, {"battery.capacity_kwh": 7}))
    assert after["darkstar_status"]["home"]["battery"]["capacity_kwh"] == 7


def test_apps_with_a_block_each_all_get_the_change() -> None:
    text = "a:\n  home:\n    battery: {capacity_kwh: 1}\nb:\n  home:\n    battery: {capacity_kwh: 1}\n"
    after = yaml.safe_load(edited(text, {"battery.capacity_kwh": 2}))
    assert [app["home"]["battery"]["capacity_kwh"] for app in after.values()] == [2, 2]


def test_secrets_quotes_and_long_lines_stay() -> None:
    long = "x" * 400
    lines = (
        "a:",
        "  home:",
        "    capacity_kwh: 1",
        "    url: !secret discord",
        f"    said: '{long}'",
        '    on: "on"',
        "",
    )
    text = "\n".join(lines)
    after = edited(text, {"capacity_kwh": 2})
    assert after == text.replace("capacity_kwh: 1", "capacity_kwh: 2")


@pytest.mark.parametrize("newline", ["\n", ""])
def test_the_end_of_the_file_stays(newline: str) -> None:
    text = f"a:\n  home:\n    currency: SEK{newline}"
    assert edited(text, {"currency": "EUR"}) == text.replace("SEK", "EUR")


@pytest.mark.parametrize(
    ("text", "changes", "told"),
    [
        ("a: [", {}, "not valid YAML"),
        ("a: {b: 1}", {}, "no app of this file"),
        ("- 1", {}, "no app of this file"),
        (EXAMPLE, {"pv_arrays.7.kwp": 1}, "there is no 7"),
        (EXAMPLE, {"currency.more": 1}, "there is no more"),
    ],
)
def test_what_cannot_be_changed_is_refused(text: str, changes: dict[str, object], told: str) -> None:
    with pytest.raises(EditError, match=told):
        edited(text, changes)


PATHS = (
    "battery.capacity_kwh",
    "battery.min_soc_percent",
    "ev.phases",
    "planner.horizon_hours",
    "risk.appetite",
)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), st.none() | st.integers(1, 5), min_size=1))
def test_the_text_says_what_the_changed_block_says(changes: dict[str, int | None]) -> None:
    after = edited(HOUSE, changes)
    assert _without_empty(block_of(after)) == _without_empty(with_changes(block_of(HOUSE), changes))
    assert sum(line[0] == "-" for line in changed_lines(HOUSE, after)) <= len(changes)


def test_a_new_block_stands_with_the_others_and_not_behind_the_gap() -> None:
    lines = edited(HOUSE, {"planner.horizon_hours": 24}).splitlines()
    at = lines.index("    planner:")
    assert lines[at - 1].startswith("      ")
    assert lines[at + 1 : at + 4] == ["      horizon_hours: 24", "", "darkstar_planner:"]


def _without_empty(block: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if value not in (None, {})}


def taken(block: object) -> None:
    load_settings(block, PLACE)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "apps" / "apps.yaml"
    path.parent.mkdir()
    path.write_text(EXAMPLE, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_the_former_file_is_kept_and_the_new_one_has_its_rights(file: Path, tmp_path: Path) -> None:
    saved = save(file, {"battery.capacity_kwh": 12}, block_of(EXAMPLE), taken, tmp_path / "backups", NOW)
    assert saved.backup.read_text(encoding="utf-8") == EXAMPLE
    assert saved.lines == 1
    assert block_of(file.read_text(encoding="utf-8"))["battery"]["capacity_kwh"] == 12
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["apps.yaml"]


def test_a_bad_value_is_refused_with_its_message_and_nothing_is_written(file: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"battery\.capacity_kwh .*greater than 0"):
        save(file, {"battery.capacity_kwh": -1}, block_of(EXAMPLE), taken, tmp_path / "backups", NOW)
    assert file.read_text(encoding="utf-8") == EXAMPLE
    assert not (tmp_path / "backups").exists()


def test_a_file_behind_a_link_is_changed_and_the_link_stays(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    save(link, {"currency": "EUR"}, block_of(EXAMPLE), taken, tmp_path / "backups", NOW)
    assert link.is_symlink()
    assert block_of(file.read_text(encoding="utf-8"))["currency"] == "EUR"


def test_what_somebody_else_writes_meanwhile_is_not_lost(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = EXAMPLE.replace("currency: SEK", "currency: NOK")

    def meanwhile(path: Path, *_: object) -> Path:
        file.write_text(other, encoding="utf-8")
        return path

    monkeypatch.setattr("darkstar.editing.apps_yaml._backup", meanwhile)
    with pytest.raises(EditError, match="changed meanwhile"):
        save(file, {"battery.capacity_kwh": 12}, block_of(EXAMPLE), taken, tmp_path / "backups", NOW)
    assert file.read_text(encoding="utf-8") == other


def test_only_the_last_backups_are_kept(file: Path, tmp_path: Path) -> None:
    file.write_text(HOUSE, encoding="utf-8")
    for number in range(KEPT_BACKUPS + 3):
        changes = {"battery.capacity_kwh": 5 + number}
        at = NOW + timedelta(seconds=number)
        save(file, changes, block_of(file.read_text(encoding="utf-8")), taken, tmp_path / "backups", at)
    kept = sorted((tmp_path / "backups").iterdir())
    assert len(kept) == KEPT_BACKUPS
    assert block_of(kept[-1].read_text(encoding="utf-8"))["battery"]["capacity_kwh"] == 5 + KEPT_BACKUPS + 1
