"""Half a year in a few seconds: a home is set up, findings come in, and each day ticks and works in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.core.ports import BlobStore
from engine.core.posts import Posts
from engine.core.school_year import SchoolCalendar
from engine.core.vocabulary import Vocabulary
from engine.documents.reading import read_report
from engine.documents.report import Reconciliation
from engine.services.demo.example import Example, Specimen, Step
from engine.services.demo.routine import keep_duties, own_duty, switch_duties_on
from engine.services.demo.stage import Letterbox, Posted, Stage, Tell, moment, said
from engine.services.demo.steps import play
from engine.services.importing import Imported, apply_import
from engine.services.names import names_of
from engine.services.people import NewPerson, add_person
from engine.services.publishing import DefinitionText
from engine.services.setup import HomePlan, init_home
from engine.services.tick import tick
from engine.store.database import Database
from engine.store.people import people_of
from engine.store.places import find_organisation, load_place, load_posts
from engine.store.scope import Scope
from engine.text.dates import day_words
from engine.text.labels import label
from engine.text.sentences import reconciliation_line

# Minutes after midnight: the home is set up, messages leave, people work, duties are recorded.
SETS_UP, SENDS, WORKS, RECORDS = 7 * 60, 8 * 60 + 39, 10 * 60, 15 * 60


@dataclass(frozen=True, slots=True)
class Premises:
    """What the demonstration is played on: a new home, definitions to publish, and who is told of it."""

    database: Database
    blobs: BlobStore
    vocabulary: Vocabulary
    definitions: Iterable[DefinitionText]
    example: Example
    tell: Tell


@dataclass(frozen=True, slots=True)
class Played:
    """The half-year as it was: its stage, every letter that left, and how many ticks it took."""

    stage: Stage
    posted: tuple[Posted, ...]
    ticks: int
    reconciliation: Reconciliation


def first_monday(example: Example, now: datetime) -> date:
    """The Monday on which the story begins, so that it ends on the day of `now`."""
    today = now.astimezone(ZoneInfo(example.school.zone)).date()
    return today - timedelta(days=today.weekday(), weeks=example.story.lasts_weeks)


def own_files(example: Example, now: datetime) -> Mapping[str, str]:
    """What the demo home has of its own, by path in it: a duty with another date, and the report."""
    start = first_monday(example, now)
    first_month = SchoolCalendar("example").year_starts.month
    duty = example.story.duties.moved.duty
    return {
        f"workflows/duties/{duty}.yaml": own_duty(example, start, first_month),
        "report.md": example.report(start),
    }


def play_half_year(premises: Premises, now: datetime) -> Played:
    """Play the story from its first Monday to `now`. Raises what the verbs raise."""
    stage, imported = _opened(premises, now)
    switch_duties_on(stage, stage.at(stage.start, SETS_UP))
    letterbox = Letterbox(stage.at(stage.start, SENDS))
    specimens = list(premises.example.story.letters)
    ticks = 0
    for day in stage.days():
        if stage.at(day, SENDS) > now:
            break
        ticks += 1
        _tick(stage, letterbox, day, specimens)
        if stage.place.calendar.is_workday(day):
            _work(stage, day, now)
    return Played(stage, tuple(letterbox.posted), ticks, imported.preview.report.reconciliation)


def _opened(premises: Premises, now: datetime) -> tuple[Stage, Imported]:
    """The home with its people and findings, on the first Monday before the first message could leave."""
    example, tell = premises.example, premises.tell
    start = first_monday(example, now)
    school, early = example.school, moment(start, SETS_UP, example.school.zone)
    tell(said("preparing", name=school.name, day=day_words(start)))
    plan = HomePlan(is_demo=True, key=school.key, name=school.name, zone=school.zone, go_live=start)
    init_home(premises.database, early, premises.definitions, premises.vocabulary, plan)
    with premises.database.begin(Scope.whole(), writing=False) as uow:
        organisation = find_organisation(uow, school.key).id
        assert organisation is not None
        place = load_place(uow, organisation)
    today = place.local_day(now)
    stage = Stage(
        premises.database, premises.blobs, example, organisation, place, {}, {}, "", start, today, tell
    )
    return _with_people(stage, early)


def _with_people(stage: Stage, now: datetime) -> tuple[Stage, Imported]:
    operator = stage.principal(None, now)
    with stage.work() as uow:
        for row in stage.example.school.people:
            new = NewPerson(row.name, row.key, row.title, "console://", tuple(row.posts))
            add_person(uow, operator, new, now, schemes=Letterbox.schemes)
    with stage.work() as uow:
        report = read_report(stage.example.report(stage.start).encode("utf-8"), "report.md")
        imported = apply_import(uow, operator, report, now)
        people = {person.key: person.id for person in people_of(uow, stage.organisation)}
        posts, names = load_posts(uow, stage.organisation), names_of(uow, stage.organisation)
    _tell_people(stage, posts)
    _tell_findings(stage, imported)
    return replace(stage, people=people, names=names, round=imported.inspection), imported


def _tell_people(stage: Stage, posts: Posts) -> None:
    stage.tell(said("cast"))
    for row in stage.example.school.people:
        if row.posts:
            held = [posts.posts[key].label for key in row.posts]
            stage.tell(f"  {said('person', name=row.name, posts=held, key=row.key)}")


def _tell_findings(stage: Stage, imported: Imported) -> None:
    """The reconciliation: what the report says it holds beside what was read."""
    found = imported.preview.report.reconciliation
    stage.tell(said("findings"))
    stage.tell(f"  {said('totals', stated=found.stated_total, parsed=found.parsed_total)}")
    for row in found.by_aspect:
        stage.tell(f"  {said('aspect', number=row.aspect, stated=row.stated, parsed=row.parsed)}")
    for problem in found.problems:
        stage.tell(f"  {reconciliation_line(problem.code, problem.facts, problem.line)}")
    stage.tell(said("story"))


def _tick(stage: Stage, letterbox: Letterbox, day: date, specimens: list[Specimen]) -> None:
    letterbox.now = stage.at(day, SENDS)
    before = len(letterbox.posted)
    done = tick(stage.database, {Letterbox.schemes[0]: letterbox}, letterbox.now)
    if done.spawned.missed:
        stage.tell_on(day, said("missed", count=done.spawned.missed))
    for posted in letterbox.posted[before:]:
        _show_specimen(stage, posted, day, specimens)


def _show_specimen(stage: Stage, posted: Posted, day: date, specimens: list[Specimen]) -> None:
    for wanted in specimens:
        is_to_them = wanted.to == "" or stage.name_of(wanted.to) == posted.letter.recipient
        is_time = day >= stage.start + timedelta(days=wanted.after)
        if posted.category == wanted.category and is_to_them and is_time:
            specimens.remove(wanted)
            facts = {"category": label("category", posted.category), "name": posted.letter.recipient}
            stage.tell_on(day, said("letter", **facts))
            stage.tell_indented([posted.letter.subject, *posted.letter.text.splitlines()])
            return


def _work(stage: Stage, day: date, now: datetime) -> None:
    """What people do on a working day, one step a minute, and then the duties."""
    for minute, step in enumerate(_steps_of(stage, day)):
        at = stage.at(day, WORKS + minute)
        if at > now:
            return
        play(stage, step, at)
    at = stage.at(day, RECORDS)
    if at <= now:
        keep_duties(stage, at)


def _steps_of(stage: Stage, day: date) -> Iterator[Step]:
    return (step for step in stage.example.story.steps if stage.day(step.day) == day)
