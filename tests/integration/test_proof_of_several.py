"""`verify` where several organisations share a home: what belongs to all is read once, a token names its own alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.history import Stamp
from engine.core.principal import system
from engine.core.register import HOME
from engine.services.sealing import seal_now
from engine.services.verifying import Wish, verify
from engine.services.verifying_register import HomeRegister
from engine.store.blobs import FolderBlobs
from engine.store.definitions import publish
from engine.store.places import load_place
from engine.store.scope import Scope
from tests.integration.test_cli_forward import second_school
from tests.integration.test_store_worlds import counted
from tests.kit.cli import CommandLine, Said, ok
from tests.kit.databases import MONDAY, Home
from tests.kit.homes import Homes
from tests.kit.source_tree import ROOT


@pytest.fixture
def cli(homes: Homes, tmp_path: Path, backend: str) -> Iterator[CommandLine]:
    with homes.fresh(backend, tmp_path / "home") as home:
        second_school(home)
        yield home


def named(said: Said) -> list[str]:
    return [row["organisation"] for row in said.data["organisations"]]


def token_of(cli: CommandLine, organisation: str) -> str:
    said = ok(cli("people", "token", "--label", "备份程序", "--org", organisation, "--json"))
    return str(said.data["token"])


@pytest.mark.parametrize("organisation", ["main", "second"])
def test_a_token_is_answered_about_its_own_organisation_alone(cli: CommandLine, organisation: str) -> None:
    token = token_of(cli, organisation)
    everybody, own = named(cli("verify", "--json")), named(cli("verify", "--token", token, "--json"))
    by_setting = named(cli("verify", "--json", TOKEN=token))
    assert (sorted(everybody), own, by_setting) == (["main", "second"], [organisation], [organisation])


def test_a_wrong_token_learns_of_no_organisation(cli: CommandLine) -> None:
    token = token_of(cli, "second")
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), "zgt_999_" + "0" * 64, "x"):
        for words in (("verify",), ("issues",)):
            said = cli(*words, "--token", wrong)
            assert (said.code, "second" in said.out + said.err) == (3, False), said


def test_a_token_publishes_for_its_own_organisation_alone(cli: CommandLine, tmp_path: Path) -> None:
    site = tmp_path / "rectification.yaml"
    text = (ROOT / "workflows/definitions/rectification.yaml").read_text("utf-8")
    site.write_text(text.replace("within_workdays: 5", "within_workdays: 4", 1), "utf-8")
    token, for_all = token_of(cli, "second"), ("publish", str(site), "--dry-run")
    before = ok(cli(*for_all)).out
    refused = cli("publish", str(site), "--token", token)
    assert (refused.code, "--org second" in refused.err) == (2, True), refused
    assert ok(cli(*for_all)).out == before


@pytest.mark.parametrize("words", [("init",), ("init", "--dry-run"), ("tick",), ("serve",)])
def test_a_token_does_nothing_for_all_organisations(cli: CommandLine, words: tuple[str, ...]) -> None:
    token = token_of(cli, "second")
    assert cli("status", TOKEN=token).code in (0, 8)  # from now on it was used today
    held = cli.holds()
    told = cli(*words, TOKEN=token)
    assert (told.code, "second" in told.err, told.out) == (2, True, ""), told
    wrong = cli(*words, TOKEN=f"zgt_1_{'0' * 64}")
    assert (wrong.code, wrong.out, cli.holds()) == (3, "", held), wrong


def test_a_token_is_not_taken_along_into_a_new_home(tmp_path: Path) -> None:
    new = CommandLine(tmp_path / "new")
    assert new("init", TOKEN=f"zgt_1_{'0' * 64}").code == 2
    assert not new.home.exists()


def test_an_organisation_that_is_gone_is_found_by_its_seal(cli: CommandLine, tmp_path: Path) -> None:
    """A seal that was kept outside names an organisation of which no row is left."""
    own = ok(cli("seal", "--org", "main", "--json")).data["line"]
    gone = [own.replace(" main ", " third ").replace(" #1 ", f" #{number} ") for number in (2, 1)]
    book = tmp_path / "kept.txt"
    book.write_text("\n".join([own, *gone]), "utf-8")
    said, told = cli("verify", "--seal", str(book)), cli("verify", "--seal", str(book), "--json")
    rows = {row["organisation"]: row for row in told.data["organisations"]}
    assert (said.code, told.code, told.data["is_whole"], told.data["not_compared"]) == (7, 7, False, [])
    assert {key: (row["is_whole"], row["is_outside_copy_compared"]) for key, row in rows.items()} == {
        "main": (True, True),
        "second": (True, False),
        "third": (False, True),
    }
    found = [(row["what"], row["facts"]) for row in rows["third"]["broken"]]
    assert found == [("organisation_missing", {"seal": 2})]
    assert "third：记录被改动过，第一处是：单位不见了（第2次封存）。" in said.out.splitlines()


@pytest.mark.parametrize("other", ["main", "third"])
def test_who_asks_about_one_learns_of_no_other(cli: CommandLine, tmp_path: Path, other: str) -> None:
    ok(cli("seal", "--org", "main"))
    own = ok(cli("seal", "--org", "second", "--json")).data["line"]
    foreign = own.replace(" second ", f" {other} ")
    book = tmp_path / "kept.txt"
    book.write_text(f"{own}\n{foreign}", "utf-8")
    for words in (("--org", "second"), ("--token", token_of(cli, "second"))):
        alone = cli("verify", *words, "--seal", foreign, "--json")
        error = alone.data["error"]
        assert (alone.code, error["code"], error["facts"]["others"]) == (2, "seal_of_others", [other])
        said = ok(cli("verify", *words, "--seal", str(book)))
        assert f"这次只核对单位 second，写上的单位 {other} 的封存码没有比对。" in said.out
        told = ok(cli("verify", *words, "--seal", str(book), "--json"))
        assert (told.data["not_compared"], named(told)) == ([other], ["second"])


def proved(home: Home, own: HomeRegister, *organisations: int) -> list[str]:
    """What is wrong with these organisations, looked at one after the other as the command does."""
    nowhere, wish, broken = FolderBlobs(Path("nowhere")), Wish(with_blobs=False), []
    for number in organisations:
        with home.database.begin(Scope.one(number), writing=False) as uow:
            broken += verify(uow, number, load_place(uow, number).key, nowhere, wish, home=own).broken
    return [row.what for row in broken]


def reads_of_registers(home: Home, *organisations: int) -> int:
    with counted(home.database) as seen:
        proved(home, HomeRegister(), *organisations)
    return sum("FROM register_event" in statement for statement in seen)


def test_the_register_of_the_home_is_read_once_for_all(home: Home) -> None:
    one, two, three = (
        reads_of_registers(home, *(home.organisation, home.neighbour, home.district)[:count])
        for count in (1, 2, 3)
    )
    # Three statements for a register: the first one reads its own and that of the home, the others their own.
    assert (one, two - one, three - two) == (6, 3, 3)


def test_a_home_that_grew_meanwhile_is_read_again(home: Home) -> None:
    """Somebody publishes and seals between two organisations: the second seal is beyond what was read."""
    own = HomeRegister()
    before = proved(home, own, home.organisation)
    with home.database.begin(Scope.whole()) as uow:
        uow.sign(Stamp.of(system(HOME)), MONDAY)
        publish(uow, "*", "ladder", "later", 1, "d" * 64, "ladder: later", MONDAY)
        uow.commit()
    with home.database.begin(Scope.one(home.neighbour)) as uow:
        seal_now(uow, home.neighbour, MONDAY)
        uow.commit()
    found = proved(home, own, home.neighbour)
    assert (before, [what for what in found if what != "definition_changed"]) == ([], [])


def test_a_home_that_was_changed_is_named_for_everybody(home: Home) -> None:
    with home.database.begin(Scope.whole()) as uow:
        uow.connection.exec_driver_sql("UPDATE register_event SET payload = '{}' WHERE organisation_id = 0")
        uow.commit()
    own = HomeRegister()
    assert proved(home, own, home.organisation, home.neighbour) == ["payload_changed", "payload_changed"]
