"""What nobody could do any more, told to a program that embeds the engine, in a trial as for good; what it saw holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.embed import Desk, EmbeddedHome, open_home
from engine.errors import Conflict, WrongUsage
from tests.kit.databases import MONDAY

CASE = "2026-1"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[EmbeddedHome]:
    with closing(open_home(tmp_path / "home", clock=lambda: MONDAY)) as home:
        home.init("青石桥小学", is_demo=True)
        with home.acting() as office:
            for name, post in (("丁", "vice_principal_teaching"), ("书", "secretary"), ("纪", "office")):
                office.add_person(name, post)
            office.appoint("纪", "discipline_commissioner")
            office.add_inspection(MONDAY.date())
            office.open_issue("2026", "学习次数少", measures=("每月学习",))
            office.assign(CASE, "丁")
        yield home


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_only_verifier_who_puts_in_a_paper_is_warned(home: EmbeddedHome, dry_run: bool) -> None:
    with home.acting("纪", dry_run=dry_run) as desk:
        assert ["only_verifier_owns"] == [row.code for row in desk.attach(CASE, "会议记录").warnings]


WORDS: list[Callable[[Desk, str], object]] = [
    lambda desk, digest: desk.approve("2026-1-R1", digest=digest),
    lambda desk, digest: desk.send_back("2026-1-R1", comment="请补充每项措施的具体完成时限", digest=digest),
]


@pytest.mark.parametrize("word", WORDS)
def test_a_request_is_decided_only_as_it_was_seen(
    home: EmbeddedHome, word: Callable[[Desk, str], object]
) -> None:
    with home.acting("丁") as owner:
        owner.do(CASE, "plan")
    seal = home.waiting()[0].request.seal
    with pytest.raises(Conflict, match="request_changed"), home.acting("书") as secretary:
        word(secretary, "0" * 64)
    with home.acting("书") as secretary:
        word(secretary, seal)
    assert home.waiting() == []


def test_a_key_that_is_empty_is_refused(home: EmbeddedHome) -> None:
    with pytest.raises(WrongUsage, match="key_empty"):
        home.once("", {}, lambda desk: {})
