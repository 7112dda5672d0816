"""Who has left, or was erased, proves nothing, is given nothing and is told nothing (laws 4, 8, 17)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from engine.core.principal import Credential, Principal, Via
from engine.core.refusal import Refused
from engine.services.access import NewToken, make_token, open_session
from engine.services.credentials import Acting, list_pins, principal_for, set_pin
from engine.services.erasing_people import erase_person
from engine.services.handover import Handover, hand_over
from engine.services.messages import messages
from engine.services.people import Appointment, NewPerson, add_person, appoint, change_person, leave
from engine.store.tables import Notice, table_of
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.running import Running, refusing
from tests.kit.verbs import codes, do, operator, see

PIN = "482915"
TODAY = MONDAY.date()
TOMORROW = MONDAY + timedelta(days=1)
NOTICES = table_of(Notice)


def comes(home: Home, now: datetime, *, person: str = "member", **proof: object) -> list[str]:
    """The codes of the refusal, none where they are let in."""
    named = None if "token" in proof else person
    acting = Acting(home.organisation, named, operator="clerk", via=Via.CLI, **proof)  # type: ignore[arg-type]
    try:
        principal_for(home.database, acting, now)
    except Refused as refused:
        return codes(refused)
    return []


def leaves(home: Home, last: date, now: datetime = MONDAY) -> None:
    do(home, leave, operator(home), "member", now=now, last_day=last)


def refusal(home: Home, verb: Callable[..., object], *words: object, **more: object) -> list[str]:
    with pytest.raises(Refused) as refused:
        do(home, verb, operator(home), *words, **more)
    return codes(refused.value)


def erased(home: Home, who: str) -> str:
    """The key that they have from now on."""
    do(home, erase_person, home.principal("office"), who, "本人要求")
    gone = do(home, erase_person, home.principal("secretary"), who, "本人要求")
    return str(gone.key)


def test_leaving_ends_the_pin_at_once(home: Home) -> None:
    do(home, set_pin, operator(home), "member", PIN)
    assert comes(home, MONDAY, pin=PIN) == []
    leaves(home, TODAY)
    assert comes(home, MONDAY, pin=PIN) == ["pin_revoked"]
    assert comes(home, TOMORROW, pin=PIN) == ["has_left"]
    assert see(home, list_pins, operator(home), MONDAY) == []


def test_a_leave_that_is_to_come_ends_every_proof_on_its_day(home: Home) -> None:
    do(home, set_pin, operator(home), "member", PIN)
    leaves(home, TODAY)  # which takes the PIN back, and can still be moved
    leaves(home, TOMORROW.date())
    do(home, set_pin, operator(home), "member", PIN)
    member = Principal(home.organisation, home.people["member"], Via.CLI, Credential.PIN, "clerk")
    evening, night = TOMORROW + timedelta(hours=10), TOMORROW + timedelta(hours=20)
    session = do(home, open_session, member, now=evening)
    token = do(home, make_token, operator(home), NewToken("member", "手机"), now=evening)
    proofs = ({"pin": PIN}, {"is_demo": True}, {"token": session.word}, {"token": token.word})
    assert [comes(home, evening, **proof) for proof in proofs] == [[]] * 4
    assert [comes(home, night, **proof) for proof in proofs] == [["has_left"]] * 4


def test_who_has_left_gets_no_new_pin_and_no_token(home: Home) -> None:
    leaves(home, TODAY)
    assert refusal(home, set_pin, "member", PIN, now=TOMORROW) == ["has_left"]
    assert refusal(home, make_token, NewToken("member", "手机"), now=TOMORROW) == ["has_left"]


def test_erasing_takes_the_pin_also_of_somebody_who_was_never_on_the_roll(home: Home) -> None:
    do(home, add_person, operator(home), NewPerson("来客", "guest", is_external=True))
    do(home, set_pin, operator(home), "guest", PIN)
    assert comes(home, MONDAY, pin=PIN, person="guest") == []
    key = erased(home, "guest")
    assert comes(home, MONDAY, pin=PIN, person=key) == ["person_erased_already"]
    assert see(home, list_pins, operator(home), MONDAY) == []


def test_who_was_erased_gets_nothing_more(home: Home) -> None:
    leaves(home, TODAY - timedelta(days=1))
    key = erased(home, "member")
    given: list[tuple[Callable[..., object], tuple[object, ...], dict[str, object]]] = [
        (set_pin, (key, PIN), {}),
        (make_token, (NewToken(key, "手机"),), {}),
        (appoint, (Appointment(key, "secretary"),), {}),
        (hand_over, (Handover("secretary", "secretary", key),), {}),
        (change_person, (key,), {"address": "console://"}),
    ]
    found = [refusal(home, verb, *words, **more) for verb, words, more in given]
    assert found == [["person_erased_already"]] * len(given)


@pytest.fixture
def running(home: Home) -> Running:
    """A Monday evening after the last message of the day has left; the operator set a PIN for the member."""
    running = Running(home).at("2026-03-02", "19:00")
    do(home, set_pin, operator(home), "member", PIN, now=running.now)
    return running


def ended(running: Running) -> list[tuple[str, str]]:
    with running.home.begin(writing=False) as uow:
        mine = uow.scope.covers(NOTICES.c.organisation_id)
        found = uow.execute(select(NOTICES.c.status, NOTICES.c.reason).where(mine).order_by(NOTICES.c.id))
        return [(row.status, row.reason) for row in found]


def test_who_left_is_not_told_of_their_pin(running: Running) -> None:
    leaves(running.home, running.now.date(), running.now)
    running.at("2026-03-03").tick()
    assert (running.postman.letters, ended(running)) == ([], [("suppressed", "recipient_left")])


def test_a_pin_set_on_the_last_day_is_told_to_nobody_after_it(running: Running) -> None:
    leaves(running.home, running.now.date(), running.now)
    do(running.home, set_pin, operator(running.home), "member", PIN, now=running.now)
    running.at("2026-03-03")
    with running.home.begin(writing=False) as uow:
        member = running.home.people["member"]
        assert messages(uow, running.person("office"), running.now.date(), person=member) == ()
    running.tick()
    assert running.postman.letters == []
    assert ended(running)[-1] == ("suppressed", "recipient_left")


def test_who_was_erased_is_not_told_by_the_way_out_for_all(running: Running) -> None:
    running.at("2026-03-03", "07:00")
    leaves(running.home, date(2026, 3, 2), running.now)
    for who in ("office", "secretary"):
        do(running.home, erase_person, running.home.principal(who), "member", "本人要求", now=running.now)
    running.at("2026-03-03").tick()
    assert (running.postman.letters, ended(running)) == ([], [("suppressed", "recipient_left")])


def test_it_is_checked_again_before_a_next_try(running: Running) -> None:
    running.postman.answers = [refusing()]
    running.at("2026-03-03").tick()
    leaves(running.home, date(2026, 3, 2), running.now)
    running.at("2026-03-03", "10:00").tick()
    assert len(running.postman.letters) == 1
    assert ended(running) == [("suppressed", "recipient_left")]


@pytest.mark.parametrize("is_folded", [False, True])
def test_news_of_a_case_for_one_person_ends_with_their_leaving(running: Running, *, is_folded: bool) -> None:
    """Before it is folded, and between two tries."""
    running.home.open_issue(measures=0)
    running.assign("2026-1", OWNER, "2026-04-10")
    with running.home.begin() as uow:
        mine = (uow.scope.covers(NOTICES.c.organisation_id), NOTICES.c.case_id.is_not(None))
        uow.execute(update(NOTICES).where(*mine).values(audience=f"person:{running.home.people['member']}"))
        uow.commit()
    if is_folded:
        running.postman.answers = [refusing()]
        running.at("2026-03-03").tick()
        assert set(ended(running)) == {("folded", "")}
    else:
        running.at("2026-03-03", "07:00")
    leaves(running.home, date(2026, 3, 2), running.now)
    running.at("2026-03-03", "10:00").tick()
    assert len(running.postman.letters) == int(is_folded)
    assert set(ended(running)) == {("suppressed", "recipient_left")}
