"""Every way out that talks to a server behaves alike: one table of behaviours over real local servers."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from engine.core.ports import Answer, Letter, Notifier, Outcome
from notifiers.mail import Mail
from notifiers.through_apprise import ThroughApprise
from tests.kit.servers import (
    ACCEPT,
    DROP,
    Behaviour,
    HttpEndpoint,
    SmtpServer,
    closed_port,
    delaying,
    http_endpoint,
    refusing,
    smtp_server,
)

# apprise imports `imghdr` for a PGP library that may be there; Python 3.13 has dropped that module.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

SECRET = "s3cretT0ken"
PATIENCE = 0.4  # seconds until the notifiers under test give up waiting


@dataclass
class Way:
    """One way out with its server, and how that server says no."""

    notifier: Notifier
    server: SmtpServer | HttpEndpoint
    address: str
    permanent: int
    passing: int

    def send(self, behaviour: Behaviour) -> Answer:
        self.server.behaviour = behaviour
        return self.notifier.send(letter(self.address))


def letter(address: str) -> Letter:
    return Letter(
        address=address,
        recipient="lin",
        subject="整改提醒：11月支委会",
        text="林校长：\n  11月支委会未录入，11月30日（周一）前完成。\n",
        message_id="delivery-17@zhenggai.example",
    )


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")


@pytest.fixture(params=["mailto", "json", "form", "xml"])
def way(request: pytest.FixtureRequest) -> Iterator[Way]:
    with ExitStack() as stack:
        if request.param == "mailto":
            login = f"office:{SECRET}"
            mails = stack.enter_context(smtp_server(login=login))
            yield Way(Mail(timeout=PATIENCE), mails, mails.address(login=login), 550, 451)
        else:
            posts = stack.enter_context(http_endpoint())
            address = posts.address(f"/hook/{SECRET}", scheme=request.param)
            yield Way(ThroughApprise(timeout=PATIENCE), posts, address, 404, 503)


def test_a_letter_that_the_server_takes_is_sent_once(way: Way) -> None:
    answer = way.send(ACCEPT)

    assert (answer.outcome, answer.code) == (Outcome.SENT, "accepted")
    assert len(way.server.received) == 1


def test_a_permanent_refusal_gives_up_and_names_the_status(way: Way) -> None:
    answer = way.send(refusing(way.permanent))

    assert answer.outcome == Outcome.GIVE_UP
    assert way.permanent == answer.facts["status"]


def test_a_passing_refusal_is_tried_again_and_names_the_status(way: Way) -> None:
    answer = way.send(refusing(way.passing))

    assert answer.outcome == Outcome.TRY_AGAIN
    assert way.passing == answer.facts["status"]


def test_a_server_that_dawdles_is_timed_out(way: Way) -> None:
    answer = way.send(delaying(PATIENCE * 3))

    assert (answer.outcome, answer.code) == (Outcome.TRY_AGAIN, "timed_out")


def test_a_dropped_connection_is_tried_again(way: Way) -> None:
    assert way.send(DROP).outcome == Outcome.TRY_AGAIN


def test_a_server_that_is_away_is_tried_again(way: Way) -> None:
    address = way.address.replace(str(way.server.port), str(closed_port()))

    answer = way.notifier.send(letter(address))

    assert (answer.outcome, answer.code) == (Outcome.TRY_AGAIN, "unreachable")


def test_after_a_failure_the_same_letter_goes_out_at_once(way: Way) -> None:
    way.send(refusing(way.passing))
    way.server.received.clear()

    assert way.send(ACCEPT).outcome == Outcome.SENT
    assert len(way.server.received) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        SECRET,
        "{scheme}://",
        "{scheme}:///",
        "{scheme}://[::1",
        "{scheme}://user:s3cretT0ken@host:notaport/x",
        "{scheme}://host:99999999/x@y?from=",
        "{scheme}://s3cretT0ken",
        "{scheme}x://127.0.0.1/s3cretT0ken",
    ],
)
def test_a_malformed_address_never_raises_and_never_counts_as_sent(
    way: Way, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)

    answer = way.notifier.send(letter(address.format(scheme=way.address.partition("://")[0])))

    assert answer.outcome != Outcome.SENT
    assert SECRET not in repr(answer) + caplog.text


@pytest.mark.parametrize(
    "address", ["", SECRET, "file:///etc/passwd", "syslog://", "schan://s3cretT0ken/", "httpx://127.0.0.1"]
)
def test_a_scheme_that_is_not_on_the_list_is_a_wrong_address(way: Way, address: str) -> None:
    answer = way.notifier.send(letter(address))

    assert (answer.outcome, answer.code) == (Outcome.GIVE_UP, "address_wrong")
    assert answer.facts == {"reason": "scheme_unknown"}


@pytest.mark.parametrize("behaviour", ["accept", "permanent", "passing", "slow", "drop"])
def test_the_secret_of_an_address_never_shows(
    way: Way, behaviour: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # the test server's own log
    behaviours = {
        "accept": ACCEPT,
        "permanent": refusing(way.permanent),
        "passing": refusing(way.passing),
        "slow": delaying(PATIENCE * 3),
        "drop": DROP,
    }

    answer = way.send(behaviours[behaviour])

    printed = capfd.readouterr()
    assert SECRET not in repr(answer) + caplog.text + printed.out + printed.err
