"""Tokens and sessions on the command line: printed once, taken from `--token` or the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.cli import PINS, SECRETARY, CommandLine, new_home


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def login(cli: CommandLine) -> str:
    said = cli("login", "--as", SECRETARY, "--pin", PINS[SECRETARY], "--json")
    assert said.code == 0
    word: str = said.data["token"]
    return word


def refused(cli: CommandLine, *words: str, **settings: str) -> list[str]:
    said = cli(*words, "--json", **settings)
    assert said.code == 3, said.err
    return [row["code"] for row in said.data["error"]["refusals"]["unmet"]]


def test_a_session_is_taken_from_the_environment_and_ends_with_logout(cli: CommandLine) -> None:
    word = login(cli)
    assert [row["kind"] for row in cli("people", "tokens", "--json", TOKEN=word).data["tokens"]] == [
        "session"
    ]
    assert cli("logout", TOKEN=word).code == 0
    assert refused(cli, "issues", TOKEN=word) == ["session_revoked"]


@pytest.mark.parametrize(
    "words", [("issues",), ("requests",), ("status",), ("people", "list"), ("messages",)]
)
def test_every_command_turns_a_wrong_token_away(cli: CommandLine, words: tuple[str, ...]) -> None:
    assert refused(cli, *words, "--token", "zgt_1_" + "0" * 64) == ["token_wrong"]


def test_the_text_shows_the_secret_once_and_the_list_never(cli: CommandLine) -> None:
    said = cli("people", "token", SECRETARY, "--label", "手机", "--scope", "decide")
    word = said.out.splitlines()[-1]
    assert word.startswith("zgt_1_")
    assert word.split("_")[2] not in cli("people", "tokens").out + cli("people", "tokens", "--json").out


def test_an_option_goes_before_the_environment(cli: CommandLine) -> None:
    word = login(cli)
    assert cli("issues", "--token", word, TOKEN="zgt_1_wrong").code == 0


def test_a_pin_goes_before_a_token(cli: CommandLine) -> None:
    made = cli("people", "token", SECRETARY, "--label", "手机", "--scope", "read", "--json").data["token"]
    said = cli("people", "pin", SECRETARY, "--pin", "864209", "--token", made, "--json")
    assert said.code == 3
    assert cli("login", "--as", SECRETARY, "--pin", PINS[SECRETARY], "--token", made).code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [(("login",), "login_as_whom"), (("logout",), "token_missing")],
    ids=["login", "logout"],
)
def test_what_is_not_said_is_asked_for(cli: CommandLine, words: tuple[str, ...], code: str) -> None:
    said = cli(*words, "--json")
    assert (said.code, said.data["error"]["code"]) == (2, code)
