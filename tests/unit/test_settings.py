"""What the environment says, and that reading it touches nothing."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pytest

from engine import clock
from engine.errors import WrongUsage
from engine.settings import Settings


def test_an_empty_environment_is_a_home_beside_the_program() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings(home=Path("var"), database_url="sqlite:///var/zhenggai.db")
    assert (settings.notifier, settings.public_url, settings.organisation) == ("console://", "", None)


def test_the_database_lies_in_the_home_unless_said_otherwise() -> None:
    assert Settings.from_environment({"ZHENGGAI_HOME": "/data/school"}).database_url == (
        "sqlite:////data/school/zhenggai.db"
    )
    said = {"ZHENGGAI_HOME": "/data", "ZHENGGAI_DATABASE_URL": "postgresql+psycopg://host/db"}
    assert Settings.from_environment(said).database_url == "postgresql+psycopg://host/db"


def test_folders_of_the_home() -> None:
    settings = Settings.from_environment({"ZHENGGAI_HOME": "data"})
    assert (settings.blobs, settings.site_workflows) == (Path("data/blobs"), Path("data/workflows"))


def test_an_empty_value_is_not_set() -> None:
    assert Settings.from_environment(
        {"ZHENGGAI_HOME": " ", "ZHENGGAI_NOTIFIER": ""}
    ) == Settings.from_environment({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHENGGAI_DATABASE_URL", "mysql://root:secret@host/db"),
        ("ZHENGGAI_PUBLIC_URL", "desk.example"),
        ("ZHENGGAI_LARGEST_FILE_MB", "viel"),
        ("ZHENGGAI_LARGEST_FILE_MB", "0"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(WrongUsage) as wrong:
        Settings.from_environment({name: value})
    assert wrong.value.facts == {"name": name}


def test_the_clock_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC
