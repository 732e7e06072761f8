"""A real Home Assistant and a real AppDaemon with Darkstar in it, around a simulated house.

    with Stack() as stack:
        stack.ha.press("input_button.darkstar_force_charge")
        stack.wait_for(lambda: stack.ha.state("switch.demo_inverter_grid_charging") == "on", 30, "grid charging")

Both run without the network, on the loopback address, in one folder, and end with this process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO, TypeVar

import requests

from tests.e2e.broker import Broker
from tests.e2e.history import HourEnd, import_past, live_past
from tests.e2e.home_assistant import HomeAssistant
from tests.e2e.layout import (
    ROOT,
    VENV_HA,
    Changes,
    home_assistant_version,
    house_settings,
    write_appdaemon_config,
    write_home_assistant_config,
)
from tests.e2e.ports import free_port
from tests.e2e.seed_storage import seed_storage
from tests.e2e.service import Service, ServiceError
from tests.e2e.waiting import wait_for

T = TypeVar("T")

KEEP = "DARKSTAR_KEEP"
"""Environment variable: the folder of a stack is not removed."""
RESTART_REQUESTED = 100
"""Home Assistant's exit code when it wants to be started again."""
START_TIMEOUT_S = 120
LOCK = "lock"
READY = ("App initialization complete", "HASS: Completed initialization")
"""Lines of AppDaemon's log, in no certain order."""
DOMAINS = {
    "input_boolean",
    "input_button",
    "input_number",
    "input_select",
    "notify",
    "number",
    "persistent_notification",
    "select",
    "switch",
}
"""AppDaemon knows Home Assistant's services only some time after its apps have started."""
DEVICES_AT_FIRST = {
    **{f"input_number.demo_sim_{name}_w": "0" for name in ("pv", "load", "grid", "battery")},
    "input_number.demo_sim_charge_a": "110",
    "input_number.demo_sim_discharge_a": "110",
    "input_number.demo_sim_soc_target": "10",
    "input_number.demo_sim_water_c": "40",
    "input_number.demo_sim_water_temperature": "55",
    "input_number.demo_sim_ev_w": "0",
    "input_number.demo_sim_ev_soc": "50",
    "input_number.demo_sim_ev_connected": "0",
    "input_number.demo_sim_charger_a": "16",
}


class Stack:
    """Home Assistant (`ha` to talk to it, `home_assistant` its process) and AppDaemon (`appdaemon`).

    `folder` None makes a fresh one and removes it at the end; a given one is kept, and continued next time.
    `app_files` replaces Darkstar and its `apps.yaml` by other files of AppDaemon's `apps` folder.
    `history_days` is how much past the recorder gets at the first start. `changes` are settings of the house that
    differ from its `apps.yaml`. `password` is AppDaemon's. `with_broker` adds an MQTT broker that Home Assistant knows.
    """

    ha: HomeAssistant
    home_assistant: Service
    appdaemon: Service

    def __init__(
        self,
        folder: Path | None = None,
        *,
        history_days: int = 28,
        app_files: Mapping[str, str] | None = None,
        changes: Changes | None = None,
        password: str | None = None,
        with_broker: bool = False,
        ha_port: int = 0,
        page_port: int = 0,
        progress: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._temporary = folder is None
        self.folder = folder or _fresh_folder()
        self._history_days = history_days
        self._app_files = app_files
        self._changes = changes
        self._password = password
        self.broker = Broker(self.folder, free_port()) if with_broker else None
        self._progress = progress
        self._ha_port = free_port(ha_port)
        self._page_port = free_port(page_port)
        self._services: tuple[Service, ...] = ()
        self._lock_file: TextIO | None = None

    def __enter__(self) -> Self:
        """Start both; Home Assistant runs and the apps are initialised when this returns."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop both and remove a fresh folder."""
        self.close()

    @property
    def page_url(self) -> str:
        """Address of AppDaemon's pages."""
        return f"http://127.0.0.1:{self._page_port}"

    @property
    def data_folder(self) -> Path:
        """Where Darkstar keeps its data."""
        return self.folder / "appdaemon" / "darkstar"

    def wait_for(self, probe: Callable[[], T], timeout_s: float, what: str) -> T:
        """Call `probe` until it answers something true.

        Raises:
            TimeoutError: it never did.
            ServiceError: Home Assistant or AppDaemon has ended by itself meanwhile.
        """

        def checked() -> T:
            self.require_no_crash()
            return probe()

        return wait_for(checked, timeout_s, what)

    def require_no_crash(self) -> None:
        """Raise ServiceError when Home Assistant or AppDaemon has ended by itself."""
        for service in self._services:
            service.require_no_crash()

    def start_home_assistant(self) -> None:
        """Start Home Assistant and wait until it runs."""
        self.home_assistant.start()
        self._await_home_assistant()

    def restart_home_assistant(self) -> None:
        """Restart it as its owner would, and wait until it runs again."""
        old = self.home_assistant.pid
        self.ha.call("homeassistant", "restart")
        wait_for(lambda: self.home_assistant.pid not in (old, None), START_TIMEOUT_S, "Home Assistant to start again")
        self._await_home_assistant()

    def start_appdaemon(self) -> None:
        """Start AppDaemon and wait until its apps are initialised."""
        self.appdaemon.start()
        _await(self.appdaemon, self._apps_ready, "the apps to be initialised")

    def close(self) -> None:
        """Stop all, AppDaemon first; remove a fresh folder."""
        for service in self._services:
            service.stop()
        if self._lock_file is not None:
            self._lock_file.close()
        if self._temporary and KEEP not in os.environ:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        self._lock()
        token_file = self.folder / "token"
        complete = self.folder / "complete"
        version = home_assistant_version()
        first = not complete.exists() or complete.read_text(encoding="ascii") != version
        past: tuple[HourEnd, ...] = ()
        if first:
            past = self._prepare(token_file)
        write_home_assistant_config(self.folder / "homeassistant", self._changes)
        write_appdaemon_config(self.folder / "appdaemon", self._app_files, self._changes, self._password)
        self._make_services(token_file.read_text(encoding="ascii"))
        if self.broker is not None:
            self.broker.start()
        self._timed(f"Home Assistant {version}", self.start_home_assistant)
        if first:
            if self.broker is not None:
                self.broker.add_to(self.ha)
            self._timed(f"{self._history_days} days of history", lambda: import_past(self.ha, past))
            self.ha.set("input_boolean.darkstar_automation", "on")
            self.ha.set("input_number.darkstar_override_minutes", 60)
            complete.write_text(version, encoding="ascii")
        self._timed("AppDaemon and its apps", self.start_appdaemon)

    def _prepare(self, token_file: Path) -> tuple[HourEnd, ...]:
        """An empty folder with Home Assistant's storage; the past to import once it runs."""
        _empty(self.folder)
        home = house_settings()
        past = live_past(home, datetime.now(UTC), self._history_days)
        helpers = dict(DEVICES_AT_FIRST)
        helpers["input_number.demo_sim_soc"] = f"{home.demo.start_soc_percent:g}"
        if past:
            # Restored, not set: a counter that jumps up from 0 would count as energy used in this hour.
            helpers |= {f"input_number.demo_sim_{name}_kwh": str(kwh) for name, kwh in past[-1].reading_kwh.items()}
        config = self.folder / "homeassistant"
        config.mkdir()
        token_file.write_text(seed_storage(config, helpers), encoding="ascii")
        token_file.chmod(0o600)
        return past

    def _make_services(self, token: str) -> None:
        ha_url = f"http://127.0.0.1:{self._ha_port}"
        self.ha = HomeAssistant(ha_url, token)
        hass = [str(VENV_HA / "bin" / "hass"), "--skip-pip", "--log-no-color", "-c", str(self.folder / "homeassistant")]
        self.home_assistant = Service(
            "Home Assistant",
            hass,
            self.folder / "homeassistant.log",
            {"DARKSTAR_HA_PORT": str(self._ha_port)},
            RESTART_REQUESTED,
        )
        self.appdaemon = Service(
            "AppDaemon",
            [str(Path(sys.executable).parent / "appdaemon"), "-c", str(self.folder / "appdaemon")],
            self.folder / "appdaemon.log",
            {
                "DARKSTAR_HA_URL": ha_url,
                "DARKSTAR_HA_TOKEN": token,
                "DARKSTAR_PAGE_URL": self.page_url,
            },
        )
        broker = () if self.broker is None else (self.broker.service,)
        self._services = (self.appdaemon, self.home_assistant, *broker)
        for service in self._services:
            if service.log.exists():
                service.log.rename(service.log.with_suffix(".log.1"))

    def _lock(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock_file = (self.folder / LOCK).open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another one runs in {self.folder}: stop it first"
            raise ServiceError(msg) from error

    def _apps_ready(self) -> bool:
        output = self.appdaemon.output()
        if not all(line in output for line in READY):
            return False
        headers = {} if self._password is None else {"x-ad-access": self._password}
        answer = requests.get(f"{self.page_url}/api/appdaemon/service/", headers=headers, timeout=10)
        known = {service["domain"] for service in answer.json()["state"] if service["namespace"] == "default"}
        return known >= DOMAINS

    def _await_home_assistant(self) -> None:
        _await(self.home_assistant, lambda: self.ha.running, "Home Assistant to run")

    def _timed(self, what: str, action: Callable[[], None]) -> None:
        began = time.monotonic()
        action()
        self._progress(f"{what}: ready after {time.monotonic() - began:.1f} s")


def _await(service: Service, ready: Callable[[], bool], what: str) -> None:
    def checked() -> bool:
        service.require_no_crash()
        return ready()

    wait_for(checked, START_TIMEOUT_S, what)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != LOCK:
            entry.unlink()


def _fresh_folder() -> Path:
    parent = ROOT / ".e2e"
    parent.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{datetime.now(UTC):%Y%m%d-%H%M%S}-", dir=parent))
