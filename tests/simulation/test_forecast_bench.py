"""The table of scores of a home's file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from darkstar.__main__ import main
from darkstar.forecast.choice import UNTRAINED
from darkstar.forecast.training import Quantity
from darkstar.simulation.forecast_bench import SERVED
from tests.forecast.material import household
from tests.forecast.samples import days, history, sunny

START = datetime(2026, 1, 1, tzinfo=UTC)


def file_of(folder: Path, weeks: int) -> Path:
    path = folder / "home.csv"
    rows = history(START, START + days(7 * weeks), household(2), sunny, 60)
    lines = [
        f"{row.start.isoformat()},{row.load_kwh},{row.pv_kwh},{'gap' if row.start.day == 9 else 'ok'}" for row in rows
    ]
    path.write_text("\n".join(["timestamp_utc,load_kwh,pv_kwh,quality", *lines]))
    return path


def run(path: Path, *more: str) -> int:
    place = ["--time-zone", "Europe/Stockholm", "--latitude", "59", "--longitude", "18", "--at-midnight"]
    return main(["forecasts", "--home", str(path), *place, *more])


def test_every_model_has_its_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file_of(tmp_path, 10), "--weeks", "1", "--quantity", "pv", "--quality-column", "quality") == 0
    text = capsys.readouterr().out
    for name in ("mean of 7 days", "mean of 28 days", "last week", UNTRAINED[Quantity.PV], SERVED):
        assert f"{name} " in text
    assert "pv: 1 weeks" in text
    assert "champions: " in text


def test_a_short_history_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file_of(tmp_path, 6), "--quantity", "load") == 1
    assert "at least 9 are needed" in capsys.readouterr().err


def test_a_column_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(file_of(tmp_path, 6), "--quality-column", "flags") == 1
    assert "no column flags" in capsys.readouterr().err
