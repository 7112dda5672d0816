"""Sending: whatever dies between claim and mark, nothing is lost, and at most the one on its way is repeated."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.core.ports import Answer, Outcome
from engine.services.deliver import TRY_AGAIN, Sending, deliver, prepare
from engine.services.fold_notices import fold_notices
from engine.services.sweep import sweep
from engine.store.dispatch import Held, claim_deliveries
from engine.store.scope import Scope
from engine.store.sweeping import due_deadlines
from tests.kit.databases import OWNER, Home
from tests.kit.running import Killed, Postman, Running, local, refusing

MORNING = local("2026-03-03", "09:00")
LEASE = timedelta(seconds=0.2)


@pytest.fixture
def running(home: Home) -> Running:
    """One message to one leader, folded and ready to leave."""
    running = Running(home, sending=Sending(default_address="test://home", lease=LEASE)).at(
        "2026-03-02", "10:00"
    )
    home.open_issue(measures=0)
    running.assign("2026-1", OWNER, "2026-04-10")
    running.now = MORNING
    sweep(home.database, MORNING)
    fold_notices(home.database, MORNING)
    return running


def send(running: Running, after: timedelta = timedelta(0)) -> object:
    return deliver(running.home.database, {"test": running.postman}, running.now + after, running.sending)


def claim(running: Running) -> Held:
    with running.home.database.begin(Scope.whole()) as uow:
        (found,) = claim_deliveries(uow, running.now, running.now, LEASE, 10)
        uow.commit()
    return found


def wait_for_the_lease() -> timedelta:
    """The lease is over for the server's clock as for ours."""
    import time

    time.sleep(LEASE.total_seconds() * 1.5)
    return LEASE * 1.5


def states(running: Running) -> list[tuple[str, int]]:
    """(status, number of attempts) of each delivery."""
    shown = {row.sent.delivery.id: row.sent for row in running.messages() if row.sent}
    return [(sent.delivery.status, len(sent.attempts)) for sent in shown.values()]


def test_a_message_is_sent_once(running: Running) -> None:
    send(running)
    send(running)
    assert running.postman.recipients == {OWNER: 1}
    assert states(running) == [("sent", 1)]


def test_a_kill_after_the_claim_loses_nothing(running: Running) -> None:
    claim(running)
    send(running)
    assert running.postman.letters == []
    send(running, wait_for_the_lease())
    assert states(running) == [("sent", 1)]


def test_a_kill_after_the_attempt_was_frozen_loses_nothing(running: Running) -> None:
    prepare(running.home.database, claim(running), running.now, running.sending)
    send(running, wait_for_the_lease())
    assert running.postman.recipients == {OWNER: 1}
    assert states(running) == [("sent", 2)]


def test_a_kill_between_send_and_mark_repeats_only_the_one_on_its_way(running: Running) -> None:
    running.postman.answers = [Killed()]
    with pytest.raises(Killed):
        send(running)
    send(running, wait_for_the_lease())
    first, second = running.postman.letters
    assert first == second
    assert states(running) == [("sent", 2)]


def test_who_lost_the_claim_cannot_mark_it(running: Running) -> None:
    slow = claim(running)
    wait_for_the_lease()
    running.now += LEASE * 1.5
    send(running)
    assert prepare(running.home.database, slow, running.now, running.sending) == "lost"
    assert states(running) == [("sent", 1)]


def test_a_refusal_for_now_is_tried_again_later_and_later(running: Running) -> None:
    running.postman.answers = [refusing(), refusing(), refusing()]
    for minute in range(30):
        send(running, timedelta(minutes=minute))
    assert states(running) == [("sent", 4)]


def test_the_waiting_time_grows_to_six_hours(running: Running) -> None:
    minutes = [round(TRY_AGAIN.pause(tries + 1, "seed") / timedelta(minutes=1)) for tries in (0, 1, 2, 5, 12)]
    assert all(
        abs(found - wanted) <= wanted * 0.1 + 1
        for found, wanted in zip(minutes, (1, 2, 4, 32, 360), strict=True)
    )


def test_a_refusal_for_good_is_undeliverable(running: Running) -> None:
    running.postman.answers = [Answer(Outcome.GIVE_UP, "address_wrong", {})]
    send(running)
    send(running, timedelta(hours=5))
    assert states(running) == [("undeliverable", 1)]
    assert {row.why for row in running.messages() if row.sent} == {"address_wrong"}


def test_an_unknown_way_out_is_undeliverable(running: Running) -> None:
    deliver(running.home.database, {}, running.now, running.sending)
    assert {row.why for row in running.messages() if row.sent} == {"scheme_unknown"}


def test_a_way_out_that_breaks_stops_no_other_message(running: Running) -> None:
    running.postman.answers = [ValueError("a bug")]
    send(running)
    send(running, timedelta(minutes=3))
    assert states(running) == [("sent", 2)]


def test_what_failed_in_the_evening_leaves_the_next_morning(running: Running) -> None:
    running.postman.answers = [refusing()] * 30
    for hour in range(12):
        send(running, timedelta(hours=hour))
    tried = len(running.postman.letters)
    running.postman.answers = []
    running.now = local("2026-03-03", "23:00")
    send(running)
    assert len(running.postman.letters) == tried
    running.now = local("2026-03-04", "08:45")
    send(running)
    assert states(running)[0][0] == "sent"


def test_an_address_is_never_kept_in_an_attempt(running: Running) -> None:
    running.sending = Sending(default_address="test://user:secret@host/token", lease=LEASE)
    send(running)
    (attempt,) = next(row.sent for row in running.messages() if row.sent).attempts
    assert attempt.address.startswith("test://#")
    assert "secret" not in attempt.address and "token" not in attempt.address


def test_no_transaction_is_open_while_a_message_is_on_its_way(running: Running) -> None:
    class Writer(Postman):
        def send(self, letter):  # type: ignore[no-untyped-def]
            running.home.open_issue(2, measures=0)  # would wait for the lock until it fails
            return super().send(letter)

    running.postman = Writer()
    send(running)
    assert states(running) == [("sent", 1)]


def test_a_sweep_costs_what_is_due(running: Running) -> None:
    with running.home.database.begin(Scope.whole(), writing=False) as uow:
        assert due_deadlines(uow, MORNING, 50) == []
