"""What nobody could do any more, told to a program that embeds the engine, in a trial as for good."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.embed import EmbeddedHome, open_home
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
