"""Every hot statement finds its rows by an index, on tables that are large enough for it to matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from engine.store.answers import forget_answers
from engine.store.cases import cases_waiting_for_decision
from engine.store.dispatch import claim_deliveries
from engine.store.erasing_people import open_person_asks
from engine.store.histories import histories
from engine.store.idempotency import Question, ask, remember
from engine.store.outbox import pending_notices
from engine.store.planned_handovers import due_handovers
from engine.store.register import NOTED
from engine.store.register_proof import register_tombstones
from engine.store.requests import members_of, requests_to_look_at, unconfirmed_papers
from engine.store.sweeping import DueDeadline, already_said, armings, due_deadlines, still_due
from engine.store.tables import PlannedHandover, table_of
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds
from tests.integration.test_store_counters import KEY, lived
from tests.kit.databases import MONDAY, Home
from tests.kit.events import TOLD_ONLY
from tests.kit.populations import analyze, copies

PLANNED = table_of(PlannedHandover)
MANY = 5_000
LARGE = (
    "case_file",
    "event",
    "event_text",
    "measure",
    "deliverable",
    "deadline",
    "notice",
    "delivery",
    "idempotency",
    "planned_handover",
    "register_event",
)
_WHOLE = re.compile(r"\bSCAN (?:TABLE )?(\w+)|Seq Scan on (\w+)")
Read = Callable[[UnitOfWork, Home], object]

HOT: dict[str, Read] = {
    "a case by its key": lambda uow, home: load_world(uow, home.organisation, KEY),
    "cases by id": lambda uow, home: load_worlds(uow, [1, 2]),
    "the history of a case": lambda uow, home: histories(uow, [1]),
    "deadlines whose moment has come": lambda uow, home: due_deadlines(uow, MONDAY + timedelta(days=1), 50),
    "deadlines that are still due": lambda uow, home: still_due(uow, due_deadlines(uow, MONDAY, 50), MONDAY),
    "when deadlines were armed": lambda uow, home: armings(uow, [1]),
    "what was said of a deadline": lambda uow, home: already_said(
        uow, [DueDeadline(1, home.organisation, 1, "plan", "", 1)]
    ),
    "notices that wait": lambda uow, home: pending_notices(uow, home.organisation, MONDAY.date()),
    "requests that wait": lambda uow, home: cases_waiting_for_decision(uow, home.organisation),
    "requests that people or time may have changed": lambda uow, home: requests_to_look_at(uow, MONDAY, 50),
    "what lies in a bundle": lambda uow, home: members_of(uow, home.organisation, ["2026-B1"]),
    "papers to be confirmed": lambda uow, home: unconfirmed_papers(uow, home.organisation),
    "a case by its key, with an idempotency key": lambda uow, home: (
        ask(uow, Question(home.organisation, "person:1", "never", "digest")),
        load_world(uow, home.organisation, KEY),
    ),
    "handovers whose day has come": lambda uow, home: due_handovers(uow, MONDAY, 50),
    "an idempotency key": lambda uow, home: (
        ask(uow, Question(home.organisation, "person:1", "never", "digest")),
        uow.settle_question(),
    ),
    "answers that were kept long enough": lambda uow, home: forget_answers(
        uow, MONDAY - timedelta(days=1), 50
    ),
    "erasures of people that wait": lambda uow, home: open_person_asks(uow, home.organisation),
    "tombstones of the register": lambda uow, home: register_tombstones(uow, home.organisation),
    "deliveries to claim": lambda uow, home: claim_deliveries(uow, MONDAY, MONDAY, timedelta(minutes=5), 10),
}


@pytest.fixture
def crowd(home: Home) -> Home:
    """A life among thousands: cases, events, deadlines, notices, deliveries and keys."""
    home.open_issue()
    lived(home, key="k")
    template = home.open_issue(2, more=[TOLD_ONLY])
    with home.begin() as uow:
        for number in range(3):
            remember(uow, Question(home.organisation, "person:9", f"old-{number}", "d"), {}, MONDAY)
        uow.commit()
    copies(home, template, MANY)
    _more_rows(home)
    analyze(home)
    return home


def _more_rows(home: Home) -> None:
    """Notices and keys that were dealt with long ago."""
    with home.begin() as uow:
        numbers = (
            f"SELECT generate_series(1, {MANY}) AS n"
            if uow.is_postgresql
            else f"SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {MANY}"
        )
        recursive = "" if uow.is_postgresql else "RECURSIVE "
        for sql in (
            "INSERT INTO notice (organisation_id, case_id, deadline_id, event_seq, rung, n, audience, level, red, "
            f"planned_on, created_at, status, reason, facts) WITH {recursive}series(n) AS ({numbers}) SELECT "
            "old.organisation_id, old.case_id, old.deadline_id, 1000 + series.n, old.rung, old.n, old.audience, "
            "old.level, old.red, old.planned_on, old.created_at, 'folded', old.reason, old.facts FROM "
            "(SELECT * FROM notice LIMIT 1) AS old, series",
            "INSERT INTO delivery (organisation_id, person_id, local_day, category, n, status, next_try_at, fence, "
            f"tries, message_id, reason) WITH {recursive}series(n) AS ({numbers}) SELECT old.organisation_id, old.id, "
            "'2026-03-02', 'digest', series.n, 'sent', '2026-03-02 01:00:00.000000', 0, 1, 'm' || series.n, '' FROM "
            "(SELECT * FROM person LIMIT 1) AS old, series",
            f"INSERT INTO idempotency WITH {recursive}series(n) AS ({numbers}) SELECT old.organisation_id, "
            "old.principal, 'k' || series.n, old.digest, old.answer, old.made_at FROM "
            "(SELECT * FROM idempotency LIMIT 1) AS old, series",
            "INSERT INTO register_event (organisation_id, seq, type, recorded_at, via, credential, payload, header, "
            f"previous, hash) WITH {recursive}series(n) AS ({numbers}) SELECT old.organisation_id, 1000 + series.n, "
            "old.type, old.recorded_at, old.via, old.credential, old.payload, old.header, old.previous, old.hash FROM "
            f"(SELECT * FROM register_event WHERE organisation_id = {home.organisation} LIMIT 1) AS old, series",
        ):
            uow.session.connection().execute(text(sql))
        # A crowd for the query planner alone: nobody verifies this home.
        crowded = insert(PLANNED).execution_options(**{NOTED: True})
        uow.execute(crowded, [_taken_over(home, number) for number in range(MANY)])
        uow.commit()


def _taken_over(home: Home, number: int) -> dict[str, Any]:
    """A handover that was carried out long ago."""
    ids = {"organisation_id": home.organisation, "post_id": home.posts["office"], "outcome": "done"}
    people = {"leaver_id": home.people["office"], "successor_id": home.people["stranger"]}
    return {**ids, **people, "starts_on": date(2000, 1, 1) + timedelta(days=number), "asked_at": MONDAY}


@contextmanager
def caught(home: Home) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def _note(_connection: object, _cursor: object, statement: str, params: Any, *_rest: object) -> None:
        seen.append((statement, params))

    event.listen(home.database.engine, "before_cursor_execute", _note)
    yield seen
    event.remove(home.database.engine, "before_cursor_execute", _note)


def test_hot_statements_read_no_large_table_whole(crowd: Home) -> None:
    for what, read in HOT.items():
        with crowd.begin() as uow:
            with caught(crowd) as seen:
                read(uow, crowd)
            assert seen, what
            found = [name for sql, params in seen for name in read_whole(uow, sql, params)]
        assert (what, found) == (what, [])


def test_a_statement_that_reads_a_table_whole_would_be_noticed(crowd: Home) -> None:
    with crowd.begin() as uow:
        assert read_whole(uow, "SELECT * FROM notice WHERE facts = '?'", ()) != []


def read_whole(uow: UnitOfWork, sql: str, params: Any, large: Sequence[str] = LARGE) -> list[str]:
    """The large tables that the plan of a statement goes through row by row, be it in the order of an index."""
    if not sql.startswith(("SELECT", "UPDATE", "WITH")):
        return []
    explain = "EXPLAIN " if uow.is_postgresql else "EXPLAIN QUERY PLAN "
    # What was sent over the driver's own cursor has a sequence of parameters, on both databases.
    is_sent = uow.is_postgresql and not isinstance(params, dict)
    rows = (
        uow.send(explain + sql, params).fetchall()
        if is_sent
        else uow.connection.exec_driver_sql(
            explain + sql, params if isinstance(params, dict) else tuple(params)
        ).all()
    )
    plan = "\n".join(str(row[0] if uow.is_postgresql else row[3]) for row in rows)
    names = [name for pair in _WHOLE.findall(plan) for name in pair if name]
    return [f"{name}: {plan}" for name in names if name in large]
