"""Lists of one school cost what that school has, however many others there are: each finds its rows by an index."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from engine.core.history import Stamp
from engine.core.principal import system
from engine.services.claims import list_claims
from engine.services.decisions import list_requests, list_unconfirmed
from engine.services.duties import catalogue, grid, occurrences
from engine.services.messages import messages, seal_letters
from engine.services.status import status_of
from engine.services.views import ledger
from engine.store.cases import numbers_under
from engine.store.duties import NewSeries, add_occurrence, add_series, due_series, series_called
from engine.store.people import people_of
from engine.store.requests import bundles_of
from engine.store.worlds import load_world
from tests.integration.test_store_counters import KEY, lived
from tests.integration.test_store_indexes import Read, caught, read_whole
from tests.kit.databases import MONDAY, Home
from tests.kit.populations import FIRST, WHOLE, analyze, copies

MANY = 5_000
TODAY = date(2026, 3, 2)
LARGE = (*WHOLE, "delivery", "duty_series", "bundle")

LISTS: dict[str, Read] = {
    "issues": lambda uow, home: ledger(uow, home.organisation, TODAY, kind="issue"),
    "issues that are late": lambda uow, home: ledger(uow, home.organisation, TODAY, late=True),
    "requests": lambda uow, home: list_requests(uow, home.organisation, MONDAY),
    "decisions on paper": lambda uow, home: list_unconfirmed(uow, home.organisation, MONDAY),
    "bundles": lambda uow, home: bundles_of(uow, home.organisation),
    "claims": lambda uow, home: list_claims(uow, home.principal("office"), is_everything=True),
    "duties grid": lambda uow, home: grid(uow, home.principal("office")),
    "duties that are open": lambda uow, home: occurrences(uow, home.principal("office"), only_open=True),
    "duties": lambda uow, home: catalogue(uow, home.principal("office")),
    "one duty": lambda uow, home: series_called(uow, home.organisation, "branch_committee"),
    "duties whose next period opens": lambda uow, home: due_series(uow, MONDAY, 50),
    "messages": lambda uow, home: messages(uow, home.principal("office"), TODAY),
    "messages of a case": lambda uow, home: messages(uow, home.principal("office"), TODAY, case=KEY),
    "messages to a person": lambda uow, home: messages(uow, home.principal("office"), TODAY, person=3),
    "monthly seals": lambda uow, home: seal_letters(uow, home.organisation),
    "status": lambda uow, home: status_of(uow, home.organisation, MONDAY),
    "people": lambda uow, home: people_of(uow, home.organisation),
    "numbers that are taken": lambda uow, home: numbers_under(uow, home.organisation, "2026-"),
}


@pytest.fixture
def district(home: Home) -> Home:
    """A school with one closed issue that was a duty, beside thousands of the neighbour's."""
    home.open_issue()
    lived(home)
    with home.begin() as uow:
        uow.sign(Stamp.of(system(home.organisation)), MONDAY)
        case = load_world(uow, home.organisation, KEY).case
        add_series(uow, NewSeries(home.organisation, "branch_committee", "x", "", TODAY, "2026-03", MONDAY))
        series = series_called(uow, home.organisation, "branch_committee")
        assert series is not None
        add_occurrence(uow, series, "2026-02", case.id, (TODAY, TODAY, None))
        uow.commit()
    copies(home, case, MANY, tables=WHOLE, organisation=home.neighbour)
    _more_rows(home)
    analyze(home)
    return home


def _more_rows(home: Home) -> None:
    """Deliveries, duties and bundles of the neighbour's."""
    with home.database.begin(home.scope) as uow:
        numbers = (
            f"SELECT generate_series({FIRST}, {FIRST + MANY}) AS n"
            if uow.is_postgresql
            else f"SELECT {FIRST} UNION ALL SELECT n + 1 FROM series WHERE n < {FIRST + MANY}"
        )
        head = f"WITH {'' if uow.is_postgresql else 'RECURSIVE '}series(n) AS ({numbers})"
        place, person = home.neighbour, home.people["neighbour_secretary"]
        for sql in (
            "INSERT INTO delivery (organisation_id, person_id, local_day, category, n, status, next_try_at, fence, "
            f"tries, message_id, reason) {head} SELECT {place}, {person}, '2026-03-02', 'digest', n, 'sent', "
            "'2026-03-02 01:00:00.000000', 0, 1, 'm' || n, '' FROM series",
            f"INSERT INTO duty_series (organisation_id, key, duty, definition, active_from) {head} "
            f"SELECT {place}, 's' || n, 'x', '', '2026-03-02' FROM series",
            f"INSERT INTO bundle (organisation_id, key, title, move, decider, made_at) {head} "
            f"SELECT {place}, 'b' || n, '', 'plan', 'x', '2026-03-02 01:00:00.000000' FROM series",
        ):
            uow.session.connection().execute(text(sql))
        uow.commit()


def test_a_list_of_one_school_reads_no_large_table_whole(district: Home) -> None:
    for what, read in LISTS.items():
        with district.begin() as uow:
            with caught(district) as seen:
                read(uow, district)
            assert seen, what
            found = [name for sql, params in seen for name in read_whole(uow, sql, params, LARGE)]
        assert (what, found) == (what, [])
