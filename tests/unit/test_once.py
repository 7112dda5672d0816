"""Whose an idempotency key is: the same person with another proof is somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.principal import Credential, Principal, Via
from engine.services.once import who_of

NAMED = Principal(1, 7, Via.CLI, Credential.NONE, "clerk")
BY_PIN = replace(NAMED, credential=Credential.PIN, credential_id=3)
BY_TOKEN = replace(NAMED, credential=Credential.TOKEN, credential_id=3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NAMED, BY_PIN),
        (BY_PIN, BY_TOKEN),
        (BY_TOKEN, replace(BY_TOKEN, credential_id=4)),
        (BY_TOKEN, replace(BY_TOKEN, credential=Credential.SYSTEM_TOKEN)),
        (NAMED, replace(NAMED, person=None)),
    ],
)
def test_another_proof_has_keys_of_its_own(one: Principal, other: Principal) -> None:
    assert who_of(one) != who_of(other)


def test_a_pin_set_anew_is_still_the_same_person() -> None:
    assert who_of(BY_PIN) == who_of(replace(BY_PIN, credential_id=9))
