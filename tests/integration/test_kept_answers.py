"""Answers kept under keys: given again for a month, then let go; a text that is erased leaves them too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from engine.core.erasing import Erasure
from engine.errors import Conflict
from engine.services.erasing import erase
from engine.services.forgetting import KEPT, Forgotten, forget_old
from engine.store.database import Database
from engine.store.idempotency import Answered, Question, ask, remember
from engine.text.quoting import cut, one_line
from tests.kit.reports import TEXT
from tests.kit.stories import Story

CAST = ("secretary", "office", "discipline_commissioner", "vice_principal_teaching")
CASE, WHO = "2026-1", "person:1:pin"
TITLE, SHORT = "学习次数少", "短句"
LONG = "请“李小明”\n每周检查，" * 40


@pytest.fixture
def story(database: Database, tmp_path: Path) -> Iterator[Story]:
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT)
    yield story


def keeps(story: Story, key: str, answer: dict[str, Any]) -> None:
    with story.work() as uow:
        remember(uow, Question(story.organisation, WHO, key, "digest"), answer, story.now)


def kept(story: Story) -> dict[str, Any]:
    with story.look() as uow:
        rows = uow.execute(text("SELECT key, answer FROM idempotency WHERE organisation_id > 0")).all()
    return {row.key: json.loads(row.answer) for row in rows}


def asks(story: Story, key: str, digest: str = "digest") -> dict[str, Any] | None:
    """The answer that the key has, None where it is free."""
    with story.work() as uow:
        try:
            ask(uow, Question(story.organisation, WHO, key, digest))
            uow.settle_question()
        except Answered as found:
            return dict(found.answer)
    return None


def erases(story: Story, seq: int, name: str) -> None:
    for who in ("office", "secretary"):
        with story.work() as uow:
            erase(uow, story.person(who), CASE, Erasure(seq, name), "写有学生姓名", story.now)


# -- a month


def test_a_tick_lets_an_answer_go_after_thirty_days_and_no_sooner(story: Story) -> None:
    begun = story.now
    keeps(story, "old", {"n": 1})
    story.now = begun + timedelta(days=10)
    keeps(story, "young", {"n": 2})
    story.now = begun + KEPT
    assert (story.tick().forgotten, asks(story, "old")) == (Forgotten(0), {"n": 1})
    story.now += timedelta(seconds=1)
    assert (story.tick().forgotten, sorted(kept(story))) == (Forgotten(1), ["young"])


def test_afterwards_the_key_is_free_for_anything(story: Story) -> None:
    keeps(story, "k", {"n": 1})
    with pytest.raises(Conflict):
        asks(story, "k", "another")
    forget_old(story.database, story.now + KEPT + timedelta(days=1))
    assert asks(story, "k", "another") is None


def test_many_go_in_batches_and_the_oldest_first(story: Story) -> None:
    for number in range(5):
        keeps(story, f"k{number}", {})
        story.now += timedelta(days=1)
    # On that day the first three are older than thirty days.
    assert forget_old(story.database, story.now + KEPT - timedelta(days=2), batch=2) == Forgotten(3)
    assert sorted(kept(story)) == ["k3", "k4"]


def test_where_nothing_is_due_it_costs_one_statement(story: Story) -> None:
    for number in range(20):
        keeps(story, f"k{number}", {})
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(story.database.engine, "before_cursor_execute", note)
    forget_old(story.database, story.now)
    event.remove(story.database.engine, "before_cursor_execute", note)
    assert [sql.split()[0] for sql in seen if not sql.startswith("BEGIN")] == ["DELETE"]


# -- what is erased


def test_an_erased_text_leaves_the_answers_and_the_key_stays_used(story: Story) -> None:
    said = {"data": {"case": CASE, "title": TITLE}, "lines": [f"{CASE} {TITLE}，已分派"], "exit_code": 0}
    keeps(story, "about", said)
    keeps(story, "listing", {"data": {"cases": [{"title": f"“{TITLE}”"}]}, "lines": [], "exit_code": 0})
    keeps(
        story,
        "other",
        {"data": {"case": "2026-2", "title": "党课不落实"}, "lines": ["党课不落实"], "exit_code": 0},
    )
    before = kept(story)
    erases(story, 1, "title")
    after = kept(story)
    assert TITLE not in json.dumps(after, ensure_ascii=False)
    assert (after["other"], after["about"]["data"]["case"]) == (before["other"], CASE)
    assert asks(story, "about") == after["about"]
    with pytest.raises(Conflict):
        asks(story, "about", "another")


def test_every_form_goes_quoted_broken_and_cut(story: Story) -> None:
    with story.work() as uow:
        uow.execute(
            text(
                "UPDATE event_text SET text = :said WHERE name = 'title' AND seq = 1 AND organisation_id > 0"
            ),
            {"said": LONG},
        )
    lines = [f"1. {cut(one_line(LONG), 200)}，1份", f"《{one_line(LONG)}》"]
    keeps(story, "k", {"data": {"title": LONG, "row": {"said": f"<{LONG}>"}}, "lines": lines, "exit_code": 0})
    erases(story, 1, "title")
    assert "李小明" not in json.dumps(kept(story), ensure_ascii=False)
    assert "每周检查" not in json.dumps(kept(story), ensure_ascii=False)


def test_a_text_too_short_to_look_for_goes_with_its_line_where_the_case_is_told_of(story: Story) -> None:
    with story.work() as uow:
        uow.execute(
            text(
                "UPDATE event_text SET text = :said WHERE name = 'title' AND seq = 1 AND organisation_id > 0"
            ),
            {"said": SHORT},
        )
    told = {"data": {"case": CASE, "title": SHORT, "state": "assigned"}, "lines": [f"标题{SHORT}", "已分派"]}
    keeps(story, "about", told)
    keeps(story, "other", {"data": {"case": "2027-5"}, "lines": [f"标题{SHORT}"]})
    erases(story, 1, "title")
    after = kept(story)
    assert (after["about"]["data"]["state"], after["about"]["lines"][1]) == ("assigned", "已分派")
    assert SHORT not in json.dumps(after["about"], ensure_ascii=False)
    assert SHORT in json.dumps(after["other"], ensure_ascii=False)
