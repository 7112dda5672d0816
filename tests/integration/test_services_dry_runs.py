"""A dry run says what the real thing would do, and leaves not one byte behind even where it is committed."""

from __future__ import annotations

from collections.abc import Callable

from engine.core.world import MakeMove
from engine.services.decisions import Decided, Word, decide_together, withdraw
from engine.services.moves import Assign, Done, assign, make_move
from tests.kit.contents import content_digest
from tests.kit.databases import OWNER, Home
from tests.kit.verbs import do


def rehearsed(home: Home, verb: Callable[..., Done | list[Decided]], who: str, *words: object) -> Done:
    """What a dry run says; nothing may have changed."""
    before = content_digest(home.database)
    done = do(home, verb, home.principal(who), *words, dry_run=True)
    assert before == content_digest(home.database)
    (only,) = [row.done for row in done] if isinstance(done, list) else [done]
    assert only is not None
    assert only.is_dry_run
    return only


def test_no_verb_of_a_case_commits_a_dry_run(home: Home) -> None:
    key = home.open_issue().key
    command = Assign(home.posts[OWNER])
    assert rehearsed(home, assign, "office", key, command).case.owner_post == home.posts[OWNER]
    do(home, assign, home.principal("office"), key, command)
    assert rehearsed(home, make_move, OWNER, key, MakeMove("plan")).request == 1
    do(home, make_move, home.principal(OWNER), key, MakeMove("plan"))
    request = f"{key}-R1"
    assert rehearsed(home, withdraw, OWNER, request).case.pending is None
    assert rehearsed(home, decide_together, "secretary", Word([request], "approve")).case.state == "planned"
