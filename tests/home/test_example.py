"""The example of the settings is complete, right, and says the true defaults."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic.fields import FieldInfo

from darkstar.home.block import Block
from darkstar.home.profiles.load import FOLDERS, find_profile, shipped_names
from darkstar.home.profiles.schema import DeviceProfile
from darkstar.home.settings import HomeSettings, load_settings

EXAMPLE = Path(__file__).parents[2] / "apps.yaml.example"
PLACE = {"time_zone": "Europe/Stockholm", "latitude": 59.3, "longitude": 18.1}


def _blocks(annotation: Any) -> Iterator[type[Block]]:
    if annotation is DeviceProfile:
        return  # a setting itself: which one, not what is in it
    if isinstance(annotation, type) and issubclass(annotation, Block):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _blocks(inner)


def _leaves(model: type[Block]) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = list(_blocks(field.annotation))
        if not inner:
            yield name, field
        for block in inner:
            yield from _leaves(block)


def _words_of_profiles() -> Iterator[str]:
    for kind in FOLDERS:
        for name in shipped_names(kind):
            profile = find_profile(kind, name)
            yield from (*profile.entities, *profile.options, *profile.parameters)


def test_every_app_shares_one_home_that_is_valid() -> None:
    apps = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    homes = [app["home"] for app in apps.values()]
    assert len(homes) == 6
    assert all(home is homes[0] for home in homes)
    assert load_settings(homes[0], PLACE).executor.shadow_mode


@pytest.mark.parametrize("name", sorted({name for name, _ in _leaves(HomeSettings)}))
def test_every_setting_is_in_the_example(name: str) -> None:
    assert re.search(rf"^[\s#-]*{name}:", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_commented_setting_exists() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    names = {name for name, _ in _leaves(HomeSettings)}
    for match in re.finditer(r"^\s*#\s+-?\s*([a-z_]+):(?:\s|$)", text, re.MULTILINE):
        assert match[1] in names | {
            "fee_periods",
            "mapping",
            "power_tariffs",
            "steps",
            "windows",
            *_words_of_profiles(),
            *HomeSettings.model_fields,
        }, match[0]
