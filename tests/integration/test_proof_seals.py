"""A seal leaves the database: once a month by itself, to the secretary and into a file beside it."""

from __future__ import annotations

import json
from pathlib import Path

from engine.core.seals import read_seal
from engine.services.messages import seal_letters
from engine.services.sealing import all_lines, seal_months
from engine.store.database import Database
from engine.store.seal_book import keep_lines
from tests.integration.test_store_worlds import counted
from tests.kit.cli import new_home
from tests.kit.databases import MONDAY, Home
from tests.kit.reports import TEXT
from tests.kit.stories import Story, local

CAST = ("secretary", "office", "discipline_commissioner")


def letters_of(story: Story) -> list[tuple[str, str]]:
    return [(row.to, row.letter.text) for row in story.letters if row.category == "system"]


def test_the_secretary_gets_the_line_once_a_month(database: Database, tmp_path: Path) -> None:
    story = Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    story.imports(TEXT)
    sealed = []
    for day in ("2026-03-30", "2026-04-01", "2026-04-02", "2026-05-06", "2026-05-07"):
        made = seal_months(database, local(day, "09:00"))
        story.at(day, "09:00").tick()
        sealed.append(made.sealed)
    assert sealed == [0, 1, 0, 1, 0]
    lines = all_lines(database)
    assert [(to, line in body) for (to, body), line in zip(letters_of(story), lines, strict=True)] == [
        ("secretary", True),
        ("secretary", True),
    ]


def test_the_letter_with_the_seal_stands_among_the_messages(database: Database, tmp_path: Path) -> None:
    story = Story.begin(database, tmp_path, "2026-03-30", cast=CAST)
    story.imports(TEXT)
    seal_months(database, local("2026-04-01", "09:00"))
    with story.look() as uow:
        theirs = {
            who: seal_letters(uow, story.organisation, story.people[who]) for who in ("secretary", "office")
        }
        everybody = seal_letters(uow, story.organisation)
    assert [(row.delivery.day.isoformat(), row.delivery.category) for row in everybody] == [
        ("2026-04-01", "system")
    ]
    assert (theirs["secretary"], theirs["office"]) == (everybody, [])


def test_asking_who_is_due_is_one_statement_for_any_number_of_schools(home: Home) -> None:
    """A district with two schools, where nobody is due yet."""
    home.open_issue()
    with counted(home.database) as seen:
        assert seal_months(home.database, MONDAY).sealed == 0
    assert [text.split()[0] for text in seen if not text.startswith(("BEGIN", "PRAGMA"))] == ["SELECT"]


def test_a_home_without_cases_is_not_sealed(database: Database, tmp_path: Path) -> None:
    Story.begin(database, tmp_path, "2026-03-02", cast=CAST)
    assert seal_months(database, local("2026-05-06", "09:00")).sealed == 0


def test_the_book_gets_each_line_once_and_whole(tmp_path: Path) -> None:
    keep_lines(tmp_path, ["one", "two"])
    book = tmp_path / "seals.txt"
    book.write_text(book.read_text("utf-8") + "thr", encoding="utf-8")  # killed in the middle of a line
    keep_lines(tmp_path, ["one", "two", "three"])
    assert book.read_text("utf-8").splitlines() == ["one", "two", "thr", "three"]


def test_seal_and_verify_on_the_command_line(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    before = home("verify", "--json")
    seal = home("seal", "--json")
    line = seal.data["line"]
    book = (home.home / "seals.txt").read_text("utf-8").splitlines()
    whole = home("verify", "--seal", line, "--json")
    by_file = home("verify", "--seal", str(home.home / "seals.txt"))
    assert (before.code, before.data["organisations"][0]["seals"]) == (0, 0)
    assert (book, read_seal(line)) == ([line], read_seal(f"zhenggai-seal main #1 {seal.data['digest']}"))
    assert (whole.code, whole.data["organisations"][0]["is_outside_copy_compared"]) == (0, True)
    assert (by_file.code, "没有用库外" in by_file.out) == (0, False)
    assert "没有用库外留存的封存码核对" in home("verify").out
    assert home("verify", "--seal", "nothing").code == 2
    other = home("verify", "--seal", "#1 0000000000000000")
    assert (other.code, "第一处是：和库外留存的封存码不一致（第1次封存）。" in other.out) == (7, True)


def test_a_broken_case_is_named_in_words_and_in_json(tmp_path: Path) -> None:
    import sqlite3

    home = new_home(tmp_path / "home")
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE event SET payload = '{}' WHERE case_id = 2 AND seq = 3")
    said, told = home("verify"), home("verify", "--case", "2026-2", "--json")
    assert (said.code, told.code) == (7, 7)
    assert "第一处是：事项 2026-2第3条经过，办理内容被改动。" in said.out
    first = told.data["organisations"][0]["first"]
    assert (first["what"], first["case"], first["seq"]) == ("payload_changed", "2026-2", 3)
    assert home("verify", "--case", "2026-1").code == 0
    assert home("verify", "--case", "2026-9").code == 6
    assert json.loads(told.out)["is_whole"] is False
