"""What happens to a case as a whole: opened, edited, owned, moved, claimed."""

from __future__ import annotations

from engine.core.altering import altered
from engine.core.case import Case, Claim
from engine.core.folds.parts import with_actor
from engine.core.folds.told import Fold, Told
from engine.core.stakes import with_owners


def _case_opened(case: Case, told: Told) -> Case:
    facts = told.payload
    texts: dict[str, str | None] = {name: told.texts.get(name) for name in told.text_names}
    return altered(
        case,
        title=texts.pop("title", None),
        waits_for=facts.get("waits_for", "office"),
        inspection=facts.get("inspection"),
        number=facts.get("number"),
        owner_post=facts.get("owner"),
        fields=dict(facts.get("fields", {})),
        texts=texts,
        acted=with_actor(case, told, facts.get("by")),
    )


def _texts_edited(case: Case, told: Told) -> Case:
    texts = {**case.texts, **{name: told.texts.get(name) for name in told.text_names}}
    title = texts.pop("title", case.title)
    return altered(case, title=title, texts=texts)


def _fields_set(case: Case, told: Told) -> Case:
    return altered(case, fields={**case.fields, **told.payload["fields"]})


def _owner_set(case: Case, told: Told) -> Case:
    return altered(case, owner_post=told.payload["post"], hands=with_owners(case, told))


def _moved(case: Case, told: Told) -> Case:
    facts = told.payload
    return altered(
        case,
        state=facts["to"],
        is_final=facts.get("final", False),
        waits_for=facts["waits_for"],
        acted=with_actor(case, told, facts.get("by")),
    )


def _definition_changed(case: Case, told: Told) -> Case:
    facts = told.payload
    return altered(case, definition=facts["to"], state=facts["state"], waits_for=facts["waits_for"])


def _claimed(case: Case, told: Told) -> Case:
    return altered(case, claim=Claim(told.payload["status"]), acted=with_actor(case, told, "claimant"))


def _claim_settled(case: Case, told: Told) -> Case:
    status = case.claim.status if case.claim else told.payload["claimed"]
    settled = Claim(status, told.payload["verdict"], told.texts.get("basis"), told.day("on"))
    return altered(case, claim=settled, acted=with_actor(case, told, told.payload.get("by")))


def _linked_to_earlier(case: Case, told: Told) -> Case:
    return altered(case, earlier=_with_key(case.earlier, told))


def _found_again(case: Case, told: Told) -> Case:
    return altered(case, later=_with_key(case.later, told))


def _with_key(keys: tuple[str, ...], told: Told) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*keys, told.payload["case"])))


FOLDS: dict[str, Fold] = {
    "case_opened": _case_opened,
    "texts_edited": _texts_edited,
    "fields_set": _fields_set,
    "owner_set": _owner_set,
    "moved": _moved,
    "definition_changed": _definition_changed,
    "claimed": _claimed,
    "claim_settled": _claim_settled,
    "linked_to_earlier": _linked_to_earlier,
    "found_again": _found_again,
}
