"""Ports of the embedded stack's servers."""

import socket


def free_or_any(wanted: int | None) -> int:
    """The wanted port if a server could listen on it now, else 0: any free one."""
    if wanted is None:
        return 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted
