"""A text field that comes with a move that needs approval: erasable, sealed, and given to the move once approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.core.case import Request
from engine.core.erasing import Erasure
from engine.core.history import Event
from engine.core.refusal import Refused
from engine.core.sealing import with_texts
from engine.services.decisions import withdraw
from engine.services.erasing import erase
from engine.services.overriding import Overlay, override
from engine.store.database import Database
from engine.store.histories import history
from tests.kit.reports import TEXT
from tests.kit.stories import Story
from tests.kit.worlds import vocabulary

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching")
CASE, OWNER = "2026-1", "vice_principal_teaching"
OVERLAY = "fields:\n  means: {label: 整改办法, type: text}\nmoves:\n  plan:\n    sets: [means]\n"
MEANS = "由李小明每周检查一次"


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    """A school whose plan says by what means."""
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    overlay = Overlay("workflow", "rectification", OVERLAY, "overlay.yaml")
    with story.work() as uow:
        override(uow, "school", overlay, vocabulary(), story.now)
    story.imports(TEXT)
    story.assigns(CASE, OWNER)
    story.does(OWNER, CASE, "plan", comment="请审阅", means=f" {MEANS} ")
    yield story


def requested(story: Story) -> Event:
    with story.look() as uow:
        return next(row for row in history(uow, story.case(CASE).id) if row.type == "requested")


def request_of(story: Story, number: int = 1) -> Request:
    found = story.case(CASE).request(number)
    assert found is not None
    return found


def erases(story: Story, event: Event | int, name: str) -> None:
    seq = event if isinstance(event, int) else event.seq
    for who in ("office", "secretary"):
        with story.work() as uow:
            erase(uow, story.person(who), CASE, Erasure(seq, name), "写有学生姓名", story.now)


def everything(story: Story) -> str:
    """All that the database holds of the case in words."""
    names = ("event", "event_text", "request", "case_file", "attempt", "notice")
    with story.look() as uow:
        rows = [uow.execute(text(f"SELECT * FROM {name} WHERE organisation_id > 0")).all() for name in names]
    return repr(rows)


def test_it_is_a_text_of_the_request_and_not_in_what_is_hashed(story: Story) -> None:
    event = requested(story)
    assert (event.payload["params"], event.payload["sealed_texts"]) == ({}, ["means"])
    assert event.texts == {"comment": "请审阅", "means": MEANS}
    assert MEANS not in event.payload_json + event.header
    assert (dict(request_of(story).params), dict(request_of(story).texts)) == ({}, {"means": MEANS})
    assert (story.broken(CASE), story.proves()) == ([], True)


def test_the_request_is_sealed_to_it(story: Story) -> None:
    event, request = requested(story), request_of(story)
    assert request.seal == with_texts(event.payload["seal"], {"means": event.payload["texts"]["means"]})
    assert request.seal != event.payload["seal"]


def test_it_is_given_to_the_move_once_that_is_approved(story: Story) -> None:
    assert story.case(CASE).texts.get("means") is None
    story.decides("secretary", CASE)
    assert (story.case(CASE).state, story.case(CASE).texts["means"]) == ("planned", MEANS)
    assert (story.broken(CASE), story.proves()) == ([], True)


def test_an_empty_one_clears_the_field(story: Story) -> None:
    story.decides("secretary", CASE)
    story.does("secretary", CASE, "return_plan", comment="措施还要写得更具体一些")
    story.does(OWNER, CASE, "plan", means="")
    story.decides("secretary", CASE)
    assert (story.case(CASE).state, story.case(CASE).texts["means"]) == ("planned", "")
    assert story.proves()


def test_erased_while_it_waits_the_request_is_stale_at_once(story: Story) -> None:
    erases(story, requested(story), "means")
    assert (request_of(story).status, dict(request_of(story).texts)) == ("stale", {"means": None})
    told = {person for row in story.told(CASE) if row.notice.rung == "stale" for person in row.waits_to_tell}
    assert told == {story.people[OWNER], story.people["secretary"]}
    with pytest.raises(Refused) as refused:
        story.decides("secretary", CASE)
    assert "request_not_pending" in refused.value.refusals.codes
    assert MEANS not in everything(story)
    assert (story.broken(CASE), story.proves()) == ([], True)


def test_the_comment_may_go_and_the_request_stays(story: Story) -> None:
    erases(story, requested(story), "comment")
    assert request_of(story).status == "pending"
    story.decides("secretary", CASE)
    assert story.case(CASE).texts["means"] == MEANS


def tombstones(story: Story) -> set[tuple[int, str]]:
    with story.look() as uow:
        erased = [row for row in history(uow, story.case(CASE).id) if row.type == "text_erased"]
    return {(row.payload["seq"], row.payload["name"]) for row in erased}


@pytest.mark.parametrize("which", [0, 1])
def test_erased_afterwards_it_is_gone_from_every_row_and_the_seal_stays(story: Story, which: int) -> None:
    story.decides("secretary", CASE)
    before = request_of(story).seal
    with story.look() as uow:
        events = history(uow, story.case(CASE).id)
    held = [row for row in events if MEANS in row.texts.values()]
    assert [row.type for row in held] == ["requested", "texts_edited"]
    erases(story, held[which], "means")
    assert MEANS not in everything(story)
    assert tombstones(story) == {(row.seq, "means") for row in held}
    assert (request_of(story).status, request_of(story).seal) == ("approved", before)
    assert (story.case(CASE).texts["means"], story.proves()) == (None, True)


def test_what_stands_against_it_is_told_when_it_is_asked(story: Story) -> None:
    with story.work() as uow:
        withdraw(uow, story.person(OWNER), f"{CASE}-R1", story.now)
    with pytest.raises(Refused) as refused:
        story.does(OWNER, CASE, "plan", means="很" * 2001)
    assert refused.value.refusals.codes == ("field_too_long",)


def test_another_text_of_that_name_stays(story: Story) -> None:
    story.decides("secretary", CASE)
    story.does("secretary", CASE, "return_plan", comment="措施还要写得更具体一些")
    story.does(OWNER, CASE, "plan", means="由教研组每月检查一次")
    erases(story, requested(story), "means")
    assert (request_of(story).texts["means"], request_of(story, 2).texts["means"]) == (
        None,
        "由教研组每月检查一次",
    )
    assert request_of(story, 2).status == "pending"
    assert (story.broken(CASE), story.proves()) == ([], True)


def test_a_request_that_waits_with_the_same_words_loses_them_and_is_stale(story: Story) -> None:
    story.decides("secretary", CASE)
    story.does("secretary", CASE, "return_plan", comment="措施还要写得更具体一些")
    story.does(OWNER, CASE, "plan", means=MEANS)
    erases(story, requested(story), "means")
    assert request_of(story, 2).status == "stale"
    assert MEANS not in everything(story)
    assert (story.broken(CASE), story.proves()) == ([], True)
