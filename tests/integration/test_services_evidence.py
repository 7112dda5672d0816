"""Evidence comes in: bytes first, then the row; and what may not come in leaves nothing behind."""

from __future__ import annotations

import errno
import io
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from engine.core.refusal import Refused
from engine.errors import BadInput, NotFound, Unavailable, WrongUsage
from engine.services.evidence import About, Offline, attach, evidence_json, list_evidence
from engine.services.intake import Received, clean_name, kind_of, receive
from engine.services.moves import Assign, assign
from engine.store.blobs import FolderBlobs
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
