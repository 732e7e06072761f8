"""What the owner sees of a setting: quick actions with their helpers, and cycles against legionella."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from darkstar.app import EVENT_PAUSE_REMINDER
from darkstar.home.settings import HomeSettings
from darkstar.home.slots import local_day
from darkstar.overrides import Overrides
from darkstar.storage.overrides import Overrides as OverrideStore
from darkstar.strategy.hygiene import hygiene_at
from tests.home.app_observers import Stage

BUTTONS = ("force_charge", "force_export", "force_ev", "pause")
CYCLE_ENDED = datetime(2026, 1, 8, 4, tzinfo=UTC)


def buttons_and_levels(home: HomeSettings, stage: Stage) -> object:
    """What the usual buttons start, and the SoC that the usual helpers choose for it."""
    world = stage.world()
    for button in BUTTONS:
        world.set(f"input_button.darkstar_{button}", "unknown")
    for helper, percent in (("force_charge_soc", "85"), ("force_export_soc", "45")):
        world.set(f"input_number.darkstar_{helper}", percent)
    app = world.start(Overrides, home.model_dump(mode="json", exclude_unset=True))
    store, seen = OverrideStore(app.database), []
    for button in BUTTONS:
        store.clear()
        world.press(f"input_button.darkstar_{button}")
        seen.append(store.active(world.now))
    world.stop(app)
    return seen


def pause_reminders(home: HomeSettings, stage: Stage) -> object:
    """How long a pause of two hours has lasted when it is recalled."""
    world = stage.world()
    world.set("input_button.darkstar_pause", "unknown")
    world.set("input_number.darkstar_override_minutes", "120")
    app = world.start(Overrides, home.model_dump(mode="json", exclude_unset=True))
    begun, seen = world.now, list[timedelta]()
    app.listen_event(lambda *_, **__: seen.append(world.now - begun), EVENT_PAUSE_REMINDER, namespace="darkstar")
    world.press("input_button.darkstar_pause")
    world.advance(3 * 3600)
    world.stop(app)
    return seen


def hygiene_cycles(home: HomeSettings) -> object:
    """When a cycle is asked for in the weeks after the last one, at home and on vacation, and where it may lie."""
    start, _ = local_day(CYCLE_ENDED.date(), home.zone)
    moments = (start + timedelta(hours=6 * n) for n in count())
    return [
        hygiene_at(home, now, vacation=vacation, last=CYCLE_ENDED, ended=None, running=None)
        for now, _ in zip(moments, range(60), strict=False)
        for vacation in (False, True)
    ]
