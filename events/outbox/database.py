"""The outbox's SQLite file: opening, schema, transactions, and which errors mean "no room"."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from events.seal import OutboxError

APPLICATION_ID = 0x4C574F42
SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 10.0

_INCIDENTS = """
CREATE TABLE incidents(
  incident_id TEXT NOT NULL, source_id TEXT NOT NULL, zone_id TEXT NOT NULL,
  rule_id TEXT NOT NULL, opened_s REAL NOT NULL, state TEXT NOT NULL, opened BLOB NOT NULL,
  is_open INTEGER NOT NULL, awaits_clip INTEGER NOT NULL,
  PRIMARY KEY (incident_id, source_id, zone_id, rule_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX incidents_open ON incidents(source_id, zone_id, rule_id) WHERE is_open;
CREATE TABLE kept(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
"""An incident has a row for each source (camera or sensor, zone, rule) that holds it open."""
_FROM_1 = f"""
ALTER TABLE incidents RENAME TO incidents_1; DROP INDEX incidents_open; {_INCIDENTS}
INSERT INTO incidents SELECT * FROM incidents_1; DROP TABLE incidents_1;
"""  # noqa: S608 - a literal
_SCHEMA = f"""
CREATE TABLE heads(
  device_id TEXT NOT NULL, key_id TEXT NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (device_id, key_id)
) WITHOUT ROWID;
CREATE TABLE events(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE, device_id TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
  payload_sha256 TEXT NOT NULL, envelope BLOB NOT NULL, appended_s REAL NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'parked')),
  reason TEXT, detail TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, not_before_s REAL NOT NULL DEFAULT 0,
  lease_until_s REAL NOT NULL DEFAULT 0, gap_told INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_queue ON events(state, id);
CREATE TABLE media(
  sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, type TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE needs(
  event INTEGER NOT NULL REFERENCES events(id) ON DELETE CASCADE,
  sha256 TEXT NOT NULL REFERENCES media(sha256),
  PRIMARY KEY (event, sha256)
) WITHOUT ROWID;
CREATE INDEX needs_sha256 ON needs(sha256);
CREATE TABLE claims(
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL REFERENCES media(sha256) ON DELETE CASCADE, made_s REAL NOT NULL
);
CREATE INDEX claims_sha256 ON claims(sha256);
{_INCIDENTS}
CREATE TABLE facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO facts VALUES ('used_bytes', 0), ('gap_told', 0), ('tampered', 0);
CREATE TRIGGER events_in AFTER INSERT ON events BEGIN
  UPDATE facts SET value = value + length(new.envelope) WHERE name = 'used_bytes'; END;
CREATE TRIGGER events_out AFTER DELETE ON events BEGIN
  UPDATE facts SET value = value - length(old.envelope) WHERE name = 'used_bytes'; END;
CREATE TRIGGER media_in AFTER INSERT ON media BEGIN
  UPDATE facts SET value = value + new.size WHERE name = 'used_bytes'; END;
CREATE TRIGGER media_out AFTER DELETE ON media BEGIN
  UPDATE facts SET value = value - old.size WHERE name = 'used_bytes'; END;
"""  # noqa: S608 - a literal


class NoRoom(OutboxError):
    """Nothing can be written now: `reason` is a short code such as disk_full."""

    remedy = "make room on the disk, or raise the cap; what is recorded stays recorded"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Database:
    """One connection of one process; its threads take turns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._pid = os.getpid()
        try:
            self._db = _open(path)
        except (sqlite3.Error, OSError) as error:
            raise OutboxError(f"{path}: cannot open the outbox: {error}") from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction, alone among all processes. Rolled back on any exception.

        Raises NoRoom, or OutboxError if the database is broken.
        """
        if os.getpid() != self._pid:
            raise OutboxError(
                "an outbox was carried over a fork", "open one in each process after it starts"
            )
        with self._lock, translated(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def read(
        self, sql: str, values: Mapping[str, object] | tuple[object, ...] = ()
    ) -> list[sqlite3.Row]:
        """All rows of a query. Raises NoRoom or OutboxError."""
        with self._lock, translated(self._path):
            return self._db.execute(sql, values).fetchall()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite and of the file system, in the words of this room."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason = _no_room(error)
        if reason is not None:
            raise NoRoom(reason, f"{path}: {error}") from error
        raise OutboxError(f"{path}: the outbox cannot be used: {error}") from error


def _no_room(error: sqlite3.Error | OSError) -> str | None:
    if isinstance(error, OSError):
        full = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        return "disk_full" if error.errno in full else "disk_error"
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    return {
        sqlite3.SQLITE_FULL: "disk_full",
        sqlite3.SQLITE_IOERR: "disk_error",
        sqlite3.SQLITE_CANTOPEN: "disk_error",
        sqlite3.SQLITE_READONLY: "disk_error",
        sqlite3.SQLITE_BUSY: "outbox_busy",
    }.get(code)


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # changing to WAL does not wait for its turn by itself
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        db = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
        return db
    finally:
        os.close(lock)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.row_factory = sqlite3.Row
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise OutboxError(
            f"{path}: a database, but not an outbox (application id {application:#x})",
            "give another folder; this file was not touched",
        )
    if tables and version not in (1, SCHEMA_VERSION):
        raise OutboxError(
            f"{path}: outbox of version {version}; this program knows version {SCHEMA_VERSION}",
            "let the older program deliver what is queued, then move the folder away",
        )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        db.execute(f"PRAGMA {pragma}")
    if not tables or version == 1:
        change = _FROM_1 if tables else f"{_SCHEMA} PRAGMA application_id={APPLICATION_ID};"
        db.executescript(f"BEGIN IMMEDIATE; {change} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
