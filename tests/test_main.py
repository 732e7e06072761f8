"""The command line: what it prints, and words instead of tracebacks for wrong input."""

import io
import json
from pathlib import Path

import pytest

from darkstar.__main__ import main
from darkstar.optimizer.bundle import request_to_json
from tests.optimizer.samples import with_water


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    path = tmp_path / "request.json"
    path.write_text(request_to_json(with_water()), encoding="utf-8")
    return path


def test_plan_prints_a_table_in_the_home_s_time(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(request_file), "--time-zone", "Europe/Stockholm"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > len(with_water().slots)


def test_plan_as_json_is_the_same_each_time(request_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans = []
    for _ in range(2):
        assert main(["plan", str(request_file), "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        del plan["solve_seconds"]
        plans.append(plan)
    assert plans[0] == plans[1]
    assert plans[0]["status"] == "optimal"


def test_plan_reads_standard_input(
    request_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(request_file.read_text(encoding="utf-8")))
    assert main(["plan", "-"]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize(("content", "words"), [(None, "No such file"), ("{", "JSON"), ('{"slots": 3}', "created_at")])
def test_wrong_input_gets_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    path = tmp_path / "wrong.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert main(["plan", str(path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("darkstar: ")
    assert words in captured.err


def test_bench_prints_all_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--repeats", "1"]) == 0
    out = capsys.readouterr().out
    for case in ("battery", "battery + water heater", "flat price", "negative prices"):
        assert case in out
