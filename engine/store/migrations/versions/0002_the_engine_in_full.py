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
    _definitions()
    _requests()
    _proof()
    _register()
    _deadlines()
    _kinds()
    _notices()
    _outside()
    _lists()


def _definitions() -> None:
    """What an organisation says differently, and about which version."""
    with op.batch_alter_table("definition") as table:
        for column in (*optional(sa.Text(), "overlay"), *optional(AutoString(), "base")):
            table.add_column(column)


def _authority() -> None:
    """Tokens and sessions, who set a PIN, what had a hand in a case, and posts that nobody must hold together."""
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
    with op.batch_alter_table("credential") as table:
        table.add_column(sa.Column("set_by", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("case_file") as table:
        table.add_column(sa.Column("hands", sa.Text(), nullable=False, server_default="[]"))
    with op.batch_alter_table("post") as table:
        table.add_column(sa.Column("conflicts", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("holding") as table:
        table.add_column(sa.Column("despite", AutoString(), nullable=False, server_default=""))
    op.create_table(
        "planned_handover",
        sa.Column("id", sa.Integer(), primary_key=True),
        of("organisation_id", "organisation"),
        of("post_id", "post"),
        of("leaver_id", "person"),
        of("successor_id", "person"),
        *needed(sa.Date(), "starts_on"),
        *optional(UTCDateTime(), "next_at"),
        of("asked_by", "person", is_needed=False),
        *needed(UTCDateTime(), "asked_at"),
        *optional(UTCDateTime(), "ended_at"),
        *needed(AutoString(), "outcome"),
        sa.UniqueConstraint("organisation_id", "post_id", "leaver_id", "successor_id", "starts_on"),
    )
    op.create_index("ix_planned_handover_next", "planned_handover", ["next_at", "id"])


def _requests() -> None:
    with op.batch_alter_table("request") as table:
        for column in (
            *needed(sa.Text(), "voters", server_default="[]"),
            *optional(sa.Date(), "expires_on"),
            *optional(sa.Integer(), "follows", "bundled_by", "looked_roster"),
            *optional(AutoString(), "bundle"),
            *optional(UTCDateTime(), "looked_at"),
        ):
            table.add_column(column)
    op.create_index("ix_request_look", "request", ["status", "looked_at"])
    op.create_index("ix_request_bundle", "request", ["organisation_id", "bundle"])
    with op.batch_alter_table("vote") as table:
        for column in (
            *needed(AutoString(), "decider", "confirmed", server_default=""),
            *optional(sa.Integer(), "recorded_by"),
            *optional(sa.Text(), "minutes"),
        ):
            table.add_column(column)
    op.create_index("ix_vote_confirmed", "vote", ["organisation_id", "confirmed"])
    _votes_so_far()
    op.create_table(
        "bundle",
        *needed(sa.Integer(), "id", primary_key=True),
        of("organisation_id", "organisation"),
        *needed(AutoString(120), "key"),
        *needed(sa.Text(), "title"),
        *needed(AutoString(), "move", "decider"),
        *optional(sa.Integer(), "made_by"),
        *needed(UTCDateTime(), "made_at"),
        sa.UniqueConstraint("organisation_id", "key"),
    )


def _votes_so_far() -> None:
    """What the fold says of events that were written before: who was to decide, and what is still to be confirmed."""
    op.execute(
        "UPDATE vote SET decider = (SELECT request.decider FROM request"
        " WHERE request.organisation_id = vote.organisation_id"
        " AND request.case_id = vote.case_id AND request.number = vote.request)"
    )
    op.execute("UPDATE vote SET confirmed = 'open' WHERE paper IS NOT NULL AND organisation_id IS NOT NULL")


def _proof() -> None:
    op.create_table(
        "seal",
        of("organisation_id", "organisation", is_key=True),
        *needed(sa.Integer(), "number", primary_key=True),
        *needed(UTCDateTime(), "made_at"),
        *needed(sa.Integer(), "cases", "events"),
        *needed(AutoString(64), "root", "previous", "digest"),
    )
    op.create_table(
        "seal_leaf",
        of("organisation_id", "organisation", is_key=True),
        *needed(sa.Integer(), "case_id", "seq", primary_key=True),
        *needed(sa.Integer(), "seal"),
        *needed(AutoString(120), "key"),
        *needed(AutoString(64), "head"),
    )
    op.create_table(
        "publication",
        *needed(sa.Integer(), "id", primary_key=True),
        *needed(AutoString(), "scope", "kind", "name", "digest"),
        *needed(UTCDateTime(), "made_at"),
    )
    removals = sa.text("type IN ('erasure_asked', 'purge_asked')")
    op.create_index(
        "ix_event_removal",
        "event",
        ["organisation_id", "case_id"],
        sqlite_where=removals,
        postgresql_where=removals,
    )
    # Answers under keys are let go after a time: the oldest are found without looking at the others.
    op.create_index("ix_idempotency_made", "idempotency", ["made_at"])
    op.create_index("ix_publication_name", "publication", ["scope", "kind", "name", "made_at"])
    op.execute(
        "INSERT INTO publication (scope, kind, name, digest, made_at)"
        " SELECT scope, kind, name, digest, published_at FROM definition ORDER BY published_at, id"
    )


def _register() -> None:
    """The chains of the register; what is there already is taken over right behind this (`store.schema`)."""
    op.create_table(
        "register_head",
        *needed(sa.Integer(), "organisation_id", primary_key=True, autoincrement=False),
        *needed(sa.Integer(), "seq"),
        *needed(AutoString(64), "hash"),
    )
    op.create_table(
        "register_event",
        *needed(sa.Integer(), "organisation_id", "seq", primary_key=True),
        *needed(AutoString(), "type", "via", "credential"),
        *needed(UTCDateTime(), "recorded_at"),
        *optional(sa.Integer(), "person", "acting_for", "credential_id"),
        *needed(sa.Text(), "payload", "header"),
        *needed(AutoString(64), "previous", "hash"),
    )
    erasures = sa.text("type IN ('erasure_asked', 'text_erased')")
    op.create_index(
        "ix_register_erasure",
        "register_event",
        ["organisation_id", "seq"],
        sqlite_where=erasures,
        postgresql_where=erasures,
    )
    op.create_table(
        "register_text",
        *needed(sa.Integer(), "organisation_id", "seq", primary_key=True),
        *needed(AutoString(60), "name", primary_key=True),
        *needed(AutoString(), "salt"),
        *optional(sa.Text(), "text"),
    )


def _notices() -> None:
    """A person may be told of something that is about no case."""
    with op.batch_alter_table("notice") as table:
        table.alter_column("case_id", existing_type=sa.Integer(), nullable=True)
    is_personal = sa.text("case_id IS NULL")
    op.create_index(
        "uq_notice_personal",
        "notice",
        ["organisation_id", "rung", "event_seq", "n", "audience"],
        unique=True,
        sqlite_where=is_personal,
        postgresql_where=is_personal,
    )


def _outside() -> None:
    """Other programs that are told of events, and what is still to be told."""
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), primary_key=True),
        of("organisation_id", "organisation"),
        *needed(AutoString(40), "key"),
        *needed(sa.Text(), "url", "types"),
        *needed(AutoString(), "salt"),
        *needed(UTCDateTime(), "made_at"),
        *optional(UTCDateTime(), "ended_at"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Integer(), primary_key=True),
        of("organisation_id", "organisation"),
        of("subscription_id", "subscription"),
        of("case_id", "case_file"),
        *needed(sa.Integer(), "seq", "fence", "tries"),
        *needed(AutoString(), "status", "reason"),
        *needed(UTCDateTime(), "next_try_at"),
        *optional(UTCDateTime(), "lease_until", "sent_at"),
        sa.UniqueConstraint("organisation_id", "subscription_id", "case_id", "seq"),
    )
    op.create_index("ix_outgoing_next", "outgoing", ["status", "next_try_at", "id"])
    op.create_index("ix_outgoing_case", "outgoing", ["subscription_id", "case_id", "seq"])


def _deadlines() -> None:
    """Why a version of a deadline has its date and whom it waits for; what was written with a request; repeats;
    when a measure that was done in time was entered after its day.
    """
    with op.batch_alter_table("measure") as table:
        table.add_column(sa.Column("entered_on", sa.Date(), nullable=True))
    with op.batch_alter_table("deadline") as table:
        table.add_column(sa.Column("basis", AutoString(), nullable=False, server_default=""))
        table.add_column(sa.Column("waits_for", AutoString(), nullable=False, server_default=""))
    with op.batch_alter_table("request") as table:
        table.add_column(sa.Column("texts", sa.Text(), nullable=False, server_default="{}"))
    with op.batch_alter_table("case_file") as table:
        table.add_column(sa.Column("earlier", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("later", sa.Text(), nullable=False, server_default="[]"))


def _kinds() -> None:
    """Rounds name the workflow of their issues."""
    with op.batch_alter_table("inspection") as table:
        table.add_column(sa.Column("workflow", AutoString(), nullable=False, server_default="rectification"))


def _lists() -> None:
    """What lists of one school find their rows by."""
    op.create_index("ix_measure_case", "measure", ["organisation_id", "case_id"])
    op.create_index("ix_delivery_list", "delivery", ["organisation_id", "category", "status"])
