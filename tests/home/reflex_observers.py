"""What Reflex does in homes with given settings: it looks at a battery that holds 10 % less than was set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from darkstar.home.settings import HomeSettings
from darkstar.reflex_runs import standing
from darkstar.storage.observations import Observations
from darkstar.trainer import Trainer
from tests.home.app_observers import Stage
from tests.learning.reflex.synthetic import FIRST_DAY, Truth, days_of

DAYS = 30
MORNING = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 5, tzinfo=UTC) + timedelta(days=DAYS)
BUTTONS = ("input_button.darkstar_reflex_apply", "input_button.darkstar_reflex_undo")


def reflex(home: HomeSettings, stage: Stage) -> object:
    """The capacity in force: after the day's look, after each button, and what waits."""
    world = stage.world()
    world.now = MORNING
    for button in (*BUTTONS, "input_button.other"):
        world.set(button, "unknown")
    app = world.start(Trainer, home.model_dump(mode="json", exclude_unset=True))
    Observations(app.database).save(days_of(Truth(capacity_kwh=9.0), DAYS))
    seen = []
    for button in ("", *BUTTONS):
        if button:
            world.press(button)
        world.advance(901)
        app = world.apps[app.name]
        seen.append((app.home.battery.capacity_kwh, len(standing(app.database, app.home, world.now).pending)))
    world.stop(app)
    return seen
