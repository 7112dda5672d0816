"""Reminders really leave: from an issue that is assigned to a letter on a mail server and a request at an endpoint."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.cli.entry import main
from tests.kit.reports import TEXT
from tests.kit.servers import http_endpoint, refusing, smtp_server

NEWS = "已分派给您"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """A demo home, whose clock may run ahead; answers with the JSON document of each command."""
    monkeypatch.setenv("ZHENGGAI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ZHENGGAI_DATABASE_URL", raising=False)

    def command(*words: str) -> dict[str, Any]:
        code = main([*words, "--json"])
        said = capsys.readouterr()
        assert code in (0, 8), said.err
        document: dict[str, Any] = json.loads(said.out)
        return document

    command("init", "--demo", "--name", "示例学校")
    (tmp_path / "report.txt").write_text(TEXT, encoding="utf-8")
    command("import", str(tmp_path / "report.txt"))
    return command


def tick_until_told(home: Any) -> date:
    """Tick on the following days until one is a sending day: holidays move with the calendar."""
    day = date.today() + timedelta(days=1)
    for _ in range(15):
        if any(home("tick", "--as-of", day.isoformat())["delivered"].values()):
            return day
        day += timedelta(days=1)
    raise AssertionError("no sending day in two weeks")


def test_an_assignment_arrives_as_a_letter_on_a_mail_server(home: Any) -> None:
    with smtp_server() as server:
        home(
            "people",
            "add",
            "甲某",
            "--post",
            "teaching_director",
            "--title",
            "主任",
            "--channel",
            server.address(),
        )
        home("assign", "2026-1", "--leader", "teaching_director")
        tick_until_told(home)
    (letter,) = [mailed for mailed in server.received if NEWS in mailed.text]
    assert "整改事项：新分派1项整改事项" == letter.subject
    assert ("lin@school.example",) == letter.recipients
    assert "第1项“学习次数少”" in letter.text
    (told,) = [row for row in home("messages", "--case", "2026-1")["messages"] if row["rung"] == "assigned"]
    assert ("sent", "accepted") == (told["state"], told["attempts"][0]["code"])
    assert "@" not in json.dumps(told["attempts"][0]["address"])


def test_an_assignment_arrives_at_an_endpoint_and_not_twice(home: Any) -> None:
    with http_endpoint() as endpoint:
        home("people", "add", "甲某", "--post", "teaching_director", "--channel", endpoint.address())
        home("assign", "2026-1", "--leader", "teaching_director")
        day = tick_until_told(home)
        for later in range(1, 6):
            home("tick", "--as-of", (day + timedelta(days=later)).isoformat())
    assigned = [posted for posted in endpoint.received if NEWS in json.dumps(posted.json, ensure_ascii=False)]
    assert 1 == len(assigned)


def test_what_a_server_refuses_for_good_is_shown_and_not_tried_again(home: Any) -> None:
    with smtp_server(refusing(550)) as server:
        home("people", "add", "甲某", "--post", "teaching_director", "--channel", server.address())
        home("assign", "2026-1", "--leader", "teaching_director")
        day = tick_until_told(home)
        home("tick", "--as-of", (day + timedelta(days=1)).isoformat())
    (told,) = [row for row in home("messages", "--case", "2026-1")["messages"] if row["rung"] == "assigned"]
    assert ("undeliverable", 1) == (told["state"], len(told["attempts"]))
    assert home("status")["undeliverable"] >= 1
