"""A store on either database, a clock that jumps, a person and a box."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from api.app import create_app
from api.auth.accounts import create_admin
from api.auth.devices import create_enrolment_code
from api.db import Database, migrate
from api.settings import StoreSettings
from api.store import Store
from tests.api.device import START, FakeDevice
from tests.api.serving import serve

PASSWORD = "rainy bridge over 7 canals"
POSTGRES = os.environ.get(
    "LINEWARDEN_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Scene:
    """A running store and those who use it."""

    settings: StoreSettings
    clock: Clock
    http: httpx.Client
    store: Store
    boxes: list[FakeDevice] = field(default_factory=list)

    def code(self) -> str:
        with self.store.db.write() as session:
            return create_enrolment_code(session, self.clock())

    def box(self, name: str = "qixia-07") -> FakeDevice:
        made = FakeDevice.enrol(self.http, self.code(), name, now=self.clock())
        self.boxes.append(made)
        return made

    def account(self, name: str = "wang", password: str = PASSWORD) -> None:
        with self.store.db.write() as session:
            create_admin(session, name, password, self.clock())

    def log_in(self, name: str = "wang") -> None:
        answer = self.http.post("/v1/login", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    def person(self, name: str = "wang") -> httpx.Client:
        """A browser that is logged in."""
        self.account(name)
        self.log_in(name)
        return self.http


@pytest.fixture(scope="session")
def _postgres() -> str:
    try:
        engine = create_engine(POSTGRES, connect_args={"connect_timeout": 2})
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except SQLAlchemyError as error:
        pytest.skip(f"no PostgreSQL at LINEWARDEN_TEST_POSTGRES: {type(error).__name__}")
    return POSTGRES


DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.services)]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: a file, or a schema of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    base = make_url(request.getfixturevalue("_postgres"))
    schema = f"test_{secrets.token_hex(6)}"
    engine = create_engine(base)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        url = base.update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store as migrations leave it, to copy: they need longer than a test."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def make_scene(
    database_url: str, tmp_path: Path, clock: Clock, migrated: Path
) -> Iterator[Callable[..., Scene]]:
    """Starts a store with changed settings."""
    with ExitStack() as running:

        def make(verifier: bytes | None = None, **changes: object) -> Scene:
            settings = StoreSettings.check(
                **{"folder": tmp_path / "store", "database_url": database_url, **changes}
            )
            if database_url.startswith("sqlite") and not (tmp_path / "store.db").exists():
                shutil.copy(migrated, tmp_path / "store.db")
            app = create_app(settings, verifier=verifier, now=clock)
            address = running.enter_context(serve(app))
            http = running.enter_context(
                httpx.Client(base_url=address, trust_env=False, timeout=60)
            )
            return Scene(settings, clock, http, app.state.store)

        yield make


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    """A store as it comes."""
    return make_scene()


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    """A database with nothing in it."""
    db = Database(StoreSettings.check(database_url=database_url).database)
    yield db
    db.close()
