"""Nothing that people wrote, and no name, is in what is hashed: payloads hold ids, keys, numbers and dates (law 11)."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.core.fold import EVENT_TYPES
from engine.core.register import REGISTER
from engine.store.register_rows import OF_ORGANISATIONS, OF_THE_HOME
from tests.kit.cli import CLERK, COMMISSIONER, LEADER, SECRETARY, new_home
from tests.kit.commands import EXAMPLES, SECOND, SIGNED, Words, ready
from tests.kit.demonstration import ZONE, play_demo

Payloads = list[tuple[str, dict[str, Any]]]
HAN = re.compile("[\u4e00-\u9fff]")
NAMED = {("case_opened", "fields", "label"), ("case_opened", "fields", "group")}
"""What a duty is called in its file: a word of the organisation's definitions, not of a person."""
NAMES = ("someone-by-name", "qianwu")
"""What is typed in Latin letters: the key and the address of a person."""
OVERLAY = "moves:\n  start:\n    guards:\n      - measures_at_least: {count: 1}\n"
TODAY = datetime.now(ZONE).date()
OUTSIDE = IN_CHARGE = "union_chair"


def payloads(database: Path) -> Payloads:
    """What was hashed in a home: of its cases, and of its registers."""
    register = f"SELECT '{REGISTER} ' || type, payload FROM register_event"
    both = f"SELECT type, payload FROM event UNION ALL {register}"
    rows = sqlite3.connect(database).execute(both).fetchall()
    return [(kind, json.loads(payload)) for kind, payload in rows]


def wordy(folder: Path) -> Payloads:
    """A home where everybody says as much as they may in every command that has something to say."""
    home = new_home(folder / "home")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4 scan")
    (folder / "names.txt").write_text("甲、乙、丙", encoding="utf-8")
    (folder / "overlay.yaml").write_text(OVERLAY, encoding="utf-8")
    for step in steps(str(folder / "scan.pdf"), str(folder / "names.txt"), str(folder / "overlay.yaml")):
        said = home(*step)
        assert said.code == 0, (step, said)
    return payloads(home.database)


def steps(scan: str, paper: str, overlay: str) -> Iterator[Words]:
    yield from posts()
    yield from planning(scan)
    yield from papers(paper)
    yield from proposals(scan)
    yield ("override", "workflow", "rectification", overlay)
    yield ("migrate-cases", "rectification", "--as", CLERK)
    yield from rolls()


def posts() -> Iterator[Words]:
    address = f"mailto://{NAMES[0]}@example.org"
    yield ("people", "add", "钱五", "--post", OUTSIDE, "--person", NAMES[1], "--channel", address)
    yield ("people", "link", NAMES[1], "--name", "某不识")
    later = (TODAY + timedelta(days=30)).isoformat()
    planned = ("people", "handover", OUTSIDE, "--from", NAMES[1], "--to", CLERK, "--on", later)
    yield planned
    yield (*planned, "--withdraw")


def planning(scan: str) -> Iterator[Words]:
    """The first issue: assigned, worded anew, planned, laid into a bundle, approved on paper and denied."""
    case, request = "2026-1", "2026-1-R1"
    yield ("issue", "edit", case, "--title", "学习不够", "--problem", "全年一次", "--aspect", "党建")
    yield ("assign", case, "--leader", LEADER, "--in-charge", IN_CHARGE, "--comment", "请钱五多费心")
    yield (
        "measure",
        "add",
        case,
        "--text",
        "请钱五每月检查",
        "--leader",
        OUTSIDE,
        "--due",
        TODAY.isoformat(),
    )
    yield ("measure", "edit", case, "1", "--text", "由钱五制定计划")
    yield ("deliverable", "count", case, "--name", "钱五的记录", "--count", "2")
    yield ("do", case, "plan", "--as", LEADER, "--comment", "方案请书记审阅")
    yield ("bundle", "make", "2026", "plan", "--as", CLERK, "--title", "整改方案")
    yield ("bundle", "remove", "2026-B1", case, "--as", CLERK)
    yield ("people", "pin", CLERK, "--pin", "864209")
    signed = ("--as", SECRETARY, "--paper", scan, "--recorder", CLERK, "--pin", "864209")
    yield ("approve", request, *signed, "--comment", "同意，由钱五落实")
    yield ("confirm", request, *SIGNED, "--deny", "--comment", "这不是我签的字，请钱五重报")
    yield ("measure", "done", case, "1", "--as", LEADER)


def papers(paper: str) -> Iterator[Words]:
    """What is attached, and what is erased and cleared again."""
    case = "2026-1"
    offline = ("--box", "七号柜", "--keeper", "钱五", "--inspector", "李二", "--kind", "minutes")
    yield ("evidence", "add", case, "--offline", "谈话记录", *offline, "--as", LEADER)
    yield ("evidence", "add", case, "--file", paper, "--as", LEADER)
    for who in (SIGNED, SECOND):
        yield ("erase", case, "--seq", "1", "--text", "title", *who, "--reason", "写有钱五")
        yield ("evidence", "purge", case, "2", *who, "--reason", "写有钱五")


def proposals(scan: str) -> Iterator[Words]:
    """The second issue: the secretary's own, decided by minutes; then more time, passed on when the decider leaves."""
    case = "2026-2"
    yield ("assign", case, "--leader", "secretary", "--comment", "书记牵头")
    yield ("people", "link", COMMISSIONER, "--post", "party_committee")
    yield ("people", "link", CLERK, "--post", "party_committee")
    yield ("do", case, "plan", *SIGNED, "--comment", "请委员会研究")
    meeting = ("--held-on", TODAY.isoformat(), "--of", "2", "--present", "2", "--in-favour", "2")
    yield (
        "approve",
        f"{case}-R1",
        "--as",
        CLERK,
        "--pin",
        "864209",
        "--minutes",
        scan,
        *meeting,
        "--comment",
        "会上钱五列席",
    )
    third = "2026-3"
    yield ("assign", third, "--leader", LEADER)
    yield ("do", third, "plan", "--as", LEADER)
    yield ("people", "link", COMMISSIONER, "--post", "deputy_secretary")
    yield ("people", "end", SECRETARY, "--post", "secretary")
    yield ("tick",)


def rolls() -> Iterator[Words]:
    yield ("duties", "on", "ethics_pledge", "--from", "2026-09-01")
    yield ("tick",)
    yield ("people", "leave", NAMES[1], "--on", (TODAY - timedelta(days=1)).isoformat())
    # Turned off and on again it looks at its roll at once, not only tomorrow.
    yield ("duties", "off", "ethics_pledge")
    yield ("duties", "on", "ethics_pledge", "--from", "2026-09-01")
    yield ("tick",)


def of_register(kind: str) -> bool:
    return kind.startswith(REGISTER)


def words_in(kind: str, value: object, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every piece of a payload that somebody's words are in, with the way to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from words_in(kind, name, *path, "(name)")
            yield from words_in(kind, item, *path, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from words_in(kind, item, *path)
    elif isinstance(value, str) and (HAN.search(value) or any(name in value for name in NAMES)):
        yield (kind, *path), value


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Payloads:
    """What every command, a wordy home and the half-year of the example school leave in their histories."""
    found = wordy(tmp_path_factory.mktemp("wordy"))
    for words in EXAMPLES:
        folder = tmp_path_factory.mktemp("example")
        cli, given = ready(new_home(folder / "home"), folder, words)
        assert cli(*given).code == 0
        found += payloads(cli.database)
    folder = tmp_path_factory.mktemp("demo")
    play_demo(folder, datetime(2026, 11, 23, 15, tzinfo=ZONE))
    return found + payloads(folder / "zhenggai.db")


def test_every_type_of_event_is_looked_at(written: Payloads) -> None:
    assert {kind for kind, _ in written if not of_register(kind)} == EVENT_TYPES


def test_every_table_of_the_register_is_looked_at(written: Payloads) -> None:
    found = {payload["table"] for kind, payload in written if of_register(kind)}
    assert found == {kept.name for kept in (*OF_ORGANISATIONS, *OF_THE_HOME)}


def test_no_payload_holds_a_word_or_a_name(written: Payloads) -> None:
    found = {at for kind, payload in written for at in words_in(kind, payload)}
    assert sorted((path, word) for path, word in found if path not in NAMED) == []


def test_a_word_in_a_payload_would_be_found() -> None:
    payload = {"fields": {"label": "支委会", "place": "钱五家", "数": 1}, "voters": [f"{NAMES[1]}"]}
    assert [path[1:] for path, _ in words_in("fields_set", payload)] == [
        ("fields", "label"),
        ("fields", "place"),
        ("fields", "(name)"),
        ("voters",),
    ]
