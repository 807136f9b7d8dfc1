"""What may be one activity, and which incident leads; incidents from before stand alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.db.types import Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of sightings, and what an incident knows of its case."""
    op.create_table(
        "sighting",
        sa.Column("incident_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=130), nullable=False),
        sa.Column("lon_e7", sa.BigInteger(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("ee_cm2", sa.BigInteger(), nullable=False),
        sa.Column("en_cm2", sa.BigInteger(), nullable=False),
        sa.Column("nn_cm2", sa.BigInteger(), nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.incident_id"], name=op.f("fk_sighting_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_sighting")),
    )
    op.create_index("ix_sighting_place", "sighting", ["kind", "lat_e7"], unique=False)
    for column in (
        sa.Column("verdict_level", sa.String(length=8), nullable=True),
        sa.Column("verdict_via", sa.String(length=36), nullable=True),
        sa.Column("lead_id", sa.String(length=36), nullable=True),
        sa.Column("split_at", Utc(), nullable=True),
        sa.Column("split_by", sa.String(length=64), nullable=True),
        sa.Column("split_reason", sa.String(length=200), nullable=True),
    ):
        op.add_column("incident", column)
    op.create_index(op.f("ix_incident_lead_id"), "incident", ["lead_id"], unique=False)
