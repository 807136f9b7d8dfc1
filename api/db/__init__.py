"""Persistence: tables, transactions, migrations."""

from api.db.engine import Database
from api.db.migrate import current_revision, head_revision, migrate

__all__ = ["Database", "current_revision", "head_revision", "migrate"]
