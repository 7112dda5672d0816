"""Who left can have their name erased: from rows, register, letters and kept answers; the chain still proves itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.core.principal import Credential
from engine.core.refusal import Refused
from engine.errors import NotFound
from engine.services.access import NewToken, make_token
from engine.services.as_of import show_case_on
from engine.services.erasing import waiting_removals
from engine.services.erasing_people import RemovedPerson, erase_person
from engine.services.handover import Handover, hand_over
from engine.services.names import names_of
from engine.services.people import Appointment, NewPerson, add_person, appoint, change_person, leave
from engine.services.resolving import resolve
from engine.services.sealing import seal_now
from engine.services.verifying import Verified, Wish, verify
from engine.store.database import Database
from engine.store.idempotency import Question, remember
from engine.store.people import person_by_id
from engine.store.scope import Scope
from engine.store.unit_of_work import UnitOfWork
from engine.store.unresolved import keep_unresolved, unresolved_of
from engine.store.worlds import load_world
from engine.text.sentences import unmet_sentence
from tests.kit.cli import CLERK, PINS, SECRETARY, CommandLine, ok
from tests.kit.reports import TEXT
from tests.kit.stories import ZONE, PostOffice, Story

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching")
CASE = "2026-1"
NAME, KEY, TITLE, PLACE = "李小明", "lixiaoming", "德育处主任", "test://li"
REASON = "本人离职后要求"
TABLES = ("person", "holding", "access", "register_event", "register_text", "attempt", "idempotency")


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    """Li held a post in spite of a conflict, had a token, was told of a case, and left in the middle of March."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    clerk = story.person(None)
    does(
        story,
        lambda uow: add_person(
            uow,
            clerk,
            NewPerson("李晓明", KEY, TITLE, PLACE, ("moral_education_director",)),
            story.now,
            schemes=PostOffice.schemes,
        ),
        lambda uow: change_person(uow, clerk, KEY, story.now, name=NAME),
        lambda uow: make_token(uow, clerk, NewToken(KEY, f"{NAME}的手机"), story.now),
    )
    with story.look() as uow:
        story.people[KEY] = resolve(uow, story.organisation, KEY).id
    story.imports(TEXT)
    story.assigns(CASE, "moral_education_director")
    story.assigns("2026-2", "vice_principal_teaching")
    story.at("2026-03-03").tick()
    story.at("2026-03-12")
    does(story, lambda uow: leave(uow, clerk, KEY, story.now, last_day=date(2026, 3, 11)))
    story.at("2026-03-16")
    yield story


def does(story: Story, *verbs: Callable[[UnitOfWork], object]) -> None:
    for verb in verbs:
        with story.work() as uow:
            verb(uow)


def erases(
    story: Story, who: str, whom: str = KEY, reason: str = REASON, proof: Credential = Credential.PIN
) -> RemovedPerson:
    with story.work() as uow:
        return erase_person(uow, story.person(who, proof), whom, reason, story.now)


def refusal(story: Story, who: str, whom: str = KEY, **how: object) -> list[str]:
    with pytest.raises(Refused) as refused:
        erases(story, who, whom, **how)  # type: ignore[arg-type]
    return list(refused.value.refusals.codes)


def verified(story: Story) -> Verified:
    with story.look() as uow:
        return verify(uow, story.organisation, "school", story.blobs, Wish())


def everything(story: Story) -> str:
    """All that the database holds of people, in words."""
    with story.look() as uow:
        return repr(
            [uow.execute(text(f"SELECT * FROM {name} WHERE organisation_id > 0")).all() for name in TABLES]
        )


def gone(story: Story) -> None:
    erases(story, "office")
    erases(story, "secretary")


def test_a_name_goes_from_everywhere_when_a_second_person_confirms(story: Story) -> None:
    assert erases(story, "office").is_done is False
    words = (NAME, "李晓明", KEY, TITLE, PLACE)
    assert [word in everything(story) for word in words] == [True] * 5
    removed = erases(story, "secretary")
    left = everything(story)
    assert [word for word in words if word in left] == []
    assert (removed.is_done, removed.key) == (True, f"former-{story.people[KEY]}")
    assert verified(story).broken == ()


def test_the_row_stays_under_a_neutral_name_with_who_held_what_and_when(story: Story) -> None:
    gone(story)
    with story.look() as uow:
        person = person_by_id(uow, story.people[KEY])
        held = uow.execute(
            text("SELECT since, until FROM holding WHERE organisation_id > 0 AND person_id = :who"),
            {"who": story.people[KEY]},
        ).all()
    assert person is not None
    assert (person.key, person.name, person.title, person.address, person.left_on) == (
        f"former-{story.people[KEY]}",
        "已抹去",
        "",
        "",
        date(2026, 3, 11),
    )
    assert [tuple(map(str, row)) for row in held] == [("2026-03-02", "2026-03-11")]


def test_a_seal_from_before_still_covers_what_was_erased(story: Story) -> None:
    does(story, lambda uow: seal_now(uow, story.organisation, story.now))
    gone(story)
    assert verified(story).broken == ()


def test_letters_to_others_lose_the_name_alone_and_letters_to_them_all_words(story: Story) -> None:
    with story.work() as uow:
        uow.execute(
            text(
                "UPDATE attempt SET body = :body WHERE id IN (SELECT min(a.id) FROM attempt a JOIN delivery d"
                " ON d.id = a.delivery_id WHERE d.person_id <> :who AND a.organisation_id > 0)"
            ),
            {"body": f"书记：{NAME}还没有报方案，李小明月也没有。", "who": story.people[KEY]},
        )
        clerk = story.person(None)
        add_person(uow, clerk, NewPerson("李小明月", "yue"), story.now)
    gone(story)
    with story.look() as uow:
        rows = uow.execute(
            text(
                "SELECT d.person_id, a.subject, a.body, a.address FROM attempt a"
                " JOIN delivery d ON d.id = a.delivery_id WHERE a.organisation_id > 0 ORDER BY a.id"
            )
        ).all()
    own = {tuple(row)[1:] for row in rows if row.person_id == story.people[KEY]}
    assert own == {("已抹去", "已抹去", "")}
    assert "书记：已抹去还没有报方案，李小明月也没有。" in [row.body for row in rows]


def test_kept_answers_lose_name_and_key_and_keep_the_rest(story: Story) -> None:
    kept = {"lines": [f"{NAME}已离开（{KEY}）"], "data": {"person": KEY, "case": CASE, "who": [NAME]}}
    with story.work() as uow:
        remember(uow, Question(story.organisation, "person:1:pin", "k", "digest"), kept, story.now)
    gone(story)
    with story.look() as uow:
        answer = uow.execute(
            text("SELECT answer FROM idempotency WHERE organisation_id > 0 AND key = 'k'")
        ).scalar_one()
    new = f"former-{story.people[KEY]}"
    assert answer == (
        f'{{"lines": ["已抹去已离开（{new}）"], '
        f'"data": {{"person": "{new}", "case": "{CASE}", "who": ["已抹去"]}}}}'
    )


def test_a_name_that_a_file_gave_and_nobody_matched_goes_too(story: Story) -> None:
    with story.work() as uow:
        case = load_world(uow, story.organisation, CASE).case.id
        keep_unresolved(uow, story.organisation, [(f"德育处{NAME}", case), ("赵六", case)])
    gone(story)
    with story.look() as uow:
        kept = {row.name for row in unresolved_of(uow, story.organisation)}
        raw = repr(uow.execute(text("SELECT name FROM unresolved_name WHERE organisation_id > 0")).all())
    assert "赵六" in kept
    assert NAME not in raw


def test_who_has_the_same_name_and_stays_keeps_what_they_were_told(story: Story) -> None:
    does(story, lambda uow: add_person(uow, story.person(None), NewPerson(NAME, "other"), story.now))
    kept = {"lines": [f"{NAME}已登记", KEY]}
    with story.work() as uow:
        remember(uow, Question(story.organisation, "person:1:pin", "k", "digest"), kept, story.now)
    erases(story, "office")
    assert erases(story, "secretary").same_name is True
    with story.look() as uow:
        answer = uow.execute(
            text("SELECT answer FROM idempotency WHERE organisation_id > 0 AND key = 'k'")
        ).scalar_one()
    assert (NAME in answer, KEY in answer) == (True, False)
    assert verified(story).broken == ()


def test_a_past_day_shows_the_neutral_name(story: Story) -> None:
    gone(story)
    with story.look() as uow:
        view = show_case_on(uow, story.person("office"), CASE, date(2026, 3, 5), story.now)
        names = names_of(uow, story.organisation)
    owner = story.posts["moral_education_director"]
    assert view.world.posts.holders(owner, date(2026, 3, 5)) == (story.people[KEY],)
    assert names[f"person:{story.people[KEY]}"] == "已抹去"


def test_it_is_listed_until_a_second_person_has_confirmed(story: Story) -> None:
    def waiting() -> list[tuple[dict[str, object], tuple[str, ...]]]:
        with story.look() as uow:
            rows = waiting_removals(uow, story.organisation, story.now)
        return [(dict(row.asked.facts), row.told) for row in rows]

    assert erases(story, "secretary").told == ("discipline_commissioner",)
    assert waiting() == [({"person": story.people[KEY]}, ("discipline_commissioner",))]
    erases(story, "discipline_commissioner")
    assert waiting() == []


def test_nobody_confirms_their_own_wish_nor_without_proof(story: Story) -> None:
    erases(story, "secretary")
    assert refusal(story, "secretary") == ["second_person_needed"]
    assert refusal(story, "discipline_commissioner", proof=Credential.NONE) == ["needs_proof"]
    assert refusal(story, "office") == ["wrong_role"]


def test_everything_that_stands_against_it_is_said_at_once(story: Story) -> None:
    clerk = story.person(None)
    does(
        story,
        lambda uow: add_person(uow, clerk, NewPerson("王二", "wang", posts=("union_chair",)), story.now),
        lambda uow: add_person(uow, clerk, NewPerson("周三", "zhou"), story.now),
        lambda uow: hand_over(
            uow,
            story.person("secretary"),
            Handover("union_chair", "wang", "zhou", on=story.today + timedelta(days=5)),
            story.now,
        ),
    )
    assert refusal(story, "vice_principal_teaching", "wang", reason="王二要求") == [
        "still_on_roll",
        "still_holds",
        "handover_planned",
        "wrong_role",
        "reason_names_them",
    ]
    assert refusal(story, "office", "zhou", reason="") == [
        "still_on_roll",
        "still_holds",
        "handover_planned",
        "text_empty",
    ]


def test_on_the_last_day_it_is_said_that_it_is_and_from_when_it_can_be_done(story: Story) -> None:
    clerk = story.person(None)
    does(
        story,
        lambda uow: add_person(uow, clerk, NewPerson("王二", "wang", posts=("union_chair",)), story.now),
        lambda uow: leave(uow, clerk, "wang", story.now),
    )
    with pytest.raises(Refused) as refused:
        erases(story, "office", "wang")
    unmet = refused.value.refusals.unmet
    tomorrow = story.today + timedelta(days=1)
    assert [(row.code, row.cure, row.who, row.earliest) for row in unmet] == [
        ("still_on_roll", "wait", (), tomorrow),
        ("still_holds", "wait", (), tomorrow),
    ]
    assert (
        unmet_sentence(unmet[0], {"person:wang": "王二"})
        == "王二还在册，已登记离开，最后一天是2026年3月16日。"
    )
    story.at(tomorrow.isoformat())
    assert erases(story, "office", "wang").is_done is False


def test_who_was_given_a_post_after_they_left_is_not_erased(story: Story) -> None:
    erases(story, "office")
    does(story, lambda uow: appoint(uow, story.person(None), Appointment(KEY, "union_chair"), story.now))
    assert refusal(story, "secretary") == ["still_holds"]


def test_it_is_done_once(story: Story) -> None:
    gone(story)
    assert refusal(story, "office", f"former-{story.people[KEY]}") == ["person_erased_already"]


def test_a_word_that_was_blanked_by_hand_is_no_tombstone(story: Story) -> None:
    gone(story)
    with story.work() as uow:
        uow.execute(
            text(
                "UPDATE register_text SET text = NULL WHERE name = 'name' AND organisation_id > 0"
                " AND seq = (SELECT min(seq) FROM register_text WHERE name = 'name' AND text IS NOT NULL)"
            )
        )
    assert [fault.what for fault in verified(story).broken] == ["text_missing"]


def test_a_name_that_is_put_back_by_hand_is_found(story: Story) -> None:
    gone(story)
    with story.work() as uow:
        uow.execute(text("UPDATE person SET name = '李小明' WHERE name = '已抹去' AND organisation_id > 0"))
    assert [fault.what for fault in verified(story).broken] == ["register_differs"]


def test_of_two_who_confirm_at_once_one_does_it(story: Story) -> None:
    erases(story, "office")

    def confirm(who: str) -> str:
        try:
            return erases(story, who).key
        except NotFound:
            return "gone"

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(confirm, ("secretary", "discipline_commissioner")))
    assert sorted(found) == [f"former-{story.people[KEY]}", "gone"]
    assert verified(story).broken == ()


def test_a_rehearsal_leaves_everything(story: Story) -> None:
    erases(story, "office")
    before = everything(story)
    with story.database.begin(Scope.one(story.organisation)) as uow:
        assert erase_person(uow, story.person("secretary"), KEY, "", story.now).is_done is True
    assert everything(story) == before


def test_the_command_line_asks_lists_confirms_and_proves(command_line: CommandLine) -> None:
    cli = command_line
    yesterday = (datetime.now(ZONE).date() - timedelta(days=1)).isoformat()
    ok(cli("people", "add", "钱五", "--person", "qianwu", "--title", "教师"))
    ok(cli("people", "leave", "qianwu", "--on", yesterday))
    asked = cli("erase", "--person", "qianwu", "--as", CLERK, "--reason", REASON, "--json")
    listed, shown = cli("requests", "--json").data["removals"], cli("requests").out
    signed = ("--as", SECRETARY, "--pin", PINS[SECRETARY])
    done = cli("erase", "--person", "qianwu", *signed, "--json")
    assert (asked.data["is_done"], asked.data["told"]) == (False, ["secretary", "discipline_commissioner"])
    assert [(row["case"], row["person"], row["asked_by"]) for row in listed] == [(None, "qianwu", CLERK)]
    assert "钱五（qianwu）的姓名等资料待抹去" in shown
    assert (done.code, done.data["person"], done.data["texts"]) == (0, "former-5", 3)
    assert [(row["key"], row["name"]) for row in cli("people", "list", "--json").data["people"]][-1] == (
        "former-5",
        "已抹去",
    )
    assert (cli("requests", "--json").data["removals"], cli("verify").code) == ([], 0)


@pytest.mark.parametrize(
    "words",
    [(), (CASE,), (CASE, "--seq", "1"), (CASE, "--person", CLERK), ("--text", "title", "--person", CLERK)],
)
def test_a_text_or_a_person_is_named_not_half_of_both(
    command_line: CommandLine, words: tuple[str, ...]
) -> None:
    said = command_line("erase", *words, "--as", CLERK, "--reason", REASON)
    assert (said.code, "--person" in said.err) == (2, True)
