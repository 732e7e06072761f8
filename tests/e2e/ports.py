"""Free ports on the loopback address."""

from __future__ import annotations

import socket

LAST_PORT = 65535


def free_port(wanted: int = 0) -> int:
    """The port `wanted` or the next free one after it; 0 takes any."""
    for port in range(wanted, LAST_PORT):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    msg = f"no free port from {wanted} on"
    raise OSError(msg)
