"""The server role: brings its database up to date, holds its port, serves API and pages."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app, open_store
from api.auth.accounts import create_admin as make_admin
from api.auth.devices import create_enrolment_code
from api.linking import import_network as lay_network
from api.settings import StoreSettings
from api.store import Store
from linewarden.errors import CommandError
from linewarden.folders import made
from linewarden.listening import listening
from linewarden.settings_server import ServerSettings

LAST_REQUESTS_S = 2
"""How long open streams may keep a stopping server."""
_VERIFIER = Path(__file__).with_name("verify.py")


def serve(settings: ServerSettings) -> None:
    """Serve until SIGTERM or ctrl-C. `CommandError` for a port in use."""
    remedy = "stop what uses it, or set `listen` to another address"
    with listening(*settings.address, remedy) as listener:
        app = create_app(_ready(settings), verifier=_verifier())
        host, port = listener.getsockname()[:2]
        key_id = app.state.store.signer.public_key.key_id
        print(f"linewarden server on http://{host}:{port}, key {key_id}", flush=True)
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=LAST_REQUESTS_S,
            server_header=False,
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn raises it again at its end
        uvicorn.Server(config).run(sockets=[listener])


def create_admin(settings: ServerSettings, name: str, password: str) -> None:
    """Make an administrator; the store's own error for a name taken or a weak password."""
    with opened(settings) as store, store.db.write() as session:
        make_admin(session, name, password, store.clock())


def create_code(settings: ServerSettings) -> str:
    """A one-time code with which one box may enrol."""
    with opened(settings) as store, store.db.write() as session:
        return create_enrolment_code(session, store.clock())


def import_network(settings: ServerSettings, file: Path) -> str:
    """Make a GeoJSON file the network in use; a line about it. PlaceError, or the store's own."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}", "check the path") from None
    with opened(settings) as store, store.db.write() as session:
        network = lay_network(session, data, file.name, where=store, now=store.clock())
    return f"{file.name}: {len(network.segments)} segments, version {network.version[:12]}"


def _ready(settings: ServerSettings) -> StoreSettings:
    """The store's settings, once its folder is there."""
    made(settings.folder, "set `folder` to one that this account may write to")
    return settings.store()


@contextmanager
def opened(settings: ServerSettings) -> Iterator[Store]:
    """The store without its doors, for a command."""
    store = open_store(_ready(settings))
    try:
        yield store
    finally:
        store.live.close()
        store.db.close()


def _verifier() -> bytes | None:
    """The script that checks an evidence package without us; it travels in each package."""
    return _VERIFIER.read_bytes() if _VERIFIER.exists() else None
