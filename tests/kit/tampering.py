"""What somebody with the database in hand may do to a register, and the first bad row that `verify` names for it."""

from __future__ import annotations

from engine.core.history import GENESIS

MINE = "organisation_id = (SELECT id FROM organisation WHERE key = 'school')"
HELD = f"UPDATE holding SET since = '2019-01-01' WHERE id = (SELECT min(id) FROM holding WHERE {MINE})"
LAST = f"(SELECT max(seq) FROM register_event WHERE {MINE})"
CUT = f"DELETE FROM register_event WHERE {MINE} AND seq > 20"
SET_BACK = (
    "UPDATE register_head SET seq = 20, hash ="
    f" (SELECT hash FROM register_event WHERE {MINE} AND seq = 20) WHERE {MINE}"
)
PERSON = f"(SELECT id FROM person WHERE {MINE} AND key = 'member')"
SECRETARY = f"(SELECT id FROM post WHERE {MINE} AND key = 'secretary')"
# what was done → (code, table, column) of the first bad row
TAMPERED: dict[str, tuple[tuple[str, ...], tuple[str, str, str | None]]] = {
    "a holding that was backdated": ((HELD,), ("register_differs", "holding", "since")),
    "a holding that was ended": (
        (f"UPDATE holding SET until = '2026-01-01' WHERE {MINE} AND person_id = {PERSON}",),
        ("register_differs", "holding", "until"),
    ),
    "a holding that was given to another": (
        (f"UPDATE holding SET person_id = {PERSON} WHERE {MINE} AND post_id = {SECRETARY}",),
        ("register_differs", "holding", "person_id"),
    ),
    "a substitute": (
        (f"UPDATE holding SET substitute_for = {PERSON} WHERE {MINE} AND substitute_for IS NOT NULL",),
        ("register_differs", "holding", "substitute_for"),
    ),
    "a reason in spite of a conflict": (
        (f"UPDATE holding SET despite = 'x' WHERE {MINE} AND post_id = {SECRETARY}",),
        ("register_differs", "holding", "despite"),
    ),
    "a holding behind the program's back": (
        (
            "INSERT INTO holding (id, organisation_id, post_id, person_id, since, despite) SELECT 9000,"
            f" organisation_id, id, {PERSON}, '2020-01-01', '' FROM post WHERE id = {SECRETARY}",
        ),
        ("register_row_added", "holding", None),
    ),
    "a holding that was deleted": (
        (f"DELETE FROM holding WHERE {MINE} AND post_id = {SECRETARY}",),
        ("register_row_missing", "holding", None),
    ),
    "a name": (
        (f"UPDATE person SET name = 'x' WHERE id = {PERSON}",),
        ("register_differs", "person", "name"),
    ),
    "a name, and the word beside its event": (
        (
            f"UPDATE person SET name = 'x' WHERE id = {PERSON}",
            f"UPDATE register_text SET text = 'x' WHERE {MINE} AND text = 'member'",
        ),
        ("text_changed", "register_event", None),
    ),
    "the address of a person": (
        (f"UPDATE person SET address = 'mailto://x@y' WHERE {MINE} AND key = 'new'",),
        ("register_differs", "person", "address"),
    ),
    "a title where there was none": (
        (f"UPDATE person SET title = 'x' WHERE id = {PERSON}",),
        ("register_differs", "person", "title"),
    ),
    "a conflict of posts": (
        (f"UPDATE post SET conflicts = 'office' WHERE id = {SECRETARY}",),
        ("register_differs", "post", "conflicts"),
    ),
    "a label of a post": (
        (f"UPDATE post SET label = 'x' WHERE id = {SECRETARY}",),
        ("register_differs", "post", "label"),
    ),
    "the key of a person": (
        (f"UPDATE person SET key = 'x' WHERE id = {PERSON}",),
        ("register_differs", "person", "key"),
    ),
    "the name of the organisation": (
        ("UPDATE organisation SET name = 'x' WHERE key = 'school'",),
        ("register_differs", "organisation", "name"),
    ),
    "a telephone where there was none": (
        ("UPDATE organisation SET office_phone = 'x' WHERE key = 'school'",),
        ("register_differs", "organisation", "office_phone"),
    ),
    "the unit of a round": (
        (f"UPDATE inspection SET unit = 'x' WHERE {MINE}",),
        ("register_differs", "inspection", "unit"),
    ),
    "the group of a round": (
        (f"UPDATE inspection SET group_name = 'x' WHERE {MINE}",),
        ("register_differs", "inspection", "group_name"),
    ),
    "the day of going live": (
        ("UPDATE organisation SET go_live = '2026-06-01' WHERE key = 'school'",),
        ("register_differs", "organisation", "go_live"),
    ),
    "the zone": (
        ("UPDATE organisation SET zone = 'UTC' WHERE key = 'school'",),
        ("register_differs", "organisation", "zone"),
    ),
    "a PIN": (
        (f"UPDATE credential SET digest = 'x' WHERE {MINE}",),
        ("register_differs", "credential", "digest"),
    ),
    "a token that is good again": (
        (f"UPDATE access SET revoked_at = NULL WHERE {MINE}",),
        ("register_differs", "access", "revoked_at"),
    ),
    "a token that may do more": (
        (f"UPDATE access SET scopes = 'act decide read' WHERE {MINE} AND kind = 'token'",),
        ("register_differs", "access", "scopes"),
    ),
    "the date of a round": (
        (f"UPDATE inspection SET feedback_on = '2026-03-27' WHERE {MINE}",),
        ("register_differs", "inspection", "feedback_on"),
    ),
    "a duty that was switched off": (
        (f"UPDATE duty_series SET active_until = NULL WHERE {MINE}",),
        ("register_differs", "duty_series", "active_until"),
    ),
    "the period that a duty opens next": (
        (f"UPDATE duty_series SET next_period = '2099-01' WHERE {MINE}",),
        ("register_differs", "duty_series", "next_period"),
    ),
    "a handover that is put off": (
        (f"UPDATE planned_handover SET next_at = NULL WHERE {MINE}",),
        ("register_differs", "planned_handover", "next_at"),
    ),
    "a handover to another": (
        (f"UPDATE planned_handover SET successor_id = {PERSON} WHERE {MINE}",),
        ("register_differs", "planned_handover", "successor_id"),
    ),
    "a handover that was deleted": (
        (f"DELETE FROM planned_handover WHERE {MINE}",),
        ("register_row_missing", "planned_handover", None),
    ),
    "where a program is told": (
        (f"UPDATE subscription SET url = 'https://x.example/' WHERE {MINE}",),
        ("register_differs", "subscription", "url"),
    ),
    "what signs for a program": (
        (f"UPDATE subscription SET salt = 'x' WHERE {MINE}",),
        ("register_differs", "subscription", "salt"),
    ),
    "a program that is told again": (
        (f"UPDATE subscription SET ended_at = NULL WHERE {MINE} AND ended_at IS NOT NULL",),
        ("register_differs", "subscription", "ended_at"),
    ),
    "a program that was deleted": (
        (f"DELETE FROM subscription WHERE {MINE} AND ended_at IS NULL",),
        ("register_row_missing", "subscription", None),
    ),
    "which definition is current": (
        ("UPDATE definition SET is_current = (1 = 1) WHERE scope = 'school'",),
        ("register_differs", "definition", "is_current"),
    ),
    "the words of a definition": (
        ("UPDATE definition SET text = text || ' ' WHERE kind = 'ladder' AND scope = '*'",),
        ("register_differs", "definition", "text"),
    ),
    "when a definition ruled": (
        ("UPDATE publication SET made_at = '2020-01-01 00:00:00.000000' WHERE scope = 'school'",),
        ("register_differs", "publication", "made_at"),
    ),
    "that the home is a demo": (
        ("INSERT INTO home_setting (name, value) VALUES ('is_demo', 'true')",),
        ("register_row_added", "home_setting", None),
    ),
    "an event that was changed": (
        (f"UPDATE register_event SET payload = '{{}}' WHERE {MINE} AND seq = 7",),
        ("payload_changed", "register_event", None),
    ),
    "who made a change": (
        (f"UPDATE register_event SET person = 1 WHERE {MINE} AND seq = 7",),
        ("column_changed", "register_event", "principal"),
    ),
    "when a change was made": (
        (f"UPDATE register_event SET recorded_at = '2020-01-01 00:00:00.000000' WHERE {MINE} AND seq = 7",),
        ("column_changed", "register_event", "effective_at"),
    ),
    "an event in the middle": (
        (f"DELETE FROM register_event WHERE {MINE} AND seq = 7",),
        ("event_missing", "register_event", None),
    ),
    "the end": ((CUT,), ("tail_missing", "register_event", None)),
    "the end, with the head set back": ((CUT, SET_BACK), ("tail_missing", "register_event", None)),
    "the whole register": (
        (f"DELETE FROM register_event WHERE {MINE}", f"DELETE FROM register_head WHERE {MINE}"),
        ("tail_missing", "register_event", None),
    ),
    "the head": (
        (f"UPDATE register_head SET hash = '{GENESIS}' WHERE {MINE}",),
        ("register_differs", "register_head", "hash"),
    ),
    "what was sealed of it": (
        (f"UPDATE seal_leaf SET head = '{GENESIS}' WHERE {MINE} AND case_id = 0",),
        ("sealed_otherwise", "register_event", None),
    ),
    "the salt of a word": (
        (f"DELETE FROM register_text WHERE {MINE} AND name = 'name'",),
        ("text_missing", "register_event", None),
    ),
}
