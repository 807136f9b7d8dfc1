"""The store as an application: everything put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api import answers, clock, rounds
from api.blobs import open_blobs, sweep
from api.clock import Clock
from api.db import Database, migrate
from api.errors import StoreError
from api.guard import Guard
from api.identity import store_signer
from api.live import Bus, Live, LocalBus
from api.pages import router
from api.routes import devices, live, looks, media, people, states, watch
from api.routes.who import maybe_person
from api.settings import StoreSettings
from api.store import Store
from api.sweep import EVERY_S, sweep_media
from api.version import store_version

_ABANDONED = timedelta(days=1)
_log = structlog.get_logger("api")


def create_app(
    settings: StoreSettings, *, verifier: bytes | None = None, now: Clock = clock.now
) -> FastAPI:
    """The store's application, its database migrated.

    `verifier` is the stand-alone script that goes into evidence packages. The store itself stands
    in `app.state.store`; `app.state.store.live.close()` ends open streams. Raises StoreError, or
    KeyFileError where the store's key must not be used.
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
    for part in (devices, people, media, states, live, looks, watch):
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
    signer = store_signer(settings.key_file)
    migrate(settings.database)
    db = Database(settings.database)
    blobs = open_blobs(settings)
    sweep(blobs.uploads, (now() - _ABANDONED).timestamp())
    return Store(settings, db, blobs, Live(_bus(db)), now, signer, verifier)


def _bus(db: Database) -> Bus:
    if db.is_sqlite:
        return LocalBus()
    from api.live_postgres import PostgresBus

    return PostgresBus(db)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    store: Store = app.state.store
    tasks = [
        asyncio.create_task(_for_ever("sweep", EVERY_S, lambda: sweep_media(store))),
        asyncio.create_task(_for_ever("rounds", rounds.EVERY_S, rounds.Rounds(store).go)),
    ]
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    store.live.close()
    store.db.close()


async def _for_ever(name: str, every_s: float, work: Callable[[], object]) -> None:
    """At the start and again and again; what went wrong is logged, and tried again next time."""
    while True:
        try:
            await run_in_threadpool(work)
        except (StoreError, SQLAlchemyError) as error:
            _log.warning(f"{name}_failed", error=type(error).__name__)
        await asyncio.sleep(every_s)
