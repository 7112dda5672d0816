"""Eight at once: of those who need the same turn one gets it and is named to the others; who can go together do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, EngineError
from engine.services.decisions import Word, decide_together
from engine.services.evidence import About, attach
from engine.services.intake import receive
from engine.services.moves import Assign, assign, make_move
from engine.services.people import NewPerson, add_person
from engine.services.verifying import Wish, verify
from engine.services.winners import winner_named
from engine.store.blobs import FolderBlobs
from engine.store.histories import history
from engine.store.places import find_organisation
from engine.store.scope import Scope
from tests.kit.chains import first_break
from tests.kit.cli import LEADER, new_home
from tests.kit.databases import COMMITTEE, MONDAY, OWNER, Home
from tests.kit.verbs import do, operator, world_of

EIGHT = 8
PEOPLE = tuple(f"racer{number}" for number in range(EIGHT))
BODY = "party_committee"


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> range:
    """The numbers of the issues that are raced for, one after the other in one home."""
    return range(1, 21 if request.config.getoption("--long") else 4)


@dataclass
class Race:
    """What came out: answers and errors by the number of the racer."""

    answers: dict[int, object] = field(default_factory=dict)
    errors: dict[int, EngineError] = field(default_factory=dict)


def race(act: Callable[[int], object], count: int = EIGHT) -> Race:
    """Everybody at once, each in a thread with connections of its own; an unforeseen error is raised."""
    found, start = Race(), Barrier(count)

    def run(number: int) -> None:
        start.wait()
        try:
            found.answers[number] = act(number)
        except (Conflict, Refused) as error:
            found.errors[number] = error

    with ThreadPoolExecutor(count) as threads:
        list(threads.map(run, range(count)))
    return found


def crowded(home: Home, post: str) -> list[Principal]:
    """Eight people, all of them holders of one post."""
    clerk = operator(home)
    with home.begin() as uow:
        people = [add_person(uow, clerk, NewPerson(key, key, posts=(post,)), MONDAY) for key in PEOPLE]
        uow.commit()
    return [Principal(home.organisation, person.id, Via.CLI, Credential.PIN) for person in people]


def given(home: Home, number: int, post: str) -> str:
    """An issue that belongs to a post."""
    key = home.open_issue(number).key
    do(home, assign, home.principal("office"), key, Assign(home.posts[post]))
    return key


def sound(home: Home, folder: Path) -> None:
    with home.database.begin(Scope.whole(), writing=False) as uow:
        key = find_organisation(uow, "school").key
    with home.begin(writing=False) as uow:
        found = verify(uow, home.organisation, key, FolderBlobs(folder), Wish())
        assert found.broken == ()


def types(home: Home, key: str) -> list[str]:
    case = world_of(home, key).case
    with home.begin(writing=False) as uow:
        told = history(uow, case.id)
    assert first_break(told) is None
    return [event.type for event in told]


def test_of_eight_with_one_revision_one_moves_and_is_named_to_the_others(
    home: Home, rounds: range, tmp_path: Path
) -> None:
    racers = crowded(home, OWNER)
    for number in rounds:
        key = given(home, number, OWNER)
        winner, named = raced_for(home, key, racers)
        facts = {(row["person"], row["type"], row["move"]) for row in named}
        assert (len(named), facts) == (EIGHT - 1, {(PEOPLE[winner], "requested", "plan")})
        assert types(home, key).count("requested") == 1
    sound(home, tmp_path)


def raced_for(home: Home, key: str, racers: Sequence[Principal]) -> tuple[int, list[dict[str, Any]]]:
    """The number of the one who won, and whom the conflicts of the others name."""
    seen = world_of(home, key).case.revision

    def act(at: int) -> None:
        with winner_named(home.database, racers[at]):
            do(home, make_move, racers[at], key, MakeMove("plan", revision=seen))

    found = race(act)
    (winner,) = found.answers
    named = [error.facts["winner"] for error in found.errors.values() if isinstance(error, Conflict)]
    return winner, [row for row in named if isinstance(row, dict)]


def test_eight_people_attach_at_once_and_all_papers_are_there(
    home: Home, rounds: range, tmp_path: Path
) -> None:
    racers, blobs = crowded(home, OWNER), FolderBlobs(tmp_path)
    for number in rounds:
        key = given(home, number, OWNER)
        errors = all_attach(home, key, racers, blobs)
        papers = world_of(home, key).case.evidence
        assert (errors, [paper.number for paper in papers]) == ({}, list(range(1, EIGHT + 1)))
        assert {paper.name for paper in papers} == {f"{name}.txt" for name in PEOPLE}
        assert types(home, key).count("evidence_attached") == EIGHT
    sound(home, tmp_path)


def all_attach(
    home: Home, key: str, racers: Sequence[Principal], blobs: FolderBlobs
) -> dict[int, EngineError]:
    def act(at: int) -> None:
        source = BytesIO(f"paper {at} of {key}".encode())
        paper = receive(blobs, home.organisation, source, f"{PEOPLE[at]}.txt", largest=1 << 20)
        do(home, attach, racers[at], key, [paper], About())

    return race(act).errors


def test_of_eight_members_who_vote_at_once_as_many_are_heard_as_were_needed(
    home: Home, rounds: range, tmp_path: Path
) -> None:
    """Twelve members, seven are needed: three have spoken when the eight speak at once."""
    racers = crowded(home, BODY)
    early = [home.principal(name) for name in COMMITTEE if name != "secretary"][:3]
    for number in rounds:
        key = given(home, number, "secretary")
        do(home, make_move, home.principal("secretary"), key, MakeMove("plan"))
        for member in early:
            vote(home, member, key)
        found = race(partial(lambda key, at: vote(home, racers[at], key), key))
        case = world_of(home, key).case
        assert (case.state, case.requests[0].needed, len(case.requests[0].votes)) == ("planned", 7, 7)
        assert (len(found.answers), len(found.errors)) == (4, 4)
        refused = [error.refusals.codes for error in found.errors.values() if isinstance(error, Refused)]
        assert {"request_not_pending" in codes for codes in refused} == {True}
        assert types(home, key).count("moved") == 2
    sound(home, tmp_path)


def vote(home: Home, member: Principal, case: str) -> None:
    do(home, decide_together, member, Word([f"{case}-R1"], "approve"))


@pytest.mark.long
def test_eight_programs_with_one_revision_answer_one_success_and_seven_conflicts(tmp_path: Path) -> None:
    cli = new_home(tmp_path / "home")
    assert cli("assign", "2026-1", "--leader", LEADER).code == 0
    for name in PEOPLE:
        assert cli("people", "add", name, "--person", name, "--post", "vice_principal_teaching").code == 0
    seen = str(cli("show", "2026-1", "--json").data["revision"])
    words = ("do", "2026-1", "plan", "--revision", seen, "--json", "--as")
    with ThreadPoolExecutor(EIGHT) as threads:
        said = dict(zip(PEOPLE, threads.map(lambda name: cli.run(*words, name), PEOPLE), strict=True))
    (winner,) = [name for name, each in said.items() if each.code == 0]
    lost = [each for name, each in said.items() if name != winner]
    assert [each.code for each in lost] == [4] * (EIGHT - 1)
    assert {each.data["error"]["facts"]["winner"]["person"] for each in lost} == {winner}
    assert all(winner in each.err for each in lost)
    assert cli("verify").code == 0
