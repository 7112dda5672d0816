"""Tree → the nodes that are issues, each with the levels above it and the number it goes by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.documents.lines import Line
from engine.documents.passages import joined, sentence_end, trimmed
from engine.documents.report import Heading
from engine.documents.status import ends_with_claim
from engine.documents.titles import is_other_part, is_title_form, is_wrapper
from engine.documents.tree import Node, Part
from engine.documents.vocabulary import word

_LEVELS_ABOVE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A node that is an issue; `children` are marked pieces of its problem."""

    node: Node
    number: int
    aspect: Heading | None
    section: Heading | None
    parts: tuple[Part, ...]
    status_lines: tuple[Line, ...]

    def line_numbers(self) -> set[int]:
        owned = {self.node.line} | {line.number for line in self.status_lines}
        return owned | {line.number for part in self.parts for _, line in part.lines}


@dataclass(frozen=True, slots=True)
class Findings:
    """`restarts` tells that the report counts anew under each heading, so numbers are running ones."""

    items: tuple[Finding, ...]
    restarts: bool


def findings_of(root: Node) -> Findings:
    """The issues in the order of the text."""
    nodes = _issue_nodes(root)
    restarts = _restarts(nodes)
    items = []
    for running, node in enumerate(nodes, start=1):
        number = running if restarts or node.mark is None or not node.mark.text else node.mark.number
        aspect, section = _levels_above(node)
        pieces = list(_with_children(node))
        items.append(
            Finding(
                node,
                number,
                aspect,
                section,
                _parts(pieces),
                tuple(line for piece in pieces for line in piece.status_lines),
            )
        )
    return Findings(tuple(items), restarts)


def heading_of(node: Node) -> Heading:
    """The wording of a level: its first sentence without the stop."""
    passage = joined(line for _, line in node.parts[0].lines)
    title = trimmed(passage.text[: sentence_end(passage.text)])
    return Heading(node.mark.number if node.mark else None, title, node.line)


def _issue_nodes(root: Node) -> list[Node]:
    everything = list(_descendants(root))
    answered = {node for node in everything if _is_answered(node)}
    if not answered:
        return [node for node in everything if not node.children and _may_be_a_bare_finding(node)]
    kinds = _kinds_of_issues(answered)
    chosen = {_owner(node, answered, kinds) for node in answered}
    chosen -= {above for node in chosen for above in node.path()[1:]}
    places = Counter(_place(node) for node in chosen)
    return [
        node
        for node in everything
        if node in chosen
        or (
            not node.children
            and node.kind in kinds
            and places[_place(node)]
            and not _is_inside(node, chosen)
            and not is_other_part(heading_of(node).title)
        )
    ]


def _is_answered(node: Node) -> bool:
    return (
        node.has_border
        or bool(node.status_lines)
        or any(ends_with_claim(line.text) for _, line in node.parts[0].lines)
    )


def _kinds_of_issues(answered: set[Node]) -> set[str]:
    """Kinds of marks of which at least two siblings are answered: these mark issues, not details of one."""
    groups: Counter[tuple[int, str]] = Counter((id(node.parent), node.kind) for node in answered)
    return {kind for (_, kind), count in groups.items() if count > 1}


def _owner(node: Node, answered: set[Node], kinds: set[str]) -> Node:
    """Where only the last of several siblings is answered, the answer is their parent's."""
    parent = node.parent
    if parent is None or parent.parent is None or node.kind in kinds:
        return node
    siblings = [child for child in parent.children if child.kind == node.kind]
    is_alone = (
        len(siblings) > 1 and siblings[-1] is node and not any(one in answered for one in siblings[:-1])
    )
    return parent if is_alone else node


def _place(node: Node) -> tuple[str, str]:
    return node.kind, node.parent.kind if node.parent else ""


def _is_inside(node: Node, chosen: set[Node]) -> bool:
    return any(above in chosen for above in node.path()[1:])


def _may_be_a_bare_finding(node: Node) -> bool:
    """A feedback letter has findings without answers: leaves below a heading that speaks of problems."""
    problem = word("labels", "anchor_problem")
    path = node.path()
    if any(is_other_part(heading_of(above).title) for above in path):
        return False
    if is_title_form(joined(line for _, line in node.parts[0].lines).text):
        return True
    return any(problem in heading_of(above).title for above in path[1:])


def _restarts(nodes: Sequence[Node]) -> bool:
    """Whether most groups of issues behind the first begin with 1 again."""
    firsts: dict[int, int] = {}
    for node in nodes:
        if node.mark is not None and id(node.parent) not in firsts:
            firsts[id(node.parent)] = node.mark.number
    later = list(firsts.values())[1:]
    return bool(later) and sum(number == 1 for number in later) * 2 >= len(later)


def _levels_above(node: Node) -> tuple[Heading | None, Heading | None]:
    """Aspect = the highest level, section = the nearest; one level alone is the aspect."""
    above = [
        heading for one in reversed(node.path()[1:]) if not is_wrapper((heading := heading_of(one)).title)
    ]
    if not above:
        return None, None
    return above[0], above[-1] if len(above) >= _LEVELS_ABOVE else None


def _with_children(node: Node) -> Iterator[Node]:
    yield node
    yield from _descendants(node)


def _descendants(node: Node) -> Iterator[Node]:
    stack = list(reversed(node.children))
    while stack:
        one = stack.pop()
        yield one
        stack.extend(reversed(one.children))


def _parts(pieces: Sequence[Node]) -> tuple[Part, ...]:
    """All problem lines as one part (marks of details written again), then the other parts in order."""
    problem = Part("problem")
    others: list[Part] = []
    for piece in pieces:
        is_child = piece is not pieces[0]
        labelled = any(part.label and part.role != "problem" for part in piece.parts)
        for part in piece.parts:
            is_description = part.role == "problem" or (
                part.role == "progress" and not part.label and labelled
            )
            if not is_description:
                others.append(part)
                continue
            for at, (mark, line) in enumerate(part.lines):
                shown = piece.mark if is_child and at == 0 and part is piece.parts[0] else mark
                problem.lines.append((None, _with_mark(line, shown.text if shown else "")))
    return (problem, *others)


def _with_mark(line: Line, mark: str) -> Line:
    return (
        Line(line.number, mark + line.text, line.is_whole, line.level, line.is_after_blank) if mark else line
    )


def numbering_problems(findings: Findings) -> Iterator[tuple[str, int, int]]:
    """(code, line, number) for numbers missing, doubled or out of order."""
    groups: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings.items:
        if finding.node.mark is not None and finding.node.mark.text:
            groups[id(finding.node.parent) if findings.restarts else 0].append(finding)
    for group in groups.values():
        yield from _group_problems(group)


def _group_problems(group: Sequence[Finding]) -> Iterator[tuple[str, int, int]]:
    numbers = [finding.node.mark.number if finding.node.mark else 0 for finding in group]
    seen: set[int] = set()
    highest = 0
    for finding, number in zip(group, numbers, strict=True):
        if number in seen:
            yield "issue_number_doubled", finding.node.line, number
        elif number < highest:
            yield "issue_number_out_of_order", finding.node.line, number
        seen.add(number)
        highest = max(highest, number)
    for missing in range(1, highest):
        if missing not in seen:
            behind = next(one for one, number in zip(group, numbers, strict=True) if number > missing)
            yield "issue_number_missing", behind.node.line, missing
