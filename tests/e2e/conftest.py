"""The end-to-end tests share one stack: they stay together, in their own order.

Alone they run last: a fault in the library shows first, where it is quick to find. Beside other workers
(`pytest -n 2 --dist loadgroup`) one of these takes them all, at once: they wait more than they work.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; put them last, or first where other workers take the rest."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
    is_shared = hasattr(config, "workerinput")
    items.sort(key=lambda item: (HERE in item.path.parents) != is_shared)


@pytest.fixture(scope="session", autouse=True)
def _in_one_place(request: pytest.FixtureRequest) -> None:
    """Refuse to start one house per worker: ports and time would not do."""
    mine = [item.nodeid for item in request.session.items if HERE in item.path.parents]
    if hasattr(request.config, "workerinput") and not all(name.endswith("@e2e") for name in mine):
        pytest.fail("pytest-xdist spreads the end-to-end tests: give --dist loadgroup, and install the pinned pytest")
