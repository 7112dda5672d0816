"""The chain of a case: whole as written, and broken at the first event that anybody touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core.canonical import canonical
from engine.core.history import Event, NewEvent, Stamp, instant
from tests.kit.chains import first_break
from tests.kit.worlds import MONDAY, Bench, in_progress


def test_an_untouched_chain_is_whole() -> None:
    assert None is first_break(in_progress().events)


def test_erasing_a_text_leaves_the_chain_whole() -> None:
    events = in_progress().events
    erased = [replace(event, texts={}, salts={}) for event in events]
    assert None is first_break(erased)


def test_an_erased_text_is_gone_from_the_case_and_its_digest_stays() -> None:
    from engine.core.fold import replay

    erased = replay(1, 1, [replace(event, texts={}, salts={}) for event in in_progress().events])
    assert [None, None] == [measure.text for measure in erased.measures]
    assert all(len(measure.commit) == 64 for measure in erased.measures)


@pytest.mark.parametrize(
    "change",
    [
        lambda event: {"type": "found_again"},
        lambda event: {"stamp": replace(event.stamp, person=99)},
        lambda event: {"effective_at": event.effective_at + timedelta(days=1)},
        lambda event: {"payload": {**event.payload, "forged": 1}},
        lambda event: {"payload_json": "{}"},
        lambda event: {"hash": "0" * 64},
        lambda event: {"definition": "another"},
        lambda event: {"seq": event.seq + 1},
        lambda event: {
            "texts": {name: "forged" for name in event.texts} or {"title": "forged"},
            "salts": {"title": "x"},
        },
    ],
)
def test_whatever_is_changed_the_chain_names_the_event(change: Any) -> None:
    events: list[Event] = list(Bench.issue().events)
    events[0] = replace(events[0], **change(events[0]))
    assert first_break(events) in (1, 2)


def test_a_missing_event_in_the_middle_is_noticed() -> None:
    events = in_progress().events
    assert events[3].seq == first_break([*events[:2], *events[3:]])


def test_a_login_is_a_text_that_can_be_erased_and_not_part_of_what_is_hashed() -> None:
    bench = Bench.issue()
    stamp = Stamp(1, 4, None, "cli", "none", operator="somebodys-login")
    bench.apply([NewEvent("erasure_asked")], stamp)
    assert "somebodys-login" == bench.events[-1].texts["operator"]
    assert "somebodys-login" not in bench.events[-1].header + bench.events[-1].payload_json


def test_naive_time_has_no_place_in_history() -> None:
    with pytest.raises(ValueError, match="naive"):
        instant(MONDAY.replace(tzinfo=None))


def test_canonical_json_sorts_keys_and_keeps_characters() -> None:
    assert '{"a":"会议","b":1}' == canonical({"b": 1, "a": "会议"})
