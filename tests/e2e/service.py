"""A background process of the stack: start, stop, kill, freeze; its log and its memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.e2e.waiting import wait_for

GUARD = Path(__file__).with_name("guard.py")
GRACE_S = 15
NEVER_AGAIN = -1


class ServiceError(RuntimeError):
    """A background process did not do what it should; the message shows the end of its log."""


class Service:
    """One command under the guard, which ends with us and takes all its children along."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        again_code: int = NEVER_AGAIN,
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment or {}
        self._again_code = again_code
        self._guard: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self) -> None:
        """Start the command; its output is appended to the log."""
        if self.running:
            msg = f"{self.name} runs already"
            raise ServiceError(msg)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        guard = [sys.executable, "-I", str(GUARD), str(os.getpid()), str(self._pid_file), str(GRACE_S)]
        with self.log.open("ab") as output:
            self._guard = subprocess.Popen(
                [*guard, str(self._again_code), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        wait_for(lambda: self.pid or not self.running, 10, f"{self.name} to start")

    def stop(self) -> None:
        """Ask the process to end, kill it and its children after the grace."""
        if self._guard is None:
            return
        self._guard.terminate()
        try:
            self._guard.wait(GRACE_S + 5)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        self._guard = None

    def kill(self) -> None:
        """Kill the process and its children like a power cut does, and wait until it is gone."""
        if self._guard is None:
            return
        self._signal(signal.SIGKILL)
        self._guard.wait(10)
        self._guard = None

    def freeze(self) -> None:
        """Stop the process in its tracks; `thaw` lets it go on."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        self._signal(signal.SIGCONT)

    @property
    def running(self) -> bool:
        """Whether the process is there (a restart that it asked for counts)."""
        return self._guard is not None and self._guard.poll() is None

    @property
    def pid(self) -> int | None:
        """Process id of the command, None between two runs."""
        try:
            return int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def rss_mb(self) -> float:
        """Resident memory of the process without its children, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(kilobytes) / 1024

    def output(self) -> str:
        """What the log says since the last start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def require_no_crash(self) -> None:
        """Raise ServiceError with the end of the log when the process has ended without being told to."""
        if self._guard is None or self.running:
            return
        last = "\n".join(self.output().splitlines()[-20:])
        msg = f"{self.name} has ended by itself. The end of its log, {self.log}:\n{last}"
        raise ServiceError(msg)

    @property
    def _pid_file(self) -> Path:
        return self.log.with_suffix(".pid")

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None:
            os.killpg(self.pid, number)
