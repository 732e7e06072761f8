"""The solver chain: CBC as a supervised process, HiGHS through PuLP, SciPy's MILP.

A solver leaves values (and, for a linear program, duals) in the PuLP problem. Which one is used is
decided once per process by letting it solve a one-variable model: that a file exists proves nothing.
Killing is the only limit that a hung CBC knows, so it runs in a session of its own under our clock.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from threading import Event, Timer
from time import time
from typing import Any, ClassVar, Protocol

import pulp

from .deadline import HASTE_SECONDS, Deadline
from .mps import read_answer, write_mps, write_start

GRACE_SECONDS = 1.0
"""How long before it is killed CBC is told to stop, at most: it needs time to start, read and write."""
_GRACE_SHARE = 0.2
"""The same as part of a short limit."""
PROBE_SECONDS = 5.0
LEFTOVER_SECONDS = 3600.0
"""Age at which a folder of temporary files belongs to a process that was killed."""
_FOLDER_PREFIX = "darkstar-cbc-"
PRINTED_DIGITS = 5e-4
"""CBC's log rounds the bound to three decimals."""
_LARGE = ("-preprocess", "aggregate", "-passF", "3", "-strong", "0")
_SEARCHES = (
    (60, 1500, ("-preprocess", "off", "-ratio", "0")),
    (160, 1000, ("-preprocess", "aggregate", "-passF", "3", "-ratio", "0")),
    (70, sys.maxsize, (*_LARGE, "-ratio", "0.0003", "-passC", "3", "-maxNodes", "50")),
    (110, sys.maxsize, (*_LARGE, "-ratio", "0.0005", "-passC", "3", "-maxNodes", "12")),
    (sys.maxsize, 2500, (*_LARGE, "-ratio", "0.0005", "-passC", "3", "-maxNodes", "3")),
    (sys.maxsize, sys.maxsize, (*_LARGE, "-ratio", "0.0005", "-passC", "1", "-maxNodes", "3")),
)
"""How CBC searches, up to so many binaries that are not fixed, and so many variables.

Its preprocessing loses the optimum of about one in a thousand odd small homes, but takes two thirds off the
time of large ones. Long feasibility pumps, many rounds of cuts, strong branching and deep trees only cost:
where much is left open `polish` gains more. The largest are those of `polish`, a binary per slot: with one round
of cuts they take two thirds of the time and end lower.
Limits are in nodes and money, not in time: every machine has the same plan.
"""
_READABLE = (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
"""Only with these has PuLP an incumbent; its `status` says optimal at a time limit too."""


class SolverFailedError(Exception):
    """A solver gave no solution; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a solver says about the values it left in the problem.

    `proven` is False when it stopped early; `bound` is the proven lower bound of the objective, None
    when unknown.
    """

    proven: bool
    objective: float
    bound: float | None


class Solver(Protocol):
    """Solves a PuLP minimisation problem in place."""

    @property
    def name(self) -> str:
        """What the plan calls it."""

    def __hash__(self) -> int:
        """Equal solvers are probed once."""

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:  # noqa: ANN401 - PuLP is untyped
        """Leave the values of the best solution in `problem`, within the time limit by the wall clock.

        `gap` is absolute, in objective units. Where the values of the variables are a solution already, the
        solver may begin with it.

        Raises:
            SolverFailedError: there is no solution to read.
        """


@dataclass(frozen=True, slots=True)
class Cbc:
    """The CBC program at `path`, in a process that is killed when it overstays."""

    path: str
    name: str = "cbc"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:  # noqa: ANN401 - PuLP is untyped
        """See `Solver.solve`."""
        try:
            with TemporaryDirectory(prefix=_FOLDER_PREFIX) as folder:
                return self._solve_in(Path(folder), problem, time_limit_s, gap)
        except OSError as error:
            msg = f"{self.name} cannot use {self.path} or the folder for temporary files: {error}"
            raise SolverFailedError(msg) from error

    def _solve_in(self, folder: Path, problem: Any, time_limit_s: float, gap: float) -> Answer:  # noqa: ANN401 - untyped
        model, solution, log = (folder / name for name in ("model.mps", "model.sol", "cbc.log"))
        variables = problem.variables()
        write_mps(problem, variables, model)
        start = folder / "start.sol"
        begin = ["-mips", str(start), "-feas", "off"] if write_start(variables, start) else []
        own_limit_s = time_limit_s - min(GRACE_SECONDS, _GRACE_SHARE * time_limit_s)
        limits = ["-sec", f"{own_limit_s:.2f}", "-timeMode", "elapsed", "-allow", f"{gap:.9f}"]
        # What is zero matters for the prices of a linear program only.
        printed = "normal" if any(one.cat == pulp.LpInteger for one in variables) else "all"
        output = ["-solve", "-printingOptions", printed, "-solution", str(solution)]
        search = _search_of(variables)
        _run([self.path, str(model), *search, *begin, *limits, *output], log, time_limit_s)
        if not solution.exists():
            msg = f"{self.name} wrote no solution: {_last_line(log)}"
            raise SolverFailedError(msg)
        try:
            _, kind = pulp.COIN_CMD(path=self.path, msg=False).get_status(str(solution))
            read_answer(problem, variables, solution)
        except (ValueError, IndexError) as error:
            msg = f"{self.name} wrote an unreadable solution: {error}"
            raise SolverFailedError(msg) from error
        if kind not in _READABLE:
            msg = f"{self.name} found no solution: {pulp.LpSolution[kind]}"
            raise SolverFailedError(msg)
        proven, bound = kind == pulp.LpSolutionOptimal, _printed_bound(log)
        answer = _answer(problem, proven=proven, bound=bound)
        share = float(search[search.index("-ratio") + 1])
        if not proven or bound is not None or share <= 0 or printed == "all":
            return answer
        # CBC calls a solution optimal, and prints no bound, that is within its share of the objective.
        return replace(answer, bound=answer.objective - max(gap, share * abs(answer.objective)))


@dataclass(frozen=True, slots=True)
class Highs:
    """HiGHS in this process, through PuLP."""

    name: ClassVar[str] = "highs"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:  # noqa: ANN401 - PuLP is untyped
        """See `Solver.solve`."""
        solver = pulp.HiGHS(msg=False, timeLimit=time_limit_s, gapAbs=gap, gapRel=0.0, threads=1, random_seed=0)
        try:
            problem.solve(solver)
        except pulp.PulpSolverError as error:
            msg = f"{self.name} cannot run: {error}"
            raise SolverFailedError(msg) from error
        if problem.sol_status not in _READABLE:
            msg = f"{self.name} found no solution: {pulp.LpSolution[problem.sol_status]}"
            raise SolverFailedError(msg)
        proven = problem.sol_status == pulp.LpSolutionOptimal
        bound = problem.solverModel.getInfo().mip_dual_bound if _is_mixed(problem) else None
        return _answer(problem, proven=proven, bound=bound)


@dataclass(frozen=True, slots=True)
class SciPy:
    """The HiGHS inside SciPy: no further package needed."""

    name: ClassVar[str] = "scipy"

    def solve(self, problem: Any, time_limit_s: float, gap: float) -> Answer:  # noqa: ANN401 - PuLP is untyped
        """See `Solver.solve`."""
        try:
            from .matrices import solve_linear, solve_mixed
        except ImportError as error:
            msg = f"{self.name} is not installed: {error}"
            raise SolverFailedError(msg) from error
        try:
            if _is_mixed(problem):
                proven, bound = solve_mixed(problem, time_limit_s, gap)
            else:
                proven, bound = solve_linear(problem, time_limit_s), None
        except ArithmeticError as error:
            msg = f"{self.name} found no solution: {error}"
            raise SolverFailedError(msg) from error
        return _answer(problem, proven=proven, bound=bound)


def candidates() -> tuple[Solver, ...]:
    """All solvers in order of preference, whether they run here or not."""
    return (Cbc(pulp.PULP_CBC_CMD.pulp_cbc_path), Cbc(pulp.COIN_CMD(msg=False).path, "system cbc"), Highs(), SciPy())


@cache
def runs(solver: Solver) -> bool:
    """Whether a solver solves `maximise x <= 2, x integer` here; asked once per process."""
    _sweep_leftovers()
    problem = pulp.LpProblem("probe", pulp.LpMinimize)
    variable = problem.add_variable("x", 0, 2, pulp.LpInteger)
    problem.setObjective(pulp.LpAffineExpression([(variable, -1.0)]))
    problem.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression([(variable, 2.0)]), pulp.LpConstraintLE, rhs=5.0))
    try:
        solver.solve(problem, PROBE_SECONDS, 0.0)
    except SolverFailedError:
        return False
    return bool(round(variable.varValue) == 2)  # noqa: PLR2004 - the probe's answer


def solve_with_first(
    solvers: Sequence[Solver],
    problem: Any,  # noqa: ANN401 - PuLP is untyped
    deadline: Deadline,
    gap: float,
) -> tuple[Answer, Solver, tuple[str, ...]]:
    """Solve with the first solver that runs and answers; the words name those that failed on this problem.

    Each gets its share of the time that is left.

    Raises:
        SolverFailedError: none did; the message says why of each.
    """
    failures: list[str] = []
    for solver in solvers:
        if not runs(solver):
            continue
        try:
            answer = InTime(solver, deadline)(problem, gap)
        except SolverFailedError as error:
            failures.append(str(error))
            continue
        return answer, solver, tuple(failures)
    msg = "; ".join(failures) or f"none of {', '.join(solver.name for solver in solvers)} runs on this machine"
    raise SolverFailedError(msg)


@dataclass(frozen=True, slots=True)
class InTime:
    """A solver under the clock of a plan: each call gets its share of the time that is left."""

    solver: Solver
    deadline: Deadline

    def __call__(self, problem: Any, gap: float) -> Answer:  # noqa: ANN401 - PuLP is untyped
        """Solve in place, to an absolute gap in objective units.

        Raises:
            SolverFailedError: there is no time left, or no solution to read.
        """
        limit_s = self.deadline.share_s()
        if limit_s < HASTE_SECONDS:
            msg = f"no time was left for {self.solver.name}"
            raise SolverFailedError(msg)
        return self.solver.solve(problem, limit_s, gap)


def _run(command: list[str], log: Path, kill_after_s: float) -> None:
    """Run a program to its end, or kill it with all its children.

    A timer does the killing, because waiting with a timeout polls and would cost 50 ms of every solve.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own argument list, no shell
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    killed = Event()
    timer = Timer(kill_after_s, _kill, (process, killed))
    timer.daemon = True
    timer.start()
    try:
        code = process.wait()
    finally:
        timer.cancel()
        _kill(process, killed)
    if killed.is_set():
        msg = f"{command[0]} did not answer within {kill_after_s:.1f} s and was stopped"
        raise SolverFailedError(msg)
    if code != 0:
        msg = f"{command[0]} ended with code {code}: {_last_line(log)}"
        raise SolverFailedError(msg)


def _kill(process: subprocess.Popen[bytes], killed: Event) -> None:
    if process.poll() is not None:
        return
    killed.set()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _sweep_leftovers() -> None:
    """Remove the temporary files of processes that were killed in the middle of a solve."""
    for folder in Path(gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        with suppress(OSError):
            if time() - folder.stat().st_mtime > LEFTOVER_SECONDS:
                rmtree(folder)


def _search_of(variables: Sequence[Any]) -> tuple[str, ...]:
    binaries = sum(one.cat == pulp.LpInteger and one.lowBound != one.upBound for one in variables)
    return next(search for most, columns, search in _SEARCHES if binaries <= most and len(variables) <= columns)


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


def _printed_bound(log: Path) -> float | None:
    for line in reversed(log.read_text(errors="replace").splitlines()):
        if line.startswith("Lower bound:"):
            return float(line.split()[-1]) - PRINTED_DIGITS
    return None


def _is_mixed(problem: Any) -> bool:  # noqa: ANN401 - PuLP is untyped
    return any(bool(variable.cat == pulp.LpInteger) for variable in problem.variables())


def _answer(problem: Any, *, proven: bool, bound: float | None) -> Answer:  # noqa: ANN401 - PuLP is untyped
    # PuLP puts a variable without value into an objective without terms.
    terms = ((variable.varValue, price) for variable, price in problem.objective.items())
    return Answer(proven, float(sum(value * price for value, price in terms if value is not None)), bound)
