"""Shelved incidents: who put them away, why, until when, and at which level."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.db.types import Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is shelved so far."""
    for column in (
        sa.Column("shelved_at", Utc(), nullable=True),
        sa.Column("shelved_by", sa.String(length=64), nullable=True),
        sa.Column("shelved_reason", sa.String(length=200), nullable=True),
        sa.Column("shelved_until", Utc(), nullable=True),
        sa.Column("shelved_level", sa.String(length=8), nullable=True),
    ):
        op.add_column("incident", column)
    op.create_index(op.f("ix_incident_shelved_until"), "incident", ["shelved_until"], unique=False)
