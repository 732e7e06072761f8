from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar.control.watch.toggles import Toggles, cautious, disagreements, wanted_after
from darkstar.home.entities import EntitySettings
from darkstar.home.readings import Readings

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ENTITIES = EntitySettings()
STATES = st.sampled_from([True, False, None])
TOGGLES = st.builds(Toggles, STATES, STATES)


def _readings(shown: Toggles) -> Readings:
    return Readings(NOW, automation=shown.automation, manual_override=shown.manual_override)


def test_the_first_sight_is_trusted() -> None:
    assert wanted_after(None, Toggles(True, False)) == Toggles(True, False)


@pytest.mark.parametrize(
    ("trusted", "shown", "wanted"),
    [
        (Toggles(False, False), Toggles(True, False), Toggles(False, False)),
        (Toggles(True, True), Toggles(True, False), Toggles(True, True)),
        (Toggles(True, False), Toggles(False, True), Toggles(False, True)),
        (Toggles(True, False), Toggles(None, None), Toggles(True, False)),
        (Toggles(False, True), Toggles(None, None), Toggles(False, True)),
        (Toggles(None, None), Toggles(True, False), Toggles(True, False)),
    ],
)
def test_only_caution_is_believed(trusted: Toggles, shown: Toggles, wanted: Toggles) -> None:
    assert wanted_after(trusted, shown) == wanted


@given(TOGGLES, TOGGLES)
def test_the_safer_state_always_wins(trusted: Toggles, shown: Toggles) -> None:
    wanted = wanted_after(trusted, shown)
    used = cautious(_readings(shown), wanted)
    if trusted.automation is False or shown.automation is not True:
        assert used.automation is not True
    if trusted.manual_override or shown.manual_override is not False:
        assert used.manual_override is not False


@given(TOGGLES, TOGGLES)
def test_who_holds_back_says_so(trusted: Toggles, shown: Toggles) -> None:
    wanted = wanted_after(trusted, shown)
    changed = cautious(_readings(shown), wanted) != _readings(shown)
    assert changed is bool(disagreements(shown, wanted, ENTITIES, NOW))


def test_the_words_name_the_toggle_and_the_way_out() -> None:
    (problem,) = disagreements(Toggles(True, False), Toggles(False, False), ENTITIES, NOW)
    assert "input_boolean.darkstar_automation" in problem.meaning
    assert "input_boolean.darkstar_automation" in problem.remedy
    assert replace(problem, since=NOW) == problem
