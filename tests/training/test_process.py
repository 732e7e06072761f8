"""The process of training: what it is given, what it answers, how it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.forecast.training import Quantity, Score, Training, Verdict
from darkstar.training import process as training_process
from darkstar.training.process import STOPPED, TrainingAnswer, TrainingOrder, TrainingProcess, answer_to_json

NOW = datetime(2026, 1, 15, 3, tzinfo=UTC)
TRAINING = Training(
    NOW,
    30.0,
    12.5,
    (Score(Quantity.LOAD, "ridge", "1-6", 0.2, 0.3, 0.0, 0.1, float("inf"), 960),),
    (Verdict(Quantity.LOAD, "ridge", None, "better"),),
)


class Program:
    """A package that stands in for ours, with a program of the test's own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.package = folder / "apps" / "house-brain"  # a hyphen: installers name folders after repositories
        self.package.mkdir(parents=True)
        (self.package / "__init__.py").write_text('"""."""\n')
        self.order = TrainingOrder('{"home": 1}', folder / "darkstar.sqlite3", limit_s=30)
        monkeypatch.setattr(training_process, "_PACKAGE", self.package)

    def is_(self, *lines: str) -> None:
        (self.package / "__main__.py").write_text("\n".join(lines))

    def run(self, limit_s: float = 30) -> TrainingAnswer:
        order = TrainingOrder(self.order.home_json, self.order.database, limit_s)
        return TrainingProcess().run(order)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(tmp_path, monkeypatch)


def test_the_answer_arrives_whatever_else_is_printed(program: Program) -> None:
    answer = TrainingAnswer(TRAINING)
    program.is_("print('a library talks')", f"print({answer_to_json(answer)!r})")
    assert program.run() == answer


def test_it_gets_the_home_and_the_database_and_finds_its_own_package(program: Program) -> None:
    (program.package / "inner.py").write_text("WORD = 'found'")
    program.is_(
        "import json, sys",
        "from .inner import WORD",
        "said = ' '.join([WORD, *sys.argv[1:], sys.stdin.read()])",
        "print(json.dumps({'no_data': said}))",
    )
    assert program.run().no_data == f'found train - {program.order.database} {{"home": 1}}'


def test_it_runs_last_with_one_thread_and_without_the_path_of_its_parent(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program.package.parent / "calendar.py").write_text("raise RuntimeError('an app of the owner')")
    monkeypatch.syspath_prepend(str(program.package / "plugins"))
    program.is_(
        "import calendar, json, os, sys",
        "quiet = os.nice(0), os.environ['OMP_NUM_THREADS'], os.getsid(0) == os.getpid()",
        "print(json.dumps({'no_data': repr((*quiet, [p for p in sys.path if 'plugins' in p]))}))",
    )
    nice, threads, leads, plugins = eval(program.run().no_data)
    assert nice >= min(os.nice(0) + 15, 19)
    assert (threads, leads, plugins) == ("1", True, [])


def test_a_failure_says_its_last_words(program: Program) -> None:
    program.is_("import sys", "print('x' * 5000, file=sys.stderr)", "sys.exit('darkstar: no such column')")
    assert program.run().error.endswith("darkstar: no such column")
    assert len(program.run().error) < 1000
    program.is_("raise SystemExit(3)")
    assert "code 3" in program.run().error
    program.is_("print('{}{')")
    assert "cannot be read" in program.run().error


def test_one_that_is_killed_says_that_memory_may_be_the_cause(program: Program) -> None:
    program.is_("import os, signal", f"os.kill(os.getpid(), {signal.SIGKILL.value})")
    assert "memory" in program.run().error


def test_it_is_ended_when_its_time_is_over_with_all_its_children(program: Program, tmp_path: Path) -> None:
    noted = tmp_path / "children"
    program.is_(
        "import subprocess, sys, time",
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])",
        f"open({str(noted)!r}, 'w').write(str(child.pid))",
        "time.sleep(60)",
    )
    assert "longer than 0.025 minutes" in program.run(limit_s=1.5).error
    child = int(noted.read_text())
    assert _is_gone(child)


def test_the_app_that_ends_takes_it_along_and_none_starts_afterwards(program: Program) -> None:
    program.is_("import time", "time.sleep(60)")
    process = TrainingProcess()
    answers: list[TrainingAnswer] = []
    thread = threading.Thread(target=lambda: answers.append(process.run(program.order)))
    thread.start()
    while process._process is None:
        time.sleep(0.01)
    process.end()
    thread.join(20)
    assert answers == [TrainingAnswer(error=STOPPED)]
    assert process.run(program.order) == TrainingAnswer(error=STOPPED)


def test_no_process_is_an_answer_too(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "no process could be started" in program.run().error


def _is_gone(pid: int) -> bool:
    """Whether a process has ended, or waits for nobody to ask how."""
    for _ in range(500):
        status = Path(f"/proc/{pid}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.01)
    return False
