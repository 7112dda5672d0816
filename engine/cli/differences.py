"""Where a report and the ledger differ, as one short line each: what stands there → what the report says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

from engine.text.labels import label
from engine.text.quoting import ELLIPSIS, cut, one_line
from engine.text.sentences import done

LONGEST = 60
# So much of what both have in common is left before the place where they part.
KEPT_BEFORE = 10


def difference_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each difference of the JSON contract (`part`, `ours`, `theirs`, `kept_because`)."""
    for row in rows:
        ours, theirs = _parting(row["ours"] or "", row["theirs"] or "")
        if row["part"] == "claimed_status":
            ours, theirs = ours and label("claimed", ours), label("claimed", theirs)
        yield done("merge_difference", {**row, "ours": cut(ours, LONGEST), "theirs": cut(theirs, LONGEST)})


def _parting(ours: str, theirs: str) -> tuple[str, str]:
    """Both without the lines they share, and without a long beginning that they share."""
    mine, said = ours.split("\n"), theirs.split("\n")
    only_ours = one_line(" ".join(line for line in mine if line not in said))
    only_theirs = one_line(" ".join(line for line in said if line not in mine))
    if not (only_ours or only_theirs):
        only_ours, only_theirs = one_line(ours), one_line(theirs)
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(only_ours, only_theirs, strict=False))
    start = sum(1 for _ in shared) - KEPT_BEFORE
    if start <= KEPT_BEFORE:
        return only_ours, only_theirs
    return ELLIPSIS + only_ours[start:], ELLIPSIS + only_theirs[start:]
