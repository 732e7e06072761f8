"""Blocks of inverters and chargers that differ from the usual ones in one thing."""

from __future__ import annotations

from typing import Any

from darkstar.home.profiles.load import find_profile
from tests.control.samples import CHARGER, CHARGER_CURRENT, DEYE_ENTITIES, GRID_CHARGING


def _profile(kind: str, name: str, **changes: Any) -> dict[str, Any]:
    return find_profile(kind, name).model_dump(mode="json", exclude_unset=True) | {"name": "mine", **changes}


OWN_INVERTER = _profile("inverter", "deye", options={"self_use": "At home", "export": "Selling"})
"""A profile as a block."""
IN_WATTS = {
    "inverter": {
        "profile": "generic_watt",
        "entities": {"grid_charging": GRID_CHARGING, "charge_power": "number.power"},
    }
}
_PERCENT_ENTITIES = {
    name: role | ({"unit": "rated_percent"} if "unit" in role else {})
    for name, role in _profile("inverter", "generic_watt")["entities"].items()
}
IN_PERCENT = {
    "inverter": {
        "profile": _profile("inverter", "generic_watt", entities=_PERCENT_ENTITIES),
        "entities": {"grid_charging": GRID_CHARGING, "charge_power": "number.percent"},
        "rated_power_kw": 10.0,
    }
}
_CALL = {"call": "maker/set_mode", "data": {"device_id": {"setting": "device_id"}}}
BY_CALL = {
    "inverter": {
        "profile": _profile(
            "inverter",
            "deye",
            parameters={"device_id": "the device's id"},
            states={"self_use": [_CALL], "grid_charge": [_CALL]},
            capabilities=[],
        ),
        "entities": DEYE_ENTITIES,
        "parameters": {"device_id": "one"},
    }
}
WITH_CAR = {"ev": {"capacity_kwh": 60.0}, "entities.ev_connected": "binary_sensor.plug"}
_CHARGE = [{"set": "charging", "to": {"text": "on"}}]
_STATES = {"charge": _CHARGE, "stop": [{"set": "charging", "to": {"text": "off"}}]}
OWN_CHARGER = _profile("charger", "generic_charger", states=_STATES, capabilities=[])
OTHER_CHARGER_ENTITIES = {"charging": CHARGER, "current": f"{CHARGER_CURRENT}_2"}
WITH_GOE = {
    **WITH_CAR,
    "charger": {
        "profile": "goe",
        "entities": {"force_state": "select.goe_frc", "requested_current": "number.goe_amp"},
    },
}
WITH_EASEE = {**WITH_CAR, "charger": {"profile": "easee", "parameters": {"device_id": "one"}}}
