"""Running cases go on on a new version: those that can, with an event each; the others with their reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert, select, update

from engine.core.fold import replay
from engine.services.migrating import Wanted
from engine.store.database import Database
from engine.store.histories import history
from engine.store.scope import Scope
from engine.store.tables import CaseFile, EventRow, table_of
from engine.store.worlds import load_world
from tests.kit.chains import first_break
from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine
from tests.kit.source_tree import ROOT
from tests.kit.worlds import shipped, vocabulary

SHIPPED = (ROOT / "workflows/definitions/rectification.yaml").read_text("utf-8")
VERSION = next(int(row.split(":")[1]) for row in SHIPPED.splitlines() if row.startswith("version:"))

AS_SECRETARY = ("--as", SECRETARY, "--pin", PINS[SECRETARY])


@pytest.fixture
def cli(command_line: CommandLine) -> CommandLine:
    """2026-1 is assigned, 2026-2 waits for a decision on its plan, 2026-3 is as imported."""
    for case in ("2026-1", "2026-2"):
        assert command_line("assign", case, "--leader", LEADER).code == 0
    assert command_line("do", "2026-2", "plan", "--as", LEADER).code == 0
    return command_line


def publish(cli: CommandLine, text: str) -> None:
    folder = cli.home / "workflows" / "definitions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rectification.yaml").write_text(text, encoding="utf-8")
    said = cli("init")
    assert said.code == 0, said


def newer(version: int = VERSION + 1) -> str:
    text = SHIPPED.replace(f"version: {VERSION}\n", f"version: {version}\n", 1)
    return text.replace("- measures_at_least: {count: 1}", "- measures_at_least: {count: 9}", 1)


def without_assigned(text: str) -> str:
    """The same with its first state under another name; messages keep theirs."""
    naming = ("assigned:", "from:", "to:", "initial:")
    rows = (
        re.sub(r"\bassigned\b", "given_out", row) if row.strip().startswith(naming) else row
        for row in text.splitlines()
    )
    return "\n".join(rows) + "\n"


def test_a_case_goes_on_on_the_new_version_and_its_history_says_so(cli: CommandLine) -> None:
    publish(cli, newer())
    before = cli.holds()
    planned = cli("migrate-cases", "rectification", "--dry-run", "--json").data
    assert (["2026-1", "2026-3"], ["2026-2"]) == (
        [row["case"] for row in planned["moved"]],
        [row["case"] for row in planned["stay"]],
    )
    assert before == cli.holds()
    done = cli("migrate-cases", "rectification", "--json")
    assert (0, {**planned, "dry_run": False}) == (done.code, done.data)
    assert ["request_pending"] == [row["code"] for row in done.data["stay"][0]["unmet"]]
    with opened(cli) as database, database.begin(Scope.one(1), writing=False) as uow:
        world = load_world(uow, 1, "2026-1", lock=False)
        events = history(uow, world.case.id)
    assert (done.data["definition"], "definition_changed") == (world.case.definition, events[-1].type)
    assert (None, world.case) == (first_break(events), replay(world.case.id, 1, events))
    assert events[-1].definition != world.case.definition == events[-1].payload["to"]
    assert 0 == cli("measure", "add", "2026-1", "--text", "每月自查一次").code
    with opened(cli) as database, database.begin(Scope.one(1), writing=False) as uow:
        assert world.case.definition == history(uow, world.case.id)[-1].definition


def test_the_new_rules_hold_for_those_that_moved_alone(cli: CommandLine) -> None:
    publish(cli, newer())
    assert 0 == cli("migrate-cases", "rectification", "2026-1").code
    refused = cli("do", "2026-1", "plan", "--as", LEADER, "--json").data["error"]["refusals"]
    assert "too_few_measures" in {row["code"] for row in refused["unmet"]}
    assert 0 == cli("approve", "2026-2-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]).code
    assert ["2026-2", "2026-3"] == [
        row["case"] for row in cli("migrate-cases", "rectification", "--json").data["moved"]
    ]
    again = cli("migrate-cases", "rectification")
    assert (0, "没有要换版本的事项。\n") == (again.code, again.out)


def test_a_state_that_is_gone_has_to_be_mapped(cli: CommandLine) -> None:
    publish(cli, without_assigned(newer()))
    refused = cli("migrate-cases", "rectification", "2026-1", "2026-3", "--json")
    assert 3 == refused.code
    assert [["state_gone"], ["state_gone"]] == [
        [row["code"] for row in case["unmet"]] for case in refused.data["stay"]
    ]
    assert "--map assigned=新状态" in cli("migrate-cases", "rectification", "2026-1").out
    done = cli("migrate-cases", "rectification", "--map", "assigned=given_out", *AS_SECRETARY, "--json")
    assert [("assigned", "given_out")] * 2 == [(row["was"], row["state"]) for row in done.data["moved"]]
    assert "given_out" == cli("show", "2026-1", "--json").data["state"]
    assert "plan" in str(cli("show", "2026-1", "--json").data)


def test_a_new_version_does_not_end_a_case(cli: CommandLine) -> None:
    publish(cli, without_assigned(newer()))
    words = ("2026-1", "--map", "assigned=closed", *AS_SECRETARY, "--json")
    ended = cli("migrate-cases", "rectification", *words)
    assert (3, ["state_would_end", "state_beyond_decision"]) == (
        ended.code,
        [row["code"] for row in ended.data["stay"][0]["unmet"]],
    )


def test_nobody_skips_states_by_mapping_one_that_is_still_there(cli: CommandLine) -> None:
    publish(cli, newer())
    before = cli.holds()
    for words in (("assigned=verified", 2), ("assigned", 2), ("assigned=nowhere", 2)):
        assert words[1] == cli("migrate-cases", "rectification", "--map", words[0]).code
    assert before == cli.holds()


def test_a_map_leads_from_a_state_that_some_version_had(cli: CommandLine) -> None:
    publish(cli, without_assigned(newer()))
    before = cli.holds()
    for wrong, near in (("asigned", "assigned"), ("nowhere", None)):
        said = cli("migrate-cases", "rectification", "--map", f"{wrong}=given_out", *AS_SECRETARY, "--json")
        error = said.data["error"]
        told = (said.code, error["code"], error["facts"]["nearest"], error["facts"]["states"])
        assert told == (2, "old_state_unknown", near, ["assigned"])
    assert before == cli.holds()
    # Once all have moved that can, the same map is still right.
    words = ("rectification", "2026-1", "--map", "assigned=given_out", *AS_SECRETARY)
    moved = [cli("migrate-cases", *words, "--json") for _ in range(2)]
    assert [(0, 1), (0, 0)] == [(said.code, len(said.data["moved"])) for said in moved]


def without_planned(text: str) -> str:
    """The same with the state behind the approved plan under another name."""
    return re.sub(r"\bplanned\b", "promised", text)


def test_a_map_reaches_no_state_that_only_a_decision_may_reach(cli: CommandLine) -> None:
    assert 0 == cli("approve", "2026-2-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]).code
    publish(cli, without_planned(newer()))
    before = cli.holds()
    for reached in ("verified", "closed"):
        words = ("2026-2", "--map", f"planned={reached}", *AS_SECRETARY, "--json")
        skipped = cli("migrate-cases", "rectification", *words)
        codes = [row["code"] for row in skipped.data["stay"][0]["unmet"]]
        assert (3, "state_beyond_decision") == (skipped.code, codes[-1])
    assert before == cli.holds()
    done = cli(
        "migrate-cases", "rectification", "2026-2", "--map", "planned=promised", *AS_SECRETARY, "--json"
    )
    assert (0, "promised") == (done.code, done.data["moved"][0]["state"])


def test_a_map_needs_a_person_who_proves_it_and_is_no_party(cli: CommandLine) -> None:
    assert 0 == cli("approve", "2026-2-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]).code
    publish(cli, without_planned(newer()))
    assert 0 == cli("people", "link", LEADER, "--post", "office").code
    assert 0 == cli("people", "pin", LEADER, "--pin", "246813").code
    told = {}
    words = ("2026-2", "--map", "planned=promised", "--json")
    for name, who in (
        ("bare", ("--as", SECRETARY)),
        ("machine", ()),
        ("owner", ("--as", LEADER, "--pin", "246813")),
    ):
        stays = cli("migrate-cases", "rectification", *words, *who).data["stay"][0]["unmet"]
        told[name] = [row["code"] for row in stays]
    assert {"bare": ["needs_proof"], "machine": ["needs_proof"], "owner": ["four_eyes"]} == told


def test_a_deadline_without_a_rule_keeps_the_case(cli: CommandLine) -> None:
    text = newer()
    start = text.index("  plan:\n    days: 30")
    text = text[:start] + text[text.index("  rectify:\n    months") :]
    publish(cli, text)
    stays = cli("migrate-cases", "rectification", "2026-1", "--json")
    assert (3, ["deadline_kind_gone"]) == (
        stays.code,
        [row["code"] for row in stays.data["stay"][0]["unmet"]],
    )


def test_back_to_an_older_version_by_its_number(cli: CommandLine) -> None:
    publish(cli, newer())
    assert 0 == cli("migrate-cases", "rectification").code
    assert 0 == cli("migrate-cases", "rectification", "2026-1", "--to", str(VERSION)).code
    assert (6, 2) == (
        cli("migrate-cases", "rectification", "--to", "99").code,
        cli("migrate-cases", "rectification", "--to", "new").code,
    )
    assert (6, 6) == (
        cli("migrate-cases", "nothing").code,
        cli("migrate-cases", "rectification", "2026-9").code,
    )


def test_the_same_key_does_it_once_and_strangers_do_not(cli: CommandLine) -> None:
    publish(cli, newer())
    assert 3 == cli("migrate-cases", "rectification", "--as", LEADER).code
    first = cli("migrate-cases", "rectification", "--key", "k", "--json")
    assert first.data == cli("migrate-cases", "rectification", "--key", "k", "--json").data
    assert 4 == cli("migrate-cases", "rectification", "2026-1", "--key", "k").code


def test_a_closed_case_stays_what_it_was(cli: CommandLine) -> None:
    publish(cli, newer())
    with opened(cli) as database, database.begin(Scope.one(1)) as uow:
        files = table_of(CaseFile)
        uow.execute(
            update(files)
            .where(files.c.key == "2026-3", uow.scope.covers(files.c.organisation_id))
            .values(is_final=True)
        )
        uow.commit()
    assert "2026-3" not in str(cli("migrate-cases", "rectification", "--dry-run", "--json").data)
    told = cli("migrate-cases", "rectification", "2026-3", "--json").data["stay"][0]["unmet"]
    assert ["case_closed"] == [row["code"] for row in told]


def test_each_more_case_costs_the_same_few_statements(cli: CommandLine) -> None:
    for at in range(4, 24):
        assert (
            0
            == cli(
                "issue", "add", "2026", "--title", f"问题{at}", "--problem", "问题", "--number", str(at)
            ).code
        )
    publish(cli, newer())
    costs = {}
    for count in (1, 11, 21):
        keys = [f"2026-{at}" for at in range(3, 3 + count)]
        with counted() as statements:
            assert 0 == cli("migrate-cases", "rectification", *keys, "--dry-run").code
        dry = len(statements)
        with counted() as statements:
            assert 0 == cli("migrate-cases", "rectification", *keys).code
        costs[count] = (dry, len(statements))
        assert 0 == cli("migrate-cases", "rectification", *keys, "--to", str(VERSION)).code
    assert costs[1][0] == costs[11][0] == costs[21][0]
    assert costs[21][1] - costs[11][1] == costs[11][1] - costs[1][1]
    assert (costs[11][1] - costs[1][1]) / 10 <= 9


def test_one_case_that_cannot_be_written_stops_no_other(cli: CommandLine) -> None:
    publish(cli, newer())
    rows = table_of(EventRow)
    with opened(cli) as database, database.begin(Scope.one(1)) as uow:
        case = load_world(uow, 1, "2026-1").case
        last = uow.execute(select(rows).where(rows.c.case_id == case.id, rows.c.seq == case.revision)).one()
        uow.execute(insert(rows).values({**last._mapping, "seq": case.revision + 1}))
        uow.commit()
    done = cli("migrate-cases", "rectification", "2026-1", "2026-3", "--json").data
    assert (["2026-3"], ["migration_failed"]) == (
        [row["case"] for row in done["moved"]],
        [row["code"] for row in done["stay"][0]["unmet"]],
    )


def test_cases_go_in_batches_of_fifty() -> None:
    wanted = Wanted(shipped("rectification"), tuple(range(120)))
    assert [50, 50, 20] == [len(cases) for cases in wanted.batches]


@contextmanager
def opened(cli: CommandLine) -> Iterator[Database]:
    database = Database.open(cli.url, vocabulary())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that any engine runs inside."""
    from sqlalchemy.engine import Engine

    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)
