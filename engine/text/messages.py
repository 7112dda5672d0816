"""A letter's subject and text, from facts that say who is told what: digest, red and prompt messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from engine.text.books import FOLDER, words
from engine.text.dates import day_words, due_words, left_words, period_words
from engine.text.filling import NOBODY, Names, fill
from engine.text.quoting import one_line, quoted

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

LEVELS = ("hint", "reminder", "urge", "supervise")
# Acts that hand no paper to anybody: a word is enough.
WORDS_ONLY = frozenset({"decide", "request", "verify", "claim", "confirmation", "look_back"})
MOST_ITEMS = 20
LONGEST_COMMENT = 120
LONGEST_LINK = 500
STOPS = " .,;\u3002\uff0c\uff1b\u3001"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing the recipient is told, mostly about a case.

    `kind` is `rung` or the kind of a prompt (`assigned`, `returned`, `occurrence_missed` …); `what` the key
    of the act that is missing (group `act` of the labels: `plan`, `measure`, `decide` …), `what_act` its
    workflow's own words for it, `what_label` the label of its move where that group has none either,
    `what_number` the number of the measure, `move` the move that a request asks for, `move_label` its
    workflow's own word for it. `kind_label` is what such a case is called, `told` its fields in words.
    `days_left` is negative when late; it is counted from `due_on` where it is None. `n` is how often this has
    been said, `hand_to` the words for whom it goes to, `whose` the words for whose act is missing where it is
    not the recipient's. Items of one `group` (words for several duties that are one thing to people) and
    `period` (a period key) become one line. Of an unpublished issue only its number is told.
    `is_redated`: the date was set after one was missed. `on`: the day that is told, on which it happened
    or which was the last.
    """

    kind: str
    key: str
    title: str | None = None
    what: str = ""
    what_number: int | None = None
    due_on: date | None = None
    days_left: int | None = None
    level: str = "hint"
    n: int = 1
    comment: str = ""
    hand_to: str = ""
    whose: str = ""
    move: str = ""
    move_label: str = ""
    what_label: str = ""
    what_act: str = ""
    kind_label: str = ""
    told: tuple[str, ...] = ()
    group: str = ""
    period: str = ""
    is_unpublished: bool = False
    is_redated: bool = False
    on: date | None = None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """Everything one message says. `title` is the office by which the recipient is addressed."""

    recipient_name: str
    title: str
    organisation: str
    today: date
    office_phone: str = ""
    link: str | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What a letter says: one line of subject, and the text."""

    subject: str
    text: str


def render(category: str, facts: MessageFacts) -> Message:
    """The message of a delivery of `category` (`digest`, `red`, `prompt`), the most urgent item first.

    Raises ValueError for a message without items: nobody is told nothing.
    """
    if not facts.items:
        raise ValueError("a message without items")
    items = sorted(facts.items, key=lambda item: _urgency(item, facts.today))
    text = _templates().get_template(f"{category}.txt").render(_told(facts, items))
    return Message(_subject(category, items, facts.today), text.strip() + "\n")


def render_seal(facts: MessageFacts, line: str) -> Message:
    """The message that carries a seal out of the database; the line itself must stay whole."""
    told = {**_told(facts, []), "line": one_line(line)}
    text = _templates().get_template("seal.txt").render(told)
    return Message(words("letters", "subjects", "seal") or "", text.strip() + "\n")


def _told(facts: MessageFacts, items: list[Item]) -> dict[str, object]:
    """What a template may name; everything that people typed was made harmless here."""
    lines = [_line(rows, facts.today) for rows in _folded(items)]
    return {
        "addressed": quoted(facts.recipient_name + facts.title, 30),
        "level": _level_words(items),
        "lines": lines[:MOST_ITEMS],
        "more": max(len(lines) - MOST_ITEMS, 0),
        "hands_in": any(_hands_in(item) for item in items),
        "count": len(_listed(items)),
        "others": sum(1 for item in _listed(items) if item.whose),
        "link": _link(facts.link),
        "phone": quoted(facts.office_phone, 40),
        "organisation": quoted(facts.organisation),
        "day": day_words(facts.today),
    }


@cache
def _templates() -> SandboxedEnvironment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    # Plain text: nothing to escape for HTML; every value was made harmless by `quoted` before.
    return SandboxedEnvironment(
        loader=FileSystemLoader(FOLDER / "messages", encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _urgency(item: Item, today: date) -> tuple[bool, int]:
    """Least time first, what has no date last; equals stay in the order in which they were given."""
    left = _left(item, today)
    return (left is None, left or 0)


def _left(item: Item, today: date) -> int | None:
    if item.days_left is not None:
        return item.days_left
    return (item.due_on - today).days if item.due_on else None


def _folded(items: Iterable[Item]) -> list[list[Item]]:
    """Items of one group and period as one row; all others alone. Keeps the order of urgency."""

    def together(item: Item) -> tuple[object, ...]:
        if not item.group:
            return (item.key, item.kind, item.what, item.what_number)
        return ("", item.group, item.period, item.kind, item.due_on)

    rows: dict[tuple[object, ...], list[Item]] = {}
    for item in items:
        rows.setdefault(together(item), []).append(item)
    return list(rows.values())


def _listed(items: Iterable[Item]) -> list[Item]:
    """One item for each thing that the lines name: what was told several times in a day is one."""
    return [
        item
        for rows in _folded(items)
        for item in (
            {_named(row): row for row in reversed(rows)} if rows[0].group else {"": rows[0]}
        ).values()
    ]


def _named(row: Item) -> str:
    return quoted(row.title or row.key)


def _line(rows: list[Item], today: date) -> str:
    """One line: what with its number, by when, hand what to whom, how often it was said."""
    item = rows[0]
    kind = "of_others" if item.whose else item.kind
    said = words("letters", "kinds", kind) or words("letters", "kinds", "other") or ""
    facts: dict[str, object] = {
        "subject": _group_words(rows, today) if item.group else _subject_words(item),
        "what": _act_words(item),
        "when": _when(item, today),
        "on": day_words(item.on) if item.on else None,
        "move": item.move,
        "hand_to": "" if item.what in WORDS_ONLY else quoted(item.hand_to, 30),
        "whose": quoted(item.whose, 30),
        "comment": _comment(item),
        "n": item.n if item.n > 1 else None,
    }
    return fill(said, facts, _own_words(item))


def _hands_in(item: Item) -> bool:
    """Whether the recipient has papers to hand in; whoever decides, watches or only hears of it has none."""
    asks_for_papers = "{hand_to}" in (words("letters", "kinds", item.kind) or "")
    return asks_for_papers and bool(item.hand_to) and not item.whose and item.what not in WORDS_ONLY


def _own_words(item: Item) -> Names:
    """The word of the workflow file for the move, before the usual one."""
    return {f"move:{item.move}": item.move_label} if item.move_label else NOBODY


def _group_words(rows: list[Item], today: date) -> str:
    names = _text("names_comma").join(dict.fromkeys(map(_named, rows)))
    period, group = period_words(rows[0].period, today), quoted(rows[0].group)
    return _text("group").format(period=period, group=group, names=names)


def _subject_words(item: Item) -> str:
    number = item.key.rpartition("-")[2]
    if item.is_unpublished:
        return _text("numbered").format(number=one_line(number))
    if item.kind_label and item.title:
        facts = {
            "kind": item.kind_label,
            "title": quoted(item.title),
            "told": [quoted(row) for row in item.told],
        }
        return fill(_text("of_kind"), {**facts, "number": number if number.isdigit() else None})
    title = quoted(item.title or "")
    if not title:
        return quoted(item.key)
    if item.period:
        return title
    return _text("titled").format(number=one_line(number), title=title)


def _act_words(item: Item) -> str:
    act = item.what_act or words("labels", "act", item.what)
    if act is None and item.what_label:
        return quoted(item.what_label)
    act = act or words("labels", "act", "other") or ""
    return fill(act, {"number": item.what_number, "move": item.move}, _own_words(item))


def _when(item: Item, today: date) -> str:
    if item.due_on is not None:
        said = due_words(item.due_on, today)
        return _text("redated").format(when=said) if item.is_redated else said
    return "" if item.days_left is None else left_words(item.days_left)


def _comment(item: Item) -> str:
    """Why something was returned; it may quote the problem, so of an unpublished issue it is not told."""
    if item.is_unpublished and item.comment:
        return _text("comment_at_office")
    # The line around it has a full stop of its own.
    return quoted(item.comment, LONGEST_COMMENT).rstrip(STOPS)


def _level_words(items: Iterable[Item]) -> str:
    ranks = [LEVELS.index(item.level) for item in items if item.level in LEVELS]
    highest = LEVELS[max(ranks, default=0)]
    return words("labels", "level", highest) or words("labels", "level", "hint") or ""


def _subject(category: str, items: list[Item], today: date) -> str:
    left, count = _left(items[0], today), len(_listed(items))
    facts: Mapping[str, object] = {
        "level": _level_words(items),
        "count": count,
        "left": None if left is None else left_words(left),
        "news": words("letters", "news", items[0].kind) or words("letters", "news", "other"),
    }
    form = category if count == 1 or category != "prompt" else "prompts"
    return fill(words("letters", "subjects", form) or "{level}", facts)


def _link(link: str | None) -> str:
    """A link as it is, or nothing where it is none: it is the one value that must stay clickable."""
    address = "".join(one_line(link or "").split())
    is_link = address.startswith(("https://", "http://")) and len(address) <= LONGEST_LINK
    return address if is_link else ""


def _text(key: str) -> str:
    return words("letters", key) or ""
