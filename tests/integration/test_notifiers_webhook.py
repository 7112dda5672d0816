"""What arrives at a real HTTP endpoint, and what each of its answers means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from engine.core.ports import Letter, Outcome
from notifiers.through_apprise import ThroughApprise
from tests.kit.servers import Behaviour, HttpEndpoint, http_endpoint, redirecting, refusing

# apprise imports `imghdr` for a PGP library that may be there; Python 3.13 has dropped that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")


@pytest.fixture
def endpoint() -> Iterator[HttpEndpoint]:
    with http_endpoint() as running:
        yield running


def letter(address: str) -> Letter:
    return Letter(
        address=address,
        recipient="lin",
        subject=" 提醒 ",
        text="  正文 :smile: \\n 🙂\n第二行 \n\n",
        message_id="delivery-17@zhenggai.example",
    )


def test_json_arrives_as_written(endpoint: HttpEndpoint) -> None:
    ThroughApprise().send(letter(endpoint.address("/hook/7?a=b")))

    (arrived,) = endpoint.received
    assert (arrived.method, arrived.path) == ("POST", "/hook/7")
    assert arrived.headers["Content-Type"] == "application/json"
    assert arrived.json == {
        "version": "1.0",
        "title": " 提醒 ",
        "message": "  正文 :smile: \\n 🙂\n第二行 \n\n",
        "attachments": [],
        "type": "info",
    }


def test_a_form_arrives_as_written(endpoint: HttpEndpoint) -> None:
    ThroughApprise().send(letter(endpoint.address(scheme="form")))

    (arrived,) = endpoint.received
    assert parse_qs(arrived.body.decode())["message"] == ["  正文 :smile: \\n 🙂\n第二行 \n\n"]


def test_a_repeated_letter_can_be_recognised(endpoint: HttpEndpoint) -> None:
    for _ in range(2):
        ThroughApprise().send(letter(endpoint.address()))

    keys = [arrived.headers["Idempotency-Key"] for arrived in endpoint.received]
    assert keys == ["delivery-17@zhenggai.example"] * 2


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (200, Outcome.SENT, "accepted"),
        (202, Outcome.SENT, "accepted"),
        (204, Outcome.SENT, "accepted"),
        (400, Outcome.GIVE_UP, "refused"),
        (401, Outcome.GIVE_UP, "refused"),
        (404, Outcome.GIVE_UP, "refused"),
        (408, Outcome.TRY_AGAIN, "refused_for_now"),
        (410, Outcome.GIVE_UP, "refused"),
        (425, Outcome.TRY_AGAIN, "refused_for_now"),
        (429, Outcome.TRY_AGAIN, "refused_for_now"),
        (500, Outcome.TRY_AGAIN, "refused_for_now"),
        (503, Outcome.TRY_AGAIN, "refused_for_now"),
    ],
)
def test_the_status_decides(endpoint: HttpEndpoint, status: int, outcome: Outcome, code: str) -> None:
    endpoint.behaviour = refusing(status)

    answer = ThroughApprise().send(letter(endpoint.address()))

    assert (outcome, code) == (answer.outcome, answer.code)


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [
        (301, Outcome.GIVE_UP, "address_moved"),
        (302, Outcome.TRY_AGAIN, "redirected"),
        (303, Outcome.TRY_AGAIN, "redirected"),
        (307, Outcome.TRY_AGAIN, "redirected"),
        (308, Outcome.GIVE_UP, "address_moved"),
    ],
)
@pytest.mark.parametrize("wish", ["", "?redirect=yes"])
def test_a_redirect_is_never_followed(
    endpoint: HttpEndpoint, status: int, outcome: Outcome, code: str, wish: str
) -> None:
    with http_endpoint() as elsewhere:
        endpoint.behaviour = redirecting(f"{elsewhere.url}/login", status=status)

        answer = ThroughApprise().send(letter(endpoint.address("/hook" + wish)))

        assert (outcome, code) == (answer.outcome, answer.code)
        assert elsewhere.received == []


def test_an_address_cannot_ask_for_more_patience(endpoint: HttpEndpoint) -> None:
    endpoint.behaviour = Behaviour(delay=1.0)

    answer = ThroughApprise(timeout=0.2).send(letter(endpoint.address("/hook?rto=60&cto=60&retry=5")))

    assert (answer.outcome, answer.code) == (Outcome.TRY_AGAIN, "timed_out")
    assert len(endpoint.received) == 1


def test_the_callers_own_error_is_not_taken_for_the_channels(endpoint: HttpEndpoint) -> None:
    # ntfy puts a code of its own in the place of the status, so apprise's log names no status here.
    endpoint.behaviour = Behaviour(status=503, body=b'{"code": 50301}')
    try:
        raise ValueError("the caller's own trouble")
    except ValueError:
        answer = ThroughApprise(also=("ntfy",)).send(letter(endpoint.address("/topic", scheme="ntfy")))

    assert (answer.outcome, answer.code) == (Outcome.TRY_AGAIN, "failed")


@pytest.mark.parametrize(
    "address",
    [
        "wecombot://key",
        "wechat://corpid:secret@agent/toparty",
        "dingtalk://token",
        "feishu://token",
        "lark://token",
        "bark://api.day.app/key",
        "jsons://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "jsons://OAPI.dingtalk.com./robot/send",
        "forms://open.feishu.cn/open-apis/bot/v2/hook/x",
    ],
)
def test_channels_whose_refusals_look_like_success_are_not_served(address: str) -> None:
    answer = ThroughApprise(also=("dingtalk",)).send(letter(address))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "channel_not_strict")


def test_a_further_apprise_scheme_needs_the_homes_consent(endpoint: HttpEndpoint) -> None:
    address = endpoint.address("/topic", scheme="ntfy")

    assert ThroughApprise().send(letter(address)).code == "address_wrong"
    assert endpoint.received == []
    assert ThroughApprise(also=("ntfy",)).send(letter(address)).outcome == Outcome.SENT
    assert len(endpoint.received) == 1


def test_a_further_scheme_tells_permanent_from_passing(endpoint: HttpEndpoint) -> None:
    address = endpoint.address("/topic", scheme="ntfy")
    answers = []
    for status in (403, 503):
        endpoint.behaviour = refusing(status)
        answers.append(ThroughApprise(also=("ntfy",)).send(letter(address)))

    assert [answer.outcome for answer in answers] == [Outcome.GIVE_UP, Outcome.TRY_AGAIN]


def test_a_scheme_that_apprise_does_not_know_is_a_wrong_address() -> None:
    answer = ThroughApprise(also=("nosuch",)).send(letter("nosuch://x"))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "address_wrong")
