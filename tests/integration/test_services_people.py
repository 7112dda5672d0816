"""People, posts, and the names that nobody goes by."""

from __future__ import annotations

from datetime import date

import pytest

from engine.core.refusal import Refused
from engine.errors import Conflict, EngineError, NotFound, WrongUsage
from engine.services.clerks import open_desk
from engine.services.moves import Assign, assign
from engine.services.people import (
    Appointment,
    NewPerson,
    add_person,
    add_post,
    appoint,
    change_person,
    end_holding,
    list_people,
)
from engine.services.resolving import resolve, resolve_post
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.verbs import codes, do, neighbour, operator, see

SCHEMES = ("console", "mailto")


def roster_version(home: Home) -> int:
    with home.begin(writing=False) as uow:
        return open_desk(uow, home.organisation, MONDAY).posts.version


def keys_of(home: Home, word: str) -> str:
    with home.begin(writing=False) as uow:
        return resolve(uow, home.organisation, word).key


def test_people_get_the_next_free_key(home: Home) -> None:
    added = [do(home, add_person, operator(home), NewPerson(name)).key for name in ("王一", "王二")]
    assert added == ["p1", "p2"]


def test_a_chosen_key_that_is_taken_is_a_conflict(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("王一", key="wang"))
    with pytest.raises(Conflict, match="person_key_taken"):
        do(home, add_person, operator(home), NewPerson("王二", key="wang"))


def test_a_person_comes_with_posts_by_key_or_label(home: Home) -> None:
    do(home, add_post, operator(home), "librarian", "图书管理员")
    person = do(home, add_person, operator(home), NewPerson("王一", posts=("图书管理员", "office")))
    listed = see(home, list_people, operator(home), MONDAY)
    assert [(row.name, row.posts) for row in listed.people if row.key == person.key] == [
        ("王一", ("office", "librarian"))
    ]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("没有地址", "address_wrong"),
        ("mailto//x", "address_wrong"),
        ("ftp://secret@host", "scheme_unknown"),
        ("mailto://a b", "address_wrong"),
    ],
)
def test_an_address_is_a_url_of_a_known_way_out(home: Home, address: str, code: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        do(home, add_person, operator(home), NewPerson("王一", address=address), schemes=SCHEMES)
    assert wrong.value.code == code
    assert "secret" not in str(wrong.value)


def test_an_address_never_shows_in_the_list(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("王一", address="mailto://token"), schemes=SCHEMES)
    assert "token" not in str(see(home, list_people, operator(home), MONDAY).as_json())


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "王\u202e一", "王\n\x00"])
def test_a_name_that_cannot_be_one_is_refused(home: Home, name: str) -> None:
    with pytest.raises(WrongUsage, match="name_wrong"):
        do(home, add_person, operator(home), NewPerson(name))


def test_every_change_of_people_moves_the_roster_on(home: Home) -> None:
    versions = [roster_version(home)]
    steps = [
        lambda: do(home, add_person, operator(home), NewPerson("王一")),
        lambda: do(home, add_post, operator(home), "librarian", "图书管理员"),
        lambda: do(home, appoint, operator(home), Appointment("p1", "librarian")),
        lambda: do(home, change_person, operator(home), "p1", title="老师"),
        lambda: do(home, end_holding, operator(home), "p1", "librarian"),
    ]
    for step in steps:
        step()
        versions.append(roster_version(home))
    assert versions == list(range(versions[0], versions[0] + 6))


def test_a_post_that_was_ended_is_no_longer_held_today(home: Home) -> None:
    do(home, end_holding, operator(home), "secretary", "secretary")
    with home.begin(writing=False) as uow:
        desk = open_desk(uow, home.organisation, MONDAY)
    assert desk.posts.holders(home.posts["secretary"], desk.today) == ()
    assert desk.posts.holders(home.posts["secretary"], date(2026, 3, 1)) == (home.people["secretary"],)


def test_what_is_not_held_cannot_be_ended(home: Home) -> None:
    with pytest.raises(NotFound, match="holding_not_found"):
        do(home, end_holding, operator(home), "stranger", "secretary")


def test_a_substitute_is_marked_and_stands_behind_the_holder(home: Home) -> None:
    until = date(2026, 3, 31)
    do(
        home,
        appoint,
        operator(home),
        Appointment("stranger", "secretary", None, until, substitute_for="secretary"),
    )
    listed = see(home, list_people, operator(home), MONDAY)
    holders = {key: who for key, _, who in listed.posts}
    assert holders["secretary"] == ("secretary", "stranger")
    assert [row.posts for row in listed.people if row.key == "stranger"] == [("secretary*",)]


@pytest.mark.parametrize("holder", ["office", "stranger"])
def test_one_stands_in_only_for_somebody_who_holds_the_post(home: Home, holder: str) -> None:
    with pytest.raises(NotFound, match="nobody_to_stand_in_for"):
        do(home, appoint, operator(home), Appointment("stranger", "secretary", substitute_for=holder))


def test_the_same_post_twice_is_a_conflict(home: Home) -> None:
    with pytest.raises(Conflict, match="already_appointed"):
        do(home, appoint, operator(home), Appointment("secretary", "secretary"))


def test_a_period_that_ends_before_it_begins_is_refused(home: Home) -> None:
    backwards = Appointment("stranger", "secretary", date(2026, 4, 1), date(2026, 3, 1))
    with pytest.raises(WrongUsage, match="period_reversed"):
        do(home, appoint, operator(home), backwards)


def test_a_key_or_a_unique_name_finds_a_person(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("王一", key="wang"))
    assert [keys_of(home, word) for word in ("wang", "王一", " 王一 ")] == ["wang", "wang", "wang"]


def test_a_name_that_two_people_share_lists_their_keys(home: Home) -> None:
    for _ in range(2):
        do(home, add_person, operator(home), NewPerson("王一"))
    with pytest.raises(WrongUsage) as wrong:
        keys_of(home, "王一")
    assert (wrong.value.code, wrong.value.facts["keys"]) == ("name_ambiguous", ["p1", "p2"])


def test_a_key_wins_over_the_same_word_as_a_name(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("wang", key="other"))
    do(home, add_person, operator(home), NewPerson("王一", key="wang"))
    assert keys_of(home, "wang") == "wang"


def test_an_unknown_person_is_told_with_the_nearest_word(home: Home) -> None:
    with pytest.raises(NotFound) as missing:
        keys_of(home, "secretery")
    assert missing.value.facts == {"person": "secretery", "nearest": "secretary"}


def test_people_of_the_neighbour_are_not_found(home: Home) -> None:
    with pytest.raises(NotFound) as missing:
        keys_of(home, "neighbour_secretary")
    assert missing.value.facts["nearest"] != "neighbour_secretary"


def leader(home: Home, word: str) -> str:
    with home.begin(writing=False) as uow:
        desk = open_desk(uow, home.organisation, MONDAY)
        return resolve_post(uow, home.organisation, desk.posts, word, desk.today).key


def test_a_leader_is_a_post_or_a_person_with_one_post(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("王一", posts=("office",)))
    assert [leader(home, word) for word in ("office", "王一")] == ["office", "office"]


@pytest.mark.parametrize(
    ("word", "kind", "code"),
    [
        ("stranger", WrongUsage, "person_without_post"),
        ("secretary ", None, "secretary"),
        ("nobody at all", NotFound, "post_not_found"),
        ("member2", WrongUsage, "post_ambiguous"),
    ],
)
def test_a_leader_who_names_no_single_post(
    home: Home, word: str, kind: type[EngineError] | None, code: str
) -> None:
    do(home, add_person, operator(home), NewPerson("两岗", key="member2", posts=("office", "secretary")))
    if kind is None:
        assert leader(home, word) == code
        return
    with pytest.raises(kind) as wrong:
        leader(home, word)
    assert wrong.value.code == code


def test_only_clerks_keep_people(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, add_person, home.principal("stranger"), NewPerson("王一"))
    assert codes(refused.value) == ["wrong_role"]
    assert do(home, add_person, home.principal("office"), NewPerson("王一")).key == "p1"


def test_a_neighbour_changes_nobody_here(home: Home) -> None:
    with pytest.raises(NotFound, match="person_not_found"):
        do(home, change_person, neighbour(home), "office", address="mailto://elsewhere")


def test_a_post_of_another_school_is_in_charge_of_nothing_here(home: Home) -> None:
    home.open_issue()
    do(home, add_post, neighbour(home), "night_school_head", "夜校校长")
    with pytest.raises(Refused) as refused:
        do(
            home,
            assign,
            home.principal("office"),
            "2026-1",
            Assign(home.posts[OWNER], in_charge="night_school_head"),
        )
    assert codes(refused.value) == ["in_charge_unknown"]
