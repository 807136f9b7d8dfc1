"""One way to both databases: engine, pragmas, transactions for reading and for writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from threading import Lock
from time import monotonic, sleep
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

_READING = "linewarden_reading"
_WAIT_S = 15.0
_PRAGMAS = (
    f"PRAGMA busy_timeout={_WAIT_S * 1000:.0f}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


class Database:
    """Sessions on SQLite or PostgreSQL.

    A writing transaction holds SQLite's write lock from its first moment, so that "read, then
    insert" is isolated; on PostgreSQL the device's row is locked instead (`ingest`).
    """

    def __init__(self, url: URL | str) -> None:
        self.url = make_url(url)
        self.engine = make_engine(self.url)
        self._write = sessionmaker(self.engine, expire_on_commit=False)
        reading = self.engine.execution_options(**{_READING: True})
        self._read = sessionmaker(reading, expire_on_commit=False)
        # SQLite has one writer; its own waiting is sleeping and trying again, a lock's is not.
        self._turn = Lock() if self.is_sqlite else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite, False for PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that is committed at the end, or rolled back on any exception."""
        with self._turn, self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction for reading; nothing is ever committed."""
        with self._read() as session:
            yield session

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def make_engine(url: URL) -> Engine:
    """An engine with our pragmas and transactions."""
    if url.get_backend_name() != "sqlite":
        return create_engine(
            url, pool_pre_ping=True, pool_size=10, max_overflow=30, hide_parameters=True
        )
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=10, max_overflow=30, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The driver opens no transaction before a SELECT; we open them ourselves in _begin.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        _patiently(connection, pragma)


def _patiently(connection: Any, pragma: str) -> None:
    """Of two that make a new file a WAL at once SQLite refuses one without waiting: ask again."""
    until_s = monotonic() + _WAIT_S
    while True:
        try:
            connection.execute(pragma)
            return
        except OperationalError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or monotonic() > until_s:
                raise
            sleep(0.02)


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
