"""Live updates between processes: LISTEN and NOTIFY of PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.db import Database
from api.live import Message

_log = structlog.get_logger("api.live")
_LISTEN_S = 1.0
_RETRY_S = 2.0


class PostgresBus:
    """One thread listens; whoever commits a change notifies."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._stop = Event()
        with db.engine.connect() as connection:
            schema = connection.scalar(text("SELECT current_schema()"))
        # Channels belong to the whole database; the name keeps stores in other schemas apart.
        self._channel = "linewarden_" + hashlib.sha256(str(schema).encode()).hexdigest()[:16]

    def start(self, deliver: Callable[[Message | None], None]) -> None:
        """See Bus."""
        ready = Event()
        Thread(target=self._listen, args=(deliver, ready), daemon=True).start()
        ready.wait(_RETRY_S)

    def send(self, message: Message) -> None:
        """See Bus."""
        body = json.dumps([message.kind, dict(message.data)])
        try:
            with self._db.engine.begin() as connection:
                notify = text("SELECT pg_notify(:channel, :body)")
                connection.execute(notify, {"channel": self._channel, "body": body})
        except SQLAlchemyError as error:
            _log.warning("notify_failed", error=type(error).__name__)

    def stop(self) -> None:
        """See Bus."""
        self._stop.set()

    def _listen(self, deliver: Callable[[Message | None], None], ready: Event) -> None:
        while not self._stop.is_set():
            try:
                with self._connect() as connection:
                    ready.set()
                    self._follow(connection, deliver)
            except psycopg.Error as error:
                _log.warning("listener_lost", error=type(error).__name__)
                deliver(None)
                self._stop.wait(_RETRY_S)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        url = self._db.url.set(drivername="postgresql")
        connection = psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True, connect_timeout=5
        )
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        return connection

    def _follow(
        self,
        connection: psycopg.Connection[tuple[object, ...]],
        deliver: Callable[[Message | None], None],
    ) -> None:
        while not self._stop.is_set():
            for notice in connection.notifies(timeout=_LISTEN_S):
                with suppress(ValueError):
                    kind, data = json.loads(notice.payload)
                    deliver(Message(kind, data))
                if self._stop.is_set():
                    return
