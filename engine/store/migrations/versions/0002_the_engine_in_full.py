"""Approvals, credentials, proof and the ways to the outside."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from engine.store.migrations.columns import needed, of, optional

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _authority()


def _authority() -> None:
    """Tokens and sessions, what had a hand in a case, and posts that one person must not hold together."""
    op.create_table(
        "access",
        sa.Column("id", sa.Integer(), primary_key=True),
        of("organisation_id", "organisation"),
        of("person_id", "person", is_needed=False),
        *needed(AutoString(), "kind", "label", "digest", "scopes"),
        *needed(UTCDateTime(), "made_at"),
        of("made_by", "person", is_needed=False),
        *optional(UTCDateTime(), "expires_at", "revoked_at"),
        *optional(sa.Date(), "last_used_on"),
    )
    op.create_index("ix_access_person", "access", ["organisation_id", "person_id"])
    with op.batch_alter_table("case_file") as table:
        table.add_column(sa.Column("hands", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("post") as table:
        table.add_column(sa.Column("conflicts", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("holding") as table:
        table.add_column(sa.Column("despite", AutoString(), nullable=False, server_default=""))
