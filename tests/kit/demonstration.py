"""The demonstration played into a folder of its own, ending at any moment one likes, and what it promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.bootstrap import Application
from engine.services.demo.example import Example, read_example
from engine.services.demo.half_year import Played, Premises, own_files, play_half_year
from engine.services.demo.outcome import Outcome, outcome_of
from engine.settings import Settings

ZONE = ZoneInfo("Asia/Shanghai")
OPENS, QUIET = time(8, 10), time(18, 0)


@dataclass(frozen=True, slots=True)
class Demonstration:
    """One played half-year with everything that was told while it went."""

    played: Played
    outcome: Outcome
    told: tuple[str, ...]


def example() -> Example:
    return read_example(files("workflows").joinpath("example"))


def play_demo(folder: Path, now: datetime) -> Demonstration:
    settings = Settings.from_environment({"ZHENGGAI_HOME": str(folder)})
    application, school, told = Application(settings), example(), list[str]()
    for name, text in own_files(school, now).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    definitions = [*application.shipped_definitions(), *application.site_definitions()]
    premises = Premises(
        application.database, application.blobs, application.vocabulary, definitions, school, told.append
    )
    played = play_half_year(premises, now)
    outcome = outcome_of(played, now)
    application.database.close()
    return Demonstration(played, outcome, tuple(told))


def broken_promises(demo: Demonstration) -> list[str]:
    """What the demonstration promises and this one does not hold; nothing, if it is sound."""
    outcome = demo.outcome
    promises = {
        "something is late at the end": len(outcome.late) >= 1,
        "at least six are closed": len(outcome.closed) >= 6,
        "some stay open": len(outcome.open) >= 2,
        "exactly one period was missed": [name for name, _ in outcome.missed] == ["branch_committee"],
        "a measure that was late climbed to the secretary": _climbed(outcome),
        "there was a digest": any(row.category == "digest" for row in demo.played.posted),
        "monthly, quarterly and yearly duties were kept": _kept(outcome),
        "one digest and one red a day at most": not _too_many(outcome),
        "no message outside sending hours": not list(_at_odd_hours(outcome)),
        "every letter that left is on record": _on_record(demo),
        "the story showed two refusals": sum("：" in line and "还差" in line for line in demo.told) == 4,
        "the report does not agree with itself in one place": len(demo.played.reconciliation.problems) == 1,
        "three letters were shown": sum("发出一条" in line for line in demo.told) == 3,
    }
    return [promise for promise, is_held in promises.items() if not is_held]


def _climbed(outcome: Outcome) -> bool:
    heard = next(row for row in outcome.hearers if row.key == "jiashan")
    return any(row.category == "red" and f"{outcome.stage.round}-10" in row.cases for row in heard.told)


def _kept(outcome: Outcome) -> bool:
    names = ("branch_committee", "party_group", "members_assembly", "party_lecture", "ethics_pledge")
    return all("accepted" in outcome.duties.get(name, {}).values() for name in names)


def _too_many(outcome: Outcome) -> list[tuple[str, date, str]]:
    counted = Counter(
        (row.key, message.on, message.category)
        for row in outcome.hearers
        for message in row.told
        if message.category in ("digest", "red")
    )
    return [key for key, count in counted.items() if count > 1]


def _at_odd_hours(outcome: Outcome) -> Iterator[datetime]:
    for row in outcome.hearers:
        for message in row.told:
            there = message.at.astimezone(ZONE)
            is_workday = outcome.stage.place.calendar.is_workday(there.date())
            if not (is_workday and OPENS <= there.time() < QUIET):
                yield message.at


def _on_record(demo: Demonstration) -> bool:
    return sum(len(row.told) for row in demo.outcome.hearers) == len(demo.played.posted)
