"""What an embedding program does in one unit of work: the verbs of the engine, as one principal at one instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO

from engine.bootstrap import Application
from engine.core.case import Case, Field
from engine.core.paper import AnswerPaper
from engine.core.ports import BlobStore
from engine.core.posts import Post
from engine.core.principal import Principal, on_paper
from engine.core.record import NewMeasure
from engine.core.world import MakeMove
from engine.services.bulk import BulkItem, make_moves
from engine.services.bundles import BundleView, NewBundle, make_bundles
from engine.services.decisions import (
    Meeting,
    Word,
    confirm,
    decide_by_minutes,
    decide_together,
    withdraw,
)
from engine.services.evidence import About, Offline, attach
from engine.services.inspections import NewInspection, add_inspection, open_issue
from engine.services.intake import Received, receive, receive_scan
from engine.services.keepable import refuse_unkeepable
from engine.services.kinds import open_directly
from engine.services.measures import CountedPromise, count_deliverable, finish_measures
from engine.services.moves import Assign, Done, assign, make_move
from engine.services.opening import NewIssue, Promise
from engine.services.people import Appointment, NewPerson, add_person, appoint
from engine.services.resolving import resolve_post
from engine.store.blobs import UnkeptBlobs
from engine.store.places import load_place, load_posts
from engine.store.unit_of_work import UnitOfWork


@refuse_unkeepable
@dataclass(frozen=True, slots=True)
class Desk:
    """The verbs of one unit of work, done as one principal at one instant. Each raises Refused, NotFound, Conflict."""

    uow: UnitOfWork
    principal: Principal
    now: datetime
    application: Application
    is_trial: bool = False

    def add_person(
        self, name: str, *posts: str, key: str | None = None, title: str = "", address: str = ""
    ) -> str:
        """Add somebody in `posts`; answers with their key."""
        new = NewPerson(name, key, title, address, tuple(posts))
        return add_person(self.uow, self.principal, new, self.now).key

    def appoint(
        self, person: str, post: str, *, since: date | None = None, until: date | None = None
    ) -> None:
        """Give somebody a post, from today on where no day is given."""
        appoint(self.uow, self.principal, Appointment(person, post, since, until), self.now)

    def add_inspection(self, feedback_on: date, *, total: int | None = None) -> str:
        """Register a round by its feedback date; answers with its key."""
        new = NewInspection(feedback_on=feedback_on, stated_total=total)
        return add_inspection(self.uow, self.principal, new, self.now).key

    def open_issue(
        self,
        inspection: str,
        title: str,
        *,
        problem: str = "",
        measures: Sequence[str] = (),
        deliverables: Sequence[tuple[str, int]] = (),
        fields: Mapping[str, str] | None = None,
    ) -> Case:
        """Register one problem with what is promised: measures as texts, deliverables as (name, count); `fields` are
        those that its workflow declares.
        """
        new = NewIssue(
            title=title,
            problem=problem,
            measures=tuple(NewMeasure(text) for text in measures),
            deliverables=tuple(Promise(name, count) for name, count in deliverables),
            given=dict(fields or {}),
        )
        return open_issue(self.uow, self.principal, inspection, new, self.now)

    def open(self, kind: str, title: str, *, problem: str = "", fields: Mapping[str, str]) -> Case:
        """Open a case of a kind of its own, outside any round, such as a safety hazard."""
        new = NewIssue(title=title, problem=problem, given=dict(fields))
        return open_directly(self.uow, self.principal, kind, new, self.now)

    def assign(self, case: str, to: str, *, due: date | None = None) -> Done:
        """Give a case to a post, named by its key, its label or its one holder."""
        return assign(self.uow, self.principal, case, Assign(self._post(to).id, due), self.now)

    def do(
        self,
        case: str,
        move: str,
        *,
        comment: str = "",
        revision: int | None = None,
        texts: Mapping[str, str] | None = None,
        **params: Field,
    ) -> Done:
        """Make a move, or ask for it where it needs approval. `texts` are what is written beside the comment."""
        command = MakeMove(move, params, comment, revision, texts or {})
        return make_move(self.uow, self.principal, case, command, self.now)

    def bulk(
        self,
        move: str,
        cases: Sequence[str],
        *,
        comment: str = "",
        texts: Mapping[str, str] | None = None,
        each: bool = False,
        **params: Field,
    ) -> list[BulkItem]:
        """Make one move on many cases: all or none, with `each` those that can; in a trial what each would become."""
        command = MakeMove(move, params, comment, texts=texts or {})
        return make_moves(
            self.uow, self.principal, cases, command, self.now, per_item=each, dry_run=self.is_trial
        )

    def bundle(self, inspection: str, move: str, *cases: str, title: str = "") -> list[BundleView]:
        """Lay the waiting requests of one move together, those of each decider in a bundle of their own."""
        new = NewBundle(inspection, move, cases, title)
        return make_bundles(self.uow, self.principal, new, self.now)

    def approve(
        self,
        *keys: str,
        comment: str = "",
        digest: str | None = None,
        paper: tuple[str, bytes] | None = None,
    ) -> list[Done]:
        """Approve requests and bundles by their printed keys: all of them or none; `digest`: of the one
        bundle as seen, or the seal of the one request.

        With `paper`, the name and bytes of a signed scan, it stands until the person confirms it.
        """
        scan = self._scan(paper) if paper else None
        return self._decide(Word(keys, "approve", comment, digest=digest, scan=scan))

    def send_back(self, *keys: str, comment: str, digest: str | None = None) -> list[Done]:
        """Return requests and bundles with a reason of at least ten characters: all of them or none."""
        return self._decide(Word(keys, "return", comment, digest=digest))

    def post(self, word: str) -> int:
        """The number of a post, named by its key, its label or its one holder: what `post=` of a move takes."""
        return self._post(word).id

    def withdraw(self, request: str) -> Done:
        return withdraw(self.uow, self.principal, request, self.now)

    def finish(self, case: str, *measures: int, on: date | None = None) -> Done:
        """Report measures as done; `warnings` of what comes back say what nobody could do any more."""
        return finish_measures(self.uow, self.principal, case, measures, self.now, on=on)

    def promise(self, case: str, name: str, count: int) -> Done:
        """Promise one more deliverable and how many of it."""
        return count_deliverable(self.uow, self.principal, case, CountedPromise(count, name), self.now)

    def attach(
        self,
        case: str,
        name: str,
        content: bytes | None = None,
        *,
        about: About | None = None,
        copies: int = 1,
    ) -> Done:
        """Attach a file by its bytes, or without any an entry for what lies in the cabinet."""
        paper = Offline(name, copies) if content is None else self._received(name, content)
        return attach(self.uow, self.principal, case, [paper], about or About(), self.now)

    def confirm(self, request: str) -> Done:
        """Say that a paper registered in one's own name says what one decided."""
        return confirm(self.uow, self.principal, request, AnswerPaper(0, is_confirmed=True), self.now)

    def deny(self, request: str, comment: str) -> Done:
        """Say that it does not, and what is wrong with it."""
        said = AnswerPaper(0, is_confirmed=False, comment=comment)
        return confirm(self.uow, self.principal, request, said, self.now)

    def minutes(
        self, *keys: str, scan: tuple[str, bytes], meeting: Meeting, returned: str | None = None
    ) -> list[Done]:
        """Register what a meeting decided over requests and bundles; `scan` are name and bytes of its minutes.

        They are approved, or sent back with the reason `returned`.
        """
        paper = self._scan(scan)
        word = Word(keys, "approve" if returned is None else "return", returned or "", scan=paper)
        rows = decide_by_minutes(self.uow, self.principal, word, meeting, self.now)
        return [row.done for row in rows if row.done is not None]

    def _decide(self, word: Word) -> list[Done]:
        principal = on_paper(self.principal) if word.scan else self.principal
        rows = decide_together(self.uow, principal, word, self.now)
        return [row.done for row in rows if row.done is not None]

    def _received(self, name: str, content: bytes) -> Received:
        largest = self.application.settings.largest_file
        return receive(self._blobs, self.principal.organisation, BytesIO(content), name, largest=largest)

    def _scan(self, scan: tuple[str, bytes]) -> Received:
        name, content = scan
        largest = self.application.settings.largest_file
        return receive_scan(self._blobs, self.principal.organisation, BytesIO(content), name, largest=largest)

    @property
    def _blobs(self) -> BlobStore:
        """Where files go; a trial keeps none."""
        return UnkeptBlobs(self.application.settings.blobs) if self.is_trial else self.application.blobs

    def _post(self, word: str) -> Post:
        organisation = self.principal.organisation
        today = load_place(self.uow, organisation).local_day(self.now)
        return resolve_post(self.uow, organisation, load_posts(self.uow, organisation), word, today)
