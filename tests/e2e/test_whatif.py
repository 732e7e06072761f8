"""The owner asks what another battery would mean, ahead and over the past, and looks at money and learning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from playwright.sync_api import expect

from darkstar.home.prices import PriceCurve
from darkstar.simulation.synthetic import SyntheticHome
from darkstar.storage.database import Database
from darkstar.storage.observations import Observations
from darkstar.storage.plans import Plans
from darkstar.storage.prices import Prices
from tests.e2e.layout import house_settings
from tests.e2e.stack import Stack
from tests.e2e.test_home import Tablet, browser, tablet  # noqa: F401 - fixtures

ANSWERED_MS = 60_000
"""A solve is done after so long, also on a busy machine."""
NOTICED_MS = 30_000
"""So soon a page tells that Home Assistant is gone, or back."""
LIVED_MS = 180_000
"""And so are three days of the past."""
DAYS = 3


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with Stack(history_days=DAYS + 1) as running:
        running.wait_for(lambda: running.ha.entity("sensor.darkstar_plan"), 60, "the first plan")
        running.wait_for(lambda: _recorded(running) > DAYS * 96, 60, "the past from Home Assistant's statistics")
        _remember_prices(running)
        yield running


def _opened(stack: Stack) -> Database:
    return Database.open(stack.data_folder / "darkstar.sqlite3", datetime.now(UTC))


def _recorded(stack: Stack) -> int:
    now = datetime.now(UTC)
    with _opened(stack) as database:
        return len(Observations(database).between(now - timedelta(days=DAYS + 2), now))


def _remember_prices(stack: Stack) -> None:
    """What the home would have paid in the last days: Darkstar has only known prices since its start."""
    home, now = house_settings(), datetime.now(UTC)
    synthetic = SyntheticHome(home.demo.seed, home.latitude, home.longitude, home.zone, home.pv_arrays)
    spot = synthetic.spot_between(now - timedelta(days=DAYS + 2), now)
    with _opened(stack) as database:
        Prices(database).save(PriceCurve(tuple(home.tariff.price(each, home.zone) for each in spot)))


def test_another_battery_ahead_and_over_the_past(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_whatif")
    page = tablet.inside
    with _opened(stack) as database:
        before = Plans(database).latest()
    assert before is not None

    page.locator("#ask-ahead").click()
    expect(page.locator("#refusal")).to_contain_text("nothing is changed")
    page.locator("#f-battery_kwh").fill("15")
    page.locator("#ask-ahead").click()
    expect(page.locator("#answer .number")).to_contain_text("It ", timeout=ANSWERED_MS)
    expect(page.locator("#answer .chip")).to_have_text("battery of 15 kWh instead of 10")
    expect(page.locator("#refusal")).to_be_hidden()
    page.locator("#chart .main-svg").first.wait_for()

    page.locator("#ask-past").click()
    expect(page.locator("#track")).to_be_visible()
    expect(page.locator("#result-title")).to_contain_text("Over the past", timeout=LIVED_MS)
    expect(page.locator("#details tr.mine")).to_have_count(2)
    expect(page.locator("#track")).to_be_hidden()
    with _opened(stack) as database:
        after = Plans(database).latest()
    assert after is not None
    assert {battery.capacity_kwh for battery in after.request.batteries} == {
        battery.capacity_kwh for battery in before.request.batteries
    }
    faults = [fault for fault in tablet.faults if "status of 400" not in fault]
    assert faults == []


def test_a_run_over_the_past_can_be_stopped(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_whatif")
    page = tablet.inside
    page.locator("#f-battery_kwh").fill("12")
    page.locator("#ask-past").click()
    page.locator("#stop").click()
    expect(page.locator("#refusal")).to_contain_text("It was stopped")
    expect(page.locator("#ask-past")).to_be_enabled()
    assert tablet.faults == []


def test_a_sale_and_the_best_time_for_appliances(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_whatif")
    page = tablet.inside
    expect(page.locator(".appliance b")).to_have_count(3, timeout=ANSWERED_MS)
    page.locator("#kwh").fill("3")
    page.locator("#ask-sale").click()
    expect(page.locator("#sale-words")).to_contain_text("kWh", timeout=ANSWERED_MS)
    asked = {"ask": "what_if", "export_kwh": 3}
    answered = requests.post(f"{stack.page_url}/api/appdaemon/darkstar", json=asked, timeout=60).json()
    assert answered["ok"] is True
    expect(page.locator("#sale-words")).to_contain_text(answered["words"][:20])
    assert tablet.faults == []


def test_learning_and_money_show_what_is_there(stack: Stack, tablet: Tablet) -> None:  # noqa: F811 - the fixture
    tablet.open("darkstar_learning")
    expect(tablet.inside.locator("#words")).to_contain_text("days with a measured load")
    tablet.inside.locator("#chart .main-svg").first.wait_for()
    tablet.inside.locator("[data-press='reset_learning']").click()
    tablet.inside.locator("[data-press='reset_learning']").click()
    expect(tablet.inside.locator("#answer")).not_to_be_empty(timeout=20_000)
    tablet.open("darkstar_money")
    expect(tablet.inside.locator("#tiles .tile").first).to_contain_text("Today so far")
    assert tablet.faults == []


def test_a_run_over_the_past_outlives_a_home_assistant_that_is_killed_meanwhile(
    stack: Stack,
    tablet: Tablet,  # noqa: F811 - the fixture
) -> None:
    """The last of all: a Home Assistant that is killed comes back with helpers as they were some time ago."""
    tablet.open("darkstar_whatif")
    page = tablet.inside
    page.locator("#f-battery_kwh").fill("13")
    page.locator("#ask-past").click()
    expect(page.locator("#track")).to_be_visible()
    stack.home_assistant.kill()
    notice = page.locator("#notices")
    expect(notice).to_contain_text("Home Assistant does not answer", timeout=NOTICED_MS)
    expect(page.locator("#refusal")).to_be_hidden()
    stack.start_home_assistant()
    expect(page.locator("#result-title")).to_contain_text("Over the past", timeout=LIVED_MS)
    expect(page.locator("#answer .chip")).to_have_text("battery of 13 kWh instead of 10")
    expect(page.locator("#details tr.mine")).to_have_count(2)
    expect(notice).to_be_hidden(timeout=NOTICED_MS)
    assert tablet.faults == []
