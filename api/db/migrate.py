"""Bring a database to this program's schema, or refuse it with one clear line."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.db.engine import make_engine
from api.errors import DatabaseRefused

_MIGRATIONS = Path(__file__).with_name("migrations")
_ADVISORY_LOCK = 0x6C696E65


def migrate(url: URL | str) -> str:
    """Migrate the database at `url`; answers its revision. Raises DatabaseRefused.

    An old store is upgraded; a newer one, and a database that is not a store's, is left alone.
    """
    where = make_url(url)
    shown = where.render_as_string(hide_password=True)
    try:
        engine = make_engine(where)
        try:
            with engine.begin() as connection:
                return _migrate(connection, shown)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        raise DatabaseRefused(f"database {shown}: {_first_line(error)}") from None
    except OSError as error:
        raise DatabaseRefused(f"database {shown}: {error.strerror}") from None


def head_revision() -> str:
    """The revision that this program works with."""
    return _scripts(_config()).get_current_head() or ""


def current_revision(connection: Connection) -> str | None:
    """The revision of an open database."""
    return MigrationContext.configure(connection).get_current_revision()


def _migrate(connection: Connection, shown: str) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config = _config()
    tables = set(inspect(connection).get_table_names()) - {"spatial_ref_sys"}
    if tables and "alembic_version" not in tables:
        raise DatabaseRefused(
            f"database {shown} holds other tables ({', '.join(sorted(tables)[:3])}) and no store",
            "give the store a database of its own",
        )
    found = current_revision(connection)
    known = {script.revision for script in _scripts(config).walk_revisions()}
    if found is not None and found not in known:
        raise DatabaseRefused(
            f"database {shown} has revision {found}, which this version does not know",
            "it was written by a newer version, or is not a store's: run that version",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return head_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts(config: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(config)


def _first_line(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0][:200]
