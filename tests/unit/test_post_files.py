"""Files of posts: what may stand in them, and what each mistake is called."""

from __future__ import annotations

import pytest

from engine.core.post_catalogue import read_posts
from engine.errors import DefinitionError
from tests.kit.worlds import ROOT

GOOD = """posts: company
version: 1
roles:
  buyer: {label: 采购主管}
  auditor: {label: 内审主管}
  board: {label: 审计委员会, body: true}
conflicts:
  - [buyer, auditor, board]
"""


def problems(text: str) -> list[tuple[str, int]]:
    with pytest.raises(DefinitionError) as error:
        read_posts(text, "posts.yaml")
    return [(row.code, row.line) for row in error.value.problems]


def test_the_shipped_file_keeps_buying_and_watching_apart() -> None:
    text = (ROOT / "workflows/posts/party_school.yaml").read_text(encoding="utf-8")
    conflicts = read_posts(text, "party_school").conflicts_of()
    assert "vice_principal_logistics" in conflicts["discipline_commissioner"]


def test_a_conflict_holds_between_every_two_and_both_ways() -> None:
    conflicts = read_posts(GOOD, "posts.yaml").conflicts_of()
    assert conflicts == {
        "buyer": {"auditor", "board"},
        "auditor": {"buyer", "board"},
        "board": {"buyer", "auditor"},
    }


def test_wording_changes_no_digest_and_a_body_does() -> None:
    digests = [
        read_posts(text, "posts.yaml").digest
        for text in (GOOD, GOOD.replace("采购主管", "采购负责人"), GOOD.replace("body: true", "body: false"))
    ]
    assert (digests[0] == digests[1], digests[0] == digests[2]) == (True, False)


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (GOOD.replace("auditor, board]", "auditr]"), [("unknown_post", 8)]),
        (GOOD.replace("[buyer, auditor, board]", "[buyer]"), [("conflict_needs_two", 8)]),
        (GOOD.replace("[buyer, auditor, board]", "[buyer, buyer]"), [("conflict_needs_two", 8)]),
        (GOOD.replace("body: true", "boddy: true"), [("unknown_key", 6)]),
        (GOOD.replace("version: 1\n", ""), [("missing_key", 1)]),
        (GOOD.replace("  buyer:", "  3buyer:").replace("[buyer, ", "["), [("post_key_wrong", 4)]),
    ],
    ids=["unknown post", "alone", "with itself", "unknown key", "no version", "key"],
)
def test_every_mistake_has_its_line(wrong: str, found: list[tuple[str, int]]) -> None:
    assert problems(wrong) == found
