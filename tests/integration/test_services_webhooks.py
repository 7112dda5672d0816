"""Other programs are told of events: signed, without people's words, in order, at least once."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.core.ports import Answer, Outcome
from engine.core.refusal import Refused
from engine.core.webhooks import Parcel
from engine.errors import Conflict, NotFound, Unavailable, WrongUsage
from engine.services.moves import Assign, assign
from engine.services.status import status_of
from engine.services.webhooks import (
    NewSubscription,
    list_subscriptions,
    post_events,
    subscribe,
    try_undelivered,
    unsubscribe,
)
from engine.store.keys import key_in
from engine.store.scope import Scope
from engine.store.tables import Outgoing, table_of
from engine.text.sentences import error_lines
from notifiers.poster import HttpPoster
from tests.kit.databases import MONDAY, OWNER, Home, open_issue
from tests.kit.servers import HttpEndpoint, http_endpoint, refusing
from tests.kit.verbs import codes, do, operator

KEY = b"k" * 32
GONE = "http://127.0.0.1:9/hook"


@dataclass
class Desk:
    """A poster that keeps what it was given and answers as told."""

    posts_to = ("http",)
    answers: list[Answer] = field(default_factory=list)
    got: list[Parcel] = field(default_factory=list)
    signing_key: bytes = KEY

    @property
    def poster(self) -> Desk:
        return self

    def post(self, parcel: Parcel) -> Answer:
        self.got.append(parcel)
        return self.answers.pop(0) if self.answers else Answer(Outcome.SENT, "accepted", {})

    @property
    def told(self) -> list[tuple[str, int, str]]:
        documents = [json.loads(parcel.body) for parcel in self.got]
        return [(row["case"], row["seq"], row["type"]) for row in documents]


@dataclass(frozen=True)
class Real:
    """The poster that goes with the program."""

    poster: HttpPoster = field(default_factory=HttpPoster)
    signing_key: bytes = KEY


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpEndpoint]:
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")
    with http_endpoint() as running:
        yield running


def subscribed(home: Home, url: str = GONE, *types: str, key: str = "desk") -> str:
    secret: str = do(home, subscribe, operator(home), NewSubscription(key, url, types), KEY)
    return secret


def assigned(home: Home, case: str) -> None:
    do(home, assign, home.principal("office"), case, Assign(home.posts[OWNER]))


def new_issue(home: Home) -> str:
    with home.begin() as uow:
        case = open_issue(uow, home, 7)
        uow.commit()
    return case.key


def test_what_happens_after_the_subscription_is_told_and_nothing_before(home: Home) -> None:
    old = new_issue(home)
    subscribed(home)
    assigned(home, old)
    desk = Desk()
    assert post_events(home.database, desk, MONDAY).posted == len(desk.got)
    assert ("moved", old) in [(kind, case) for case, _, kind in desk.told]
    assert "case_opened" not in [kind for _, _, kind in desk.told]


def test_nothing_is_told_twice(home: Home) -> None:
    subscribed(home)
    new_issue(home)
    post_events(home.database, Desk(), MONDAY)
    again = Desk()
    assert (post_events(home.database, again, MONDAY + timedelta(days=1)).posted, again.got) == (0, [])


def test_only_the_types_that_were_asked_for_are_told(home: Home) -> None:
    subscribed(home, GONE, "moved")
    case = new_issue(home)
    assigned(home, case)
    desk = Desk()
    post_events(home.database, desk, MONDAY)
    assert [kind for _, _, kind in desk.told] == ["moved"]


def test_no_word_that_people_wrote_leaves_the_house(home: Home) -> None:
    subscribed(home)
    new_issue(home)
    desk = Desk()
    post_events(home.database, desk, MONDAY)
    opened = json.loads(desk.got[0].body)
    named = {"schema", "organisation", "case", "kind", "seq", "type", "version", "at", "facts"}
    assert {*named, "hash", "previous"} == set(opened)
    assert "title" not in desk.got[0].body.decode()


def test_it_is_signed_as_the_page_says_and_arrives_over_http(home: Home, endpoint: HttpEndpoint) -> None:
    secret = subscribed(home, endpoint.url)
    new_issue(home)
    assert post_events(home.database, Real(), MONDAY).posted == len(endpoint.received)
    arrived = endpoint.received[0]
    said = dict(part.split("=") for part in arrived.headers["Zhenggai-Signature"].split(","))
    expected = hmac.new(secret.encode(), f"{said['t']}.".encode() + arrived.body, hashlib.sha256).hexdigest()
    assert (expected, int(MONDAY.timestamp())) == (said["v1"], int(said["t"]))
    assert "application/json" == arrived.headers["Content-Type"]


def test_the_later_event_of_a_case_waits_for_the_earlier(home: Home) -> None:
    subscribed(home)
    new_issue(home)
    desk = Desk([Answer(Outcome.TRY_AGAIN, "unreachable", {})])
    assert (1, 0) == (post_events(home.database, desk, MONDAY).failed, len(desk.got) - 1)
    post_events(home.database, desk, MONDAY + timedelta(minutes=5))
    sequence = [seq for _, seq, _ in desk.told]
    assert [1, *range(1, max(sequence) + 1)] == sequence


def test_every_try_has_the_same_id(home: Home) -> None:
    subscribed(home)
    new_issue(home)
    desk = Desk([Answer(Outcome.TRY_AGAIN, "unreachable", {})])
    post_events(home.database, desk, MONDAY)
    post_events(home.database, desk, MONDAY + timedelta(minutes=5))
    assert desk.got[0].id == desk.got[1].id


def test_what_was_refused_for_good_is_visible_and_can_be_sent_again(home: Home) -> None:
    subscribed(home, GONE, "case_opened")
    new_issue(home)
    desk = Desk([Answer(Outcome.GIVE_UP, "refused", {})])
    assert 1 == post_events(home.database, desk, MONDAY).undeliverable
    (line,) = list_of(home)
    assert (0, 0, 1) == (line["sent"], line["waiting"], line["undeliverable"])
    assert 1 == do(home, try_undelivered, operator(home), "desk")
    assert 1 == post_events(home.database, desk, MONDAY).posted


def test_a_receiver_that_is_away_costs_nothing_but_time(home: Home) -> None:
    subscribed(home, GONE, "case_opened")
    new_issue(home)
    assert 1 == post_events(home.database, Real(), MONDAY).failed
    (line,) = list_of(home)
    assert 1 == line["waiting"]


def test_what_waits_is_counted_by_event(home: Home) -> None:
    subscribed(home)
    new_issue(home)
    post_events(home.database, Real(), MONDAY)
    (line,) = list_of(home)
    with home.begin(writing=False) as uow:
        found = status_of(uow, home.organisation, MONDAY)
    assert found.outside_waiting == line["waiting"] > 1


def test_a_receiver_that_says_no_is_not_asked_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "NO_PROXY", "127.0.0.1")
    with http_endpoint(refusing(410)) as endpoint:
        subscribed(home, endpoint.url, "case_opened")
        new_issue(home)
        assert 1 == post_events(home.database, Real(), MONDAY).undeliverable


def test_a_kill_while_posting_tells_it_once_more_when_the_lease_ends(home: Home) -> None:
    subscribed(home, GONE, "case_opened")
    new_issue(home)

    class Killed(BaseException):
        pass

    class Dying(Desk):
        def post(self, parcel: Parcel) -> Answer:
            super().post(parcel)
            raise Killed

    dying = Dying()
    with pytest.raises(Killed):
        post_events(home.database, dying, MONDAY)
    assert 0 == post_events(home.database, Desk(), MONDAY).posted
    later = Desk()
    let_leases_end(home)
    assert 1 == post_events(home.database, later, MONDAY + timedelta(minutes=6)).posted
    assert dying.got[0].id == later.got[0].id


def test_whoever_does_not_want_to_know_any_more_is_told_nothing_that_waits(home: Home) -> None:
    subscribed(home)
    case = new_issue(home)
    do(home, unsubscribe, operator(home), "desk")
    assigned(home, case)
    desk = Desk()
    post_events(home.database, desk, MONDAY)
    assert ([], []) == (desk.got, list_of(home))
    subscribed(home)


def test_a_neighbour_is_told_nothing(home: Home) -> None:
    subscribed(home)
    assert [] == told_by(home, home.neighbour)


def test_only_the_operator_says_who_is_told(home: Home) -> None:
    with pytest.raises(Refused) as refused:
        do(home, subscribe, home.principal("secretary"), NewSubscription("desk", GONE), KEY)
    assert ["operator_only"] == codes(refused.value)


def test_an_address_that_is_wrong_is_said_with_what_is_wrong_with_it(home: Home) -> None:
    with pytest.raises(WrongUsage) as wrong:
        do(home, subscribe, operator(home), NewSubscription("desk", "http://desk.example:70000/"), KEY)
    assert "地址不对：端口不对（要在1到65535之间），请改正。" == error_lines(wrong.value)[0]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewSubscription("Desk!", GONE), "webhook_key_wrong"),
        (NewSubscription("desk", "ftp://127.0.0.1/x"), "webhook_url_wrong"),
        (NewSubscription("desk", "http://user:word@127.0.0.1/x"), "webhook_url_wrong"),
        (NewSubscription("desk", GONE, ("move",)), "event_type_unknown"),
    ],
)
def test_what_cannot_be_meant_is_said(home: Home, new: NewSubscription, code: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        do(home, subscribe, operator(home), new, KEY)
    assert code == wrong.value.code


def test_a_key_is_taken_once_and_an_unknown_one_is_not_found(home: Home) -> None:
    subscribed(home)
    with pytest.raises(Conflict):
        subscribed(home)
    with pytest.raises(NotFound) as missing:
        do(home, unsubscribe, operator(home), "dsek")
    assert "desk" == missing.value.facts["nearest"]


def test_the_key_of_a_home_is_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "home" / "signing.key"
    first = key_in(path)
    assert (first, 0o600) == (key_in(path), path.stat().st_mode & 0o777)
    path.write_bytes(first[:5])
    with pytest.raises(Unavailable):
        key_in(path)


def let_leases_end(home: Home) -> None:
    """On PostgreSQL they are measured by the clock of the server, which no test can move."""
    with home.begin() as uow:
        uow.execute(
            update(table_of(Outgoing))
            .where(table_of(Outgoing).c.organisation_id == home.organisation)
            .values(lease_until=datetime(2000, 1, 1, tzinfo=UTC))
        )
        uow.commit()


def list_of(home: Home) -> list[dict[str, object]]:
    return told_by(home, home.organisation)


def told_by(home: Home, organisation: int) -> list[dict[str, object]]:
    with home.database.begin(Scope.one(organisation), writing=False) as uow:
        return list_subscriptions(uow, organisation)
