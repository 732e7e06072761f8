"""`make demo`: Darkstar in a real AppDaemon with a real Home Assistant, around a simulated house, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from tests.e2e.guard import die_with_parent
from tests.e2e.layout import ROOT
from tests.e2e.ports import free_port
from tests.e2e.seed_storage import PASSWORD, USER
from tests.e2e.service import ServiceError
from tests.e2e.stack import Stack

FOLDER = ROOT / ".demo"
HOME_ASSISTANT_PORT = 8123
PAGE_PORT = 5050
PLAN = "sensor.darkstar_plan"
FIRST_PLAN_TIMEOUT_S = 120
WATCH_S = 1


class Stopped(BaseException):
    """Somebody wants the demo to end; like KeyboardInterrupt, no `except Exception` may hold it up."""


def main() -> int:
    """Run the demo; returns the exit status."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        _run_until_stopped()
    except Stopped:
        say("Stopped. `make demo` continues where it was, `make clean` forgets it.")
    except (ServiceError, TimeoutError, OSError) as error:
        say(f"The demo cannot go on: {error}\nLogs: {FOLDER}/appdaemon.log and {FOLDER}/homeassistant.log")
        return 1
    return 0


def _run_until_stopped() -> None:
    began = time.monotonic()
    say("Starting; the first time takes a little longer, the house gets four weeks of past.")
    ha_port = _port(HOME_ASSISTANT_PORT, "Home Assistant")
    page_port = _port(PAGE_PORT, "the page")
    with Stack(FOLDER, ha_port=ha_port, page_port=page_port, progress=say) as stack:
        stack.wait_for(lambda: stack.ha.entity(PLAN), FIRST_PLAN_TIMEOUT_S, f"the first plan ({PLAN})")
        say(f"First plan: there after {time.monotonic() - began:.1f} s in all")
        say(f"\n  Darkstar        {stack.page_url}/darkstar?skin=darkstar")
        say(f"  Home Assistant  {stack.ha.url}   user {USER}, password {PASSWORD}")
        say(f"  Logs            {FOLDER}\n\nCtrl-C stops both.")
        while True:
            stack.require_no_crash()
            time.sleep(WATCH_S)


def _port(wanted: int, what: str) -> int:
    port = free_port(wanted)
    if port != wanted:
        say(f"Port {wanted} is taken: {what} uses {port}.")
    return port


def _stop(number: int, frame: FrameType | None) -> None:
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    say("\nStopping ...")
    raise Stopped


def say(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
