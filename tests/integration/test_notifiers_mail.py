"""What arrives on a real SMTP server, and what each of its reply codes means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.ports import Letter, Outcome
from notifiers.mail import Mail
from tests.kit.servers import SmtpServer, refusing, smtp_server

# apprise imports `imghdr` for a PGP library that may be there; Python 3.13 has dropped that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

LONG_SUBJECT = "【督办】关于“三会一课”制度落实不够规范问题的整改措施已超过时限2天，请尽快提交佐证材料 🙂" * 3


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


def letter(address: str, **changed: str) -> Letter:
    fields = {"subject": "提醒", "text": "正文", "message_id": "delivery-17@zhenggai.example"} | changed
    return Letter(address=address, recipient="lin", **fields)


def test_subject_body_and_mailboxes_arrive_as_written(server: SmtpServer) -> None:
    text = "林校长：\n\n  第27项 · 10月19日，周一，还有3天\n.一行以点开头\n<b>不是HTML</b> &amp; 𠮷 🙂\n"

    Mail().send(letter(server.address("lin@school.example"), subject=LONG_SUBJECT, text=text))

    (arrived,) = server.received
    assert arrived.subject == LONG_SUBJECT
    assert text == arrived.text
    assert arrived.message["Content-Type"] == 'text/plain; charset="utf-8"'
    assert (arrived.sender, arrived.recipients) == ("office@school.example", ("lin@school.example",))
    assert arrived.message["To"] == "lin@school.example"
    assert arrived.message["Auto-Submitted"] == "auto-generated"


def test_the_message_id_stays_the_same_over_all_attempts(server: SmtpServer) -> None:
    for _ in range(2):
        Mail().send(letter(server.address()))

    ids = [arrived.message.get_all("Message-ID") for arrived in server.received]
    assert ids == [["<delivery-17@zhenggai.example>"]] * 2


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("<a@b.example>", "<a@b.example>"),
        ("delivery-17", "<delivery-17@zhenggai.invalid>"),
        ("?.a..b@c@d.", "<-.a-.b@c-d>"),
        ("", "<letter@zhenggai.invalid>"),
        ("a\r\nBcc: spy@evil.example", "<a--Bcc--spy@evil.example>"),
    ],
)
def test_a_message_id_is_made_fit_for_a_header(server: SmtpServer, given: str, sent: str) -> None:
    Mail().send(letter(server.address(), message_id=given))

    assert sent == server.received[0].message["Message-ID"]
    assert server.received[0].message["Bcc"] is None


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "plain",
        "x" * 1200,
        "提 醒 " * 100 + "🙂",
        "é 三 é" * 80,
        "=?utf-8?q?not_encoded?=",
        "\u202e反\u200d👨\u200d👩 @all <b>",
        "tab\x01and\x7fbell\x07",
    ],
)
def test_a_strange_subject_arrives_as_it_is(server: SmtpServer, subject: str) -> None:
    answer = Mail().send(letter(server.address(), subject=subject))

    assert answer.outcome == Outcome.SENT
    assert server.received[0].subject == subject.strip()


def test_a_subject_cannot_smuggle_a_header(server: SmtpServer) -> None:
    Mail().send(letter(server.address(), subject="提醒\r\nBcc: spy@evil.example"))

    assert server.received[0].subject == "提醒 Bcc: spy@evil.example"
    assert server.received[0].message["Bcc"] is None


@pytest.mark.parametrize(
    ("status", "stage", "outcome", "code"),
    [
        (550, "rcpt", Outcome.GIVE_UP, "recipient_refused"),
        (450, "rcpt", Outcome.TRY_AGAIN, "recipient_refused_for_now"),
        (421, "rcpt", Outcome.TRY_AGAIN, "recipient_refused_for_now"),
        (554, "data", Outcome.GIVE_UP, "refused"),
        (452, "data", Outcome.TRY_AGAIN, "refused_for_now"),
    ],
)
def test_the_reply_code_decides(
    server: SmtpServer, status: int, stage: str, outcome: Outcome, code: str
) -> None:
    server.behaviour = refusing(status, stage=stage)

    answer = Mail().send(letter(server.address()))

    assert (outcome, code) == (answer.outcome, answer.code)
    assert {"scheme": "mailto", "status": status} == answer.facts


def test_a_login_that_the_server_refuses_gives_up() -> None:
    with smtp_server(login="office:right") as server:
        answer = Mail().send(letter(server.address(login="office:wrong")))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "login_refused")


def test_mail_that_must_be_encrypted_does_not_leave_in_clear(server: SmtpServer) -> None:
    answer = Mail().send(letter(server.address(scheme="mailtos")))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "not_supported")
    assert server.received == []


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("", "recipient_missing"),
        ("/not-a-mailbox", "recipient_wrong"),
        ("/a@b.example,c@d.example", "several_recipients"),
        ("/a@b.example/c@d.example", "several_recipients"),
        ("/a@b.example?cc=c@d.example", "several_recipients"),
        ("/a@b.example?bcc=c@d.example", "several_recipients"),
        ("/a@b.example?pgp=encrypt", "pgp_unsupported"),
    ],
)
def test_an_address_names_exactly_one_mailbox(server: SmtpServer, tail: str, reason: str) -> None:
    separator = "&" if "?" in tail else "?"
    address = f"mailto://127.0.0.1:{server.port}{tail}{separator}from=office@school.example"

    answer = Mail().send(letter(address))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "address_wrong")
    assert {"reason": reason} == answer.facts
    assert server.attempts == 0


def test_text_that_is_not_unicode_is_the_letters_fault(server: SmtpServer) -> None:
    answer = Mail().send(letter(server.address(), text="\ud800"))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "letter_wrong")
