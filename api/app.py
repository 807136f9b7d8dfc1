"""The store as an application: everything put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from api import answers, clock
from api.blobs import open_blobs, sweep
from api.clock import Clock
from api.db import Database, migrate
from api.guard import Guard
from api.live import Bus, Live, LocalBus
from api.pages import router
from api.routes import devices, live, media, people, states, watch
from api.routes.who import maybe_person
from api.settings import StoreSettings
from api.store import Store
from api.version import store_version

_ABANDONED = timedelta(days=1)


def create_app(
    settings: StoreSettings, *, verifier: bytes | None = None, now: Clock = clock.now
) -> FastAPI:
    """The store's application, its database migrated.

    `verifier` is the stand-alone script that goes into evidence packages. The store itself stands
    in `app.state.store`; `app.state.store.live.close()` ends open streams. Raises StoreError.
    """
    store = open_store(settings, verifier=verifier, now=now)
    app = FastAPI(
        title="Linewarden store",
        version=store_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.store = store
    answers.install(app)
    for part in (devices, people, media, states, live, watch):
        app.include_router(part.routes)
    app.include_router(router(maybe_person))
    app.add_middleware(
        Guard,
        version=store_version(),
        secure=settings.cookie_secure,
        body_limits={
            "/v1/media/": settings.max_media_bytes,
            "/v1/events": settings.max_envelope_bytes,
        },
    )
    return app


def open_store(
    settings: StoreSettings, *, verifier: bytes | None = None, now: Clock = clock.now
) -> Store:
    """The store without its doors, for commands: database migrated, media reachable."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    migrate(settings.database)
    db = Database(settings.database)
    blobs = open_blobs(settings)
    sweep(blobs.uploads, (now() - _ABANDONED).timestamp())
    return Store(settings, db, blobs, Live(_bus(db)), now, verifier)


def _bus(db: Database) -> Bus:
    if db.is_sqlite:
        return LocalBus()
    from api.live_postgres import PostgresBus

    return PostgresBus(db)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    store: Store = app.state.store
    store.live.close()
    store.db.close()
