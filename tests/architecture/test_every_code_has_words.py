"""Every code that the program can utter has words, and no words wait for a code that nobody utters."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from engine.bootstrap import KINDS
from engine.core import yaml_text
from engine.core.fold import EVENT_TYPES

ROOT = Path(__file__).parents[2]
WORDS = ROOT / "engine" / "text" / "zh"
ERRORS = (
    "EngineError",
    "WrongUsage",
    "Conflict",
    "BadInput",
    "NotFound",
    "Unavailable",
    "Problem",
)
# (name of the callable, place of the code among its arguments, name of that argument) → the book it needs.
Speakers = dict[tuple[str, int, str], str]
SPEAKERS: Speakers = {
    **{(name, 0, "code"): "errors" for name in ERRORS},
    ("Unmet", 0, "code"): "unmet",
    ("Unmet", 2, "cure"): "cures",
    ("Prompt", 0, "kind"): "prompts",
    ("ReportProblem", 0, "code"): "reports",
    ("OddDate", 0, "code"): "reports",
    ("Reason", 0, "code"): "reasons",
    **{(name, at, "code"): "label:reason" for name, at in (("Answer", 1), ("Audience", 1), ("_suppress", 1))},
    **{
        (name, 3, "reason"): "label:reason"
        for name in ("end_notice", "postpone_notice", "postpone", "_notice")
    },
    ("refused", 1, "move"): "label:move",
    ("Refusals", 1, "move"): "label:move",
    ("mark_unsent", 3, "reason"): "label:reason",
    ("Rechecked", 1, "verdict"): "label:reason",
    ("mark_empty", 2, "reason"): "label:reason",
    ("done", 0, "key"): "answers",
    ("help_text", 0, "key"): "help",
}


@dataclass
class Said:
    """Where each code stands: exact ones, and patterns of those that are put together."""

    exact: dict[str, dict[str, str]] = field(default_factory=dict)
    patterns: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, book: str, node: ast.expr, place: str) -> None:
        for code, is_pattern in _codes(node):
            (self.patterns if is_pattern else self.exact).setdefault(book, {})[code] = place


def _codes(node: ast.expr) -> Iterator[tuple[str, bool]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value, False
    elif isinstance(node, ast.IfExp):
        yield from _codes(node.body)
        yield from _codes(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values
        )
        yield "".join(parts), True


def _meant(node: ast.expr | None, tree: ast.AST) -> list[ast.expr]:
    """The argument itself, or whatever the file assigns to the name that stands for it."""
    if not isinstance(node, ast.Name):
        return [node] if node is not None else []
    assigned = (each for each in ast.walk(tree) if isinstance(each, ast.Assign))
    return [
        row.value for row in assigned for to in row.targets if isinstance(to, ast.Name) and to.id == node.id
    ]


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _argument(call: ast.Call, at: int, name: str) -> ast.expr | None:
    named = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    if named is not None or any(isinstance(given, ast.Starred) for given in call.args[: at + 1]):
        return named
    return call.args[at] if at < len(call.args) else None


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _passed_on(tree: ast.AST, speakers: Speakers) -> Speakers:
    """Functions that hand one of their own parameters on as a code speak it themselves."""
    found: Speakers = {}
    for function in _functions(tree):
        names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        own = [name for name in names if name not in ("self", "cls")]
        if (function.name, 0, "code") in SPEAKERS or function.name == "__init__":
            continue
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            for book, said in _spoken(call, speakers):
                if isinstance(said, ast.Name) and said.id in own:
                    found[(function.name, own.index(said.id), said.id)] = book
    return found


def _spoken(call: ast.Call, speakers: Speakers) -> Iterator[tuple[str, ast.expr | None]]:
    """The books that one call speaks from, each with its code; of labels only those whose group is plain."""
    for (name, at, word), book in speakers.items():
        if _name(call) == name:
            yield book, _argument(call, at, word)
    group = _argument(call, 0, "group") if _name(call) == "label" else None
    if isinstance(group, ast.Constant):
        yield f"label:{group.value}", _argument(call, 1, "key")
    if _name(call) == "words" and isinstance(call.args[0], ast.Constant) and call.args[0].value == "demo":
        yield "label:demo", _argument(call, 1, "key")
    yield from (("label:reason", each.value) for each in call.keywords if each.arg == "reason")


def _all_speakers(tree: ast.AST, known: Speakers) -> Speakers:
    """`known` and every function of a file that hands codes on to them, however many steps away."""
    speakers = dict(known)
    while more := {key: book for key, book in _passed_on(tree, speakers).items() if key not in speakers}:
        speakers |= more
    return speakers


def _heard_in(tree: ast.AST, everywhere: Speakers) -> Speakers:
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    imported = {alias.name for node in imports for alias in node.names}
    return SPEAKERS | {key: book for key, book in everywhere.items() if key[0] in imported}


@cache
def trees() -> dict[Path, ast.Module]:
    """The code that may speak; `engine.text` itself only passes on."""
    files = [path for top in ("engine", "workflows", "notifiers") for path in (ROOT / top).rglob("*.py")]
    return {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(files)
        if path.parent.name != "text"
    }


@cache
def said() -> Said:
    result = Said()
    # A function that hands codes on is heard in its own file and in those that import it.
    everywhere = dict(SPEAKERS)
    for tree in trees().values():
        everywhere |= _all_speakers(tree, _heard_in(tree, everywhere))
    for path, tree in trees().items():
        speakers = _all_speakers(tree, _heard_in(tree, everywhere))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            for book, argument in _spoken(call, speakers):
                for value in _meant(argument, tree):
                    result.add(book, value, f"{path.relative_to(ROOT)}:{call.lineno}")
        for function in (each for each in _functions(tree) if each.name.endswith("out_of_date")):
            for answer in (each.value for each in ast.walk(function) if isinstance(each, ast.Return)):
                if answer is not None:
                    result.add("label:reason", answer, f"{path.relative_to(ROOT)}:{function.lineno}")
    return result


@cache
def strings() -> frozenset[str]:
    """Every string that stands in the code: what is in no string cannot be uttered."""
    nodes = (node for tree in trees().values() for node in ast.walk(tree))
    return frozenset(
        node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def tells() -> frozenset[str]:
    """The prompt kinds that workflow files name."""
    files = (ROOT / "workflows" / "definitions").glob("*.yaml")
    return frozenset(
        word for path in files for word in re.findall(r"notice:\s*(\w+)", path.read_text("utf-8"))
    )


def book(name: str, *keys: str) -> dict[str, str]:
    data = yaml_text.load((WORDS / f"{name}.yaml").read_text(encoding="utf-8"), name).data
    for key in keys:
        assert isinstance(data, dict)
        data = data[key]
    assert isinstance(data, dict)
    return {key: str(value) for key, value in data.items()}


BOOKS = {
    "errors": ("errors",),
    "unmet": ("refusals", "unmet"),
    "cures": ("refusals", "cures"),
    "prompts": ("letters", "kinds"),
    "reports": ("reports",),
    "reasons": ("reasons",),
    "answers": ("answers",),
    "help": ("cli",),
}


@pytest.mark.parametrize("name", BOOKS)
def test_every_code_has_words(name: str) -> None:
    words = book(*BOOKS[name])
    missing = {code: place for code, place in said().exact.get(name, {}).items() if code not in words}
    unheard = {
        pattern: place
        for pattern, place in said().patterns.get(name, {}).items()
        if not any(re.fullmatch(pattern, word) for word in words)
    }
    assert (missing, unheard) == ({}, {})


def test_every_label_has_words() -> None:
    missing: dict[tuple[str, str], str] = {}
    for name, codes in said().exact.items():
        group = name.removeprefix("label:")
        if group != name:
            words = book("demo") if group == "demo" else book("labels", group)
            missing |= {(group, code): place for code, place in codes.items() if code not in words}
    assert missing == {}


def test_every_prompt_of_a_workflow_has_words() -> None:
    assert tells() - book("letters", "kinds").keys() == set()


def _prompts() -> set[str]:
    return {*tells(), *said().exact["prompts"]}


def _rungs() -> set[str]:
    files = (ROOT / "workflows" / "ladders").glob("*.yaml")
    return {word for path in files for word in re.findall(r"name:\s*(\w+)", path.read_text("utf-8"))}


def _bases() -> set[str]:
    """Why a deadline has its day: told in one line by `show --why-due`, in one word elsewhere."""
    told = (code.removeprefix("due_basis_") for code in book("reasons") if code.startswith("due_basis_"))
    return set(told) - {"unknown"}


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("rung", _prompts),
        ("rung", _rungs),
        ("basis", _bases),
        ("event", lambda: set(EVENT_TYPES)),
        ("definition", lambda: set(KINDS.values())),
    ],
)
def test_what_a_line_calls_by_its_label_has_one(group: str, codes: Callable[[], set[str]]) -> None:
    assert codes() - book("labels", group).keys() == set()


@pytest.mark.parametrize("name", ["errors", "unmet", "cures"])
def test_no_words_are_dead(name: str) -> None:
    patterns = said().patterns.get(name, {})
    dead = {
        code
        for code in book(*BOOKS[name]).keys() - {"other"}
        if code not in strings() and not any(re.fullmatch(pattern, code) for pattern in patterns)
    }
    assert dead == set()


def test_the_scan_hears_what_is_passed_on() -> None:
    """A code that goes through two functions before it is raised is still heard."""
    tree = ast.parse(
        "def low(code): raise NotFound(code)\ndef high(word, code): low(code)\nhigh('x', 'lost')\n"
    )
    speakers = dict(SPEAKERS)
    for _ in range(2):
        speakers |= _passed_on(tree, speakers)
    assert speakers[("high", 1, "code")] == "errors"
