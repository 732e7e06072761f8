"""What the dispatcher and the watchdog do in a home with given settings, over many ticks."""

from __future__ import annotations

from datetime import timedelta

from darkstar.control.decision import BatteryMode
from darkstar.control.dispatch.dispatcher import Dispatcher
from darkstar.control.watch.watchdog import watchdog_yaml
from darkstar.home.settings import HomeSettings
from tests.control.fake_devices import FakeDevices
from tests.control.samples import CHARGE_CURRENT, GRID_CHARGING, NOW, decided

TICK = timedelta(minutes=5)


def busy_day(home: HomeSettings) -> object:
    """How often a limit that changes at every tick is written in an hour."""
    devices = FakeDevices()
    dispatcher = Dispatcher(devices, home, devices.sleep)
    for tick in range(12):
        dispatcher.dispatch(decided(charge_kw=1.0 + tick % 2), NOW + TICK * tick)
    return devices.calls_to(CHARGE_CURRENT)


def disputed(home: HomeSettings) -> object:
    """How often a switch is set back that somebody else changes before every tick, in an hour."""
    devices = FakeDevices()
    dispatcher = Dispatcher(devices, home, devices.sleep)
    for tick in range(12):
        dispatcher.dispatch(decided(BatteryMode.GRID_CHARGE), NOW + TICK * tick)
        devices.put(GRID_CHARGING, "off")
    return devices.calls_to(GRID_CHARGING)


def watchdog(home: HomeSettings) -> object:
    """The package for Home Assistant."""
    return watchdog_yaml(home)
