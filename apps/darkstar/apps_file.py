"""Have AppDaemon take a changed apps.yaml at once, whatever has changed in it.

AppDaemon 4.5 does not see that a setting was removed, and stumbles over a new block: its own comparison walks through
what the app has now, and neither misses a key nor finds one that was not there before.
"""

from __future__ import annotations

from pathlib import Path

from appdaemon.app_management import AppManagement
from appdaemon.models.config.app import AppConfig
from appdaemon.models.internal.app_management import UpdateActions


async def take_apps_file(management: AppManagement, file: Path) -> None:
    """Start the apps of this file again whose settings differ from those that they run with.

    AppDaemon compares afterwards, too, and finds the file as it is known. To be run in AppDaemon's own loop.
    """
    fresh = (await management.read_config_file(file)).root
    known = management.app_config.root
    actions = UpdateActions()
    for name, app in fresh.items():
        before = known.get(name)
        if isinstance(app, AppConfig) and isinstance(before, AppConfig) and app.model_dump() != before.model_dump():
            known[name] = app
            actions.apps.reload.add(name)
    await management.check_app_updates(update_actions=actions)
