"""Notify services, notify entities and Home Assistant's own list: what each is called with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkstar.channels import DEAD_AFTER, NO_CHANNEL, Health, failed_test, keep, notify
from darkstar.home.notice import Notice, NoticeAction
from darkstar.home.ports import CallResult, EntityState

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
NOTICE = Notice("Title", "Text", tag="problem_x")


@dataclass
class FakeHomeAssistant:
    entities: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def state(self, entity_id: str) -> EntityState | None:
        if entity_id not in self.entities:
            return None
        state, attributes = self.entities[entity_id]
        return EntityState(entity_id, state, attributes, NOW)

    def call(self, service: str, **data: Any) -> CallResult:
        self.calls.append((service, data))
        error = self.refused.get(service)
        return CallResult(ok=error is None, error=error or "")


@pytest.mark.parametrize("target", ["notify.family", "notify/family"])
def test_a_service_gets_title_and_message_and_nothing_else(target: str) -> None:
    ha = FakeHomeAssistant()
    assert notify(ha, target, Notice("Title", "Text", critical=True, tag="x", actions=(NoticeAction("A", "B"),))) == ""
    assert ha.calls == [("notify/family", {"title": "Title", "message": "Text"})]


def test_an_entity_is_reached_through_the_common_service() -> None:
    ha = FakeHomeAssistant({"notify.tv": ("unknown", {"supported_features": 1})})
    assert notify(ha, "notify.tv", NOTICE) == ""
    expected = {"entity_id": "notify.tv", "title": "Title", "message": "Text"}
    assert ha.calls == [("notify/send_message", expected)]


@pytest.mark.parametrize("attributes", [{}, {"supported_features": 0}, {"supported_features": None}])
def test_an_entity_without_a_title_gets_it_in_the_message(attributes: dict[str, Any]) -> None:
    ha = FakeHomeAssistant({"notify.tv": ("unknown", attributes)})
    notify(ha, "notify.tv", NOTICE)
    assert ha.calls[0][1] == {"entity_id": "notify.tv", "message": "Title\nText"}


def test_an_entity_that_is_away_is_an_error_because_home_assistant_skips_it_silently() -> None:
    ha = FakeHomeAssistant({"notify.tv": ("unavailable", {})})
    assert notify(ha, "notify.tv", NOTICE) == "notify.tv is unavailable"
    assert ha.calls == []


def test_the_app_gets_buttons_tag_and_urgency() -> None:
    ha = FakeHomeAssistant()
    notice = Notice("T", "", critical=True, tag="x", actions=(NoticeAction("DARKSTAR_RESUME", "Resume"),))
    notify(ha, "notify.mobile_app_phone", notice)
    (service, data) = ha.calls[0]
    assert service == "notify/mobile_app_phone"
    assert data["message"] == "T"
    assert data["data"]["actions"] == [{"action": "DARKSTAR_RESUME", "title": "Resume"}]
    assert data["data"]["tag"] == "darkstar_x"
    assert data["data"]["priority"] == "high"


def test_a_refusal_is_told_in_words() -> None:
    ha = FakeHomeAssistant(refused={"notify/gone": "there is no such service"})
    assert notify(ha, "notify.gone", NOTICE) == "there is no such service"
    ha.refused = {"notify/gone": ""}
    assert notify(ha, "notify.gone", NOTICE) == "refused"


def test_the_list_keeps_one_entry_per_thing_until_it_is_over() -> None:
    ha = FakeHomeAssistant()
    assert keep(ha, NOTICE) == ""
    assert keep(ha, Notice("Solved", "x", tag="problem_x", clears=True)) == ""
    own_id = "darkstar_problem_x"
    assert ha.calls == [
        ("persistent_notification/create", {"title": "Title", "message": "Text", "notification_id": own_id}),
        ("persistent_notification/dismiss", {"notification_id": own_id}),
    ]


def test_a_channel_is_dead_after_two_tries_and_ten_minutes_and_lives_again() -> None:
    health = Health()
    assert health.note("notify.phone", "gone", NOW) == "a message was not delivered: notify.phone: gone"
    assert health.dead(NOW + DEAD_AFTER) == ()
    assert health.note("notify.phone", "gone for good", NOW + timedelta(minutes=1)) == ""
    assert health.dead(NOW + timedelta(minutes=9)) == ()
    (problem,) = health.dead(NOW + DEAD_AFTER)
    assert problem.problem_id == "notification_notify_phone"
    assert problem.since == NOW
    assert problem.meaning == "notify.phone takes no messages: gone for good."
    assert health.note("notify.phone", "", NOW) == "notify.phone takes messages again"
    assert health.note("notify.phone", "", NOW) == ""
    assert health.dead(NOW + DEAD_AFTER) == ()


def test_a_test_says_which_channel_failed() -> None:
    assert failed_test({"notify.phone": "", "Discord": ""}, NOW) == ()
    (problem,) = failed_test({"notify.phone": "", "Discord": "Discord answered 404"}, NOW)
    assert "Discord: Discord answered 404" in problem.meaning
    assert "notify.phone" not in problem.meaning
    (none,) = failed_test({}, NOW)
    assert NO_CHANNEL in none.meaning
