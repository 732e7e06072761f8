"""Charts, navigation and log in Chromium, without a house: made-up data, in the pages that Darkstar serves."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, FloatRect, Page, Request, ViewportSize, expect, sync_playwright

from darkstar.learning.ledger import totals
from darkstar.pages.routes import PAGES
from darkstar.simulation.whatif.ahead import what_if_ahead
from darkstar.simulation.whatif.changes import changes_from
from darkstar.simulation.whatif.shown import ahead_shown
from darkstar.views.learning_chart import learning_chart
from darkstar.views.log_page import log_page
from darkstar.views.money_page import Accounts, money_page, today_tile
from darkstar.views.page_files import page_html, plotly_path
from darkstar.views.plan_page import plan_page
from darkstar.views.steering import Selector
from darkstar.views.whatif_page import form, run_words
from tests.e2e.layout import DASHBOARDS
from tests.e2e.test_home import BROWSERS, CHROMIUM_FLAGS
from tests.learning.test_ledger import ledger_day
from tests.simulation.whatif.lives import HOME, live
from tests.storage.test_ledger import regret
from tests.views.samples import NOON, home, sample

TODAY = date(2026, 4, 14)
TITLES = {name: page.title for name, page in PAGES.items()}
TABLET: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}


def _plan() -> dict[str, Any]:
    return plan_page(sample(), Selector(None, None))


def _money() -> dict[str, Any]:
    days = [ledger_day(TODAY - timedelta(days=back), paid=10.0 + back % 5) for back in range(40, 0, -1)]
    accounts = Accounts(days, totals(days, "week", ()), totals(days, "month", ()), totals(days, "year", ()))
    regrets = [regret(day.day) for day in days[-10:]]
    return money_page(accounts, regrets, home(), TODAY, today_tile(None), in_shadow=False)


def _learning_chart() -> dict[str, Any]:
    snapshot = sample()
    start = snapshot.observations[0].start
    return learning_chart([], snapshot.forecast, snapshot.observations, start, NOON, timedelta(0), snapshot.home.zone)


LEARNING = {
    "level": {"title": "Graduate", "words": "", "next": "", "answer": "", "running": False, "steps": []},
    "reflex": {"mode": "", "reviewed": "", "proposals": [], "changes": [], "findings": []},
    "skills": [],
    "made_of": [],
    "parts": [],
    "trained": "",
    "leads": [],
    "champions": [],
}


@cache
def _whatif() -> dict[str, Any]:
    found = ahead_shown(what_if_ahead(live(), changes_from({"pv_kwp": 9})), live().plan.slots, HOME.zone)
    run = run_words(done=1, total=1, running=False, error="", answer=found)
    return {"form": form(home()) | {"appliances": []}, "run": run}


def _log() -> dict[str, Any]:
    lines = [(NOON - timedelta(minutes=number), "INFO", "darkstar_planner", f"line {number}") for number in range(3)]
    return log_page(lines, home().zone, "INFO", has_more=False)


DATA: dict[str, Callable[[str], dict[str, Any]]] = {
    "plan": lambda query: _plan(),
    "money": lambda query: _money(),
    "learning": lambda query: _learning_chart() if "lead" in query else LEARNING,
    "whatif": lambda query: _whatif(),
    "log": lambda query: _log(),
}


def _dashboard() -> str:
    """What HADashboard makes of a dashboard, as far as the skin is concerned."""
    tiles = _load_yaml(DASHBOARDS / "darkstar_nav.yaml")
    names = [name for name in tiles if name != "layout"]
    cells = "".join(
        f'<li data-sizex="1" data-sizey="1" style="display: list-item">'
        f'<div class="widget widget-basejavascript-default-{name}" id="default-{name}"></div></li>'
        for name in names
    )
    calls = "".join(
        f"new basejavascript('default-{name}', '', 'darkstar', "
        f"{json.dumps({'url': tiles[name]['url'], 'fields': {'title': tiles[name]['title']}})});"
        for name in names
    )
    skin = DASHBOARDS / "custom_css" / "darkstar"
    css, script = ((skin / file).read_text(encoding="utf-8") for file in ("dashboard.css", "darkstar.js"))
    return (
        f"<!DOCTYPE html><html><head><link rel=icon href=data:,><style>{css}</style><script>window.WidgetBase = "
        f"function () {{}}; window.basejavascript = function () {{}};</script><script>{script}</script></head><body>"
        f'<div class="dasboard-main"><div class="gridster"><ul>{cells}<li data-sizex="12" data-sizey="15"><div '
        f'class="widget" id="default-frame"></div></li></ul></div></div><script>{calls}</script></body></html>'
    )


def _load_yaml(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


class Handler(BaseHTTPRequestHandler):
    """Documents, data and the chart library."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        name = path.rpartition("darkstar_")[2]
        if not path.startswith("/app/"):
            self._answer(_dashboard().encode(), "text/html")
        elif name == "plotly":
            self._answer(plotly_path().read_bytes(), "text/javascript")
        elif name.endswith("_data") and name.removesuffix("_data") in DATA:
            page = DATA[name.removesuffix("_data")](query)
            answer = {"notices": [], "revision": "1", "page": page}
            self._answer(json.dumps(answer, allow_nan=False).encode(), "application/json")
        elif name in PAGES:
            document = page_html(name, TITLES, every_s=3600, plotly=PAGES[name].plotly)
            self._answer(document.encode(), "text/html")
        else:
            self._answer(b"{}", "application/json")

    def do_POST(self) -> None:
        self._answer(json.dumps({"advice": []}).encode(), "application/json")

    def log_message(self, *_: object) -> None:
        """Not into the output of the tests."""

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/app/darkstar_"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("No Chromium: install it with `apt-get install chromium` (as root) and run `make e2e` again.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=TABLET, has_touch=True)
    opened = context.new_page()
    host, faults = address.removesuffix("app/darkstar_"), list[str]()

    def asked(request: Request) -> None:
        if not request.url.startswith(host):
            faults.append(f"not our host: {request.url}")

    opened.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("request", asked)
    yield opened
    context.close()
    assert faults == []


def _box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).bounding_box()
    assert found is not None
    return found


def _range(page: Page, chart: str) -> tuple[float, float]:
    low, high = page.locator(chart).evaluate("element => element.layout.xaxis.range")
    return float(low), float(high)


def _opened(page: Page, address: str, name: str, chart: str) -> None:
    page.goto(f"{address}{name}")
    page.locator(f"{chart} .main-svg").first.wait_for()
    page.locator(chart).scroll_into_view_if_needed()


CHARTS = [
    ("plan", ""),
    ("learning", ""),
    ("money", ""),
    ("money", "-regret"),
    ("whatif", ""),
]


@pytest.mark.parametrize(("name", "suffix"), CHARTS)
def test_every_chart_zooms_moves_comes_back_and_points_beside(page: Page, address: str, name: str, suffix: str) -> None:
    chart, touch, tip, cursor, reset = (f"#{part}{suffix}" for part in ("chart", "touch", "tip", "cursor", "reset"))
    _opened(page, address, name, chart)
    expect(page.locator(reset)).to_be_disabled()
    whole = _range(page, chart)
    area = _box(page, touch)
    for share in (0.2, 0.5, 0.8):
        x, y = area["x"] + area["width"] * share, area["y"] + area["height"] * 0.5
        page.mouse.move(x, y)
        shown, spot = _box(page, tip), _box(page, cursor)
        assert shown["x"] >= spot["x"] + spot["width"] or shown["x"] + shown["width"] <= spot["x"]
        assert spot["x"] <= x <= spot["x"] + spot["width"]
        assert re.search(r"\d", page.locator(tip).inner_text())
    page.mouse.wheel(0, -400)
    expect(page.locator(reset)).to_be_enabled()
    narrower = (
        "([id, width]) => { const [a, b] = document.querySelector(id).layout.xaxis.range; return b - a < width; }"
    )
    page.wait_for_function(narrower, arg=[chart, 0.8 * (whole[1] - whole[0])])
    zoomed = _range(page, chart)
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.95, area["y"] + area["height"] * 0.5, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "([id, low]) => document.querySelector(id).layout.xaxis.range[0] < low", arg=[chart, zoomed[0]]
    )
    moved = _range(page, chart)
    assert moved[1] - moved[0] == pytest.approx(zoomed[1] - zoomed[0])
    page.locator(reset).click()
    assert _range(page, chart) == whole


def test_two_fingers_zoom_and_keys_do_it_all(page: Page, address: str) -> None:
    _opened(page, address, "learning", "#chart")
    whole = _range(page, "#chart")
    area = _box(page, "#touch")
    session = page.context.new_cdp_session(page)
    middle = area["x"] + area["width"] / 2

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": middle + side * apart, "y": area["y"] + 80, "id": at} for at, side in enumerate((-1, 1))]
        event = {"type": kind, "touchPoints": [] if kind == "touchEnd" else points}
        session.send("Input.dispatchTouchEvent", event)

    fingers("touchStart", 60)
    fingers("touchMove", 150)
    fingers("touchMove", 240)
    fingers("touchEnd", 240)
    page.wait_for_function("() => !document.querySelector('#reset').disabled")
    low, high = _range(page, "#chart")
    assert high - low == pytest.approx((whole[1] - whole[0]) / 4, rel=0.1)
    page.locator("#touch").focus()
    page.keyboard.press("0")
    assert _range(page, "#chart") == whole
    page.keyboard.press("ArrowRight")
    first = page.locator("#tip strong").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#tip strong").inner_text() != first
    page.keyboard.press("+")
    page.wait_for_function("() => !document.querySelector('#reset').disabled")
    page.keyboard.press("Escape")
    expect(page.locator("#tip")).to_be_hidden()


def test_a_wheel_that_cannot_zoom_out_scrolls_the_page(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    _opened(page, address, "money", "#chart")
    page.evaluate("() => scrollTo(0, 0)")
    area = _box(page, "#touch")
    page.mouse.move(area["x"] + 300, area["y"] + 40)
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 0")
    expect(page.locator("#reset")).to_be_disabled()


def test_on_a_phone_the_tip_of_a_chart_never_covers_the_spot(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    for name in ("plan", "money", "whatif"):
        _opened(page, address, name, "#chart")
        area = _box(page, "#touch")
        for share in (0.25, 0.55, 0.9):
            page.mouse.move(area["x"] + area["width"] * share, area["y"] + 90)
            tip, spot = _box(page, "#tip"), _box(page, "#cursor")
            beside = tip["x"] >= spot["x"] + spot["width"] or tip["x"] + tip["width"] <= spot["x"]
            assert beside or tip["y"] >= area["y"] + area["height"], name
            assert tip["x"] >= 0
            assert tip["x"] + tip["width"] <= PHONE["width"]


def test_the_navigation_is_one_line_that_shows_where_one_is(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{address}log")
    page.locator("#lines .line").first.wait_for()
    bar, current = _box(page, "#pages"), _box(page, "#pages [aria-current]")
    assert bar["height"] <= 56
    assert bar["x"] <= current["x"]
    assert current["x"] + current["width"] <= PHONE["width"]
    assert current["height"] >= 44
    assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"]
    page.locator("#pages a").first.focus()
    assert _box(page, "#pages a:focus")["x"] >= 0, "what has the focus is seen"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("darkstar_plan$"))


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
def test_in_hadashboard_the_navigation_is_one_line_of_links(page: Page, address: str, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    page.goto(address.replace("/app/darkstar_", "/darkstar_doctor?skin=darkstar&theme=light&timeout=5"))
    bar, current = _box(page, "#pages"), _box(page, "#pages [aria-current]")
    assert page.locator("#pages [aria-current]").inner_text() == "Doctor"
    assert bar["height"] <= 56
    assert current["x"] >= 0
    assert current["x"] + current["width"] <= size["width"]
    assert page.locator("#pages a").count() == len(PAGES) + 1
    expect(page.locator("#default-nav_plan")).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth") == size["width"]
    page.locator("#pages a", has_text="Plan").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/darkstar_plan\?skin=darkstar&theme=light$"))


def test_the_log_can_be_cleared_on_this_device_and_nothing_is_lost(page: Page, address: str) -> None:
    page.goto(f"{address}log")
    expect(page.locator("#lines .line")).to_have_count(3)
    page.locator("#clear").click()
    expect(page.locator("#lines .line")).to_have_count(0)
    expect(page.locator("#nothing")).to_have_text("Nothing new since you cleared.")
    page.reload()
    expect(page.locator("#nothing")).to_be_visible()
    page.locator("#clear").click()
    expect(page.locator("#lines .line")).to_have_count(3)
