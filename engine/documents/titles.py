"""Title forms and the names of parts that hold no single findings."""

from __future__ import annotations

import re
from functools import cache

from engine.documents.lines import Line
from engine.documents.vocabulary import any_of, words

_LONGEST_HEADING = 30
_LONGEST_TITLE = 120


def is_title_form(text: str) -> bool:
    """Whether a line is a title by its form, such as a subject between `before` and `after` words."""
    return len(text) <= _LONGEST_TITLE and bool(_title_form().fullmatch(text))


def is_answered_title(text: str) -> bool:
    """A title whose form says that the answer follows at once."""
    return is_title_form(text) and text.rstrip(_stops()).endswith(words("labels", "title_forms", "answered"))


def opens_other_part(line: Line) -> bool:
    """A heading (short, without a stop) of a part about other things than single findings."""
    return (
        len(line.text) <= _LONGEST_HEADING
        and is_other_part(line.text)
        and not line.text.endswith(words("marks", "sentence", "ends"))
    )


def opens_the_close(text: str) -> bool:
    """The first words of the paragraphs that close a report."""
    return text.startswith(words("labels", "closings"))


def is_other_part(title: str) -> bool:
    return len(title) <= _LONGEST_HEADING and any(one in title for one in words("labels", "other_parts"))


def is_wrapper(title: str) -> bool:
    """A part that holds all findings and is no aspect of its own."""
    ends = words("labels", "wrappers")
    return len(title) <= _LONGEST_HEADING and title.rstrip(_stops()).endswith(ends)


@cache
def _title_form() -> re.Pattern[str]:
    before = any_of(words("labels", "title_forms", "before"))
    after = any_of(words("labels", "title_forms", "after"))
    return re.compile(f"{before}.{{2,{_LONGEST_TITLE}}}{after}[{re.escape(_stops())}]?")


@cache
def _stops() -> str:
    return "".join(words("marks", "sentence", "trimmed"))
