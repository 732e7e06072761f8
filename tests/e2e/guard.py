"""Runs one command and leaves nothing of it behind, whatever happens to the launcher.

`guard.py PARENT_PID PID_FILE GRACE_SECONDS AGAIN_CODE COMMAND...`, always as a file of its own with the standard
library only.

* The kernel sends SIGTERM to this process when the launcher dies, even by SIGKILL (`PR_SET_PDEATHSIG`), and SIGKILL to
  the command when this process dies. The signal follows the launcher's *thread*: launch from one that stays.
* SIGTERM is passed on; after the grace the command's whole process group (solvers, trainers) is killed.
* The exit code AGAIN_CODE starts the command again: Home Assistant asks for a restart that way.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent(with_signal: signal.Signals) -> None:
    """Ask the kernel for `with_signal` when the parent's thread ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)


class Guard:
    """One command, started again as often as it asks for it."""

    def __init__(self, pid_file: Path, grace_s: int, command: list[str]) -> None:
        self._pid_file = pid_file
        self._grace_s = grace_s
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self, again_code: int) -> int:
        """Run until the command has ended for good; returns its exit code."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, self._kill)
        while True:
            code = self._run_once()
            if self._stopping or code != again_code:
                return code if code >= 0 else 128 - code

    def _run_once(self) -> int:
        self._child = subprocess.Popen(
            self._command,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - there are no threads here
        )
        self._pid_file.write_text(str(self._child.pid))
        if self._stopping:
            self._stop(signal.SIGTERM, None)
        code = self._child.wait()
        self._kill(signal.SIGALRM, None)
        self._pid_file.unlink(missing_ok=True)
        return code

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.send_signal(signal.SIGCONT)
            signal.alarm(self._grace_s)

    def _kill(self, number: int, frame: FrameType | None) -> None:
        if self._child is None:
            return
        try:
            os.killpg(self._child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def main(arguments: list[str]) -> int:
    """Entry point."""
    parent, pid_file, grace_s, again_code, *command = arguments
    die_with_parent(signal.SIGTERM)
    if os.getppid() != int(parent):
        return 1
    return Guard(Path(pid_file), int(grace_s), command).run(int(again_code))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
