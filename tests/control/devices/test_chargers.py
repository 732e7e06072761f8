"""From decisions to the charger's entities."""

from __future__ import annotations

from typing import Any

import pytest

from darkstar.control.decision import EvMode, EvSettingsNow, Source
from darkstar.control.devices.chargers import wanted_charger
from darkstar.control.devices.writes import Call, Phase, Write
from darkstar.home.profiles.load import find_profile
from tests.control.samples import CHARGER, CHARGER_CURRENT, sample_home


def asked(mode: EvMode, current_a: float, charger: dict[str, Any] | None = None, **car: Any) -> tuple[Write, ...]:
    entities = {"ev_connected": "binary_sensor.plug"}
    home = sample_home(ev={"capacity_kwh": 60.0, **car}, charger=charger or {}, entities=entities)
    return wanted_charger(EvSettingsNow(mode, current_a, Source.PLAN, "as the test wants it"), home)


def texts(writes: tuple[Write, ...]) -> list[tuple[str, str]]:
    return [(write.entity_id, write.value.text) for write in writes]


def test_the_current_is_set_before_the_charge_begins() -> None:
    writes = asked(EvMode.CHARGE, 11.0)
    assert texts(writes) == [(CHARGER_CURRENT, "11"), (CHARGER, "on")]
    assert [write.phase for write in writes] == [Phase.ADJUST, Phase.OPEN]


def test_a_stop_closes() -> None:
    writes = asked(EvMode.STOP, 0.0)
    assert texts(writes) == [(CHARGER, "off")]
    assert writes[0].phase is Phase.CLOSE


def test_whole_amperes_never_above_the_wish_or_the_car() -> None:
    assert texts(asked(EvMode.CHARGE, 11.9))[0] == (CHARGER_CURRENT, "11")
    assert texts(asked(EvMode.CHARGE, 25.0, max_current_a=20))[0] == (CHARGER_CURRENT, "20")


@pytest.mark.parametrize(("current_a", "words"), [(8.0, "the car charges at a current of its own"), (16.0, "")])
def test_a_charger_without_a_current_says_so(current_a: float, words: str) -> None:
    writes = asked(EvMode.CHARGE, current_a, {"entities": {"charging": CHARGER}})
    assert texts(writes) == [(CHARGER, "on")]
    assert writes[0].note == words


def test_a_power_follows_phases_and_voltage() -> None:
    profile = find_profile("charger", "generic_charger").model_dump(mode="json", exclude_unset=True)
    profile["entities"]["current"]["unit"] = "W"
    profile["states"]["charge"][0]["to"] = {"quantity": "charge_kw", "rounding": "down"}
    entities = {"charging": CHARGER, "current": "number.charger_power"}
    writes = asked(EvMode.CHARGE, 10.0, {"profile": profile, "entities": entities}, phases=1)
    assert texts(writes)[0] == ("number.charger_power", "2300")


def test_a_service_gets_the_owners_device() -> None:
    writes = asked(EvMode.CHARGE, 11.9, {"profile": "easee", "entities": {}, "parameters": {"device_id": "abc"}})
    assert writes[0].entity_id == "easee.set_charger_dynamic_limit"
    assert writes[0].value == Call("easee/set_charger_dynamic_limit", (("device_id", "abc"), ("current", 11)))


def test_no_car_no_charger_no_write() -> None:
    wish = EvSettingsNow(EvMode.CHARGE, 16.0, Source.PLAN, "as the test wants it")
    assert wanted_charger(wish, sample_home()) == ()
