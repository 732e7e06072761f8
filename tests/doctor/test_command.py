from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from darkstar.__main__ import main
from darkstar.doctor.command import TOKEN
from darkstar.doctor.rest import states_of
from darkstar.storage.database import DATABASE_FILE, Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "apps.yaml.example"
ROWS = [
    {
        "entity_id": "sensor.soc",
        "state": "55",
        "attributes": {"unit_of_measurement": "%"},
        "last_updated": "2026-11-23T11:00:00+00:00",
        "last_reported": "2026-11-23T11:30:00+00:00",
    }
]


class Answers(BaseHTTPRequestHandler):
    """Answers as Home Assistant does."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == "Bearer right" and self.path == "/api/states"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(ROWS).encode() if known else b"no")

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    path = tmp_path / "apps" / "apps.yaml"
    path.parent.mkdir()
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    Database.open(tmp_path / "darkstar" / DATABASE_FILE, NOW).close()
    return path


def test_entities_come_with_their_last_sign_of_life(address: str) -> None:
    state = states_of(f"{address}/", "right")["sensor.soc"]
    assert (state.state, state.attributes["unit_of_measurement"]) == ("55", "%")
    assert state.reported_at == datetime(2026, 11, 23, 11, 30, tzinfo=UTC)


def test_a_wrong_token_is_told_and_not_shown(address: str) -> None:
    with pytest.raises(OSError, match="the token is wrong") as refused:
        states_of(address, "secret-word")
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "homeassistant.local"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(ValueError, match="give an address"):
        states_of(url, "right")


def test_the_command_prints_what_it_found_and_fails_on_faults(
    apps: Path, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TOKEN, "right")
    assert main(["doctor", str(apps), "--url", address]) == 1
    told = capsys.readouterr()
    assert "No price is known now" in told.out
    assert "something must be mended" in told.err


def test_without_home_assistant_the_rest_is_looked_at(apps: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", str(apps)])
    assert "Home Assistant was not asked" in capsys.readouterr().out


def test_a_url_without_token_is_refused(
    apps: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    assert main(["doctor", str(apps), "--url", "http://localhost:1"]) == 1
    assert TOKEN in capsys.readouterr().err
