"""The first tables."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _home()
    _people()
    _rounds()
    _cases()
    _promises()
    _proofs()
    _requests()
    _duties()
    _reasons_to_tell()
    _attempts()


def _needed(kind: Any, *names: str, **options: Any) -> Iterator[sa.Column[Any]]:
    return (sa.Column(name, kind, nullable=False, **options) for name in names)


def _optional(kind: Any, *names: str) -> Iterator[sa.Column[Any]]:
    return (sa.Column(name, kind, nullable=True) for name in names)


def _of(name: str, table: str, *, is_key: bool = False, is_needed: bool = True) -> sa.Column[int]:
    """A column that points at the id of another table's row."""
    target = sa.ForeignKey(f"{table}.id")
    return sa.Column(name, sa.Integer(), target, primary_key=is_key, nullable=not is_needed)


def _home() -> None:
    op.create_table(
        "definition",
        *_needed(sa.Integer(), "id", primary_key=True),
        *_needed(AutoString(), "scope", "kind", "name", "digest"),
        *_needed(sa.Integer(), "version"),
        *_needed(sa.Text(), "text"),
        *_needed(UTCDateTime(), "published_at"),
        *_needed(sa.Boolean(), "is_current"),
        sa.UniqueConstraint("scope", "kind", "name", "digest"),
    )
    op.create_table(
        "home_setting",
        *_needed(AutoString(60), "name", primary_key=True),
        *_needed(AutoString(), "value"),
    )
    op.create_table(
        "organisation",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("parent_id", "organisation", is_needed=False),
        *_needed(AutoString(60), "key"),
        *_needed(AutoString(), "name", "path", "zone", "office_phone", "calendar", "sending", "school_year"),
        *_needed(sa.Integer(), "roster_version", "calendar_version"),
        *_optional(sa.Date(), "go_live"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_organisation_path", "organisation", ["path"])


def _people() -> None:
    op.create_table(
        "person",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(60), "key"),
        *_needed(AutoString(), "name", "title", "address"),
        *_optional(sa.Date(), "on_roll_from", "on_roll_until"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_table(
        "post",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(60), "key"),
        *_needed(AutoString(), "label"),
        *_needed(sa.Boolean(), "is_body"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_table(
        "holding",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("post_id", "post"),
        _of("person_id", "person"),
        *_needed(sa.Date(), "since"),
        *_optional(sa.Date(), "until"),
        sa.Column("substitute_for", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
    )
    op.create_index("ix_holding_post", "holding", ["organisation_id", "post_id", "since"])
    op.create_table(
        "credential",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("person_id", "person"),
        *_needed(AutoString(), "kind", "digest"),
        *_needed(UTCDateTime(), "set_at"),
        *_needed(sa.Integer(), "failed"),
        *_optional(UTCDateTime(), "locked_until"),
        sa.UniqueConstraint("organisation_id", "person_id", "kind"),
    )


def _rounds() -> None:
    op.create_table(
        "inspection",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(60), "key"),
        *_needed(sa.Date(), "feedback_on"),
        *_needed(AutoString(), "unit", "group_name"),
        *_optional(sa.Date(), "inspected_from", "inspected_to", "published_on"),
        *_optional(sa.Integer(), "stated_total"),
        sa.UniqueConstraint("organisation_id", "feedback_on"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_table(
        "blob",
        _of("organisation_id", "organisation", is_key=True),
        *_needed(AutoString(64), "digest", primary_key=True),
        *_needed(sa.Integer(), "size"),
        *_needed(UTCDateTime(), "stored_at"),
    )
    op.create_table(
        "idempotency",
        _of("organisation_id", "organisation", is_key=True),
        *_needed(AutoString(80), "principal", primary_key=True),
        *_needed(AutoString(200), "key", primary_key=True),
        *_needed(AutoString(), "digest"),
        *_needed(sa.Text(), "answer"),
        *_needed(UTCDateTime(), "made_at"),
    )


def _cases() -> None:
    op.create_table(
        "case_file",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("inspection_id", "inspection", is_needed=False),
        _of("owner_post_id", "post", is_needed=False),
        *_needed(AutoString(120), "key"),
        *_needed(AutoString(), "kind", "workflow", "definition", "state", "waits_for"),
        *_needed(sa.Boolean(), "is_final"),
        *_needed(sa.Integer(), "revision"),
        *_needed(AutoString(64), "head"),
        *_needed(sa.Date(), "opened_on"),
        *_needed(sa.Text(), "fields", "texts", "acted"),
        *_optional(sa.Text(), "title", "claim_basis"),
        *_optional(sa.Integer(), "number"),
        *_optional(AutoString(), "claim_status", "claim_settled"),
        *_optional(sa.Date(), "claim_on"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_index("ix_case_inspection", "case_file", ["organisation_id", "inspection_id", "number"])
    op.create_index("ix_case_state", "case_file", ["organisation_id", "kind", "is_final", "state"])
    op.create_table(
        "unresolved_name",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("case_id", "case_file"),
        *_needed(AutoString(), "name"),
        sa.UniqueConstraint("organisation_id", "name", "case_id"),
    )


def _promises() -> None:
    op.create_table(
        "measure",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "number", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("owner_post_id", "post", is_needed=False),
        *_needed(AutoString(), "text_commit", "state"),
        *_optional(sa.Text(), "text"),
        *_optional(sa.Date(), "due_on", "done_on"),
    )
    op.create_table(
        "deliverable",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "number", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "name_commit"),
        *_needed(sa.Boolean(), "per_person"),
        *_optional(sa.Text(), "name"),
        *_optional(sa.Integer(), "count", "measure"),
    )
    op.create_table(
        "deadline",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("case_id", "case_file"),
        _of("waits_post_id", "post", is_needed=False),
        *_needed(AutoString(), "kind", "subject", "ended", "ladder"),
        *_needed(sa.Integer(), "version"),
        *_needed(sa.Boolean(), "armed"),
        *_optional(sa.Date(), "due_on", "met_on"),
        *_optional(UTCDateTime(), "next_moment_at"),
        sa.UniqueConstraint("case_id", "kind", "subject", "version"),
    )
    op.create_index("ix_deadline_next", "deadline", ["next_moment_at", "id"])
    op.create_index("ix_deadline_open", "deadline", ["organisation_id", "ended", "due_on"])


def _proofs() -> None:
    op.create_table(
        "evidence",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "number", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "kind", "name_commit", "level", "status"),
        *_needed(sa.Integer(), "copies"),
        *_optional(sa.Text(), "name", "offline"),
        *_optional(AutoString(), "digest"),
        *_optional(sa.Integer(), "size", "deliverable", "measure", "attached_by"),
        *_optional(sa.Date(), "proves_from", "proves_to", "attached_on"),
    )
    op.create_index("ix_evidence_digest", "evidence", ["organisation_id", "digest"])
    op.create_table(
        "event",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "seq", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "type", "via", "credential", "definition"),
        *_needed(sa.Integer(), "version"),
        *_needed(UTCDateTime(), "effective_at", "recorded_at"),
        *_needed(sa.Text(), "payload", "header"),
        *_needed(AutoString(64), "previous", "hash"),
        *_optional(sa.Integer(), "person", "acting_for", "credential_id"),
    )
    op.create_index("ix_event_recorded", "event", ["organisation_id", "recorded_at"])
    op.create_table(
        "event_text",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "seq", primary_key=True),
        *_needed(AutoString(60), "name", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "salt"),
        *_optional(sa.Text(), "text"),
    )


def _requests() -> None:
    op.create_table(
        "request",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "number", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "move", "decider", "definition", "seal", "status"),
        *_needed(sa.Text(), "params", "manifest"),
        *_needed(UTCDateTime(), "asked_at"),
        *_needed(sa.Integer(), "needed"),
        *_optional(sa.Integer(), "asked_by", "asked_for"),
        *_optional(sa.Text(), "comment"),
    )
    op.create_index("ix_request_status", "request", ["organisation_id", "status"])
    op.create_table(
        "vote",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "request", "number", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(), "verdict"),
        *_needed(UTCDateTime(), "at"),
        *_optional(sa.Integer(), "person", "acting_for"),
        *_optional(sa.Text(), "comment"),
        *_optional(AutoString(), "paper"),
    )
    op.create_table(
        "roster",
        _of("case_id", "case_file", is_key=True),
        *_needed(sa.Integer(), "number", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(sa.Integer(), "person"),
        *_needed(sa.Date(), "joined_on"),
        *_optional(sa.Date(), "left_on", "ticked_on"),
    )


def _duties() -> None:
    op.create_table(
        "duty_series",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        *_needed(AutoString(60), "key"),
        *_needed(AutoString(), "duty", "definition"),
        *_needed(sa.Date(), "active_from"),
        *_optional(sa.Date(), "active_until"),
        *_optional(AutoString(), "next_period"),
        *_optional(UTCDateTime(), "next_at"),
        sa.UniqueConstraint("organisation_id", "key"),
    )
    op.create_index("ix_duty_series_next", "duty_series", ["next_at", "id"])
    op.create_table(
        "occurrence",
        _of("case_id", "case_file", is_key=True),
        _of("organisation_id", "organisation"),
        _of("series_id", "duty_series"),
        *_needed(AutoString(), "period", "member"),
        *_needed(sa.Date(), "starts_on", "due_on"),
        *_optional(sa.Date(), "lapses_on"),
        sa.UniqueConstraint("organisation_id", "series_id", "period", "member"),
    )


def _reasons_to_tell() -> None:
    op.create_table(
        "delivery",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("person_id", "person"),
        *_needed(sa.Date(), "local_day"),
        *_needed(AutoString(), "category", "status", "message_id", "reason"),
        *_needed(sa.Integer(), "n", "fence", "tries"),
        *_needed(UTCDateTime(), "next_try_at"),
        *_optional(UTCDateTime(), "lease_until", "sent_at"),
        sa.UniqueConstraint("person_id", "organisation_id", "local_day", "category", "n"),
    )
    op.create_index("ix_delivery_next", "delivery", ["status", "next_try_at", "id"])
    op.create_table(
        "notice",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("case_id", "case_file"),
        _of("delivery_id", "delivery", is_needed=False),
        *_needed(sa.Integer(), "deadline_id", "event_seq", "n"),
        *_needed(AutoString(), "rung", "audience", "level", "status", "reason"),
        *_needed(sa.Boolean(), "red"),
        *_needed(sa.Date(), "planned_on"),
        *_needed(UTCDateTime(), "created_at"),
        *_needed(sa.Text(), "facts"),
        sa.UniqueConstraint(
            "organisation_id",
            "case_id",
            "deadline_id",
            "event_seq",
            "rung",
            "n",
            "audience",
            name="uq_notice_reason",
        ),
    )
    op.create_index("ix_notice_delivery", "notice", ["delivery_id"])
    op.create_index("ix_notice_pending", "notice", ["status", "planned_on", "organisation_id"])


def _attempts() -> None:
    op.create_table(
        "attempt",
        *_needed(sa.Integer(), "id", primary_key=True),
        _of("organisation_id", "organisation"),
        _of("delivery_id", "delivery"),
        *_needed(sa.Integer(), "number", "fence"),
        *_needed(AutoString(), "address", "facts"),
        *_needed(sa.Text(), "subject", "body"),
        *_needed(UTCDateTime(), "started_at"),
        *_optional(UTCDateTime(), "ended_at"),
        *_optional(AutoString(), "outcome", "code"),
        sa.UniqueConstraint("delivery_id", "number"),
    )
