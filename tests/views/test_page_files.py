"""The pages as documents: complete, without markup from data, without other servers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from darkstar.pages.routes import PAGES
from darkstar.views import page_files

FOLDER = Path(page_files.__file__).parent / "page"
TITLES = {name: page.title for name, page in PAGES.items()}
EACH_PAGE = pytest.mark.parametrize("name", PAGES)
SCRIPTS = sorted(FOLDER.glob("*.js"))


def _document(name: str) -> str:
    return page_files.page_html(name, TITLES, every_s=7, plotly=True)


@EACH_PAGE
def test_a_page_holds_its_styles_scripts_and_navigation(name: str) -> None:
    page = _document(name)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<style>") == page.count("</style>") == 1
    assert page.count("<script>") == page.count("</script>") == 3
    assert f'data-page="{name}" data-every="7" data-plotly="darkstar_plotly"' in page
    assert f'<a href="darkstar_{name}" aria-current=page>{TITLES[name]}</a>' in page
    assert all(f'<a href="darkstar_{other}"' in page for other in PAGES)
    assert "Darkstar.page({" in page
    assert not re.findall(r"/\* [\w.]+ \*/", page.replace("/* Flow", "").split("<style>")[0])


def test_a_title_is_escaped() -> None:
    page = page_files.page_html("plan", {"plan": "<b>Plan</b>"}, every_s=5)
    assert "<b>Plan" not in page
    assert 'data-plotly=""' in page


@EACH_PAGE
def test_a_page_asks_only_its_own_host_by_relative_addresses(name: str) -> None:
    page = _document(name).replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://|//cdn|@import", page)
    assert not re.findall(r"""(?:href|src)=["']/|fetch\(["'`]/""", page)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_text_never_markup(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert text.startswith('"use strict";')


@EACH_PAGE
def test_every_element_that_a_script_names_is_there(name: str) -> None:
    page, script = _document(name), (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    wanted = set(re.findall(r"""(?:by|fill|getElementById)\("#?([\w-]+)["\s]""", script))
    made = set(re.findall(r"""\bid[=:] ?"([\w-]+)\"""", page))
    assert wanted
    assert wanted <= made


@EACH_PAGE
def test_every_icon_that_a_script_names_is_drawn(name: str) -> None:
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', _document(name)))
    script = (FOLDER / f"{name}.js").read_text(encoding="utf-8")
    assert set(re.findall(r'icon\("([\w-]+)"\)', script)) <= drawn
    assert {"charge", "store", "discharge", "export", "hold", "off"} <= drawn  # tones and actions


def test_every_colour_has_a_value_in_both_themes() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (*FOLDER.glob("*.css"), *SCRIPTS))
    own = {"--tone", "--shift", "--frame-height"}
    used = set(re.findall(r"var\((--[\w-]+)[,)]", text)) | set(re.findall(r'"(--[\w-]+)"', text))
    style = (FOLDER / "base.css").read_text(encoding="utf-8")
    for theme in ("dark", "light"):
        block = re.search(rf':root\[data-theme="{theme}"\] {{(.*?)}}', style, re.DOTALL)
        assert block is not None
        assert used - own <= set(re.findall(r"(--[\w-]+):", block.group(1)))


def test_the_library_comes_from_the_installed_wheel() -> None:
    assert b"plotly.js v" in page_files.plotly_path().read_bytes()[:200]


def test_a_missing_library_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_files, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="plotly is not installed"):
        page_files.plotly_path()


def test_plotly_itself_is_not_imported() -> None:
    code = (
        "import sys; from darkstar.views.page_files import plotly_path; plotly_path(); print('plotly' in sys.modules)"
    )
    apps = Path(page_files.__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=apps, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_only_pages_with_charts_carry_the_chart_s_script_and_look() -> None:
    titles = {"plan": "Plan", "log": "Log"}
    with_chart = page_files.page_html("plan", titles, every_s=15, plotly=True)
    without = page_files.page_html("log", titles, every_s=10)
    for part in ("Darkstar.chart = ", ".chart-tip {"):
        assert with_chart.count(part) == 1
        assert part not in without


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_there_is_one_chart_and_no_page_has_its_own(script: Path) -> None:
    """Else tooltips and zoom would differ from page to page."""
    text = script.read_text(encoding="utf-8")
    draws = set(re.findall(r"Plotly\.\w+|hovertemplate", text))
    assert draws == ({"Plotly.react", "Plotly.relayout"} if script.name == "chart.js" else set())
