"""Tokens that are revoked apart from their key; what a box refused, and whether it was tampered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.db.types import Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was not told so far is unknown."""
    op.add_column("device", sa.Column("token_revoked_at", Utc(), nullable=True))
    op.add_column("device_status", sa.Column("refused_total", sa.BigInteger(), nullable=True))
    op.add_column("device_status", sa.Column("tampered", sa.Boolean(), nullable=True))
