"""`evidence add` and `evidence list`: files and off-line entries that prove what was promised."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.answer import Answer, answer
from engine.cli.files import opened
from engine.cli.home import Home, at_home, day
from engine.cli.onward import answer_with
from engine.core.visibility import VERIFIERS_ONLY
from engine.errors import Unavailable
from engine.services.evidence import About, Offline, attach, evidence_json, list_evidence
from engine.services.intake import Received, receive
from engine.text.labels import labels
from engine.text.sentences import done


def evidence_add(said: Namespace) -> Answer:
    """`evidence add CASE --file F …` or `--offline NAME`: bytes are stored before the row that names them."""
    kind = _kind(said.kind)
    home = at_home(said)
    principal = home.principal(said)
    papers: list[Received | Offline] = [*received(home, said.file)]
    if said.offline:
        seen = day(said.inspected_on)
        papers.append(Offline(said.offline, said.copies, said.box, said.keeper, said.inspector, seen))
    proves = day(said.proves)
    about = About(kind, said.deliverable, said.measure, proves, day(said.until) or proves, said.level)
    with home.writing() as uow:
        made = attach(uow, principal, said.case, papers, about, home.now)
        case = made.case
        _still_there(home, papers)
        rows = [evidence_json(row) for row in case.evidence[-len(papers) :]]
        facts = {"case": case.key, "count": len(rows), "revision": case.revision, "evidence": rows}
    return answer_with(home, "evidence_added", facts, made.warnings)


def _kind(word: str | None) -> str | None:
    """The key of a kind of paper that was called by its label."""
    by_label = {shown: key for key, shown in labels("evidence_kind").items()}
    return by_label.get(word, word) if word else word


def _still_there(home: Home, papers: Sequence[Received | Offline]) -> None:
    """The same bytes may have been cleared between receiving and attaching: asked once more under the lock.

    Raises Unavailable `blob_vanished`; nothing is attached then.
    """
    for paper in papers:
        if isinstance(paper, Received) and not home.application.blobs.holds(home.organisation, paper.digest):
            raise Unavailable("blob_vanished", file=paper.name)


def evidence_list(said: Namespace) -> Answer:
    """Every paper of a case, withdrawn ones too."""
    home = at_home(said)
    with home.reading() as uow:
        case, papers = list_evidence(uow, home.principal(said), said.case, home.now)
    rows = [evidence_json(row) for row in papers]
    lines = paper_lines(case.key, rows, home.names)
    return answer({"case": case.key, "evidence": rows}, lines or [done("no_evidence", {"case": case.key})])


def paper_lines(case: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[str]:
    """One line for each paper; where some are not for whoever asks, how those may see them for whom they are."""
    lines = [done("evidence_line", row, names) for row in rows]
    hidden = [row["number"] for row in rows if row["level"] == VERIFIERS_ONLY and row["name"] is None]
    return [*lines, done("evidence_hidden", {"case": case, "hidden": hidden})] if hidden else lines


def received(home: Home, paths: Sequence[str]) -> list[Received]:
    """Store the files of a command; raises what `opened` and `receive` do."""
    settings, blobs = home.application.settings, home.application.blobs
    stored = []
    for path in paths:
        with opened(path, home.database_file) as source:
            stored.append(receive(blobs, home.organisation, source, path, largest=settings.largest_file))
    return stored
