"""The solver chain: agreement, and every way in which a solver can fail."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pulp
import pytest

from darkstar.optimizer import solvers
from darkstar.optimizer.fallback import walked_values
from darkstar.optimizer.model.build import build
from darkstar.optimizer.plan import PlanStatus
from darkstar.optimizer.request import PlanRequest
from darkstar.optimizer.solve import find, plan
from darkstar.optimizer.solvers import Answer, Cbc, Highs, SciPy, SolverFailedError, candidates, runs
from tests.optimizer.replans import running_of
from tests.optimizer.samples import HOMES, export_above_import, summer, winter, with_water

BUNDLED = Cbc(pulp.PULP_CBC_CMD.pulp_cbc_path)


@pytest.fixture
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of its own, to see what is left behind."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def script(tmp_path: Path, body: str) -> Cbc:
    """A program in the place of CBC."""
    path = tmp_path / "cbc"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Cbc(str(path))


def assume_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the probe pass: the solver ran this morning, and fails now."""
    monkeypatch.setattr(solvers, "runs", lambda _: True)


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("solver", [Highs(), SciPy()])
def test_all_solvers_agree_on_the_money(home: Callable[[], PlanRequest], solver: solvers.Solver) -> None:
    request = home()
    reference = plan(request, [BUNDLED])
    other = plan(request, [solver])
    assert other.solver == solver.name
    assert other.status is PlanStatus.OPTIMAL
    assert other.objective == pytest.approx(reference.objective, abs=2 * request.money_gap)


@pytest.mark.parametrize("solver", [BUNDLED, Highs(), SciPy()])
def test_stored_energy_has_the_value_that_one_more_kwh_brings(solver: solvers.Solver) -> None:
    request = replace(winter(), money_gap=1e-6)
    battery = replace(request.batteries[0], initial_kwh=4.0)
    step = 0.05
    lower, middle, upper = (
        plan(replace(request, batteries=(replace(battery, initial_kwh=4.0 + change),)), [solver])
        for change in (-step, 0.0, step)
    )
    first_idle = middle.slots[0]
    gain = (lower.objective - upper.objective) / (2 * step)
    assert first_idle.value_per_kwh == pytest.approx(gain, abs=0.01)
    assert gain > 0.1


def test_chain_begins_with_the_bundled_cbc_and_ends_with_scipy() -> None:
    names = [solver.name for solver in candidates()]
    assert names == ["cbc", "system cbc", "highs", "scipy"]
    assert plan(winter()).solver == "cbc"


@pytest.mark.parametrize("solver", [BUNDLED, Highs(), SciPy()])
def test_probe_accepts_what_solves(solver: solvers.Solver) -> None:
    assert runs(solver)


@pytest.mark.parametrize("body", ["exit 0", "exit 1", 'for last; do true; done; echo nonsense > "$last"', "kill -9 $$"])
def test_probe_refuses_what_does_not(tmp_path: Path, body: str) -> None:
    assert not runs(script(tmp_path, body))


def test_missing_cbc_is_passed_over(tmp_path: Path) -> None:
    planned = plan(winter(), [Cbc(str(tmp_path / "absent")), Highs()])
    assert (planned.solver, planned.status) == ("highs", PlanStatus.OPTIMAL)


def test_cbc_that_may_not_run_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "cbc"
    path.write_text("no program")
    assert plan(winter(), [Cbc(str(path)), SciPy()]).solver == "scipy"


def test_hanging_cbc_is_killed_with_its_children(
    tmp_path: Path, private_temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assume_it_runs(monkeypatch)
    pids = tmp_path / "pids"
    hanging = script(tmp_path, f"sleep 600 & echo $$ $! > {pids}; sleep 600")
    planned = plan(replace(summer(), time_limit_s=3.0), [hanging, Highs()])
    assert (planned.solver, planned.status) == ("highs", PlanStatus.OPTIMAL)
    assert any("did not answer" in note for note in planned.notes)
    assert not [pid for pid in pids.read_text().split() if is_running(int(pid))]
    assert list(private_temp.iterdir()) == []


def is_running(pid: int) -> bool:
    """Whether a process exists and is not merely waiting to be buried."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_no_answer_at_all_is_self_consumption_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    planned = plan(replace(with_water(), time_limit_s=0.2), [script(tmp_path, "sleep 600")])
    assert planned.status is PlanStatus.FALLBACK
    assert planned.money_gap is None
    assert len(planned.slots) == 96
    assert sum(slot.heater_kwh for slot in planned.slots) == pytest.approx(6.0)
    assert any("self-consumption" in note and "did not answer" in note for note in planned.notes)


def test_empty_chain_says_that_nothing_runs() -> None:
    planned = plan(winter(), [])
    assert planned.status is PlanStatus.FALLBACK
    assert any("runs on this machine" in note for note in planned.notes)


def test_unreadable_solution_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    garbled = script(
        tmp_path, 'for last; do true; done; printf "Optimal - objective value 1\\n 0 X0000000 abc 0\\n" > "$last"'
    )
    planned = plan(winter(), [garbled, Highs()])
    assert planned.solver == "highs"
    assert any("unreadable" in note for note in planned.notes)


def test_values_without_incumbent_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    words = "Stopped on time (no integer solution - continuous used) - objective value -7.8"
    relaxed = script(tmp_path, f'for last; do true; done; echo "{words}" > "$last"')
    planned = plan(winter(), [relaxed, Highs()])
    assert planned.solver == "highs"
    assert any("found no solution" in note for note in planned.notes)


def test_full_disk_is_no_exception(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assume_it_runs(monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    planned = plan(winter(), [BUNDLED, Highs()])
    assert planned.solver == "highs"
    assert any("temporary files" in note for note in planned.notes)


def test_nothing_is_left_in_the_temporary_folder(private_temp: Path) -> None:
    plan(with_water(), [BUNDLED])
    assert list(private_temp.iterdir()) == []


def test_what_a_killed_process_left_is_swept_when_it_is_old(tmp_path: Path, private_temp: Path) -> None:
    old, fresh, foreign = (private_temp / name for name in ("darkstar-cbc-old", "darkstar-cbc-new", "another-old"))
    for folder in (old, fresh, foreign):
        folder.mkdir()
        (folder / "model.mps").touch()
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    runs(Cbc(str(tmp_path / "never asked before")))
    assert (old.exists(), fresh.exists(), foreign.exists()) == (False, True, True)


@dataclass(frozen=True)
class Hasty:
    """A solver that stops early, with what `inner` finds and the bound it is told."""

    bound_below: float | None
    inner: Highs = field(default_factory=Highs)
    name: str = "hasty"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:
        answer = self.inner.solve(problem, time_limit_s, gap)
        bound = None if self.bound_below is None else answer.objective - self.bound_below
        return Answer(False, answer.objective, bound)


def test_early_stop_is_feasible_with_its_gap() -> None:
    request = winter()
    planned = plan(request, [Hasty(0.1)])
    assert planned.status is PlanStatus.FEASIBLE
    assert planned.money_gap == pytest.approx(0.1 * request.price_level, abs=1e-4)


def test_early_stop_without_bound_states_no_gap() -> None:
    planned = plan(winter(), [Hasty(None)])
    assert planned.status is PlanStatus.FEASIBLE
    assert planned.money_gap is None


@dataclass(frozen=True)
class Clumsy:
    """A solver whose only incumbent empties the battery at once."""

    name: str = "clumsy"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:
        if problem.name == "probe":
            return Highs().solve(problem, time_limit_s, gap)
        for variable in problem.variables():
            variable.varValue = 1.25 if variable.name.startswith("d0") else 0.0
        return Answer(False, 0.0, None)


def test_incumbent_worse_than_self_consumption_is_not_used() -> None:
    planned = plan(summer(), [Clumsy()])
    assert planned.status is PlanStatus.FALLBACK
    assert any("worse than plain self-consumption" in note for note in planned.notes)


def test_time_limit_reaches_cbc(tmp_path: Path) -> None:
    seen = tmp_path / "arguments"
    recorder = script(tmp_path, f'echo "$@" > {seen}; exit 3')
    model = build(winter())
    with pytest.raises(SolverFailedError, match="code 3"):
        recorder.solve(model.problem, 7.0, 0.001)
    words = seen.read_text().split()
    assert words[words.index("-sec") + 1] == "6.00"
    assert words[words.index("-timeMode") + 1] == "elapsed"
    assert words[words.index("-allow") + 1] == "0.001000000"


@dataclass
class Stages:
    """A solver that answers the calls of a plan in order: with `real`, or with the failing one of that call."""

    failing: dict[int, solvers.Solver]
    real: solvers.Solver = field(default_factory=lambda: BUNDLED)
    name: str = "stages"
    calls: int = 0
    limits_s: list[float] = field(default_factory=list)

    def __hash__(self) -> int:
        return id(self)

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:
        self.calls += 1
        self.limits_s.append(time_limit_s)
        return self.failing.get(self.calls, self.real).solve(problem, time_limit_s, gap)


def with_running(request: PlanRequest) -> PlanRequest:
    """The request in a home that carries out another plan, with money to stay near to it."""
    other = plan(replace(request, batteries=(replace(request.batteries[0], initial_kwh=2.0),)))
    return replace(request, running=running_of(other), stability_money=0.05, time_limit_s=3.0)


def test_a_hanging_last_stage_leaves_the_best_plan_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    request = with_running(summer())
    best = plan(replace(request, running=()), [BUNDLED])
    stages = Stages({2: script(tmp_path, "sleep 600")})
    planned = plan(request, [stages])
    assert stages.calls == 2
    assert planned.status is PlanStatus.OPTIMAL
    assert [slot.batteries for slot in planned.slots] == [slot.batteries for slot in best.slots]
    assert any(
        "not brought nearer to the running plan: " in note and "did not answer" in note for note in planned.notes
    )


@pytest.mark.parametrize("body", ["kill -9 $$", "exit 1", 'for last; do true; done; echo nonsense > "$last"', "exit 0"])
def test_a_dying_last_stage_leaves_the_best_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    assume_it_runs(monkeypatch)
    request = with_running(summer())
    planned = plan(request, [Stages({2: script(tmp_path, body)})])
    assert planned.objective == pytest.approx(plan(replace(request, running=()), [BUNDLED]).objective)
    assert any("not brought nearer" in note for note in planned.notes)


@dataclass(frozen=True)
class Liar:
    """A solver that calls a wild schedule optimal."""

    name: str = "liar"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:
        for variable in problem.variables():
            variable.varValue = 1.25 if variable.name.startswith("d0") else 0.0
        return Answer(True, 0.0, 0.0)


def test_a_lying_last_stage_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    request = with_running(summer())
    planned = plan(request, [Stages({2: Liar()})])
    assert planned.objective == pytest.approx(plan(replace(request, running=()), [BUNDLED]).objective)
    assert any("costs too much" in note for note in planned.notes)


def test_without_duals_the_values_are_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assume_it_runs(monkeypatch)
    request = replace(export_above_import(), time_limit_s=3.0)
    whole, cut = Stages({}), Stages({2: script(tmp_path, "sleep 600")})
    reference, planned = plan(request, [whole]), plan(request, [cut])
    assert whole.calls == cut.calls == 2
    assert planned.objective == reference.objective
    ledger = find(request, [Stages({2: script(tmp_path, "exit 1")})]).ledger
    assert tuple(slot.value_per_kwh for slot in planned.slots) == walked_values(request, ledger)[0]


def test_all_calls_of_a_plan_share_the_time_limit() -> None:
    request = replace(with_running(with_water()), time_limit_s=5.0)
    stages = Stages({})
    planned = plan(request, [stages])
    assert planned.status is not PlanStatus.FALLBACK
    seen = stages.limits_s[1:] if stages.limits_s[0] == solvers.PROBE_SECONDS else stages.limits_s
    assert len(seen) >= 3
    assert all(later < earlier for earlier, later in pairwise(seen))
    assert seen[0] < 5.0


def test_no_time_at_all_is_self_consumption() -> None:
    planned = plan(replace(summer(), time_limit_s=0.0), [BUNDLED])
    assert planned.status is PlanStatus.FALLBACK
    assert any("no time was left" in note for note in planned.notes)
