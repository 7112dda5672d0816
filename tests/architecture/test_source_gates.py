"""Gates over the Python of the product: size, names, words, the wall clock, swallowed errors; size also of tests.

Each gate is a small function from a syntax tree to the lines it objects to, and is tried on a bad sample too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.source_tree import files_of_tests, named, parsed, python_files

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common"}
ONLY_CLOCK = "engine/clock.py"
WALL_CLOCK = {
    *(f"datetime.{name}" for name in ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")),
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime")),
}
CHINESE = re.compile(
    r"[\u2e80-\u2fdf\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
TWO_HAN = re.compile(r"[\u4e00-\u9fff]{2}")

Gate = Callable[[ast.Module], Iterator[str]]


def long_functions(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.lineno}: {node.name} has {lines} lines"


def wall_clock_reads(tree: ast.Module) -> Iterator[str]:
    """Uses, called or not, of what reads the wall clock, whatever name it was imported under."""
    origins = dict(_imported_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            head, _, rest = ast.unparse(node).partition(".")
            dotted = ".".join(filter(None, (origins.get(head, ""), rest)))
            if dotted in WALL_CLOCK:
                yield f"{node.lineno}: {dotted}"


def _imported_names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def swallowed_errors(tree: ast.Module) -> Iterator[str]:
    """Handlers for anything at all that only log, skip or pass."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ExceptHandler)
            and _catches_everything(node)
            and all(map(_is_idle, node.body))
        ):
            yield f"{node.lineno}: except that goes on as if nothing had happened"


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        return not isinstance(value, ast.Call) or bool(
            re.match(r"(print|_?log|logging)", ast.unparse(value.func))
        )
    return isinstance(statement, ast.Pass | ast.Continue | ast.Break)


def escaped_chinese(tree: ast.Module) -> Iterator[str]:
    r"""Chinese words written as \u escapes; a single character, as in a range of a pattern, is no word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TWO_HAN.search(node.value):
            yield f"{node.lineno}: Chinese words in a string"


@pytest.mark.parametrize("gate", [long_functions, swallowed_errors])
def test_the_tests_pass_the_gate(gate: Gate) -> None:
    assert [f"{named(path)}:{line}" for path in files_of_tests() for line in gate(parsed(path))] == []


@pytest.mark.parametrize("gate", [long_functions, swallowed_errors, escaped_chinese])
def test_the_source_passes_the_gate(gate: Gate) -> None:
    assert [f"{named(path)}:{line}" for path in python_files() for line in gate(parsed(path))] == []


def test_only_the_clock_reads_the_wall_clock() -> None:
    others = [path for path in python_files() if named(path) not in (ONLY_CLOCK, "run.py")]
    assert [f"{named(path)}:{line}" for path in others for line in wall_clock_reads(parsed(path))] == []


def test_no_file_is_long() -> None:
    lengths = {
        named(path): len(path.read_text("utf-8").splitlines())
        for path in (*python_files(), *files_of_tests())
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_module_has_a_name_that_says_something() -> None:
    assert [named(path) for path in python_files() if EMPTY_NAMES & {path.stem, path.parent.name}] == []


def test_words_for_people_stay_out_of_the_source() -> None:
    found = [
        f"{named(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CHINESE.search(line)
    ]
    assert found == []


def test_every_module_says_its_job() -> None:
    silent = [path for path in python_files() if path.stat().st_size and not ast.get_docstring(parsed(path))]
    assert [named(path) for path in silent if not _is_generated(path)] == []


def _is_generated(path: Path) -> bool:
    return "versions" in path.parts


@pytest.mark.parametrize(
    ("gate", "sample"),
    [
        (long_functions, "def long():\n" + "    call()\n" * 50),
        (wall_clock_reads, "import datetime as dt\nnow = dt.datetime.now(dt.UTC)"),
        (wall_clock_reads, "from datetime import date\ntoday = date.today()"),
        (wall_clock_reads, "from datetime import datetime\nfield(default_factory=datetime.utcnow)"),
        (wall_clock_reads, "import time\nstamp = time.time()"),
        (wall_clock_reads, "from time import time as seconds\nstamp = seconds()"),
        (swallowed_errors, "try:\n    call()\nexcept Exception:\n    pass"),
        (swallowed_errors, "try:\n    call()\nexcept:\n    logger.exception('it failed')\n    continue"),
        (swallowed_errors, "try:\n    call()\nexcept (ValueError, Exception) as error:\n    log.info(error)"),
        (escaped_chinese, "word = '\\u6574\\u6539'"),
    ],
)
def test_the_gate_objects_to_a_bad_sample(gate: Gate, sample: str) -> None:
    assert len(list(gate(ast.parse(sample)))) == 1


@pytest.mark.parametrize(
    ("gate", "sample"),
    [
        (long_functions, "def long():\n" + "    call()\n" * 49),
        (wall_clock_reads, "from engine import clock\nnow = clock.now()"),
        (wall_clock_reads, "import time\nbegan = time.monotonic()"),
        (swallowed_errors, "try:\n    call()\nexcept Exception as error:\n    record(error)"),
        (swallowed_errors, "try:\n    call()\nexcept OSError:\n    pass"),
        (escaped_chinese, "han = '[\\u4e00-\\u9fff]'"),
    ],
)
def test_the_gate_lets_a_good_sample_pass(gate: Gate, sample: str) -> None:
    assert list(gate(ast.parse(sample))) == []
