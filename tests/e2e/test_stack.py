"""The stack itself: real processes that talk to each other, and nothing left of them afterwards."""

from pathlib import Path

from tests.e2e.stack import Stack

APPS = "probe: {module: probe, class: Probe}\n"
PROBE = """
from appdaemon.plugins.hass.hassapi import Hass


class Probe(Hass):
    def initialize(self):
        self.listen_state(self.pressed, "input_button.darkstar_force_charge")

    def pressed(self, entity, attribute, old, new, **kwargs):
        self.call_service("select/select_option", entity_id="select.demo_inverter_work_mode", option="Export First")
        self.call_service("number/set_value", entity_id="number.demo_water_heater_setpoint", value=60)
        self.call_service("switch/turn_on", entity_id="switch.demo_inverter_grid_charging")
"""


def test_a_button_in_home_assistant_reaches_an_app_and_the_app_the_devices() -> None:
    with Stack(app_files={"apps.yaml": APPS, "probe.py": PROBE}, history_days=2) as stack:
        stack.ha.press("input_button.darkstar_force_charge")
        stack.wait_for(lambda: stack.ha.state("switch.demo_inverter_grid_charging") == "on", 10, "the app's command")

        assert stack.ha.state("select.demo_inverter_work_mode") == "Export First"
        assert stack.ha.number("number.demo_water_heater_setpoint") == 60
        assert stack.ha.number("sensor.demo_load_energy") > 10
        processes = [Path(f"/proc/{service.pid}") for service in (stack.home_assistant, stack.appdaemon)]

    assert not any(process.exists() for process in processes)
    assert not stack.folder.exists()
