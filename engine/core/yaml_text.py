"""The one reader of YAML: text → plain data with line numbers, or every trap in it as a problem.

Nothing is constructed from tags, aliases are refused (a small file can otherwise grow without bound),
and what YAML silently changes (`on`, `no`, doubled keys, full-width punctuation) is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from engine.core.plain_text import is_keepable
from engine.errors import DefinitionError, Facts, Problem

LONGEST_TEXT = 400_000
LONGEST_WORDS = 20_000
DEEPEST_NESTING = 30
MOST_ENTRIES = 1_000
MOST_EVENTS = 50_000
MOST_PROBLEMS = 100
"""The largest file of ours has 14 thousand characters; a refusal comes before anything grows."""

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
Path = tuple[str | int, ...]

# The C parser is ten times faster; where PyYAML was built without it, the slow one reads the same.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_KINDS = frozenset({"str", "bool", "null", "int", "float", "timestamp", "merge", "value", "map", "seq"})
_QUOTED = frozenset({"'", '"', "|", ">"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_FULL_WIDTH_COLON = re.compile(r"^[A-Za-z_][\w-]*\s*\uff1a")
_FULL_WIDTH_COMMA = "\uff0c"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Plain data and the line (from 1) of every path in it, such as `("moves", "plan", "by")`."""

    data: Plain
    lines: dict[Path, int]
    source: str

    def line_of(self, path: Path) -> int:
        """The line of `path`, or of its nearest ancestor that has one."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return line
        return 0


def load(text: str, source: str) -> Loaded:
    """Read one document. Raises DefinitionError with all problems found, each with file and line."""
    if len(text) > LONGEST_TEXT:
        raise DefinitionError((Problem("yaml_too_long", source, 0, {"limit": LONGEST_TEXT}),))
    try:
        _refuse_bombs(text, source)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise DefinitionError((_explain(text, source, line, error.problem or ""),)) from error
    except yaml.YAMLError as error:
        raise DefinitionError(
            (Problem("yaml_syntax", source, 0, {"detail": "unreadable characters"}),)
        ) from error
    if root is None:
        raise DefinitionError((Problem("yaml_empty", source),))
    reader = _Reader(source)
    data = reader.plain(root, ())
    if reader.problems:
        raise DefinitionError(tuple(reader.problems))
    return Loaded(data, reader.lines, source)


def _explain(text: str, source: str, line: int, detail: str) -> Problem:
    """A full-width colon makes YAML stumble a line later: name the cause, not the place of the fall."""
    rows = text.splitlines()
    for at in range(min(line, len(rows)), max(line - 3, 0), -1):
        word = rows[at - 1].strip().removeprefix("- ")
        if _FULL_WIDTH_COLON.match(word):
            return Problem("yaml_full_width_colon", source, at, {"word": word[:40]})
    return Problem("yaml_syntax", source, line, {"detail": detail})


def _refuse_bombs(text: str, source: str) -> None:
    """Count what the parser says, one event at a time and keeping none, before a tree is made of it."""
    sizes: list[int] = []
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        found = _too_much(event, count) or _too_big(event, sizes)
        if found is not None:
            code, facts = found
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise DefinitionError((Problem(code, source, line, facts),))


def _too_much(event: yaml.Event, count: int) -> tuple[str, Facts] | None:
    """What is wrong with one thing that the parser says, or with how many they are by now."""
    if isinstance(event, yaml.AliasEvent):
        return "yaml_alias", {}
    if count > MOST_EVENTS:
        return "yaml_too_long", {"limit": MOST_EVENTS}
    if isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_WORDS:
        return "yaml_words_too_long", {"limit": LONGEST_WORDS}
    return None


def _too_big(event: yaml.Event, sizes: list[int]) -> tuple[str, Facts] | None:
    """Count into `sizes`, one number for each list and mapping that is open."""
    if isinstance(event, yaml.NodeEvent) and sizes:
        sizes[-1] += 1
        if sizes[-1] > 2 * MOST_ENTRIES:
            # A mapping says two things for each entry: its name and what it is.
            return "yaml_too_many", {"limit": MOST_ENTRIES}
    if isinstance(event, yaml.CollectionStartEvent):
        sizes.append(0)
    elif isinstance(event, yaml.CollectionEndEvent):
        sizes.pop()
    return ("yaml_too_deep", {"limit": DEEPEST_NESTING}) if len(sizes) > DEEPEST_NESTING else None


class _Reader:
    """Walks the node tree once, collecting lines and problems."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def plain(self, node: yaml.Node, path: Path) -> Plain:
        self.lines[path] = node.start_mark.line + 1
        if node.tag.removeprefix(_TAG) not in _KINDS:
            self._complain("yaml_tag", node, {"tag": node.tag})
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, at)) for at, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node)

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Plain]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain("yaml_key_not_a_word", key_node)
                continue
            self._scalar(key_node)
            key = str(key_node.value)
            if key in seen:
                self._complain("yaml_key_twice", key_node, {"key": key})
            seen.add(key)
            value = self.plain(value_node, (*path, key))
            # A nested value begins a line later: people look for the key.
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            yield key, value

    def _scalar(self, node: yaml.ScalarNode) -> Plain:
        value, kind = str(node.value), node.tag.removeprefix(_TAG)
        if not is_keepable(value):
            self._complain("yaml_unkeepable", node)
        if node.style in _QUOTED:
            return value
        if kind == "bool":
            if value not in _BOOLEANS:
                self._complain("yaml_boolean_word", node, {"word": value})
            return _BOOLEANS.get(value)
        if kind == "null":
            return None
        if kind == "int":
            return self._integer(value, node)
        if kind == "float":
            return self._decimal(value, node)
        self._full_width(value, node)
        return value

    def _integer(self, value: str, node: yaml.ScalarNode) -> int:
        if not re.fullmatch(r"[+-]?(0|[1-9]\d{0,17})", value):
            # 010 is eight, 1:30 is ninety and 1_000 is a thousand in YAML: nobody means that.
            self._complain("yaml_strange_number", node, {"word": value})
            return 0
        return int(value)

    def _decimal(self, value: str, node: yaml.ScalarNode) -> float:
        if not re.fullmatch(r"[+-]?\d{1,15}\.\d{1,15}", value):
            self._complain("yaml_strange_number", node, {"word": value})
            return 0.0
        return float(value)

    def _full_width(self, value: str, node: yaml.ScalarNode) -> None:
        if _FULL_WIDTH_COLON.match(value):
            self._complain("yaml_full_width_colon", node, {"word": value[:40]})
        elif _FULL_WIDTH_COMMA in value and re.fullmatch(r"[\w.-]+(\uff0c\s*[\w.-]+)+", value, re.ASCII):
            self._complain("yaml_full_width_comma", node, {"word": value[:40]})

    def _complain(self, code: str, node: yaml.Node, facts: Facts | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(code, self.source, node.start_mark.line + 1, facts or {}))
