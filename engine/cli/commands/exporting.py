"""`export FILE`: what leaves the house as a file; a `.zip` is the bundle of one case that anybody can verify."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from engine.cli.answer import Answer, answer
from engine.cli.home import at_home
from engine.documents.bundles import write_bundle
from engine.errors import WrongUsage
from engine.services.bundling import bundle_case
from engine.text.sentences import done

BUNDLE = ".zip"


def export(said: Namespace) -> Answer:
    """`export FILE.zip --case C [--level L] [--as P]`."""
    home, path = at_home(said), Path(said.file)
    if path.suffix.lower() != BUNDLE:
        raise WrongUsage("export_kind_unknown", file=path.name)
    if not said.case:
        raise WrongUsage("export_needs_case")
    principal = home.principal(said)
    with home.reading() as uow:
        pieces = bundle_case(uow, principal, said.case, said.level, home.application.blobs, home.now)
        size = write_bundle(path, pieces, home.now)
    facts = {"file": str(path), "case": said.case, "level": said.level, "size": size}
    return answer(facts, [done("exported", facts)])
