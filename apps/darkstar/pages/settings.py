"""The data of the Settings page, and the action that writes apps.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..doctor.candidates import candidates
from ..doctor.roles import ROLES
from ..editing.apps_yaml import EditError, save
from ..editing.form import form, paths
from ..home.settings import SettingsError
from ..views.settings_page import settings_page
from .desk import Desk, Payload, Query, RefusedError

BACKUPS = "backups"


def settings_data(desk: Desk, query: Query) -> Mapping[str, Any]:
    """What the Settings page shows."""
    states = desk.states().values()
    fitting = {f"entities.{name}": candidates(role, states) for name, role in ROLES.items()}
    owner = desk.owner
    return settings_page(
        form(owner.block), fitting, desk.settled.applied, None if owner.file is None else owner.file.name
    )


def save_settings(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Write `changes` (values by path; null: back to the default) into apps.yaml, all of them or none.

    AppDaemon sees the new file and starts the apps again with it.
    """
    owner, changes = desk.owner, payload.get("changes")
    if not isinstance(changes, Mapping) or not changes:
        msg = 'changes must be an object of values by path, such as {"battery.capacity_kwh": 10}'
        raise RefusedError(msg)
    unknown = sorted(set(changes) - paths(form(owner.block)))
    if unknown:
        msg = f"{', '.join(map(str, unknown))}: not in the form; change it in apps.yaml"
        raise RefusedError(msg)
    if owner.file is None:
        msg = "AppDaemon does not say in which file the settings stand: change them there yourself"
        raise RefusedError(msg)
    try:
        saved = save(owner.file, changes, owner.block, owner.check, desk.folder / BACKUPS, desk.now())
    except (SettingsError, EditError) as error:
        raise RefusedError(str(error)) from error
    except OSError as error:
        msg = f"{owner.file} cannot be written ({error.strerror}): make it writable for AppDaemon"
        raise RefusedError(msg) from error
    desk.take_settings()
    return {"lines": saved.lines, "backup": saved.backup.name}


def try_notification(desk: Desk, payload: Payload) -> Mapping[str, Any]:
    """Send a test message through every channel, as the button of the package does."""
    result = desk.ha.call("input_button/press", entity_id=desk.home.entities.test_notification)
    if not result.ok:
        msg = f"Home Assistant did not take it: {result.error}"
        raise RefusedError(msg)
    return {}
