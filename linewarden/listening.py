"""The port of a server, bound before anything is changed: a second server changes nothing."""

from __future__ import annotations

import socket

from linewarden.errors import CommandError


def listening(host: str, port: int, remedy: str) -> socket.socket:
    """A bound socket that listens; port 0 is any free one. `CommandError` with `remedy` if not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}", remedy) from None
    return listener
