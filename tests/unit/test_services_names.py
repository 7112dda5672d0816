"""Words of the organisation: read when one is told, and those of a case before those of all the others."""

from __future__ import annotations

import pytest

from engine.services.names import LABELLED, Called, own_names
from tests.kit.worlds import shipped

WORKFLOW = shipped("rectification")
PEOPLE = {"person:p7": "王芳", "post:3": "书记"}
LABELS = {"state:planned": "已定方案", "deadline:pledge": "承诺"}


class Asked:
    """The labels of the workflows, and how often they were asked for."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, str]:
        self.times += 1
        return LABELS


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_labels_are_not_read_for_what_no_workflow_has_a_label_for(asked: Asked) -> None:
    names = Called(dict(PEOPLE), asked, LABELLED.__contains__)
    told = [names.get(name) for name in ("person:p7", "person:p8", "level:public", "planned")]
    assert (told, asked.times) == (["王芳", None, None, None], 0)


def test_labels_are_read_once_when_one_is_told(asked: Asked) -> None:
    names = Called(dict(PEOPLE), asked, LABELLED.__contains__)
    told = [names.get(name) for name in ("state:planned", "state:planned", "state:gone")]
    assert (told, asked.times) == (["已定方案", "已定方案", None], 1)


def test_all_names_together_are_those_of_both(asked: Asked) -> None:
    assert dict(Called(dict(PEOPLE), asked, LABELLED.__contains__)) == {**PEOPLE, **LABELS}


def test_a_case_in_its_own_words_asks_for_no_other_workflows_labels(asked: Asked) -> None:
    own = own_names(Called(dict(PEOPLE), asked, LABELLED.__contains__), WORKFLOW.definition)
    told = own["state:planned"], own["person:p7"]
    assert (told, asked.times) == ((WORKFLOW.definition.states["planned"].label, "王芳"), 0)


def test_a_case_never_calls_a_deadline_as_another_workflow_does(asked: Asked) -> None:
    own = own_names(Called(dict(PEOPLE), asked, LABELLED.__contains__), WORKFLOW.definition)
    assert (own.get("deadline:pledge"), "deadline:pledge" in dict(own)) == (None, False)
