"""The sockets of the engine: what a way out, a blob folder and a ticker lock must offer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, ClassVar, Protocol

from engine.core.webhooks import Parcel
from engine.errors import Facts


class Outcome(StrEnum):
    """What became of one attempt: `sent` means accepted by the channel, never read by a person."""

    SENT = "sent"
    TRY_AGAIN = "try_again"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address, its body frozen before anything is sent.

    `address` is a channel URL such as `mailto://…` or `console://`; `message_id` is stable over all
    attempts of a delivery, so that a channel that threads or de-duplicates can do so.
    """

    address: str
    recipient: str
    subject: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said. `code` is stable; `facts` never hold a secret (address, token, key)."""

    outcome: Outcome
    code: str
    facts: Facts


class Notifier(Protocol):
    """A way out. `schemes` are the URL schemes it serves; `send` never raises for a channel's refusal."""

    schemes: ClassVar[tuple[str, ...]]

    def send(self, letter: Letter) -> Answer: ...


class Poster(Protocol):
    """The way out for other programs. `post` never raises for a refusal or an unreachable address."""

    posts_to: ClassVar[tuple[str, ...]]

    def post(self, parcel: Parcel) -> Answer: ...


class BlobStore(Protocol):
    """Bytes by (organisation, SHA-256 digest in hex), written before the row that names them (law 17)."""

    def put(self, organisation: int, source: BinaryIO) -> tuple[str, int]:
        """Store the bytes; return (digest, size in bytes). Raises Unavailable when the disk is full."""

    def open(self, organisation: int, digest: str) -> BinaryIO: ...

    def holds(self, organisation: int, digest: str) -> bool: ...

    def size(self, organisation: int, digest: str) -> int:
        """Bytes that are stored under this digest. Raises NotFound `blob_not_found`."""

    def digest(self, organisation: int, digest: str) -> str:
        """The digest that the stored bytes really have. Raises NotFound `blob_not_found`."""

    def remove(self, organisation: int, digest: str) -> None:
        """Let the bytes go; what is not there is gone already."""

    def digests(self, organisation: int) -> Iterator[str]: ...


class TickerLock(Protocol):
    """One embedded ticker per database; a kill frees it (law 10)."""

    def hold(self) -> AbstractContextManager[None]:
        """Hold the lock while the context lasts. Raises Unavailable when another process holds it."""
