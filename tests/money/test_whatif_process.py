"""A what-if over the past in a process of its own: progress arrives, one at a time, and it can be stopped."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from darkstar.money import whatif_process
from darkstar.money.whatif_process import STOPPED, BusyError, PastOrder, PastRuns, PastState


class Program:
    """A package that stands in for ours."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.package = folder / "apps" / "house-brain"
        (self.package / "money").mkdir(parents=True)
        (self.package / "__init__.py").write_text('"""."""\n')
        self.order = PastOrder('{"home": 1}', folder / "darkstar.sqlite3", {"battery_kwh": 15}, 30)
        monkeypatch.setattr(whatif_process, "_PACKAGE", self.package)
        self.runs = PastRuns()

    def is_(self, *lines: str) -> None:
        (self.package / "money" / "whatif_job.py").write_text("\n".join(("import json, sys, time", *lines)))

    def end(self) -> PastState:
        assert self.runs.reader is not None
        self.runs.reader.join(20)
        return self.runs.state()

    def wait_for(self, done: int) -> PastState:
        for _ in range(2000):
            state = self.runs.state()
            if state.line.done >= done or not state.running:
                return state
            time.sleep(0.005)
        return self.runs.state()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return Program(tmp_path, monkeypatch)


def told(**line: object) -> str:
    return f"print({json.dumps(line)!r}, flush=True)"


def test_the_order_goes_in_and_the_answer_comes_out(program: Program) -> None:
    program.is_("asked = json.load(sys.stdin)", "print(json.dumps({'answer': {'asked': asked}}))")
    program.runs.start(program.order)
    state = program.end()
    assert state.line.answer is not None
    assert state.line.answer["asked"]["changes"] == {"battery_kwh": 15}
    assert (state.running, state.order) == (False, program.order)


def test_progress_arrives_and_a_second_run_is_refused_until_it_is_stopped(program: Program) -> None:
    program.is_(told(done=3, total=9), "time.sleep(60)")
    program.runs.start(program.order)
    assert program.wait_for(3).line.total == 9
    with pytest.raises(BusyError, match="wait for it, or stop it"):
        program.runs.start(program.order)
    program.runs.stop()
    assert program.runs.state() == PastState(program.order, line=whatif_process.PastLine(error=STOPPED))
    assert program.end().line.error == STOPPED
    program.is_(told(answer={"again": 1}))
    program.runs.start(program.order)
    assert program.end().line.answer == {"again": 1}


def test_what_a_process_says_counts_even_if_it_never_read_its_order(program: Program) -> None:
    long_order = replace(program.order, home_json="x" * 1_000_000)
    program.is_(told(answer={"early": 1}))
    program.runs.start(long_order)
    assert program.end().line.answer == {"early": 1}
    program.is_("sys.exit('no such module')")
    program.runs.start(long_order)
    assert program.end().line.error == "no such module"


def test_a_failure_says_its_last_words(program: Program) -> None:
    program.is_("sys.exit('darkstar: no such column')")
    program.runs.start(program.order)
    assert program.end().line.error.endswith("darkstar: no such column")
    program.is_("raise SystemExit(3)")
    program.runs.start(program.order)
    assert "code 3" in program.end().line.error


def test_what_is_no_answer_ends_the_run(program: Program) -> None:
    program.is_("print('a library talks', flush=True)", "time.sleep(60)")
    program.runs.start(program.order)
    state = program.end()
    assert not state.running
    assert "cannot be read" in state.line.error


def test_a_run_that_is_over_can_be_forgotten(program: Program) -> None:
    program.is_(told(error="no day is measured"))
    program.runs.start(program.order)
    assert program.end().line.error == "no day is measured"
    program.runs.forget()
    assert program.runs.state() == PastState()
    program.runs.stop()


def test_no_process_is_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(OSError, match="nowhere"):
        program.runs.start(program.order)
    assert not program.runs.state().running
