"""The dashboards and their skin: what blanks a page must never be shipped."""

import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import appdaemon.dashboard
import pytest
import yaml

from darkstar.home.entities import EntitySettings
from darkstar.pages.routes import PAGES as ROUTES
from darkstar.views.sensors import sensors
from tests.views.samples import empty, sample

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
PAGES = sorted(DASHBOARDS.glob("*.dash"))
NAVIGATION = DASHBOARDS / "darkstar_nav.yaml"
TILES = DASHBOARDS / "darkstar_tiles.dash"
SKIN = DASHBOARDS / "custom_css" / "darkstar"
HEAD = {"title", "columns", "rows", "widget_dimensions", "widget_margins", "global_parameters", "layout"}
QUICK = {
    f"input_button.darkstar_{name}"
    for name in (
        "force_charge",
        "force_export",
        "force_heat",
        "force_ev",
        "stop_all",
        "pause",
        "clear_override",
        "plan_now",
    )
}
EACH_PAGE = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def _load(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _widgets(path: Path) -> dict[str, dict[str, Any]]:
    """The tiles of a dashboard, with those that it includes."""
    own = {name: block for name, block in _load(path).items() if name not in HEAD}
    return own if path == NAVIGATION else {**_widgets(NAVIGATION), **own}


def _rows(path: Path) -> Iterator[str]:
    for row in _load(path)["layout"]:
        if isinstance(row, str):
            yield row
        elif "include" in row:
            yield from _rows(DASHBOARDS / f"{row['include']}.yaml")


def _places(path: Path) -> list[tuple[str, int, int]]:
    rows = list(_rows(path))
    found = [re.fullmatch(r"\s*(\w+)(?:\((\d+)x(\d+)\))?\s*", cell) for row in rows for cell in row.split(",")]
    return [(cell.group(1), int(cell.group(2) or 1), int(cell.group(3) or 1)) for cell in found if cell is not None]


def test_every_page_has_its_dashboard_and_its_place_in_the_navigation() -> None:
    dashboards = {path.stem for path in PAGES}
    framed = {_load(path)["frame"]["url_list"][0] for path in PAGES if path != TILES}
    assert framed == {f"app/darkstar_{name}" for name in ROUTES}
    urls = [widget["url"] for widget in _widgets(NAVIGATION).values()]
    pages = ["darkstar" if name == "status" else f"darkstar_{name}" for name in ROUTES]
    assert urls == [*pages, "darkstar_tiles"]
    assert [name for name, _, _ in _places(NAVIGATION)] == list(_widgets(NAVIGATION))
    assert {widget["url"] for widget in _widgets(NAVIGATION).values()} == dashboards


@EACH_PAGE
def test_no_yaml_boolean_or_null_reaches_the_script(path: Path) -> None:
    """HADashboard prints them as Python's True, False and None into JavaScript: the page stays blank."""
    faulty = [leaf for leaf in _leaves(_load(path)) if leaf is None or isinstance(leaf, bool)]
    assert faulty == []


@EACH_PAGE
def test_every_widget_is_placed_once(path: Path) -> None:
    placed = [name for name, _, _ in _places(path)]
    assert sorted(placed) == sorted(_widgets(path))


@EACH_PAGE
def test_every_entity_exists(path: Path) -> None:
    published = {sensor.entity_id for sensor in sensors(empty())}
    helpers = {
        field.default
        for field in EntitySettings.model_fields.values()
        if isinstance(field.default, str) and field.default.startswith("input_")
    }
    for name, widget in _widgets(path).items():
        for key in ("entity", "sub_entity"):
            if key in widget:
                entity = ".".join(widget[key].split(".")[:2])
                assert entity in published | helpers, f"{name}: {entity}"


@EACH_PAGE
def test_every_attribute_that_is_shown_is_published(path: Path) -> None:
    """Of a home that knows everything: an attribute may be left out while it is unknown."""
    attributes = {sensor.entity_id: sensor.attributes for sensor in sensors(sample())}
    for name, widget in _widgets(path).items():
        entity, *attribute = widget.get("entity", "").rsplit(".", widget.get("entity", "").count(".") - 1)
        shown = [*attribute, *filter(None, [widget.get("entity_to_sub_entity_attribute")])]
        for one in shown if entity in attributes else ():
            assert one in attributes[entity], f"{name}: {one}"


def test_every_quick_action_presses_its_button() -> None:
    path = TILES
    buttons = {
        field.default
        for field in EntitySettings.model_fields.values()
        if isinstance(field.default, str) and field.default.startswith("input_button.") and field.default in QUICK
    }
    scripts = [widget for widget in _widgets(path).values() if widget["widget_type"] == "script"]
    assert {widget["entity"] for widget in scripts} == buttons
    for widget in scripts:
        assert widget["post_service_active"] == {"service": "input_button/press", "entity_id": widget["entity"]}


@EACH_PAGE
def test_the_skin_knows_every_size(path: Path) -> None:
    style = (SKIN / "dashboard.css").read_text(encoding="utf-8")
    for name, width, height in _places(path):
        assert f'[data-sizex="{width}"]' in style, name
        assert f'[data-sizey="{height}"]' in style, name


def test_what_the_skin_loads_is_there() -> None:
    includes = " ".join(_load(SKIN / "variables.yaml")["head_includes"])
    sources = re.findall(r'src="([^"]+)"', includes)
    assert sources
    for source in sources:
        assert (DASHBOARDS / source).is_file(), source


class _Logging:
    """What HADashboard's compiler wants of AppDaemon's logging."""

    def get_child(self, name: str) -> logging.Logger:
        return logging.getLogger("dashboard")

    def get_access(self) -> logging.Logger:
        return logging.getLogger("dashboard.access")


@pytest.fixture(params=[(page.stem, skin) for page in PAGES for skin in ("darkstar", "default")], ids="-".join)
def compiled(
    request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> tuple[dict[str, Any], str, list[str]]:
    """A page compiled by AppDaemon itself: the result, the script for the browser, the warnings."""
    name, skin = request.param
    assets = Path(appdaemon.dashboard.__file__).parent / "assets"
    for folder in ("dashboards", "compiled"):
        (tmp_path / folder).mkdir()
    for source in (*PAGES, NAVIGATION):
        shutil.copy(source, tmp_path / "dashboards")
    shutil.copytree(DASHBOARDS / "custom_css", tmp_path / "custom_css")
    compiler: Any = appdaemon.dashboard.Dashboard
    dashboard = compiler(str(tmp_path), _Logging(), template_dir=str(assets / "templates"), css_dir=str(assets / "css"))
    with caplog.at_level(logging.WARNING, logger="dashboard"):
        result = dashboard._conditional_compile(name, skin, recompile=True)
    script = tmp_path / "compiled" / "javascript" / skin / f"{name}_init.js"
    return result, script.read_text(encoding="utf-8"), [record.getMessage() for record in caplog.records]


def test_appdaemon_compiles_the_page_without_a_word(compiled: tuple[dict[str, Any], str, list[str]]) -> None:
    result, script, warnings = compiled
    assert result["errors"] == []
    assert warnings == []
    assert not re.findall(r"\b(True|False|None)\b", script)


def test_no_two_tiles_overlap(compiled: tuple[dict[str, Any], str, list[str]]) -> None:
    result, _, _ = compiled
    taken: dict[tuple[int, int], str] = {}
    for widget in result["widgets"]:
        column, row = widget["position"]
        for x in range(column, column + int(widget["size"][0])):
            for y in range(row, row + int(widget["size"][1])):
                assert 1 <= x <= result["columns"], widget["id"]
                assert 1 <= y <= result["rows"], widget["id"]
                assert (x, y) not in taken, f"{widget['id']} on {taken.get((x, y))}"
                taken[x, y] = widget["id"]
    assert taken
