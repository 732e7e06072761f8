"""A program of ours in a process of its own: it runs last, on one thread, and goes with all its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

_BOOT = """
import os, runpy, sys
os.nice(15)
try:
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("900")
except OSError:
    pass
folder, program = sys.argv[1:3]
sys.argv = ["darkstar", *sys.argv[3:]]
sys.path.append(folder)
runpy.run_module(program, run_name="__main__", alter_sys=True)
"""
"""Runs last when the machine is busy, is the first to go when memory is short, and finds the package at the end of the
path: AppDaemon's folder of apps may have modules with the names of Python's own."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def start_quietly(
    package: Path, module: str, arguments: Sequence[str], errors: IO[str] | int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """Start a module of `package` (an empty name: the package itself), with pipes to its input and output.

    Raises:
        OSError: no process can be started.
    """
    program = f"{package.name}.{module}" if module else package.name
    return subprocess.Popen(  # noqa: S603 - our own argument list, no shell
        [sys.executable, "-P", "-c", _BOOT, str(package.parent), program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **_ONE_THREAD, "PYTHONUTF8": "1"},
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """End it at once, with all that it has started."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
