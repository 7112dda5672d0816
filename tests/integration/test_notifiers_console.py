"""The console shows a letter on whatever terminal there is, and tells when it cannot."""

from __future__ import annotations

import io

import pytest

from engine.core.ports import Letter, Outcome
from notifiers.console import Console

LETTER = Letter(
    address="console://",
    recipient="lin",
    subject="提醒",
    text="第一行\n第二行 🙂",
    message_id="delivery-17@zhenggai.example",
)


def console(encoding: str) -> tuple[io.BytesIO, io.TextIOWrapper]:
    raw = io.BytesIO()
    return raw, io.TextIOWrapper(raw, encoding=encoding, newline="\n")


def test_a_letter_is_shown_whole() -> None:
    raw, stream = console("utf-8")

    answer = Console(stream=stream).send(LETTER)

    rule = "-" * 60
    assert f"{rule}\n-> lin\n提醒\n\n第一行\n第二行 🙂\n{rule}\n" == raw.getvalue().decode()
    assert (answer.outcome, answer.code) == (Outcome.SENT, "accepted")


@pytest.mark.parametrize(
    ("encoding", "line"),
    [("gbk", "第二行 \\U0001f642"), ("ascii", "\\u7b2c\\u4e8c\\u884c \\U0001f642")],
)
def test_what_the_console_cannot_show_is_escaped(encoding: str, line: str) -> None:
    raw, stream = console(encoding)

    assert Console(stream=stream).send(LETTER).outcome == Outcome.SENT
    assert line in raw.getvalue().decode(encoding)


def test_a_lone_surrogate_does_not_break_a_utf_8_console() -> None:
    raw, stream = console("utf-8")

    Console(stream=stream).send(Letter("console://", "lin", "\ud800", "", "x"))

    assert "\\ud800" in raw.getvalue().decode()


def test_text_cannot_steer_the_terminal() -> None:
    raw, stream = console("utf-8")

    Console(stream=stream).send(Letter("console://", "lin", "\x1b[2Jclear\x9b", "a\tb\r", "x"))

    assert "\\x1b[2Jclear\\x9b\n\na\tb\\x0d" in raw.getvalue().decode()


def test_by_default_it_prints_where_standard_output_goes_now(capsys: pytest.CaptureFixture[str]) -> None:
    Console().send(LETTER)

    assert "第一行" in capsys.readouterr().out


def test_a_stream_without_encoding_is_taken_as_unicode() -> None:
    stream = io.StringIO()

    Console(stream=stream).send(LETTER)

    assert "第一行" in stream.getvalue()


def test_a_closed_console_is_tried_again() -> None:
    _, stream = console("utf-8")
    stream.close()

    answer = Console(stream=stream).send(LETTER)

    assert (answer.outcome, answer.code) == (Outcome.TRY_AGAIN, "console_closed")


def test_another_scheme_is_a_wrong_address() -> None:
    answer = Console(stream=io.StringIO()).send(Letter("json://x", "lin", "", "", "x"))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "address_wrong")
