"""Home Assistant's `.storage` before its first start: an owner, a token, onboarding done, values of helpers.

The user and the password are published here: only for an instance that listens on the loopback address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

USER = "demo"
PASSWORD = "demo-password"
PASSWORD_HASH = "JDJiJDEyJFBOM0poOW50M0MxSmdjY1NJQlY4Uk9IcG4vRnlKVEJ1SjUvd0NERVNSSVNyOGhqVDRvUWxt"
"""base64 of bcrypt of the password, as the `homeassistant` auth provider stores it."""
LIFETIME = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Token:
    """A long-lived access token and what Home Assistant must know of it."""

    token_id: str
    key: str
    issued_at: datetime

    @property
    def jwt(self) -> str:
        """The token itself: a JSON web token, signed with HMAC-SHA256 (RFC 7519)."""
        issued = int(self.issued_at.timestamp())
        claims = {"iss": self.token_id, "iat": issued, "exp": issued + int(LIFETIME.total_seconds())}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        signature = hmac.new(self.key.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64url(signature)}"


def seed_storage(config: Path, helpers: Mapping[str, str]) -> str:
    """Write the storage of a Home Assistant that is not running; returns an access token for it.

    `helpers` are states that Home Assistant restores at its first start, by entity id.
    """
    storage = config / ".storage"
    storage.mkdir(parents=True)
    now = datetime.now(UTC)
    token = Token(secrets.token_hex(16), secrets.token_hex(64), now)
    _write(storage, "auth", 1, _auth(token))
    password = {"username": USER, "password": PASSWORD_HASH}
    _write(storage, "auth_provider.homeassistant", 1, {"users": [password]})
    _write(storage, "onboarding", 4, {"done": ["user", "core_config", "analytics", "integration"]})
    restored = [_stored_state(entity_id, state, now) for entity_id, state in helpers.items()]
    _write(storage, "core.restore_state", 1, restored)
    return token.jwt


def _auth(token: Token) -> dict[str, Any]:
    user_id = secrets.token_hex(16)
    user = {
        "id": user_id,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Demo",
        "system_generated": False,
        "local_only": False,
    }
    groups = {"system-admin": "Administrators", "system-users": "Users", "system-read-only": "Read Only"}
    credential = {
        "id": secrets.token_hex(16),
        "user_id": user_id,
        "auth_provider_type": "homeassistant",
        "auth_provider_id": None,
        "data": {"username": USER},
    }
    refresh_token = {
        "id": token.token_id,
        "user_id": user_id,
        "client_id": None,
        "client_name": "darkstar",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": token.issued_at.isoformat(),
        "access_token_expiration": LIFETIME.total_seconds(),
        "token": secrets.token_hex(64),
        "jwt_key": token.key,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": None,
    }
    return {
        "users": [user],
        "groups": [{"id": key, "name": name} for key, name in groups.items()],
        "credentials": [credential],
        "refresh_tokens": [refresh_token],
    }


def _stored_state(entity_id: str, state: str, now: datetime) -> dict[str, Any]:
    bare = {"entity_id": entity_id, "state": state, "attributes": {}, "last_changed": now.isoformat()}
    return {"state": bare, "extra_data": None, "last_seen": now.isoformat()}


def _write(storage: Path, key: str, version: int, data: object) -> None:
    content = {"version": version, "minor_version": 1, "key": key, "data": data}
    (storage / key).write_text(json.dumps(content, indent=2), encoding="utf-8")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
