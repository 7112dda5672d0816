"""Whoever did not set their own PIN or token hears of it in the next sending window, with what to do about it."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from engine.core.principal import Principal, Via
from engine.errors import Conflict
from engine.services.access import Handed, NewToken, make_token, open_session, revoke
from engine.services.credentials import Acting, principal_for, set_pin
from engine.services.messages import ShownMessage, messages
from engine.store.scope import Scope
from engine.store.tables import Notice, table_of
from tests.kit.databases import OWNER, Home
from tests.kit.running import Running, refusing
from tests.kit.verbs import do, neighbour, operator

PIN, ANOTHER = "482915", "739164"
NOTICES = table_of(Notice)


@pytest.fixture
def running(home: Home) -> Running:
    """A Monday evening after the last message of the day has left."""
    return Running(home).at("2026-03-02", "19:00")


def pin(running: Running, who: Principal, new: str = PIN) -> None:
    do(running.home, set_pin, who, "secretary", new, now=running.now)


def token(running: Running, who: Principal, person: str | None = "secretary") -> Handed:
    made: Handed = do(running.home, make_token, who, NewToken(person, "手机"), now=running.now)
    return made


def proved(running: Running, **proof: str) -> Principal:
    person = "secretary" if "pin" in proof else None
    acting = Acting(running.home.organisation, person, operator="clerk", via=Via.CLI, **proof)
    return principal_for(running.home.database, acting, running.now)


def to(running: Running, who: str = "secretary") -> list[ShownMessage]:
    with running.home.begin(writing=False) as uow:
        person = running.home.people[who]
        return [*messages(uow, running.person("office"), running.now.date(), person=person)]


def told(running: Running, who: str = "secretary") -> list[tuple[str, str, str]]:
    return [(row.notice.rung, row.state, row.why) for row in to(running, who)]


def next_morning(running: Running) -> list[str]:
    """The letters of the next sending window."""
    running.at("2026-03-03").tick()
    return [letter.text for letter in running.postman.letters]


def test_a_pin_of_the_operator_is_told_once_in_the_next_window(running: Running) -> None:
    pin(running, operator(running.home))
    running.tick()
    assert (running.postman.letters, told(running)) == ([], [("pin_set_for_you", "pending", "")])
    (letter,) = next_morning(running)
    assert "1. 口令：2026年3月2日由单位管理员在办公室电脑上代您设定，请登录后自己再改一次。" in letter
    assert "不是您要求的，请联系办公室。" in letter
    assert PIN not in letter
    running.at("2026-03-04").tick()
    assert (running.postman.recipients.total(), told(running)) == (
        1,
        [("pin_set_for_you", "sent", "accepted")],
    )


def test_a_token_of_the_operator_is_told_with_what_it_is_good_for(running: Running) -> None:
    made = token(running, operator(running.home))
    (letter,) = next_morning(running)
    assert (
        f"1. 授权码{made.access.id}“手机”（可以办理、查看，2026年5月31日前有效）："
        "2026年3月2日由单位管理员在办公室电脑上代您办理。不是您要求的，请联系办公室停用。" in letter
    )
    assert made.word not in letter and "！" not in letter


def test_what_one_sets_for_oneself_or_for_a_program_is_told_to_nobody(running: Running) -> None:
    pin(running, running.person("secretary"))
    token(running, running.person("secretary"))
    token(running, operator(running.home), None)
    assert (next_morning(running), told(running)) == ([], [])


def test_it_is_folded_with_the_news_of_cases(running: Running) -> None:
    running.home.open_issue(measures=0)
    running.assign("2026-1", OWNER, "2026-04-10")
    do(running.home, set_pin, operator(running.home), OWNER, PIN, now=running.now)
    (letter,) = next_morning(running)
    assert [line[:2] for line in letter.splitlines() if line[:2] in ("1.", "2.")] == ["1.", "2."]


def test_a_pin_that_was_set_again_is_told_once(running: Running) -> None:
    pin(running, operator(running.home))
    running.at("2026-03-02", "20:00")
    pin(running, operator(running.home), ANOTHER)
    assert len(next_morning(running)) == 1
    with running.home.begin(writing=False) as uow:
        mine = uow.scope.covers(NOTICES.c.organisation_id)
        found = uow.execute(select(NOTICES.c.n, NOTICES.c.status, NOTICES.c.reason).where(mine))
        assert sorted(map(tuple, found)) == [(1, "superseded", "pin_replaced"), (2, "folded", "")]
    assert sorted(told(running)) == [
        ("pin_set_for_you", "sent", "accepted"),
        ("pin_set_for_you", "superseded", "pin_replaced"),
    ]
    assert told(running, OWNER) == []


@pytest.mark.parametrize("door", ["pin", "session"])
def test_a_pin_changed_by_one_that_others_know_is_told_even_if_it_changes_again(
    running: Running, door: str
) -> None:
    """Else whoever set the first could change it twice, and nobody would hear of it."""
    pin(running, operator(running.home))
    first = proved(running, pin=PIN)
    if door == "session":
        opened = do(running.home, open_session, first, now=running.now)
        first = proved(running, token=opened.word)
    running.at("2026-03-02", "20:00")
    pin(running, first, ANOTHER)
    running.at("2026-03-02", "21:00")
    pin(running, proved(running, pin=ANOTHER), "918273")
    (letter,) = next_morning(running)
    assert "口令：2026年3月2日凭他人代办的口令或授权码改成了新的。不是您本人改的，请联系办公室。" in letter


@pytest.mark.parametrize(
    ("is_used", "expected"),
    [
        (False, [("token_made_for_you", "superseded", "token_revoked")]),
        (True, [("token_made_for_you", "sent", "accepted")]),
    ],
)
def test_a_token_that_was_revoked_is_told_only_if_it_was_used(
    running: Running, is_used: bool, expected: list[object]
) -> None:
    made = token(running, operator(running.home))
    if is_used:
        proved(running, token=made.word)
    do(running.home, revoke, operator(running.home), made.access.id, now=running.now)
    next_morning(running)
    assert told(running) == expected


def test_it_is_checked_again_before_it_is_sent(running: Running) -> None:
    """Folded in the morning, refused by the channel, and replaced by the person before the next try."""
    pin(running, operator(running.home))
    running.postman.answers = [refusing()]
    running.at("2026-03-03").tick()
    assert told(running) == [("pin_set_for_you", "failed", "refused_for_now")]
    pin(running, running.person("secretary"), ANOTHER)
    running.at("2026-03-03", "10:00").tick()
    assert len(running.postman.letters) == 1
    with running.home.begin(writing=False) as uow:
        mine = uow.scope.covers(NOTICES.c.organisation_id)
        found = uow.execute(select(NOTICES.c.status, NOTICES.c.reason).where(mine))
        assert [tuple(row) for row in found] == [("superseded", "pin_replaced")]
    (row,) = to(running)
    assert (row.state, row.why, row.sent_at, row.person) == (
        "superseded",
        "pin_replaced",
        None,
        running.home.people["secretary"],
    )


def test_it_belongs_to_one_school(running: Running) -> None:
    pin(running, operator(running.home))
    with running.home.database.begin(Scope.whole(), writing=False) as uow:
        found = uow.execute(
            select(NOTICES.c.organisation_id, NOTICES.c.case_id).where(
                uow.scope.covers(NOTICES.c.organisation_id)
            )
        )
        assert [tuple(row) for row in found] == [(running.home.organisation, None)]
    with running.home.database.begin(Scope.one(running.home.neighbour), writing=False) as uow:
        assert messages(uow, neighbour(running.home), running.now.date()) == ()


def test_the_same_reason_stands_only_once(running: Running) -> None:
    """NULL equals nothing, so the key of cases would not hold here."""
    pin(running, operator(running.home))
    with running.home.begin() as uow:
        row = uow.execute(select(NOTICES).where(uow.scope.covers(NOTICES.c.organisation_id))).one()._asdict()
        del row["id"]
        with pytest.raises(Conflict, match="written_at_once"):
            uow.execute(insert(NOTICES).values(row))
