"""Every parameter of a command that a guard or an effect reads is declared on its mark: no other is accepted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from engine.core.vocabulary import parameters_of, plain_kind
from tests.kit.worlds import vocabulary

ROOT = Path(__file__).parents[2] / "workflows"
FILES = sorted([*(ROOT / "guards").glob("*.py"), *(ROOT / "effects").glob("*.py")])
SHARED = sorted(ROOT.glob("*.py"))
"""What guards and effects have in common."""
AIM = {"kind", "subject"}
BY_NAME = {"given_day", "is_said", "_given"}
"""Functions whose second argument is the name of the parameter that they read."""


def test_the_source_reads_parameters_at_all() -> None:
    assert {"due", "until", "kind", "result", "post"} <= {name for row in found() for name in row[2]}


def test_what_is_read_is_what_is_declared() -> None:
    assert [] == [(place, declared, read) for place, declared, read in found() if declared != read]


def test_what_is_read_as_a_day_is_declared_as_one() -> None:
    days = {name for row in marked() for name in declared_by(row, "days")}
    assert {"due", "from", "until", "next_review", "held_on", "on"} == days
    assert [] == [row.name for row in marked() if days & declared_by(row, "params")]


def test_each_number_of_a_guard_says_which_way_is_stricter() -> None:
    """An organisation's own file is held to what holds for all by this alone."""
    numbers = {
        (name, row.name)
        for name, function in vocabulary().guards.items()
        for row in parameters_of(function).values()
        if plain_kind(row.annotation) in ("int", "bool") or str(row.annotation).startswith("list[")
    }
    declared = [
        (name, word) for name in vocabulary().guards for words in vocabulary().bounds(name) for word in words
    ]
    assert len(numbers) > 15
    assert [] == sorted(numbers - set(declared))
    assert len(declared) == len(set(declared)), "floor and ceiling at once"
    known = {
        (name, word) for name, function in vocabulary().guards.items() for word in parameters_of(function)
    }
    assert [] == sorted(set(declared) - known)


def marked() -> list[ast.FunctionDef]:
    nodes = [node for path in FILES for node in functions_of(path).values()]
    return [node for node in nodes if node.decorator_list]


def found() -> Iterator[tuple[str, set[str], set[str]]]:
    """(place, declared, read) of every marked function."""
    shared = {name: node for path in SHARED for name, node in functions_of(path).items()}
    for path in FILES:
        functions = functions_of(path)
        for name, node in functions.items():
            if node.decorator_list:
                yield f"{path.name}:{name}", declared_by(node), reads(node, {**shared, **functions}, set())


def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    nodes = ast.parse(path.read_text("utf-8")).body
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}


def declared_by(node: ast.FunctionDef, *words: str) -> set[str]:
    """The names under these words of the mark; under both of them where none is named."""
    calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
    wanted = words or ("params", "days")
    said = [word.value for call in calls for word in call.keywords if word.arg in wanted]
    return {name for value in said for name in ast.literal_eval(value)}


def reads(node: ast.FunctionDef, functions: dict[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    """The parameters that a function reads itself or by the functions of its file, or shared ones, that it calls."""
    seen.add(node.name)
    names: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            names |= called(each, functions, seen)
        if isinstance(each, ast.Subscript) and is_params(each.value) and isinstance(each.slice, ast.Constant):
            names.add(str(each.slice.value))
    return names


def called(call: ast.Call, functions: dict[str, ast.FunctionDef], seen: set[str]) -> set[str]:
    at = call.func
    if isinstance(at, ast.Attribute):
        return {str(ast.literal_eval(call.args[0]))} if at.attr == "get" and is_params(at.value) else set()
    if not isinstance(at, ast.Name):
        return set()
    if at.id in ("aimed_at", "aimed_deadline"):
        return AIM
    if at.id in BY_NAME:
        return {str(ast.literal_eval(call.args[1]))}
    return reads(functions[at.id], functions, seen) if at.id in functions and at.id not in seen else set()


def is_params(node: ast.expr) -> bool:
    """`ask.command.params`, or the local name that stands for it."""
    return (isinstance(node, ast.Attribute) and node.attr == "params") or (
        isinstance(node, ast.Name) and node.id == "params"
    )
