"""The register: people, posts, rounds, definitions and the organisation itself cannot be changed unseen (law 11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from engine.core.duty import read_ladder
from engine.core.meanings import own_digest
from engine.errors import Conflict
from engine.services.access import NewToken, make_token, open_session, revoke
from engine.services.credentials import set_pin
from engine.services.duties import switch_off, switch_on
from engine.services.handover import Handover, hand_over
from engine.services.people import (
    Appointment,
    NewPerson,
    add_person,
    add_post,
    appoint,
    change_person,
    end_holding,
    leave,
)
from engine.services.sealing import seal_now
from engine.services.verifying import Verified, Wish, verify
from engine.services.webhooks import NewSubscription, subscribe, unsubscribe
from engine.store.blobs import FolderBlobs
from engine.store.definitions import publish, retire
from engine.store.register_rows import HOLDING
from engine.store.unit_of_work import UnitOfWork
from tests.kit.databases import MONDAY, OWNER, Databases, Home, make_home
from tests.kit.tampering import HELD, MINE, TAMPERED
from tests.kit.verbs import operator
from tests.kit.worlds import ROOT

FRIDAY = MONDAY + timedelta(days=4)
LATER = FRIDAY.date() + timedelta(days=30)


def proved(home: Home, uow: UnitOfWork | None = None) -> Verified:
    if uow is not None:
        return verify(uow, home.organisation, "school", FolderBlobs(Path("nowhere")), Wish(with_blobs=False))
    with home.begin(writing=False) as reading:
        return proved(home, reading)


def done(home: Home, act: Callable[[UnitOfWork], object]) -> None:
    with home.begin() as uow:
        act(uow)
        uow.commit()


def last_event(home: Home) -> tuple[str, dict[str, object]]:
    with home.begin(writing=False) as uow:
        row = uow.execute(
            text(f"SELECT type, payload FROM register_event WHERE {MINE} ORDER BY seq DESC LIMIT 1")
        ).one()
    return row.type, json.loads(row.payload)


def live(home: Home) -> None:
    """A year in the life of a register: every verb that writes it, through its own service."""
    clerk = operator(home)
    ladder = (ROOT / "workflows" / "ladders" / "default.yaml").read_text(encoding="utf-8")
    digest = own_digest(read_ladder(ladder, "default").digest, "school")
    verbs: list[Callable[[UnitOfWork], object]] = [
        lambda uow: add_person(uow, clerk, NewPerson("钱七", key="new", posts=("office",)), MONDAY),
        lambda uow: change_person(
            uow, clerk, "new", MONDAY, name="钱七七", title="主任", address="mailto://a@b"
        ),
        lambda uow: add_post(uow, clerk, "librarian", "图书馆", MONDAY),
        lambda uow: appoint(uow, clerk, Appointment("stranger", "librarian"), MONDAY),
        lambda uow: appoint(
            uow,
            clerk,
            Appointment("new", "secretary", substitute_for="secretary", until=FRIDAY.date()),
            MONDAY,
        ),
        lambda uow: end_holding(uow, clerk, "stranger", "librarian", FRIDAY),
        lambda uow: hand_over(uow, clerk, Handover(OWNER, OWNER, "member"), FRIDAY),
        lambda uow: hand_over(uow, clerk, Handover("office", "office", "stranger", on=LATER), FRIDAY),
        lambda uow: subscribe(uow, clerk, NewSubscription("stays", "https://a.example/?key=s"), b"k", FRIDAY),
        lambda uow: subscribe(uow, clerk, NewSubscription("goes", "https://b.example/"), b"k", FRIDAY),
        lambda uow: unsubscribe(uow, clerk, "goes", FRIDAY),
        lambda uow: set_pin(uow, clerk, "secretary", "135790", FRIDAY),
        lambda uow: set_pin(uow, clerk, "secretary", "135791", FRIDAY),
        lambda uow: open_session(uow, home.principal("secretary"), FRIDAY),
        lambda uow: make_token(uow, clerk, NewToken("secretary", "手机"), FRIDAY),
        lambda uow: revoke(uow, clerk, 1, FRIDAY),
        lambda uow: switch_on(uow, clerk, "branch_committee", MONDAY.date(), MONDAY),
        lambda uow: switch_off(uow, clerk, "branch_committee", FRIDAY.date(), FRIDAY),
        lambda uow: publish(uow, "school", "ladder", "default", 1, digest, ladder, FRIDAY),
        lambda uow: retire(uow, "school", "ladder", "default", FRIDAY),
        lambda uow: leave(uow, clerk, "new", FRIDAY),
    ]
    for verb in verbs:
        done(home, verb)


@pytest.fixture(scope="module")
def lived(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Home]]:
    """One sealed school of each kind of database with a past; nobody changes it for good."""
    made: dict[str, Home] = {}
    with ExitStack() as stack:

        def once(backend: str) -> Home:
            if backend not in made:
                database = stack.enter_context(databases.fresh(backend))
                home = make_home(database)
                live(home)
                done(home, lambda uow: seal_now(uow, home.organisation, FRIDAY))
                made[backend] = home
            return made[backend]

        yield once


def test_every_verb_leaves_a_register_that_proves_itself(lived: Callable[[str], Home], backend: str) -> None:
    home = lived(backend)
    found = proved(home)
    assert (found.broken, found.found_on) == ((), None)
    with home.begin(writing=False) as uow:
        kinds = set(uow.execute(text(f"SELECT DISTINCT type FROM register_event WHERE {MINE}")).scalars())
    tables = (
        "person",
        "post",
        "holding",
        "credential",
        "access",
        "duty_series",
        "organisation",
        "subscription",
    )
    assert {f"{table}_added" for table in (*tables, "planned_handover")} <= kinds
    assert {f"{table}_changed" for table in tables if table != "post"} <= kinds


def test_an_event_says_who_when_and_what_and_names_nobody(home: Home) -> None:
    office = home.principal("office")
    done(home, lambda uow: add_person(uow, office, NewPerson("钱七", key="new"), FRIDAY))
    kind, payload = last_event(home)
    with home.begin(writing=False) as uow:
        row = uow.execute(text(f"SELECT * FROM register_event WHERE {MINE} ORDER BY seq DESC LIMIT 1")).one()
        words = uow.execute(
            text(f"SELECT name, text FROM register_text WHERE {MINE} AND seq = {row.seq}")
        ).all()
    assert (kind, payload["table"], row.person, row.credential) == (
        "person_added",
        "person",
        home.people["office"],
        "pin",
    )
    assert "钱七" not in row.payload + row.header
    assert sorted(map(tuple, words)) == [("key", "new"), ("name", "钱七")]


def test_secrets_are_repeated_nowhere(home: Home) -> None:
    clerk = operator(home)
    done(home, lambda uow: change_person(uow, clerk, "office", MONDAY, address="mailto://secret@b"))
    done(home, lambda uow: set_pin(uow, clerk, "office", "135790", MONDAY))
    with home.begin(writing=False) as uow:
        words = uow.execute(
            text(
                f"SELECT DISTINCT name, text FROM register_text WHERE {MINE} AND name IN ('address', 'digest')"
            )
        ).all()
    assert sorted(map(tuple, words)) == [("address", None), ("digest", None)]
    assert proved(home).broken == ()


@pytest.mark.parametrize("what", TAMPERED)
def test_the_first_bad_row_is_named(lived: Callable[[str], Home], backend: str, what: str) -> None:
    home = lived(backend)
    statements, expected = TAMPERED[what]
    with home.begin() as uow:
        if not home.database.is_sqlite:
            uow.connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            assert uow.connection.exec_driver_sql(statement).rowcount > 0, statement
        found = proved(home, uow).broken[0]
    assert (found.what, found.facts["table"], found.facts.get("column")) == expected
    assert proved(home).broken == ()


def test_what_was_changed_unseen_is_not_taken_over_by_the_next_honest_change(home: Home) -> None:
    """The register holds what a statement set, not what stands in the row afterwards."""
    done(home, lambda uow: uow.connection.exec_driver_sql(HELD))
    person = f"(SELECT person_id FROM holding WHERE {MINE} AND since = '2019-01-01')"
    with home.begin(writing=False) as uow:
        key = uow.execute(text(f"SELECT key FROM person WHERE {MINE} AND id = {person}")).scalar_one()
    done(home, lambda uow: leave(uow, operator(home), key, FRIDAY))
    (found, *_) = proved(home).broken
    assert (found.what, found.facts["column"]) == ("register_differs", "since")


def test_a_change_that_nobody_signed_is_a_mistake_of_the_program(home: Home) -> None:
    with home.begin() as uow, pytest.raises(RuntimeError, match="nobody signed holding_changed"):
        from engine.store.people import end_holding_rows

        end_holding_rows(uow, home.organisation, home.posts["office"], home.people["office"], FRIDAY.date())


def test_a_statement_past_the_register_fails_the_tests(home: Home) -> None:
    past = update(HOLDING.table).where(HOLDING.table.c.organisation_id == home.organisation)
    with home.begin() as uow, pytest.raises(AssertionError, match="past the register"):
        uow.execute(past.values(until=FRIDAY.date()))


def test_what_is_undone_leaves_nothing_in_the_register(home: Home) -> None:
    clerk, before = operator(home), proved(home).register
    with home.begin() as uow:
        with pytest.raises(Conflict), uow.savepoint():
            add_person(uow, clerk, NewPerson("钱七", key="gone"), MONDAY)
            add_person(uow, clerk, NewPerson("钱七", key="gone"), MONDAY)
        add_person(uow, clerk, NewPerson("孙八", key="stays"), MONDAY)
        uow.commit()
    with home.begin() as uow:  # as a dry run ends
        add_person(uow, clerk, NewPerson("周九", key="dry"), MONDAY)
    found = proved(home)
    assert (found.broken, found.register) == ((), before + 1)


def test_eight_who_write_one_register_at_once_make_one_chain(home: Home) -> None:
    clerk, before = operator(home), proved(home).register

    def write(number: int) -> None:
        def act(uow: UnitOfWork) -> None:
            if number % 2:
                open_session(uow, home.principal("secretary"), FRIDAY)
            else:
                add_person(uow, clerk, NewPerson("钱七", key=f"racer{number}"), MONDAY)

        done(home, act)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    found = proved(home)
    assert (found.broken, found.register) == ((), before + 8)


def test_a_move_writes_nothing_into_the_register(home: Home) -> None:
    before = proved(home).register
    home.open_issue()
    assert proved(home).register == before


def test_a_seal_that_is_kept_outside_covers_the_register(home: Home) -> None:
    """The same cases, another register: another digest."""
    with home.begin() as uow:
        first = seal_now(uow, home.organisation, MONDAY)
    done(home, lambda uow: add_post(uow, operator(home), "librarian", "图书馆", MONDAY))
    with home.begin() as uow:
        second = seal_now(uow, home.organisation, MONDAY)
    assert (first.seal.cases, first.seal.root == second.seal.root) == (0, False)
