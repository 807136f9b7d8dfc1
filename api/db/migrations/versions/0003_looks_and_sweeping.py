"""The register of looks; when a medium was last sent; when a queued decision was made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.db.types import Utc

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the register; a medium that is kept was last sent when it came."""
    op.create_table(
        "look",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index("ix_look_repeat", "look", ["actor", "sha256", "at"], unique=False)
    op.create_index(op.f("ix_look_sha256"), "look", ["sha256"], unique=False)
    op.add_column("blob", sa.Column("last_sent_at", Utc(), nullable=True))
    op.execute("UPDATE blob SET last_sent_at = received_at")
    with op.batch_alter_table("blob") as table:
        table.alter_column("last_sent_at", existing_type=Utc(), nullable=False)
    op.add_column("incident", sa.Column("verdict_made_at", Utc(), nullable=True))
