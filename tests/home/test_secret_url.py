"""A secret is not shown: not by the settings, not by their faults, not by what is stored of them."""

import json
import traceback
from typing import Any

import pytest

from darkstar.home.operation import NotificationSettings
from darkstar.home.secret_url import HIDDEN, without_secrets
from darkstar.home.settings import SettingsError, load_settings
from tests.homes import home

TOKEN = "s3cr3t-T0ken"
ADDRESS = f"https://discord.com/api/webhooks/123/{TOKEN}"


def _block(**notifications: object) -> dict[str, Any]:
    block: dict[str, Any] = home().model_dump(mode="json", exclude_unset=True)
    return {**block, "notifications": notifications}


def test_the_settings_know_it_and_do_not_show_it() -> None:
    settings = load_settings(_block(discord_webhook_url=ADDRESS))
    address = settings.notifications.discord_webhook_url
    assert address is not None
    assert address.get_secret_value() == ADDRESS
    shown = [repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump()), repr(address)]
    assert not [text for text in shown if TOKEN in text]


@pytest.mark.parametrize(
    "notifications",
    [
        {"discord_webhook_url": f"http://discord.com/api/webhooks/123/{TOKEN}"},
        {"discord_webhook_url": f"discord.com/api/webhooks/123/{TOKEN}"},
        {"discord_webhook_url": f"https://discord.com:port/{TOKEN}"},
        {"discord_webhook_url": f"https:///{TOKEN}"},
        {"discord_webhook_url": f"https://discord.com/{TOKEN}\n"},
        {"discord_webhook_url": [ADDRESS]},
        {"discord_webhook_url": {"url": ADDRESS}},
        {"discord_webhook_address": ADDRESS},
        {"services": [ADDRESS]},
        {"services": ADDRESS},
        {"max_per_hour": ADDRESS},
    ],
)
def test_a_fault_does_not_show_it(notifications: dict[str, object]) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(_block(**notifications))
    assert f"notifications.{next(iter(notifications))}" in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_another_fault_in_the_home_does_not_show_it() -> None:
    block = {**_block(discord_webhook_url=ADDRESS), "currency": "krona"}
    with pytest.raises(SettingsError) as caught:
        load_settings(block)
    assert "currency (is 'krona')" in str(caught.value)
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/hook", "http://localhost/hook", ADDRESS])
def test_on_this_machine_it_needs_no_encryption(address: str) -> None:
    settings = NotificationSettings.model_validate({"discord_webhook_url": address})
    assert settings.discord_webhook_url is not None
    assert NotificationSettings.model_validate({"discord_webhook_url": settings.discord_webhook_url}) == settings


def test_arguments_are_shown_without_it() -> None:
    args = {"home": _block(discord_webhook_url=ADDRESS, services=["notify.phone"]), "module": "darkstar.notifier"}
    shown = without_secrets(args)
    assert TOKEN not in json.dumps(shown)
    assert shown == {
        **args,
        "home": _block(discord_webhook_url=HIDDEN, services=["notify.phone"]),
    }
    assert args["home"]["notifications"]["discord_webhook_url"] == ADDRESS  # type: ignore[index] # a block of blocks


def test_a_digest_that_would_never_be_heard_is_a_fault() -> None:
    with pytest.raises(SettingsError, match=r"digest_at 22:30 lies in the quiet hours 22:00 to 07:00"):
        load_settings(_block(quiet_start="22:00", quiet_end="07:00", digest_at="22:30"))
