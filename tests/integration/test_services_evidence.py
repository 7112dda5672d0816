"""Evidence comes in: bytes first, then the row; and what may not come in leaves nothing behind."""

from __future__ import annotations

import errno
import io
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from engine.core.fold import replay
from engine.core.history import Event, NewEvent
from engine.core.planning import make_plan
from engine.core.refusal import Refused
from engine.core.visibility import history_seen_by
from engine.errors import BadInput, NotFound, Unavailable, WrongUsage
from engine.services.bundling import bundle_case
from engine.services.evidence import About, Offline, attach, evidence_json, list_evidence
from engine.services.intake import Received, clean_name, kind_of, receive
from engine.services.moves import Assign, assign
from engine.services.verifying import Wish, verify
from engine.store.apply import apply
from engine.store.blobs import FolderBlobs
from engine.store.histories import history
from engine.store.worlds import load_world
from tests.kit.databases import MONDAY, OWNER, Home
from tests.kit.verbs import codes, do, neighbour, see, world_of

KEY = "2026-1"
LARGEST = 1024 * 1024


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "blobs")


@pytest.fixture(autouse=True)
def issue(home: Home) -> None:
    home.open_issue()
    do(home, assign, home.principal("office"), KEY, Assign(home.posts[OWNER]))


def got(home: Home, blobs: FolderBlobs, data: bytes = b"minutes", name: str = "会议记录.docx") -> Received:
    return receive(blobs, home.organisation, io.BytesIO(data), name, largest=LARGEST)


def test_a_file_is_stored_and_then_named(home: Home, blobs: FolderBlobs) -> None:
    paper = got(home, blobs)
    about = About(deliverable=1, proves_from=date(2026, 2, 1), proves_to=date(2026, 2, 28), level="verifier")
    do(home, attach, home.principal(OWNER), KEY, [paper], about)
    (row,) = world_of(home, KEY).case.evidence
    assert (row.name, row.kind, row.size, row.digest) == ("会议记录.docx", "document", 7, paper.digest)
    assert (row.deliverable, row.proves_from, row.proves_to, row.level) == (
        1,
        date(2026, 2, 1),
        date(2026, 2, 28),
        "verifier",
    )
    assert (row.attached_by, row.attached_on) == (home.people[OWNER], date(2026, 3, 2))
    with blobs.open(home.organisation, row.digest or "") as stored:
        assert stored.read() == b"minutes"


def test_several_files_at_once_get_numbers_in_order(home: Home, blobs: FolderBlobs) -> None:
    papers = [got(home, blobs, data, name) for data, name in ((b"a", "一.jpg"), (b"b", "二.xlsx"))]
    do(home, attach, home.principal(OWNER), KEY, papers, About(measure=1))
    rows = world_of(home, KEY).case.evidence
    assert [(row.number, row.name, row.kind) for row in rows] == [
        (1, "一.jpg", "photo"),
        (2, "二.xlsx", "table"),
    ]


def test_an_off_line_entry_says_where_the_paper_is(home: Home) -> None:
    paper = Offline("谈心谈话记录", 3, "A-12/第4页", "方小满", "周正平", date(2026, 3, 1))
    do(home, attach, home.principal(OWNER), KEY, [paper], About(kind="minutes", deliverable=1))
    case, rows = see(home, list_evidence, home.principal("office"), KEY, MONDAY)
    assert (case.key, [evidence_json(row) for row in rows]) == (
        KEY,
        [
            {
                "number": 1,
                "kind": "minutes",
                "name": "谈心谈话记录",
                "digest": None,
                "size": None,
                "copies": 3,
                "offline": {
                    "box": "A-12/第4页",
                    "keeper": "方小满",
                    "inspector": "周正平",
                    "inspected_on": "2026-03-01",
                },
                "proves_from": None,
                "proves_to": None,
                "level": "internal",
                "deliverable": 1,
                "measure": None,
                "status": "attached",
                "attached_on": "2026-03-02",
            }
        ],
    )


WORDS = {"box": "A-12", "keeper": "方小满", "inspector": "周正平"}
SEEN_ON = {"inspected_on": "2026-03-01"}


def events_of(home: Home) -> tuple[Event, ...]:
    with home.begin(writing=False) as uow:
        return history(uow, world_of(home, KEY).case.id)


def proves(home: Home, blobs: FolderBlobs) -> bool:
    with home.begin(writing=False) as uow:
        return verify(uow, home.organisation, "school", blobs, Wish()).broken == ()


def exported(home: Home, blobs: FolderBlobs, level: str) -> str:
    """Everything in the bundle of the case that somebody could read."""
    with home.begin(writing=False) as uow:
        pieces = bundle_case(uow, home.principal("office"), KEY, level, blobs, MONDAY)
        return "".join(piece.decode("utf-8") for _, piece in pieces if isinstance(piece, bytes))


def attached_before(home: Home) -> None:
    """An off-line entry as the first release wrote it: its words are in what was hashed."""
    facts = {"evidence": 1, "kind": "minutes", "copies": 3, "level": "public", "on": "2026-03-02"}
    old = NewEvent("evidence_attached", {**facts, "offline": {**WORDS, **SEEN_ON}}, {"name": "谈话记录"})
    with home.begin() as uow:
        world = load_world(uow, home.organisation, KEY)
        apply(uow, world, make_plan(world, home.principal(OWNER), MONDAY, [old]), MONDAY)
        uow.commit()


def test_what_an_off_line_entry_says_in_words_is_outside_the_hash(home: Home, blobs: FolderBlobs) -> None:
    paper = Offline("谈话记录", 3, **WORDS, inspected_on=date(2026, 3, 1))
    do(home, attach, home.principal(OWNER), KEY, [paper], About(level="public"))
    told = events_of(home)[-1]
    assert (told.version, told.payload["offline"], told.texts) == (2, SEEN_ON, {"name": "谈话记录", **WORDS})
    assert [word for word in WORDS.values() if word in told.payload_json + told.header] == []
    assert world_of(home, KEY).case.evidence[0].offline == {**WORDS, **SEEN_ON}
    assert proves(home, blobs)


def test_an_entry_of_the_first_release_reads_the_same_and_proves_itself(
    home: Home, blobs: FolderBlobs
) -> None:
    attached_before(home)
    case = world_of(home, KEY).case
    assert case.evidence[0].offline == {**WORDS, **SEEN_ON}
    assert replay(case.id, case.organisation, events_of(home)) == case
    assert proves(home, blobs)


@pytest.mark.parametrize("is_old", [False, True], ids=["today's", "of the first release"])
def test_a_public_bundle_names_nobody_who_keeps_a_paper(home: Home, blobs: FolderBlobs, is_old: bool) -> None:
    if is_old:
        attached_before(home)
    else:
        do(
            home,
            attach,
            home.principal(OWNER),
            KEY,
            [Offline("谈话记录", 3, **WORDS)],
            About(level="public"),
        )
    for level, shown in (("public", []), ("internal", list(WORDS.values()))):
        assert [word for word in WORDS.values() if word in exported(home, blobs, level)] == shown


def test_whoever_may_not_see_a_paper_does_not_see_who_keeps_it(home: Home) -> None:
    about = About(level="verifier")
    do(home, attach, home.principal(OWNER), KEY, [Offline("谈话记录", 3, **WORDS)], about)
    case, rows = see(home, list_evidence, home.principal("office"), KEY, MONDAY)
    shown = repr((rows, history_seen_by(events_of(home), case)[-1].texts))
    assert [word for word in WORDS.values() if word in shown] == []


def test_the_same_bytes_twice_for_one_deliverable_are_refused(home: Home, blobs: FolderBlobs) -> None:
    owner, about = home.principal(OWNER), About(deliverable=1)
    do(home, attach, owner, KEY, [got(home, blobs)], about)
    with pytest.raises(Refused) as again:
        do(home, attach, owner, KEY, [got(home, blobs, name="另一个名字.docx")], about)
    assert codes(again.value) == ["evidence_already_attached"]
    with pytest.raises(Refused) as at_once:
        do(
            home,
            attach,
            owner,
            KEY,
            [got(home, blobs, b"x", "1.txt"), got(home, blobs, b"x", "2.txt")],
            about,
        )
    assert codes(at_once.value) == ["evidence_already_attached"]
    assert len(world_of(home, KEY).case.evidence) == 1


def test_the_same_bytes_may_serve_two_issues(home: Home, blobs: FolderBlobs) -> None:
    home.open_issue(2)
    for key in (KEY, "2026-2"):
        do(home, attach, home.principal("office"), key, [got(home, blobs)], About(deliverable=1))
    assert [world_of(home, key).case.evidence[0].name for key in (KEY, "2026-2")] == ["会议记录.docx"] * 2


def test_everything_against_a_paper_is_told_at_once(home: Home, blobs: FolderBlobs) -> None:
    about = About(deliverable=7, measure=9, proves_from=date(2026, 4, 1), proves_to=date(2026, 3, 1))
    with pytest.raises(Refused) as refused:
        do(home, attach, home.principal("stranger"), KEY, [got(home, blobs)], about)
    assert codes(refused.value) == [
        "wrong_role",
        "deliverable_unknown",
        "measure_unknown",
        "date_in_future",
        "period_reversed",
    ]
    assert world_of(home, KEY).case.evidence == ()


@pytest.mark.parametrize("key", ["2026-99", "nonsense"])
def test_evidence_for_an_unknown_case_is_not_found(home: Home, key: str) -> None:
    with pytest.raises(NotFound, match="case_not_found"):
        do(home, attach, home.principal(OWNER), key, [Offline("记录")], About())


def test_evidence_for_a_case_of_the_neighbour_is_not_found(home: Home) -> None:
    with pytest.raises(NotFound, match="case_not_found"):
        do(home, attach, neighbour(home), KEY, [Offline("记录")], About())
    with pytest.raises(NotFound, match="case_not_found"):
        see(home, list_evidence, neighbour(home), KEY, MONDAY)


def test_nothing_to_attach_is_wrong_usage(home: Home) -> None:
    with pytest.raises(WrongUsage, match="evidence_missing"):
        do(home, attach, home.principal(OWNER), KEY, [], About())
    with pytest.raises(WrongUsage, match="level_unknown"):
        do(home, attach, home.principal(OWNER), KEY, [Offline("记录")], About(level="secret"))
    with pytest.raises(WrongUsage, match="evidence_kind_unknown") as caught:
        do(home, attach, home.principal(OWNER), KEY, [Offline("记录")], About("minuets"))
    assert caught.value.facts["nearest"] == "minutes"


def test_an_empty_file_is_refused(home: Home, blobs: FolderBlobs) -> None:
    with pytest.raises(BadInput, match="file_empty"):
        got(home, blobs, b"")


def test_a_file_up_to_the_limit_comes_in_and_one_byte_more_does_not(home: Home, blobs: FolderBlobs) -> None:
    assert got(home, blobs, b"x" * LARGEST).size == LARGEST
    with pytest.raises(BadInput) as wrong:
        got(home, blobs, b"y" * (LARGEST + 1))
    assert (wrong.value.code, wrong.value.facts["limit_mb"]) == ("evidence_too_large", 1)
    assert len(list(blobs.digests(home.organisation))) == 1


def test_too_large_a_file_is_not_read_to_its_end(home: Home, blobs: FolderBlobs) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return b"z" * size

    endless = Endless()
    with pytest.raises(BadInput, match="evidence_too_large"):
        receive(blobs, home.organisation, endless, "x.bin", largest=LARGEST)  # type: ignore[arg-type]
    assert endless.given <= 3 * LARGEST


class FullDisk:
    """A blob store on a disk that has no room left."""

    def put(self, organisation: int, source: BinaryIO) -> tuple[str, int]:
        raise Unavailable("disk_full")

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def test_a_full_disk_names_nothing(home: Home) -> None:
    before = world_of(home, KEY).case
    with pytest.raises(Unavailable, match="disk_full"):
        receive(FullDisk(), home.organisation, io.BytesIO(b"x"), "x.txt", largest=LARGEST)
    assert world_of(home, KEY).case == before


def test_a_disk_that_fills_while_the_file_is_written_leaves_nothing(home: Home, blobs: FolderBlobs) -> None:
    class Filling(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().read(min(size or 1, 1))

    with pytest.raises(Unavailable, match="disk_full"):
        receive(blobs, home.organisation, Filling(b"x" * 100), "x.txt", largest=LARGEST)
    assert list(blobs.digests(home.organisation)) == []
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\记录.docx", "记录.docx"),
        ("a\x00b\r\n.txt", "ab.txt"),
        ("gnp\u202e.exe", "gnp.exe"),
        ('<a>:"b"|?*.txt', "ab.txt"),
        ("...", "file"),
        ("", "file"),
        ("长" * 500 + ".docx", "长" * 115 + ".docx"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_names_are_cleaned_and_keep_their_suffix(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x.JPG", "photo"),
        ("x.docx", "document"),
        ("x.xlsx", "table"),
        ("x", "document"),
        ("x.mp4", "recording"),
    ],
)
def test_a_kind_is_guessed_by_suffix(name: str, kind: str) -> None:
    assert kind_of(name) == kind
