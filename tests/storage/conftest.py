from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from darkstar.storage.database import Database
from tests.storage.samples import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "darkstar.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with Database.open(path, NOW) as opened:
        yield opened
