"""Programs that embed the engine: a text that no database keeps is refused at the door, on both of them alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from engine.embed import About, Desk, EmbeddedHome, open_home
from engine.errors import WrongUsage
from tests.kit.databases import MONDAY, Databases

BAD = ["a\0b", "字\ud800"]
VERBS: list[Callable[[Desk, str], object]] = [
    lambda desk, word: desk.open_issue("2026", word),
    lambda desk, word: desk.open_issue("2026", "题目", measures=[word]),
    lambda desk, word: desk.open_issue("2026", "题目", fields={"place": word}),
    lambda desk, word: desk.add_person(word),
    lambda desk, word: desk.do("2026-1", "plan", comment=word),
    lambda desk, word: desk.attach("2026-1", word, about=About(kind=word)),
]


@pytest.fixture
def home(databases: Databases, backend: str, tmp_path: Path) -> Iterator[EmbeddedHome]:
    with (
        databases.fresh_url(backend) as url,
        open_home(tmp_path, database_url=url, clock=lambda: MONDAY) as home,
    ):
        home.init("青石桥小学")
        with home.acting() as desk:
            desk.add_inspection(date(2026, 2, 2))
            desk.open_issue("2026", "题目")
        yield home


@pytest.mark.parametrize("word", BAD)
def test_what_cannot_be_kept_is_refused_by_every_verb(home: EmbeddedHome, word: str) -> None:
    told = []
    for verb in VERBS:
        with pytest.raises(WrongUsage) as wrong, home.acting() as desk:
            verb(desk, word)
        told.append((wrong.value.code, wrong.value.exit_code))
    with pytest.raises(WrongUsage) as wrong:
        home.show(word)
    assert [("text_unreadable", 2)] * len(VERBS) == told
    assert "text_unreadable" == wrong.value.code
    assert ["2026-1"] == [row.case.key for row in home.ledger()]


def test_a_title_that_nobody_sees_is_none(home: EmbeddedHome) -> None:
    with pytest.raises(WrongUsage, match="title_wrong"), home.acting() as desk:
        desk.open_issue("2026", "\u200b\u202e")
