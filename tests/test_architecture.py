"""The rules of the house: who may import whom, and what AppDaemon's loader asks of a package."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import appdaemon
import pytest
from appdaemon.dependency import get_dependency_graph, topo_sort

APPS = Path(__file__).parents[1] / "apps"
PACKAGE = APPS / "darkstar"
FILES = sorted(PACKAGE.rglob("*.py"))

VALUE_TYPES = {
    "forecast.bands",
    "forecast.training",
    "learning.progress",
    "optimizer.plan",
    "optimizer.request",
    "optimizer.tiers",
    "policy.thresholds",
    "control.decision",
    "learning.reflex.finding",
    "doctor.finding",
    "editing.form",
    "learning.ledger",
    "learning.regret",
    "learning.shadow_verdict",
}
"""Modules of value types that every layer may name."""
PURE = {"control", "optimizer", "policy", "strategy", "forecast", "learning"}
"""Layers that know the home and value types, and nothing of each other."""
EDGES = {"inputs", "storage", "views"}
"""Layers between the core and the world."""
COMPOSED = {"optimizer", "policy", "strategy", "forecast", "control"}
"""What the pipeline and the simulation put together."""
SUB_PACKAGES = {"home", "simulation", "bundles", "doctor", "editing", "pages", "money", "training"} | PURE | EDGES
ALLOWED: dict[str, set[str]] = {
    **{layer: {"home"} for layer in PURE | EDGES},
    "home": set(),
    "pipeline": COMPOSED | {"home"},
    "planning_run": {"forecast", "home", "learning", "pipeline", "strategy", "training"},
    "hygiene_cycles": {"home", "learning", "storage", "strategy"},
    "weather_feed": {"forecast", "home", "inputs", "storage"},
    "reflex_runs": {"home", "inputs", "learning", "storage"},
    "bundles": {"home", "optimizer", "storage"},
    "doctor": {"home", "inputs", "optimizer", "storage"},
    "editing": {"home"},
    "log_keeper": {"storage"},
    "publishing": {"home", "storage", "views", "wire"},
    "learning_reset": {"home", "storage", "reflex_runs"},
    "quiet_process": set(),
    "money": {"home", "learning", "pipeline", "quiet_process", "simulation", "storage", "strategy", "views"},
    "training": {"forecast", "home", "learning", "quiet_process", "storage", "weather_feed"},
    "channels": {"home"},
    "webhook": {"home"},
    "simulation": COMPOSED | {"home", "learning", "pipeline"},
}
"""Layers that a layer may name, besides itself and the value types."""
HEAVY = {"pulp", "highspy", "pandas", "sklearn", "plotly"}
"""Libraries that cost seconds or tens of megabytes: imported where they are used."""


def name_of(path: Path) -> str:
    """Dotted name inside the package: `home.slots`, `planner`, empty for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer_of(name: str) -> str:
    """Sub-package of a module, or the name of a module at the top."""
    return name.partition(".")[0]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(path: Path) -> Iterator[ast.Import | ast.ImportFrom]:
    """All imports of a file, also those inside functions."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node


def relative_target(path: Path, node: ast.ImportFrom) -> str:
    """Dotted name inside the package of what a relative import names."""
    folder = path.parent.relative_to(PACKAGE).parts
    kept = folder[: len(folder) - (node.level - 1)]
    return ".".join((*kept, *(node.module or "").split("."))).strip(".")


def inner_imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in imports(path):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, relative_target(path, node)


def outer_imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif not node.level:
            yield node.lineno, (node.module or "").partition(".")[0]


def knows_appdaemon(path: Path) -> bool:
    return any(name == "appdaemon" for _, name in outer_imports(path))


def is_app(path: Path) -> bool:
    """Whether AppDaemon may be told to run a class of the module."""
    bases = {ast.unparse(base) for node in tree_of(path).body if isinstance(node, ast.ClassDef) for base in node.bases}
    return "DarkstarApp" in bases


TOP_MODULES = {name_of(path): path for path in FILES if path.parent == PACKAGE and path.name != "__init__.py"}
APP_MODULES = {name for name, path in TOP_MODULES.items() if is_app(path)}
APP_FOUNDATION = {name for name, path in TOP_MODULES.items() if knows_appdaemon(path)} - APP_MODULES
"""What the apps share and only they may use."""


def may_import(importer: str, imported: str) -> bool:
    """The rule of who may import whom; everybody may ask the package itself for its version."""
    if not imported:
        return True
    if imported in APP_MODULES | {"__main__"}:
        return False
    if importer in APP_MODULES | APP_FOUNDATION:
        return True
    if imported in APP_FOUNDATION:
        return False
    if importer in {"__main__", "api"} or layer_of(importer) == "pages":  # they put together what they show
        return True
    source, target = layer_of(importer), layer_of(imported)
    is_value_type = imported in VALUE_TYPES and source != "home"
    return is_value_type or target in {source} | ALLOWED.get(source, set())


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(APPS)}:{line}"


def test_the_house_has_the_rooms_that_the_rules_know() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms == SUB_PACKAGES
    assert {"planner", "executor", "overrides", "trainer", "notifier", "status"} <= APP_MODULES
    assert {name_of(path) for path in FILES} >= VALUE_TYPES


def test_everybody_imports_only_whom_he_may() -> None:
    broken = [
        f"{where(path, line)}: {name_of(path)} imports {imported}"
        for path in FILES
        for line, imported in inner_imports(path)
        if not may_import(name_of(path), imported)
    ]
    assert broken == []


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("control.decide", "home.slots", True),
        ("control.decide", "optimizer.plan", True),
        ("control.decide", "optimizer.solve", False),
        ("control.decide", "inputs.snapshot", False),
        ("control.decide", "control.rules.follow", True),
        ("storage.plans", "policy.thresholds", True),
        ("storage.plans", "policy.recursion", False),
        ("views.page", "storage.plans", False),
        ("home.slots", "forecast.bands", False),
        ("simulation.loop", "optimizer.solve", True),
        ("simulation.loop", "pipeline", True),
        ("simulation.loop", "storage.plans", False),
        ("simulation.house", "learning.counters", True),
        ("pipeline", "strategy.request", True),
        ("pipeline", "inputs.snapshot", False),
        ("__main__", "pipeline", True),
        ("__main__", "planner", False),
        ("__main__", "app", False),
        ("planner", "storage.plans", True),
        ("planner", "executor", False),
        ("app", "planner", False),
        ("control.decide", "wire", False),
    ],
)
def test_the_rule_itself(importer: str, imported: str, allowed: bool) -> None:
    assert may_import(importer, imported) is allowed


def test_imports_inside_the_package_are_relative() -> None:
    broken = [where(path, line) for path in FILES for line, name in outer_imports(path) if name == "darkstar"]
    assert broken == []


def test_imports_inside_the_package_go_to_the_leaf_module() -> None:
    """AppDaemon reloads an app when a module that it names changes: the package alone tells it nothing."""
    modules = {name_of(path) for path in FILES if path.name != "__init__.py"}
    broken = [
        f"{where(path, node.lineno)}: {ast.unparse(node)}"
        for path in FILES
        for node in imports(path)
        if isinstance(node, ast.ImportFrom) and node.level
        if relative_target(path, node) not in modules and {alias.name for alias in node.names} != {"__version__"}
    ]
    assert broken == []


def test_only_modules_at_the_top_know_appdaemon() -> None:
    knowing = {name_of(path) for path in FILES if knows_appdaemon(path)}
    assert knowing <= APP_MODULES | APP_FOUNDATION
    assert all(name in TOP_MODULES for name in knowing)
    assert {"app", "gateway"} <= knowing


def test_every_package_file_is_a_docstring() -> None:
    """An `__init__` that imports its own modules makes a cycle in AppDaemon's graph, which stops all apps."""
    for path in PACKAGE.rglob("__init__.py"):
        tree = tree_of(path)
        assert ast.get_docstring(tree), f"{path} has no docstring"
        code = [node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
        names = [ast.unparse(node).partition(" = ")[0] for node in code if isinstance(node, ast.Assign)]
        assert len(code) == len(names), f"{path} holds more than words"
        assert names == (["__version__"] if path.parent == PACKAGE else []), f"{path} sets {names}"


def test_appdaemon_finds_no_configuration_among_the_code() -> None:
    found = [path for path in APPS.rglob("*") if path.suffix.lower() in {".yaml", ".yml", ".toml"}]
    assert found == []


def test_every_folder_with_code_is_a_package() -> None:
    """AppDaemon puts folders without `__init__.py` on the path: their modules would have names of their own."""
    folders = {path.parent for path in APPS.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_has_a_name_of_pythons_or_appdaemons() -> None:
    """AppDaemon puts its own folders on the path: a module of such a name may be taken for theirs."""
    home = Path(appdaemon.__file__).parent
    taken = {path.stem for folder in (home, home / "plugins" / "hass") for path in folder.glob("*.py")}
    taken |= {path.name for path in home.iterdir() if path.is_dir()} | set(sys.stdlib_module_names)
    assert {"types", "http", "logging", "state", "events", "utils", "services", "threads", "models"} <= taken
    names = {path.stem for path in FILES} | {path.name for path in PACKAGE.rglob("*") if path.is_dir()}
    assert {name for name in names if not name.startswith("__")} & taken == set()


def test_appdaemons_own_graph_has_no_cycle() -> None:
    graph, failed = get_dependency_graph(FILES)
    assert failed == set()
    order = topo_sort(graph)
    assert order.index("darkstar.home.slots") < order.index("darkstar.app") < order.index("darkstar.planner")


def test_modules_do_not_import_each_other_in_a_circle_not_even_late() -> None:
    """Imports inside functions are missing in AppDaemon's graph, but a circle is a circle."""
    topo_sort({name_of(path): {imported for _, imported in inner_imports(path)} for path in FILES})


CORE = {name_of(path) for path in FILES} - APP_MODULES - APP_FOUNDATION - {"__main__", ""}
IMPORT = """
import importlib, sys
sys.modules["appdaemon"] = None
for name in sys.argv[1:]:
    importlib.import_module(f"darkstar.{name}")
print(*sorted(name for name in sys.modules if "." not in name))
"""


def run_python(program: str, *arguments: str) -> list[str]:
    """Words that a fresh Python prints which finds only our package and what is installed."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=APPS, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def test_the_whole_core_works_without_appdaemon() -> None:
    assert "darkstar" in run_python(IMPORT, *sorted(CORE))


def test_what_the_apps_load_at_their_start_is_light() -> None:
    graph, _ = get_dependency_graph(FILES)
    loaded: set[str] = set()
    waiting = [f"darkstar.{name}" for name in APP_MODULES]
    while waiting:
        name = waiting.pop()
        if name in graph and name not in loaded:
            loaded.add(name)
            waiting += graph[name]
    needed = sorted(CORE & {name.removeprefix("darkstar.") for name in loaded})
    assert "pipeline" in needed
    assert HEAVY & set(run_python(IMPORT, *needed)) == set()


def test_the_command_line_works_without_appdaemon() -> None:
    program = "import sys; sys.modules['appdaemon'] = None; from darkstar.__main__ import main; main(['--help'])"
    assert {"plan", "backtest"} <= set(run_python(program))
