from datetime import UTC, datetime

import pytest

from darkstar.home.ports import EntityState
from darkstar.inputs.helpers import is_on, number_or, was_pressed
from tests.inputs.fake_home_assistant import entity, having


@pytest.mark.parametrize(
    ("old", "new", "pressed"),
    [
        ("unknown", "2026-01-01T10:00:00+00:00", True),
        ("2026-01-01T09:00:00+00:00", "2026-01-01T10:00:00+00:00", True),
        ("unavailable", "2026-01-01T10:00:00+00:00", False),
        (None, "2026-01-01T10:00:00+00:00", False),
        ("2026-01-01T10:00:00+00:00", "unavailable", False),
        ("2026-01-01T10:00:00+00:00", "unknown", False),
        ("2026-01-01T10:00:00+00:00", "2026-01-01T10:00:00+00:00", False),
    ],
)
def test_only_a_real_press_counts(old: object, new: object, pressed: bool) -> None:
    assert was_pressed(old, new) is pressed


@pytest.mark.parametrize(("text", "value"), [("30.0", 30), ("0", 0), ("unavailable", 60), ("nan", 60), ("inf", 60)])
def test_a_number_that_cannot_be_read_is_the_default(text: str, value: float) -> None:
    assert number_or(EntityState("input_number.x", text, {}, datetime.now(UTC)), 60) == value


def test_a_missing_helper_is_the_default() -> None:
    assert number_or(None, 60) == 60


@pytest.mark.parametrize(("said", "answer"), [("on", True), ("off", False), ("unavailable", None), (None, None)])
def test_a_toggle_that_says_neither_is_not_known(said: str | None, answer: bool | None) -> None:
    name = "input_boolean.darkstar_vacation"
    assert is_on(having() if said is None else having(entity(name, said)), name) is answer
