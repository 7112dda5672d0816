"""What messages say of requests: each tells of its own request and decision, never of what was asked since."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engine.core.world import MakeMove
from engine.services.decisions import Word, decide_together
from engine.services.moves import make_move
from tests.kit.databases import OWNER, Home
from tests.kit.running import Running
from tests.kit.verbs import do

LATER = "时间不够，需要延期办理"
MISSING = "方案缺少责任人和时限，请补充"
PROGRESS = {"progress": "已经完成了一半的工作"}


@pytest.fixture
def running(home: Home) -> Running:
    """The plan of an issue waits for a decision, and nothing was sent yet."""
    running = Running(home).at("2026-03-02", "19:00")
    home.open_issue(due=date(2026, 4, 10))
    running.assign("2026-1", OWNER, "2026-04-10")
    running.move(OWNER, "2026-1", "plan")
    return running


def decided(running: Running, verdict: str, comment: str = "") -> None:
    word = Word(["2026-1-R1"], verdict, comment)
    do(running.home, decide_together, running.home.principal("secretary"), word, now=running.now)


def extension_asked(running: Running) -> None:
    facts = {"kind": "rectify", "due": "2026-05-08"}
    asked = MakeMove("extend", facts, LATER, texts=PROGRESS)
    do(running.home, make_move, running.home.principal(OWNER), "2026-1", asked, now=running.now)


def letter_to_the_owner(running: Running) -> list[str]:
    running.at("2026-03-03", "09:00").tick()
    return [
        line for row in running.postman.letters if row.recipient == OWNER for line in row.text.splitlines()
    ]


def test_an_approval_names_the_move_that_was_approved(running: Running) -> None:
    decided(running, "approve")
    running.now += timedelta(minutes=1)
    extension_asked(running)
    (told,) = (line for line in letter_to_the_owner(running) if "已通过" in line and "“报" in line)
    assert "“报整改方案”已通过" in told


def test_a_return_names_its_own_request_and_the_reason_of_the_decision(running: Running) -> None:
    decided(running, "return", MISSING)
    extension_asked(running)
    (told,) = (line for line in letter_to_the_owner(running) if "已退回" in line)
    assert "“报整改方案”已退回" in told
    assert MISSING.rstrip("。") in told
    assert LATER not in told


def test_whoever_asks_is_never_asked_to_approve(running: Running) -> None:
    decided(running, "return", MISSING)
    extension_asked(running)
    lines = letter_to_the_owner(running)
    assert any("已分派给您" in line for line in lines)
    assert [] == [line for line in lines if "审批" in line or LATER in line]
