"""On a server that locks rows: who acts while their post is handed over and who hands it over never wait for each other."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from time import monotonic, sleep

import pytest
from sqlalchemy import event, text

from engine.core.principal import Credential, Principal
from engine.core.world import MakeMove
from engine.errors import EngineError
from engine.services.access import open_session
from engine.services.credentials import set_pin
from engine.services.handover import Handover, hand_over
from engine.services.inspections import IssueEdit, edit_issue
from engine.services.moves import Assign, assign, make_move
from engine.services.people import Appointment, add_post, appoint, change_person, leave
from engine.store.scope import Scope
from engine.store.tables import AccessRow, table_of
from engine.store.unit_of_work import UnitOfWork
from tests.kit.copies import SERVER
from tests.kit.databases import MONDAY, OWNER, Databases, Home
from tests.kit.verbs import do, operator

CASE, CLERK = "2026-1", "office"
PATIENCE = 10.0
Act = Callable[[UnitOfWork, Principal], object]
ACTS: dict[str, tuple[str, Act]] = {
    "names a person": (CLERK, lambda uow, who: change_person(uow, who, "member", MONDAY, name="刘新")),
    "adds a post": (CLERK, lambda uow, who: add_post(uow, who, "annex", "分校", MONDAY)),
    "appoints": (CLERK, lambda uow, who: appoint(uow, who, Appointment("member", "secretary"), MONDAY)),
    "corrects an issue": (
        CLERK,
        lambda uow, who: edit_issue(uow, who, CASE, IssueEdit({"title": "食堂台账"}, {}), MONDAY),
    ),
    "makes a move": (OWNER, lambda uow, who: make_move(uow, who, CASE, MakeMove("plan"), MONDAY)),
    "sets a PIN": (CLERK, lambda uow, who: set_pin(uow, who, CLERK, "482915", MONDAY)),
}
RIVALS: dict[str, Callable[[UnitOfWork, Principal, str], object]] = {
    "handed over": lambda uow, who, post: hand_over(uow, who, Handover(post, post, "stranger"), MONDAY),
    "given a PIN": lambda uow, who, post: set_pin(uow, who, post, "719346", MONDAY),
    "left": lambda uow, who, post: leave(uow, who, post, MONDAY),
}

PAIRS = [*((act, "handed over") for act in ACTS), ("names a person", "left"), ("sets a PIN", "given a PIN")]


@pytest.mark.postgres
@pytest.mark.skipif(SERVER not in os.environ, reason=f"{SERVER} names no server")
@pytest.mark.parametrize(("act", "rival"), PAIRS)
def test_who_acts_while_they_are_replaced_is_waited_for(databases: Databases, act: str, rival: str) -> None:
    post, verb = ACTS[act]
    with databases.fresh_home("postgresql", patience=PATIENCE) as home:
        home.open_issue()
        do(home, assign, home.principal(CLERK), CASE, Assign(home.posts[OWNER]))
        acting = at_their_session(home, post)
        failed: list[EngineError] = []

        def give_away() -> None:
            try:
                do(home, lambda uow, who, _now: RIVALS[rival](uow, who, post), operator(home))
            except EngineError as error:
                failed.append(error)

        other = Thread(target=give_away)
        with home.database.begin(Scope.one(home.organisation)) as uow:
            begin_when_access_is_held(uow, other)
            verb(uow, acting)
            uow.commit()
        other.join(2 * PATIENCE)
    assert ([error.code for error in failed], other.is_alive()) == ([], False)


def at_their_session(home: Home, person: str) -> Principal:
    opened = do(home, open_session, home.principal(person))
    proved = home.principal(person, Credential.SESSION)
    return replace(proved, credential_id=opened.access.id)


def begin_when_access_is_held(uow: UnitOfWork, other: Thread) -> None:
    """Let the other begin as soon as this unit of work holds a session, and go on when it waits for a row."""

    def watch(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if table_of(AccessRow).name in statement and "FOR SHARE" in statement and other.ident is None:
            other.start()
            wait_until_blocked(uow)

    event.listen(uow.connection, "after_cursor_execute", watch)


def wait_until_blocked(uow: UnitOfWork) -> None:
    """Raises AssertionError where nobody waits for this connection."""
    own = "SELECT pg_backend_pid()"
    end = monotonic() + PATIENCE
    with uow.database.engine.connect() as watching:
        pid = uow.connection.execute(text(own)).scalar_one()
        waiting = text(f"SELECT count(*) FROM pg_stat_activity WHERE {int(pid)} = ANY(pg_blocking_pids(pid))")
        while not watching.execute(waiting).scalar_one():
            assert monotonic() < end, "nobody waits"
            watching.rollback()
            sleep(0.01)
