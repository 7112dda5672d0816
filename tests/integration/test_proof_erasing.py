"""What must go goes everywhere, by two people, and the chain still proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.core.erasing import Erasure, Purge
from engine.core.principal import Credential
from engine.core.refusal import Refused
from engine.services.bundles import NewBundle, make_bundles, show_bundle
from engine.services.erasing import Removed, erase, finish_purge, purge, waiting_removals
from engine.services.evidence import About, Offline, attach
from engine.services.sealing import seal_now
from engine.services.verifying import Verified, Wish, verify
from engine.store.database import Database
from engine.store.erasing import forms_of
from engine.store.histories import history
from engine.text.quoting import ELLIPSIS, one_line, quoted
from tests.integration.test_store_worlds import counted
from tests.kit.cli import CLERK, new_home
from tests.kit.reports import TEXT
from tests.kit.stories import Story

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching")
CASE = "2026-1"
TITLE = "学习次数少"
PROBLEM = "全年只学一次"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT)
    story.assigns(CASE, "vice_principal_teaching")
    story.files("vice_principal_teaching", CASE, "全体人员名单", About("ledger"))
    with story.work() as uow:
        seal_now(uow, story.organisation, story.now)
    yield story


def removes(
    story: Story,
    who: str,
    what: Erasure | Purge,
    reason: str = "写有学生姓名",
    case: str = CASE,
    **how: Credential,
) -> Removed:
    verb = erase if isinstance(what, Erasure) else purge
    with story.work() as uow:
        return verb(uow, story.person(who, **how), case, what, reason, story.now)  # type: ignore[arg-type]


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [row.code for row in refused.value.refusals.unmet]


def verified(story: Story) -> Verified:
    with story.look() as uow:
        return verify(uow, story.organisation, "school", story.blobs, Wish())


def everything(story: Story) -> str:
    """All that the database holds of the school in words."""
    with story.look() as uow:
        tables = (
            "case_file",
            "event",
            "event_text",
            "measure",
            "evidence",
            "request",
            "vote",
            "attempt",
            "deliverable",
        )
        rows = [uow.execute(text(f"SELECT * FROM {name} WHERE organisation_id > 0")).all() for name in tables]
    return repr(rows)


def test_a_text_goes_from_every_row_when_a_second_person_confirms(story: Story) -> None:
    assert removes(story, "office", Erasure(1, "problem")).is_done is False
    assert PROBLEM in everything(story)
    assert removes(story, "secretary", Erasure(1, "problem")).is_done is True
    assert PROBLEM not in everything(story)
    assert story.case(CASE).texts["problem"] is None
    assert story.broken(CASE) == []
    assert verified(story).broken == ()


def test_who_keeps_a_paper_goes_like_any_other_text(story: Story) -> None:
    paper = Offline("谈话记录", 1, "7号盒", "李小明", "王大力")
    with story.work() as uow:
        attach(uow, story.person("office"), CASE, [paper], About(), story.now)
    seq = story.case(CASE).revision
    for who in ("office", "secretary"):
        removes(story, who, Erasure(seq, "keeper"))
    offline = story.case(CASE).evidence[-1].offline
    assert offline == {"box": "7号盒", "keeper": None, "inspector": "王大力", "inspected_on": None}
    assert "李小明" not in everything(story)
    assert story.broken(CASE) == []
    assert verified(story).broken == ()


def test_the_title_of_a_bundle_goes_from_its_row_too(story: Story) -> None:
    story.does("vice_principal_teaching", CASE, "plan")
    with story.work() as uow:
        (laid,) = make_bundles(
            uow, story.person("office"), NewBundle("2026", "plan", title="王小明整改方案"), story.now
        )
    with story.look() as uow:
        seq = next(row.seq for row in history(uow, story.case(CASE).id) if row.type == "request_bundled")
    removes(story, "office", Erasure(seq, "bundle_title"))
    assert "王小明" in raw(story, "bundle")
    removes(story, "secretary", Erasure(seq, "bundle_title"))
    assert ("王小明" in raw(story, "bundle"), "王小明" in raw(story, "event_text")) == (False, False)
    with story.look() as uow:
        assert show_bundle(uow, story.organisation, laid.bundle.key).bundle.title == "（已按规定抹去）"


def test_names_that_nobody_matched_go_with_who_is_responsible(story: Story) -> None:
    assert "某不识" in raw(story, "unresolved_name")
    before = raw(story, "unresolved_name")
    for who in ("office", "secretary"):
        removes(story, who, Erasure(1, "responsible"))
    assert ("方小满" in before, "方小满" in raw(story, "unresolved_name")) == (True, False)
    assert "某不识" in raw(story, "unresolved_name")
    for who in ("office", "secretary"):
        removes(story, who, Erasure(1, "responsible"), case="2026-2")
    assert "某不识" not in raw(story, "unresolved_name")


def raw(story: Story, table: str) -> str:
    with story.look() as uow:
        return repr(uow.execute(text(f"SELECT * FROM {table} WHERE organisation_id > 0")).all())


def test_the_tombstone_says_who_when_and_why(story: Story) -> None:
    removes(story, "office", Erasure(1, "title"))
    removes(story, "secretary", Erasure(1, "title"), reason="")
    with story.look() as uow:
        asked, erased = history(uow, story.case(CASE).id)[-2:]
    assert (asked.stamp.person, erased.stamp.person) == (story.people["office"], story.people["secretary"])
    assert (asked.texts["comment"], dict(erased.payload)) == (
        "写有学生姓名",
        {
            "seq": 1,
            "name": "title",
            "asked": asked.seq,
            **({"texts": erased.payload["texts"]} if erased.texts else {}),
        },
    )


def told_of(story: Story, rung: str) -> list[set[int]]:
    return [set(row.waits_to_tell) for row in story.told(CASE) if row.notice.rung == rung]


def waiting(story: Story) -> list[tuple[str, dict[str, object], tuple[str, ...]]]:
    with story.look() as uow:
        rows = waiting_removals(uow, story.organisation, story.now)
    return [(row.asked.key, dict(row.asked.facts), row.told) for row in rows]


def test_whoever_could_carry_it_out_is_told_and_it_is_listed_until_it_is_done(story: Story) -> None:
    both = ("secretary", "discipline_commissioner")
    removes(story, "office", Erasure(1, "title"))
    removes(story, "office", Purge(1))
    people = [{story.people[who]} for who in both]
    assert (told_of(story, "erasure_waiting"), told_of(story, "purge_waiting")) == (people, people)
    assert waiting(story) == [(CASE, {"seq": 1, "name": "title"}, both), (CASE, {"evidence": 1}, both)]
    removes(story, "secretary", Erasure(1, "title"))
    assert waiting(story) == [(CASE, {"evidence": 1}, both)]
    removes(story, "secretary", Purge(1))
    assert waiting(story) == []


def test_files_of_a_second_case_cost_verify_no_statement_more(story: Story) -> None:
    with counted(story.database) as before:
        verified(story)
    story.assigns("2026-2", "vice_principal_teaching")
    story.files("vice_principal_teaching", "2026-2", "会议记录", About("minutes"))
    with counted(story.database) as after:
        assert verified(story).broken == ()
    assert len(after) == len(before)


def test_two_removals_are_listed_with_as_many_statements_as_one(story: Story) -> None:
    removes(story, "office", Erasure(1, "title"))
    with counted(story.database) as for_one:
        assert len(waiting(story)) == 1
    removes(story, "office", Purge(1))
    removes(story, "office", Erasure(1, "problem"))
    with counted(story.database) as for_three:
        assert len(waiting(story)) == 3
    assert len(for_three) == len(for_one)


def test_who_asked_is_not_told_to_confirm(story: Story) -> None:
    removes(story, "secretary", Erasure(1, "title"))
    assert told_of(story, "erasure_waiting") == [{story.people["discipline_commissioner"]}]
    assert waiting(story)[0][2] == ("discipline_commissioner",)


def test_the_command_line_lists_what_waits_for_a_second_person(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    asked = home(
        "erase", CASE, "--seq", "1", "--text", "title", "--as", CLERK, "--reason", "写有姓名", "--json"
    )
    listed, shown = home("requests", "--json").data["removals"], home("requests").out
    assert (asked.code, asked.data["told"]) == (0, ["secretary", "discipline_commissioner"])
    assert [(row["case"], row["seq"], row["name"], row["asked_by"]) for row in listed] == [
        (CASE, 1, "title", CLERK)
    ]
    assert ("待抹去" in shown, "书记" in shown) == (True, True)


def test_the_reason_of_an_erasure_can_be_erased_too(story: Story) -> None:
    removes(story, "office", Erasure(1, "title"), reason="写有学生李小明的姓名")
    removes(story, "secretary", Erasure(1, "title"))
    seq = story.case(CASE).revision - 1
    removes(story, "discipline_commissioner", Erasure(seq, "comment"))
    removes(story, "secretary", Erasure(seq, "comment"))
    assert "李小明" not in everything(story)
    assert verified(story).broken == ()


def test_a_text_that_was_blanked_by_hand_is_no_tombstone(story: Story) -> None:
    removes(story, "office", Erasure(1, "title"))
    with story.work() as uow:
        uow.execute(
            text("UPDATE event_text SET text = NULL WHERE seq = 1 AND name = 'title' AND organisation_id > 0")
        )
    assert verified(story).broken[0].what == "text_missing"


@pytest.mark.parametrize(
    ("who", "how", "missing"),
    [
        ("office", Credential.PIN, {"wrong_role", "second_person_needed"}),
        ("secretary", Credential.NONE, {"needs_proof"}),
        ("vice_principal_teaching", Credential.PIN, {"wrong_role"}),
    ],
)
def test_only_another_person_with_proof_confirms(
    story: Story, who: str, how: Credential, missing: set[str]
) -> None:
    removes(story, "office", Erasure(1, "title"))
    with pytest.raises(Refused) as refused:
        removes(story, who, Erasure(1, "title"), credential=how)
    assert set(codes(refused)) == missing
    assert story.case(CASE).title == TITLE


def test_who_asked_cannot_confirm_even_as_secretary(story: Story) -> None:
    removes(story, "secretary", Erasure(1, "title"))
    with pytest.raises(Refused) as refused:
        removes(story, "secretary", Erasure(1, "title"))
    assert codes(refused) == ["second_person_needed"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (Erasure(1, "nothing"), "no_such_text"),
        (Erasure(99, "title"), "no_such_text"),
        (Purge(9), "file_unknown"),
    ],
)
def test_what_is_not_there_is_refused(story: Story, what: Erasure | Purge, code: str) -> None:
    with pytest.raises(Refused) as refused:
        removes(story, "office", what)
    assert codes(refused) == [code]


def digest_of(story: Story) -> str:
    digest = story.case(CASE).evidence[0].digest
    assert digest is not None
    return digest


def finishes(story: Story) -> bool:
    return finish_purge(story.database, story.blobs, story.organisation, story.case(CASE), 1)


def test_a_file_is_cleared_and_its_hash_stays(story: Story) -> None:
    digest = digest_of(story)
    removes(story, "office", Purge(1))
    assert removes(story, "discipline_commissioner", Purge(1)).is_done
    killed_here = verified(story).broken
    assert finishes(story)
    paper = story.case(CASE).evidence[0]
    assert (killed_here, verified(story).broken) == ((), ())
    assert (paper.status, paper.digest, story.blobs.holds(story.organisation, digest)) == (
        "purged",
        digest,
        False,
    )
    assert story.case(CASE).standing_evidence == ()


def test_bytes_that_another_paper_needs_stay(story: Story) -> None:
    story.assigns("2026-2", "vice_principal_teaching")
    story.files("vice_principal_teaching", "2026-2", "全体人员名单", About("ledger"))
    removes(story, "office", Purge(1))
    removes(story, "secretary", Purge(1))
    assert finishes(story) is False
    assert story.blobs.holds(story.organisation, digest_of(story))
    assert verified(story).broken == ()


def test_clearing_again_finishes_what_a_kill_interrupted(story: Story) -> None:
    removes(story, "office", Purge(1))
    removes(story, "secretary", Purge(1))
    assert removes(story, "office", Purge(1)).is_done
    assert finishes(story)
    assert finishes(story)


LONG = "学习<b>次数</b>少" * 10
"""A title of more than one line's length, with markup."""


@pytest.fixture
def long_titled(database: Database, tmp_path: Path) -> Story:
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT.replace(TITLE, LONG))
    story.assigns(CASE, "vice_principal_teaching")
    story.run("2026-03-04")
    return story


def test_a_long_title_with_markup_goes_from_sent_messages_too(long_titled: Story) -> None:
    story, quote = long_titled, quoted(LONG).removesuffix(ELLIPSIS)
    assert quote in sent(story)
    removes(story, "office", Erasure(1, "title"))
    removes(story, "secretary", Erasure(1, "title"))
    assert [piece for piece in (quote, quote[:20], LONG[:20]) if piece in sent(story)] == []


def test_a_text_is_looked_for_in_every_form_that_messages_give_it() -> None:
    said = "请<b>看</b>\n" * 30
    whole = one_line(said)
    assert {said.rstrip(), whole, quoted(whole, 999), quoted(said)[:-1], quoted(said, 120)[:-1]} <= {
        form.rstrip() for form in forms_of(said)
    }
    assert forms_of("短") == []


def sent(story: Story) -> str:
    with story.look() as uow:
        return repr(uow.execute(text("SELECT subject, body FROM attempt WHERE organisation_id > 0")).all())
