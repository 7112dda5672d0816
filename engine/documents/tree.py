"""Lines → tree: a new mark goes one level down, a mark seen before goes back to its level.

No table says which mark stands for which depth: the same mark means different depths in different reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.documents.lines import Line
from engine.documents.passages import is_complete
from engine.documents.signs import Mark, Role, Sign, sign_of
from engine.documents.status import ends_with_claim
from engine.documents.titles import is_answered_title, opens_other_part, opens_the_close

# A line shorter than this is no piece of a broken paragraph.
_LEAST_BROKEN_LENGTH = 20
_LABEL_KIND = "label"


@dataclass(slots=True)
class Part:
    """What stands behind one label of a node: lines, each with its own mark where it is an item of a list."""

    role: Role
    label: str = ""
    lines: list[tuple[Mark | None, Line]] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Node:
    """One marked place of the document, with the problem part first and whatever labels follow."""

    mark: Mark | None
    line: int
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    child_kinds: set[str] = field(default_factory=set)
    parts: list[Part] = field(default_factory=list)
    status_lines: list[Line] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.mark.kind if self.mark else ""

    @property
    def has_border(self) -> bool:
        """Whether a label (or a status) has ended the problem."""
        return any(part.role != "problem" for part in self.parts)

    def path(self) -> list[Node]:
        """From the node up to, and without, the root."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            found.append(node)
            node = node.parent
        return found


def tree_of(lines: Sequence[Line]) -> Node:
    """The root; its own part holds every line that belongs to no marked place."""
    signs = [sign_of(line) for line in lines]
    return _Builder(lines, signs).build()


class _Builder:
    """Walks the lines once; `current` is the node that takes what comes next."""

    def __init__(self, lines: Sequence[Line], signs: Sequence[Sign]) -> None:
        self.lines = lines
        self.signs = signs
        self.answers = _answers_ahead(signs)
        self.last_label = max((at for at, sign in enumerate(signs) if sign.role), default=-1)
        self.root = Node(None, 0, parts=[Part("problem")])
        self.current = self.root
        self.items: dict[str, int] = {}  # the last number of each list inside the current answer

    def build(self) -> Node:
        for at, sign in enumerate(self.signs):
            self._take(at, sign)
        return self.root

    def _take(self, at: int, sign: Sign) -> None:
        if sign.role is not None and self._is_label(sign):
            self._take_label(sign)
        elif sign.mark is not None:
            self._take_mark(at, sign, sign.mark)
        elif sign.is_status and self.current is not self.root:
            self.current.status_lines.append(sign.rest)
        elif self._ends_the_tree(at):
            self._go_to(self.root)
            self._add(self.lines[at])
        else:
            self._take_text(self.lines[at])

    def _is_label(self, sign: Sign) -> bool:
        """A marked label belongs to the open node unless its mark is one of the highest level.

        A mark before a word for “problem” opens a place: the problem behind it is its title.
        """
        if self.current is self.root:
            return sign.role == "problem" and sign.has_colon and sign.mark is None
        if sign.mark is None or sign.role == "problem":
            return sign.mark is None
        at_level = self._at_level(sign.mark.kind)
        return at_level is None or at_level.parent is not self.root

    def _take_label(self, sign: Sign) -> None:
        assert sign.role is not None
        node = self.current
        if sign.mark is not None and (same := self._at_level(sign.mark.kind)) and same.parent:
            node = same.parent
        self.items = {}
        if sign.role == "problem" and sign.mark is None and (node is self.root or node.has_border):
            node = self._open(_Place(Mark(_LABEL_KIND, len(node.children) + 1, ""), sign.rest.number))
        self.current = node
        node.parts.append(Part(sign.role, sign.label))
        if sign.rest.text:
            self._add(sign.rest)

    def _take_mark(self, at: int, sign: Sign, mark: Mark) -> None:
        if self._is_broken_text(at, mark):
            self._take_text(self.lines[at])
        elif self._is_item(at, mark):
            self.items[mark.kind] = mark.number
            self._close_problem_by_status()
            self.current.parts[-1].lines.append((mark, sign.rest))
        else:
            self._open(_Place(mark, self.lines[at].number))
            # A label that was refused as one stays part of the heading's wording.
            self._add(_heading_line(sign))

    def _take_text(self, line: Line) -> None:
        self._close_problem_by_status()
        self._add(line)

    def _add(self, line: Line) -> None:
        self.current.parts[-1].lines.append((None, line))

    def _close_problem_by_status(self) -> None:
        """Behind the status that closes a problem stands the answer, labelled or not."""
        node = self.current
        part = node.parts[-1]
        if node is self.root or part.role != "problem" or not part.lines:
            return
        last = part.lines[-1][1]
        if node.status_lines or ends_with_claim(last.text) or is_answered_title(last.text):
            node.parts.append(Part("progress"))

    def _open(self, place: _Place) -> Node:
        self.items = {}
        same = self._at_level(place.mark.kind)
        parent = same.parent if same and same.parent else self._parent_for_new(place.mark)
        node = Node(place.mark, place.line, parent, parts=[Part("problem")])
        parent.children.append(node)
        parent.child_kinds.add(node.kind)
        self.current = node
        return node

    def _parent_for_new(self, mark: Mark) -> Node:
        """A kind not on the path goes below the current node, unless it continues a count above."""
        if mark.number == 1 or mark.kind == _LABEL_KIND:
            return self.current
        for node in (*self.current.path(), self.root):
            if mark.kind in node.child_kinds:
                return node
        return self.root if self.current.has_border else self.current

    def _at_level(self, kind: str) -> Node | None:
        return next((node for node in self.current.path() if node.kind == kind), None)

    def _is_item(self, at: int, mark: Mark) -> bool:
        """Whether the mark counts the measures of the current answer and opens no new place."""
        if self.current is self.root or not self.current.has_border:
            return False
        if self._at_level(mark.kind) is None:
            return mark.number == 1 or mark.kind in self.items
        if self.answers[at]:
            return False
        if self.items.get(mark.kind) == mark.number - 1:
            return True
        return mark.number == 1 and self.current.kind == mark.kind

    def _is_broken_text(self, at: int, mark: Mark) -> bool:
        """A break inside a sentence can put a number at the head of a line."""
        if at == 0 or self.lines[at].is_whole:
            return False
        before = self.lines[at - 1]
        if is_complete(before) or len(before.text) < _LEAST_BROKEN_LENGTH or mark.number == 1:
            return False
        same = self._at_level(mark.kind)
        return same is None or same.mark is None or mark.number != same.mark.number + 1

    def _ends_the_tree(self, at: int) -> bool:
        line = self.lines[at]
        if self.current is self.root:
            return False
        if line.level and not self.signs[at].role:
            return True
        is_free = at > 0 and is_complete(self.lines[at - 1])
        return at > self.last_label and is_free and (opens_the_close(line.text) or opens_other_part(line))

    def _go_to(self, node: Node) -> None:
        self.current = node
        self.items = {}


@dataclass(frozen=True, slots=True)
class _Place:
    mark: Mark
    line: int


def _heading_line(sign: Sign) -> Line:
    if sign.role is None or (sign.role == "problem" and sign.rest.text):
        return sign.rest
    rest = sign.rest
    return Line(rest.number, sign.label + rest.text, rest.is_whole, rest.level, rest.is_after_blank)


def _answers_ahead(signs: Sequence[Sign]) -> list[bool]:
    """Per line with a mark: does a label that ends a problem come before the next mark?"""
    ahead = False
    found = [False] * len(signs)
    for at in range(len(signs) - 1, -1, -1):
        sign = signs[at]
        found[at] = ahead
        if sign.mark is not None and sign.role is None:
            ahead = False
        elif sign.role not in {None, "problem"}:
            ahead = True
    return found
