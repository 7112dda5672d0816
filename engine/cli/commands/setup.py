"""`init`: create or migrate the database and publish what this home knows."""

from __future__ import annotations

import os
from argparse import Namespace
from itertools import chain

from engine.bootstrap import Application
from engine.cli.answer import Answer, answer, problem_facts
from engine.cli.commands.publishing import unfit_lines
from engine.cli.home import at_home, at_whole_home, day, token_of
from engine.cli.onward import gap_facts, gap_lines
from engine.clock import now
from engine.errors import Unavailable, WrongUsage
from engine.services.gaps import published_gaps
from engine.services.setup import HomePlan, HomeState, init_home, try_home
from engine.settings import Settings
from engine.store.database import Database
from engine.text.sentences import done, problem_line


def init(said: Namespace) -> Answer:
    """`init [--demo] [--name …] [--go-live D]`: again on the same home it migrates and publishes what is new."""
    settings = Settings.from_environment(os.environ)
    application = said.application = Application(settings, is_rehearsal=said.dry_run)
    if token_of(said, settings):
        _asked_first(said, application.database)
    plan = HomePlan(
        is_demo=said.demo,
        key=said.org or settings.organisation or "main",
        name=said.name or "",
        zone=settings.zone,
        go_live=day(said.go_live),
    )
    files = chain(application.shipped_definitions(), application.site_definitions())
    if said.dry_run:
        return _tried(try_home(application.database, now(), files, application.vocabulary, plan), settings)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable("home_unusable", home=str(settings.home)) from error
    state = init_home(application.database, now(), files, application.vocabulary, plan)
    facts = state.as_json()
    told = {**facts, "published": len(facts["published"]), "home": str(settings.home)}
    # What was published may need people whom this organisation does not have: that is said, not refused.
    home = at_home(said, whole=True)
    with home.reading() as uow:
        gaps = published_gaps(uow, home.organisation, home.now)
    ready = done("home_ready" if state.is_new else "home_updated", told)
    lines = [
        *map(problem_line, state.warnings),
        *unfit_lines(state.unfit),
        ready,
        *gap_lines(gaps, home.names),
    ]
    return answer({**facts, "warnings": [*map(problem_facts, state.warnings), *gap_facts(gaps)]}, lines)


def _asked_first(said: Namespace, database: Database) -> None:
    """A token is asked for before anything is done. Raises WrongUsage `token_before_home` where nothing could know
    it, and what `at_whole_home` does.
    """
    if database.is_new() or database.is_behind():
        raise WrongUsage("token_before_home")
    at_whole_home(said)


def _tried(state: HomeState, settings: Settings) -> Answer:
    """What would be made, migrated and published, one line each."""
    facts = state.as_json()
    told = {**facts, "count": len(state.published), "home": str(settings.home)}
    if state.is_new:
        first = done("home_would_be_made", told)
    else:
        first = done("home_would_migrate" if state.migrates else "home_would_stay", told)
    lines = [first, *(done("would_publish", {"definition": name}) for name in state.published)]
    warnings = [*map(problem_facts, state.warnings)]
    return answer({**facts, "warnings": warnings}, [*map(problem_line, state.warnings), *lines])
