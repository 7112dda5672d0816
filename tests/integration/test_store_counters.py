"""What a move costs in statements: never more than nine, however many cases there are (counters are never noisy)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from engine.core.decide import decide
from engine.core.plan import Plan
from engine.core.principal import Credential, Principal
from engine.core.record import NewEvidence, attach_evidence, finish_measure
from engine.core.world import Ask, MakeMove
from engine.services.decisions import Word, decide_together
from engine.services.moves import Assign, assign, carry_out, make_move
from engine.services.once import once
from engine.store.access import TOKEN, NewAccess, add_access
from engine.store.apply import Decided, apply_all
from engine.store.database import Database
from engine.store.unit_of_work import UnitOfWork
from engine.store.worlds import load_world, load_worlds
from tests.kit.databases import MONDAY, OWNER, Home, open_issue, signed
from tests.kit.populations import FIRST, LEAN, copies

KEY = "2026-1"
MOST = 9
Act = Callable[[UnitOfWork], object]
By = Callable[[str], Principal]


class Counted:
    """The statements between begin and commit, and the commits."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.commits = 0

    @property
    def kinds(self) -> list[str]:
        """`INSERT INTO event`, `SELECT` …: what was sent, without its details."""
        return [" ".join(text.split()[: 1 if text.startswith("SELECT") else 3]) for text in self.statements]


@contextmanager
def counting(database: Database) -> Iterator[Counted]:
    found = Counted()

    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            found.statements.append(statement)

    def _commit(_connection: object) -> None:
        found.commits += 1

    event.listen(database.engine, "before_cursor_execute", _note)
    event.listen(database.engine, "commit", _commit)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", _note)
        event.remove(database.engine, "commit", _commit)


def life(home: Home, case: str = KEY, by: By | None = None) -> list[tuple[str, Act]]:
    """Every act from assigning to closing, as the verbs do it; `by` says who somebody is, a PIN proves it else."""
    by = by or home.principal

    def move(who: str, name: str) -> Act:
        command = MakeMove(name, {}, "请按要求办理，谢谢")
        return lambda uow: make_move(uow, by(who), case, command, MONDAY)

    def approve(number: int) -> Act:
        word = Word([f"{case}-R{number}"], "approve", "同意")
        return lambda uow: decide_together(uow, by("secretary"), word, MONDAY)

    def finish(number: int) -> Act:
        def act(uow: UnitOfWork) -> object:
            world = load_world(uow, home.organisation, case)
            done = finish_measure(world, by(OWNER), number, date(2026, 3, 2), MONDAY)
            return carry_out(uow, world, done, MONDAY)

        return act

    def attach(uow: UnitOfWork) -> object:
        world = load_world(uow, home.organisation, case)
        paper = NewEvidence(
            "minutes", "会议记录", date(2026, 3, 2), copies=2, deliverable=1, offline={"place": "柜"}
        )
        return carry_out(uow, world, attach_evidence(world, by(OWNER), [paper], MONDAY), MONDAY)

    given = Assign(home.posts[OWNER])
    return [
        ("assign", lambda uow: assign(uow, by("office"), case, given, MONDAY)),
        ("plan", move(OWNER, "plan")),
        ("approve", approve(1)),
        ("start", move(OWNER, "start")),
        ("finish", finish(1)),
        ("finish", finish(2)),
        ("attach", attach),
        ("submit", move(OWNER, "submit_evidence")),
        ("verify", move("discipline_commissioner", "verify")),
        ("close", move(OWNER, "close")),
        ("approve", approve(2)),
    ]


def lived(
    home: Home, case: str = KEY, *, key: str | None = None, by: By | None = None
) -> list[tuple[str, Counted]]:
    """The life of one case among whatever others there are, each act in a commit of its own."""
    found = []
    for at, (name, act) in enumerate(life(home, case, by)):
        with counting(home.database) as counted, home.begin() as uow:
            kept = once(uow, (by or home.principal)("office"), key and f"{key}-{at}", "digest", MONDAY)
            act(uow)
            kept.remember({"done": name})
            uow.commit()
        found.append((name, counted))
    return found


def warm(home: Home) -> None:
    """What a process reads once: the roster of this version, the workflow, the calendar, who outside is told."""
    opened = home.open_issue(999)
    with home.begin() as uow:
        life(home, opened.key)[0][1](uow)
        uow.commit()


@pytest.mark.parametrize("key", [None, "k"], ids=["plain", "with a key"])
@pytest.mark.parametrize("credential", [Credential.PIN, Credential.TOKEN])
def test_a_move_takes_at_most_nine_statements_and_one_commit(
    home: Home, key: str | None, credential: Credential
) -> None:
    home.open_issue()
    warm(home)
    by = home.principal if credential is Credential.PIN else bearers(home)
    for name, counted in lived(home, key=key, by=by):
        assert len(counted.statements) <= MOST, (name, counted.kinds)
        assert counted.commits == 1, name


def bearers(home: Home) -> By:
    """Everybody with a token of their own."""
    numbers: dict[str, int] = {}
    with home.begin() as uow:
        for who, person in home.people.items():
            new = NewAccess(TOKEN, person, who, who, frozenset({"act", "decide"}), MONDAY + timedelta(days=1))
            numbers[who] = add_access(signed(uow), home.organisation, new, MONDAY).id
        uow.commit()
    return lambda who: replace(home.principal(who, Credential.TOKEN), credential_id=numbers[who])


def test_a_key_is_looked_up_by_the_statement_that_loads_the_case(home: Home) -> None:
    home.open_issue()
    home.open_issue(2)
    warm(home)
    plain, keyed = lived(home), lived(home, "2026-2", key="k")
    lock = 1 if home.database.url.get_backend_name() == "postgresql" else 0
    for (name, without), (_, with_key) in zip(plain, keyed, strict=True):
        assert len(with_key.statements) == len(without.statements) + 1 + lock, (name, with_key.kinds)


def kinds_of_a_life(home: Home, number: int) -> list[tuple[str, list[str]]]:
    """What each act of the life of `2026-<number>` sends."""
    opened = home.open_issue(number)
    return [(name, counted.kinds) for name, counted in lived(home, opened.key)]


@pytest.mark.parametrize(
    ("few", "many"),
    [(100, 5_000), pytest.param(1_000, 1_000_000, marks=pytest.mark.long)],
)
def test_the_statements_are_the_same_among_few_cases_and_among_very_many(
    home: Home, few: int, many: int
) -> None:
    template = home.open_issue(1, measures=1)
    warm(home)
    copies(home, template, few, tables=LEAN)
    among_few = kinds_of_a_life(home, 2)
    copies(home, template, many - few, first=2 * FIRST, tables=LEAN)
    among_many = kinds_of_a_life(home, 3)
    assert among_many == among_few
    assert max(len(kinds) for _name, kinds in among_many) <= MOST


def moved_at_once(home: Home, cases: Sequence[int]) -> Counted:
    """All of `cases` assigned in one unit of work."""
    with counting(home.database) as counted, home.begin() as uow:
        worlds = load_worlds(uow, cases)
        decided = []
        for world in worlds:
            command = MakeMove("assign", {"post": home.posts[OWNER]})
            plan = decide(Ask(world, home.principal("office"), command, MONDAY))
            assert isinstance(plan, Plan)
            decided.append(Decided(world, plan))
        apply_all(uow, decided, MONDAY)
        uow.commit()
    return counted


def test_a_hundred_moves_at_once_take_as_many_statements_as_one(home: Home) -> None:
    with home.begin() as uow:
        ids = [open_issue(uow, home, number).id for number in range(1, 103)]
        uow.commit()
    moved_at_once(home, ids[:1])
    for_one = moved_at_once(home, ids[1:2])
    for_hundred = moved_at_once(home, ids[2:])
    assert for_hundred.kinds == for_one.kinds
    assert (for_one.commits, for_hundred.commits) == (1, 1)
    assert len(for_one.statements) <= MOST


def test_a_bundle_of_thirty_plans_is_decided_with_as_many_statements_as_one(home: Home) -> None:
    warm(home)
    cases = [home.open_issue(number) for number in range(1, 34)]
    for case in cases:
        for _name, act in life(home, case.key)[:2]:
            with home.begin() as uow:
                act(uow)
                uow.commit()

    def approved(keys: list[str]) -> Counted:
        with counting(home.database) as counted, home.begin() as uow:
            decide_together(uow, home.principal("secretary"), Word(keys, "approve", "同意"), MONDAY)
            uow.commit()
        return counted

    requests = [f"{case.key}-R1" for case in cases]
    for_one, for_many = approved(requests[:1]), approved(requests[1:])
    assert for_many.kinds == for_one.kinds
    assert len(for_one.statements) <= MOST
