"""The JSON Schemas for editors: what is shipped fits, what the reader refuses does not, and they are valid themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.bootstrap import Application, DefinitionFile
from engine.core.definition import GROUPS
from engine.core.json_schema import SCHEMAS, json_schema
from engine.core.yaml_text import load
from engine.errors import DefinitionError
from engine.services.publishing import check_definitions, known_around
from engine.settings import Settings

APPLICATION = Application(Settings.from_environment({}))
SHIPPED = {file.source: file for file in APPLICATION.shipped_definitions() if file.kind in SCHEMAS}
KNOWN = known_around(SHIPPED.values(), APPLICATION.vocabulary)
RECTIFICATION = next(file for file in SHIPPED.values() if file.name == "rectification")


def complaints(kind: str, text: str) -> list[str]:
    validator = Draft202012Validator(json_schema(kind, KNOWN))
    return [error.message for error in validator.iter_errors(load(text, "file.yaml").data)]


def is_refused(kind: str, text: str) -> bool:
    try:
        file = DefinitionFile(kind, "file", "file.yaml", text)
        check_definitions([file], APPLICATION.vocabulary, beside=SHIPPED.values())
    except DefinitionError:
        return True
    return False


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(json_schema(kind, KNOWN))


@pytest.mark.parametrize("source", SHIPPED)
def test_every_shipped_file_fits_its_schema(source: str) -> None:
    file = SHIPPED[source]
    assert [] == complaints(file.kind, file.text)


def test_every_guard_and_effect_is_in_the_schema_with_its_parameters() -> None:
    parts: dict[str, Any] = json_schema("workflow", KNOWN)["$defs"]
    guards = parts["GuardUse"]["anyOf"][1]["properties"]
    assert set(guards) == {*APPLICATION.vocabulary.guards, *GROUPS}
    assert set(parts["EffectUse"]["anyOf"][1]["properties"]) == set(APPLICATION.vocabulary.effects)
    assert {"count", "kind"} == set(guards["evidence_at_least"]["properties"])


OWN = """\
workflow: own
version: 1
case: issue
label: 自拟
initial: draft
final: [done]
states:
  draft: {label: 起草}
  done: {label: 完成, waits_for: [nobody]}
moves:
  assign: {label: 分派, from: [draft], to: stay, by: [office], effects: [set_owner]}
  finish:
    label: 办结
    from: [draft]
    to: done
    by: [owner]
    guards: [has_owner]
    effects: [accept_evidence]
    tells: [{who: owner, notice: verified}]
"""


@pytest.mark.parametrize("guard", ["due_within", "due_within: ", "due_within: {}", "not: {due_within: {}}"])
def test_a_bound_without_a_measure_is_refused_and_not_offered(guard: str) -> None:
    text = OWN.replace("[has_owner]", f"[{{{guard}}}]" if ":" in guard else f"[{guard}]")
    assert (True, False) == (is_refused("workflow", text), complaints("workflow", text) == [])


@pytest.mark.parametrize(
    "guard",
    [
        "has_owner",
        "has_owner: ",
        "deliverables_proved",
        "deliverables_proved: {accepted: true}",
        "evidence_at_least: {count: 1, kind: minutes}",
        "not: measures_done",
        "any_of: [has_owner, {all_of: [measures_done, {comment_at_least: {length: 3}}]}]",
    ],
)
def test_every_short_form_of_a_guard_fits(guard: str) -> None:
    text = OWN.replace("[has_owner]", f"[{{{guard}}}]" if ":" in guard else f"[{guard}]")
    assert (False, []) == (is_refused("workflow", text), complaints("workflow", text))


WRONG = {
    "a guard that there is not": ("[has_owner]", "[has_ownr]"),
    "a guard without what it needs": ("[has_owner]", "[comment_at_least]"),
    "a parameter that there is not": ("[has_owner]", "[{comment_at_least: {lenght: 3}}]"),
    "a parameter of another type": ("[has_owner]", '[{comment_at_least: {length: "3"}}]'),
    "a count below one": ("[has_owner]", "[{comment_at_least: {length: 0}}]"),
    "a paper of no kind": ("[has_owner]", "[{evidence_at_least: {count: 1, kind: minuts}}]"),
    "two guards in one": ("[has_owner]", "[{has_owner: {}, measures_done: {}}]"),
    "an empty group": ("[has_owner]", "[{any_of: []}]"),
    "a group of what is no guard": ("[has_owner]", "[{any_of: [has_owner, 3]}]"),
    "an effect that there is not": ("[accept_evidence]", "[accept_evidnce]"),
    "an effect with a parameter": ("[accept_evidence]", "[{accept_evidence: {all: true}}]"),
    "an unknown key": ("    to: done\n", "    to: done\n    too: done\n"),
    "a missing key": ("    to: done\n", ""),
    "nobody who may": ("by: [owner]", "by: []"),
    "a word for a list": ("by: [owner]", "by: owner"),
    "an import path": ("by: [owner]", "by: [os.system]"),
    "a state with a name like code": ("  draft: {", "  Draft-1: {label: x}\n  draft: {"),
    "a state called stay": ("  draft: {", "  stay: {label: x}\n  draft: {"),
    "a version that is a word": ("version: 1", "version: one"),
    "version zero": ("version: 1", "version: 0"),
    "one state alone": ("  done: {label: 完成, waits_for: [nobody]}\n", ""),
    "an unknown notice": ("notice: verified", "notice: verifed"),
    "a decision with an approval": ("    by: [owner]\n", "    by: [owner]\n    decision: true\n    approval: {by: [secretary]}\n"),
    "an approval by nobody": ("    by: [owner]\n", "    by: [owner]\n    approval: {by: []}\n"),
    "a truth in words": ("    by: [owner]\n", '    by: [owner]\n    decision: "true"\n'),
    "a deadline of no kind": ("moves:\n", "deadlines:\n  someday: {days: 3}\nmoves:\n"),
    "days below zero": ("moves:\n", "deadlines:\n  rectify: {days: -3, met_by: [finish]}\nmoves:\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_the_reader_refuses_does_not_fit_either(name: str) -> None:
    old, new = WRONG[name]
    assert (False, []) == (is_refused("workflow", OWN), complaints("workflow", OWN))
    text = OWN.replace(old, new, 1)
    assert text != OWN
    assert (True, True) == (is_refused("workflow", text), bool(complaints("workflow", text)))


OTHERS = {
    "duty": (
        "family: walks\nversion: 1\nduties:\n  walk: {label: 巡查, post: office, frequency: weekly, grace: {days: 1}}\n",
        (
            ("frequency: weekly", "frequency: wekly"),
            ("{days: 1}", "{days: 1, workdays: 1}"),
            ("{days: 1}", "{}"),
            ("post: office, ", ""),
            ("frequency: weekly", "frequency: node"),
            ("frequency: weekly", "frequency: weekly, nodes: [teachers-day]"),
            ("grace:", "due: {day: 3, weekday: 1}, grace:"),
            ("  walk:", "  Walk:"),
        ),
    ),
    "ladder": (
        "ladder: own\nversion: 1\nlabel: 自拟\nrungs:\n"
        "  - {name: due, after: {days: 0}, to: [owner], level: hint, repeat_every: 7}\n",
        (
            ("to: [owner]", "to: [ownr]"),
            ("level: hint", "level: hnt"),
            ("repeat_every: 7", "repeat_every: 0"),
            ("{days: 0}", "{}"),
            ("name: due, ", ""),
        ),
    ),
    "inspection": (
        "inspection: own\nversion: 1\nlabel: 自查\nmilestones:\n"
        "  report: {label: 报告, post: office, due: {months: 1}, every_months: 3, times: 4}\n",
        (
            (", times: 4", ""),
            (", every_months: 3", ""),
            ("times: 4", "times: 1"),
            ("{months: 1}", "{month: 1}"),
            ("post: office, ", ""),
            ("times: 4", "times: 4, review: perhaps"),
            ("label: 自查\n", ""),
            ("  report:", "  Report:"),
        ),
    ),
    "posts": (
        "posts: own\nversion: 1\nroles:\n  buyer: {label: 采购}\n  keeper: {label: 保管}\nconflicts:\n  - [buyer, keeper]\n",
        (
            ("  buyer: {label: 采购}", "  1buyer: {label: 采购}"),
            ("{label: 采购}", "{lable: 采购}"),
            ("{label: 采购}", '{label: ""}'),
            ("{label: 采购}", "{label: 采购, body: 3}"),
            ("[buyer, keeper]", "[buyer]"),
            ("version: 1", "version: 0"),
        ),
    ),
    "calendar": (
        'calendar: own\nversion: "2026.1"\nyears:\n'
        '  2026: {status: confirmed, source: 通知, closed: [01-01..01-03], makeup: ["01-04"]}\n',
        (
            ("status: confirmed", "status: sure"),
            ("01-01..01-03", "1-1..1-3"),
            ("2026: {", "26: {"),
            (", source: 通知", ""),
            ("years:", "yeers:"),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_duties_ladders_and_calendars_are_told_right_from_wrong(kind: str) -> None:
    text, wrong = OTHERS[kind]
    assert (False, []) == (is_refused(kind, text), complaints(kind, text))
    for old, new in wrong:
        other = text.replace(old, new, 1)
        assert (new, True, True) == (new, is_refused(kind, other), bool(complaints(kind, other)))


@pytest.mark.parametrize(
    ("key", "word", "meant"), [("workflow", "ocurrence", "occurrence"), ("ladder", "defalt", "default")]
)
@pytest.mark.parametrize(("kind", "line"), [("duty", 4), ("inspection", 5)])
def test_a_row_that_names_what_there_is_not_is_told_the_nearest_word(
    kind: str, line: int, key: str, word: str, meant: str
) -> None:
    text = OTHERS[kind][0].replace("post: office", f"post: office, {key}: {word}")
    file = DefinitionFile(kind, "own", "own.yaml", text)
    with pytest.raises(DefinitionError) as refused:
        check_definitions([file], APPLICATION.vocabulary, beside=SHIPPED.values())
    found = [(row.code, row.line, row.facts["nearest"]) for row in refused.value.problems]
    assert [(f"unknown_{key}", line, meant)] == found


def changed(value: Any) -> Iterator[Any]:
    """The same data with one part left out, or of another type, each part in turn."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        without = deepcopy(value)
        del without[key]
        yield without
        for other in (None, 3, "two words", True, [], {}):
            yield with_part(value, key, other)
        if isinstance(value[key], dict | list):
            yield from (with_part(value, key, part) for part in changed(value[key]))


def with_part(value: Any, key: Any, part: Any) -> Any:
    found = deepcopy(value)
    found[key] = part
    return found


@pytest.mark.parametrize(
    ("kind", "text"), [("workflow", OWN), *((kind, row[0]) for kind, row in OTHERS.items())]
)
def test_the_schema_is_never_stricter_than_the_reader(kind: str, text: str) -> None:
    validator = Draft202012Validator(json_schema(kind, KNOWN))
    wrong = [
        said
        for data in changed(load(text, "file.yaml").data)
        if not validator.is_valid(data) and not is_refused(kind, said := json.dumps(data, ensure_ascii=False))
    ]
    assert [] == wrong
