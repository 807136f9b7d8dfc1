"""The server role: brings its database up to date, holds its port, serves API and pages."""

from __future__ import annotations

import socket

import uvicorn
from api.app import create_app

from api.db.migrate import migrate
from linewarden.errors import CommandError
from linewarden.settings_server import ServerSettings

LAST_REQUESTS_S = 2
"""How long open streams may keep a stopping server."""


def serve(settings: ServerSettings) -> None:
    """Serve until SIGTERM or ctrl-C. `CommandError` for a port in use."""
    store = settings.store()
    with _listen(*settings.address) as listener:
        migrate(store.database)
        app = create_app(store)
        host, port = listener.getsockname()[:2]
        print(f"linewarden server on http://{host}:{port}", flush=True)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=LAST_REQUESTS_S,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket: taken before anything is changed, so that a second server changes nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise CommandError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            "stop what uses it, or set `listen` to another address",
        ) from None
    return listener
