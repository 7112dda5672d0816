"""Posts that exclude each other, and seats that have one stand-in at a time."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.refusal import Refused
from engine.core.world import MakeMove
from engine.errors import Conflict, NotFound
from engine.services.handover import Handover, hand_over
from engine.services.moves import Assign, assign, make_move
from engine.services.people import Appointment, NewPerson, add_person, appoint, list_people
from engine.services.post_catalogue import settle_conflicts
from engine.store.definitions import publish
from engine.store.places import load_posts
from engine.store.scope import Scope
from tests.kit.databases import MONDAY, OWNER, ROOT, Home
from tests.kit.verbs import codes, do, see

BUYER, WATCHER = "vice_principal_logistics", "discipline_commissioner"
WHY = "学校只有九名教师，暂由一人兼任"
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def home(home: Home) -> Home:
    """The school with the shipped posts published."""
    text = (ROOT / "workflows/posts/party_school.yaml").read_text(encoding="utf-8")
    publish_posts(home, "*", text)
    return home


def publish_posts(home: Home, scope: str, text: str, version: int = 1) -> None:
    with home.database.begin(Scope.whole()) as uow:
        publish(uow, scope, "posts", "party_school", version, f"digest-{scope}-{version}", text, MONDAY)
        settle_conflicts(uow)
        uow.commit()


def give(home: Home, person: str, post: str, **more: object) -> None:
    do(home, appoint, home.principal("office"), Appointment(person, post, **more))  # type: ignore[arg-type]


def refusal(home: Home, person: str, post: str, **more: object) -> list[str]:
    with pytest.raises(Refused) as refused:
        give(home, person, post, **more)
    return codes(refused.value)


@pytest.mark.parametrize(("person", "post"), [(BUYER, WATCHER), (WATCHER, BUYER)])
def test_whoever_buys_does_not_get_the_post_that_watches(home: Home, person: str, post: str) -> None:
    assert refusal(home, person, post) == ["posts_conflict"]


@pytest.mark.parametrize(("person", "seat", "post"), [(BUYER, WATCHER, WATCHER), (WATCHER, BUYER, BUYER)])
def test_nor_stands_in_there(home: Home, person: str, seat: str, post: str) -> None:
    assert refusal(home, person, post, substitute_for=seat) == ["posts_conflict"]


def test_a_stand_in_of_the_one_does_not_get_the_other(home: Home) -> None:
    give(home, "stranger", BUYER, substitute_for=BUYER)
    assert refusal(home, "stranger", WATCHER) == ["posts_conflict"]


def test_one_after_the_other_is_no_conflict(home: Home) -> None:
    give(home, "stranger", BUYER, since=MARCH, until=date(2026, 3, 31))
    give(home, "stranger", WATCHER, since=APRIL)


def test_a_new_person_does_not_get_both_at_once(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, add_person, home.principal("office"), NewPerson("both", posts=(BUYER, WATCHER)))
    assert codes(refused.value) == ["posts_conflict"]


def test_a_post_is_not_handed_to_whoever_must_not_hold_it(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, hand_over, home.principal("office"), Handover(WATCHER, WATCHER, BUYER))
    assert codes(refused.value) == ["posts_conflict"]


def test_with_a_reason_it_is_given_and_the_reason_is_shown(home: Home) -> None:
    assert refusal(home, BUYER, WATCHER, despite="兼任") == ["comment_too_short"]
    give(home, BUYER, WATCHER, despite=WHY)
    shown = see(home, list_people, home.principal("office"), MONDAY).as_json()
    assert shown["despite_conflict"] == [{"person": BUYER, "post": WATCHER, "reason": WHY}]


def test_whoever_holds_both_verifies_nothing_that_the_other_post_owns(home: Home) -> None:
    give(home, BUYER, WATCHER, despite=WHY)
    own, others = home.open_issue(1).key, home.open_issue(2).key
    for key, post in ((own, BUYER), (others, OWNER)):
        do(home, assign, home.principal("office"), key, Assign(home.posts[post]))
    answers = []
    for key in (own, others):
        with pytest.raises(Refused) as refused:
            do(home, make_move, home.principal(BUYER), key, MakeMove("verify"))
        answers.append("four_eyes" in codes(refused.value))
    assert answers == [True, False]


def test_what_a_school_publishes_for_itself_rules_there_alone(home: Home) -> None:
    text = (ROOT / "workflows/posts/party_school.yaml").read_text(encoding="utf-8")
    publish_posts(home, "school", text.replace("[discipline_commissioner, vice", "[secretary, vice"), 2)
    with home.begin(writing=False) as uow:
        posts = load_posts(uow, home.organisation).posts
    assert (posts[BUYER].conflicts, posts[WATCHER].conflicts) == (
        frozenset({"secretary"}),
        frozenset({"logistics_director"}),
    )


def test_a_seat_has_one_stand_in_at_a_time(home: Home) -> None:
    give(home, "stranger", "secretary", substitute_for="secretary", since=MARCH, until=date(2026, 3, 31))
    with pytest.raises(Conflict, match="already_stood_in"):
        give(home, "member", "secretary", substitute_for="secretary", since=date(2026, 3, 31))
    give(home, "member", "secretary", substitute_for="secretary", since=APRIL)


def test_nobody_stands_in_for_a_stand_in(home: Home) -> None:
    give(home, "stranger", "secretary", substitute_for="secretary")
    with pytest.raises(NotFound, match="nobody_to_stand_in_for"):
        give(home, "member", "secretary", substitute_for="stranger")


def test_a_holder_does_not_stand_in_for_another_of_the_same_post(home: Home) -> None:
    with pytest.raises(Conflict, match="already_appointed"):
        give(home, "secretary", "party_committee", substitute_for="member")


def test_a_seat_is_taken_only_while_somebody_has_it(home: Home) -> None:
    give(home, "stranger", BUYER, since=APRIL)
    with pytest.raises(NotFound, match="nobody_to_stand_in_for") as refused:
        give(home, "member", BUYER, substitute_for="stranger", since=MARCH)
    assert refused.value.facts["held_since"] == APRIL.isoformat()
    give(home, "member", BUYER, substitute_for="stranger", since=APRIL)


def test_the_list_says_who_stands_in_for_whom_until_when(home: Home) -> None:
    give(home, "stranger", "secretary", substitute_for="secretary", since=MARCH, until=APRIL)
    give(home, "member", "office", substitute_for="office", since=date(2026, 2, 1), until=date(2026, 2, 8))
    shown = see(home, list_people, home.principal("office"), MONDAY).as_json()["stand_ins"]
    assert shown == [
        {
            "person": "stranger",
            "post": "secretary",
            "for": "secretary",
            "since": "2026-03-01",
            "until": "2026-04-01",
        }
    ]
