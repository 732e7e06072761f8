"""What the appliance advisor tells a home with given settings."""

from __future__ import annotations

from dataclasses import replace

from darkstar.home.settings import HomeSettings
from darkstar.simulation.whatif.advice import advise
from darkstar.simulation.whatif.ahead import Live
from tests.simulation.whatif.lives import NOW, live


def advice(home: HomeSettings) -> object:
    """Best starts and costs on a fixed plan."""
    return [(one.name, one.start, one.end, one.cost and round(one.cost, 4)) for one in advise(_of(home), NOW)]


def _of(home: HomeSettings) -> Live:
    return replace(live(), home=home)
