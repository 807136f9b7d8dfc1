"""An old database is brought up to date; a newer or an alien one is left as it is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, inspect, select, text

import api.db
from api.db import Database, current_revision, head_revision, migrate
from api.db.tables import Base
from api.errors import DatabaseRefused
from tests.api.conftest import Scene

BEFORE_CASES = "0003"
"""The last schema that knew nothing of cases and shelves."""


def lay_out(db: Database, revision: str) -> None:
    """Make the tables as a program of `revision` made them."""
    config = Config()
    config.set_main_option("script_location", str(Path(api.db.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def pour(source: str, into: Database) -> None:
    """Copy all rows between stores, as far as the other one has their columns."""
    old, new = MetaData(), MetaData()
    old.reflect(into.engine)
    engine = create_engine(source)
    new.reflect(engine)
    with engine.connect() as reading, into.engine.begin() as writing:
        for table in (t for t in old.sorted_tables if t.name != "alembic_version"):
            columns = [new.tables[table.name].c[column.name] for column in table.c]
            rows = [dict(row) for row in reading.execute(select(*columns)).mappings()]
            if rows:
                writing.execute(table.insert(), rows)
            if rows and "id" in table.c and not into.is_sqlite:  # go on after the copied ones
                serial = f"pg_get_serial_sequence('{table.name}', 'id')"
                writing.execute(
                    text(f"SELECT setval({serial}, (SELECT max(id) FROM {table.name}))")
                )
    engine.dispose()


def test_migrations_make_what_the_tables_say(empty_database: Database) -> None:
    assert migrate(empty_database.url) == head_revision()
    with empty_database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert current_revision(connection) == head_revision()


def test_migrating_again_changes_nothing(empty_database: Database) -> None:
    first = migrate(empty_database.url)
    tables = inspect(empty_database.engine).get_table_names()
    assert migrate(empty_database.url) == first
    assert inspect(empty_database.engine).get_table_names() == tables


def test_an_empty_store_of_no_revision_yet_is_brought_up_to_date(empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        made = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
        connection.execute(text(made))
    assert migrate(empty_database.url) == head_revision()


def test_a_full_store_from_before_cases_keeps_all_and_goes_on(
    make_scene: Callable[..., Scene], empty_database: Database, tmp_path: Path
) -> None:
    lay_out(empty_database, BEFORE_CASES)
    first = f"sqlite:///{tmp_path / 'first.db'}"
    written = make_scene(database_url=first)
    box = written.box()
    confirmed, unfinished = (box.incident() for _ in range(2))
    answer = written.person().post(
        f"/v1/incidents/{confirmed}/verdict", json={"verdict": "confirmed", "reason": "seen"}
    )
    assert answer.status_code == 200, answer.text
    pour(first, empty_database)

    upgraded = make_scene()
    box.http = upgraded.http
    box.send(box.draft("ended", incident_id=unfinished))
    upgraded.log_in()
    shown = {i["incident_id"]: i for i in upgraded.http.get("/v1/incidents").json()["items"]}
    assert shown.keys() == {confirmed, unfinished}
    assert shown[confirmed]["verdict"]["verdict"] == "confirmed"
    assert shown[unfinished]["state"] == "ended"


def test_two_servers_that_start_at_once_migrate_once(empty_database: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(migrate, [empty_database.url] * 2))) == 1


def test_a_newer_database_is_refused_and_left_alone(empty_database: Database) -> None:
    migrate(empty_database.url)
    with empty_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseRefused, match="revision 9999") as caught:
        migrate(empty_database.url)
    assert "newer version" in caught.value.remedy
    with empty_database.engine.connect() as connection:
        assert current_revision(connection) == "9999"


def test_a_database_of_something_else_is_refused_and_left_alone(empty_database: Database) -> None:
    with empty_database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE payroll (id INTEGER)"))
    with pytest.raises(DatabaseRefused, match="payroll"):
        migrate(empty_database.url)
    assert inspect(empty_database.engine).get_table_names() == ["payroll"]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_bytes(b"this is a letter, not a database, and it is long enough to tell" * 20)
    with pytest.raises(DatabaseRefused, match="not a database"):
        migrate(f"sqlite:///{file}")


def test_a_server_that_is_not_there_is_refused_without_showing_the_password() -> None:
    with pytest.raises(DatabaseRefused) as caught:
        migrate("postgresql+psycopg://lw:Zk39fQw81vLr@127.0.0.1:1/lw")
    assert "Zk39" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_each_sqlite_connection_is_durable_and_checks_references(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'a.db'}")
    with db.engine.connect() as one, db.engine.connect() as two:
        for connection in (one, two):
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert found == ["wal", 2, 1]
            connection.rollback()
    db.close()
