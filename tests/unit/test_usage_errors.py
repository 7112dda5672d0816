"""A wrong command line is told in our words, and without the secrets that it held."""

from __future__ import annotations

import pytest

from engine.cli.entry import main

SECRET = "0a1b2c3d4e5f"


@pytest.mark.parametrize("machine", [[], ["--json"]])
@pytest.mark.parametrize(
    "words",
    [
        ["--token", f"zgt_1_{SECRET}", "show", "2026-1"],
        [f"--token=zgs_1_{SECRET}", "show", "2026-1"],
        ["show", "2026-1", "--tokne", f"zgt_1_{SECRET}"],
    ],
)
def test_a_token_in_a_wrong_place_is_not_told(
    capsys: pytest.CaptureFixture[str], words: list[str], machine: list[str]
) -> None:
    assert main([*words, *machine]) == 2
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
