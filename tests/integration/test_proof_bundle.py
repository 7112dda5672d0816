"""A bundle of one case convinces somebody who has neither our program nor our database, or names what was changed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.documents.bundles import verifier
from tests.kit.cli import CLERK, LEADER, PINS, SECRETARY, CommandLine
from tests.kit.homes import Homes
from tests.kit.source_tree import ROOT
from tests.kit.third_party import check_bundle

CASE = "2026-1"
ODD = "甲\u2028乙\u2029丙\x85丁\x1c戊\x0b己"
"""Signs at which Python, but no line of a file, ends."""
LINES = 45
"""What somebody reads before they trust the script: as many lines as its documentation says, blank ones aside."""


@pytest.fixture(scope="module")
def told(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], CommandLine]]:
    """The home of each kind of database, told once for all tests."""
    with ExitStack() as kept:

        @cache
        def at(backend: str) -> CommandLine:
            folder = tmp_path_factory.mktemp("bundle")
            home = kept.enter_context(homes.fresh(backend, folder / "home"))
            tell(home, folder)
            return home

        yield at


@pytest.fixture
def home(told: Callable[[str], CommandLine], backend: str) -> CommandLine:
    return told(backend)


def tell(home: CommandLine, folder: Path) -> None:
    """An issue with a paper for everybody in the house, one for the verifiers alone, and an approved plan; sealed."""
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7 signed")
    for name in ("plan", "talks"):
        (folder / f"{name}.txt").write_text(f"内容：{name}", encoding="utf-8")
    steps = (
        ("assign", CASE, "--leader", "vice_principal_teaching", "--as", CLERK),
        ("measure", "add", CASE, "--text", ODD, "--as", CLERK),
        ("do", CASE, "plan", "--as", LEADER, "--comment", "报送方案"),
        ("bundle", "make", "2026", "plan", "--title", "整改方案", "--as", CLERK),
        ("approve", f"{CASE}-R1", "--as", SECRETARY, "--paper", str(folder / "scan.pdf")),
        ("do", CASE, "start", "--as", LEADER),
        ("evidence", "add", CASE, "--file", str(folder / "plan.txt"), "--as", LEADER),
        ("evidence", "add", CASE, "--file", str(folder / "talks.txt"), "--level", "verifier", "--as", LEADER),
        ("seal",),
        ("measure", "done", CASE, "1", "--as", LEADER),
    )
    for words in steps:
        said = home(*words)
        assert said.code == 0, (words, said)


def unpacked(home: CommandLine, folder: Path, *words: str) -> Path:
    said = home("export", str(folder / "case.zip"), "--case", CASE, *words)
    assert said.code == 0, said
    with zipfile.ZipFile(folder / "case.zip") as bundle:
        assert bundle.testzip() is None
        bundle.extractall(folder / "case")
    return folder / "case"


def rows_of(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "events.jsonl").read_text("utf-8")
    return [json.loads(row) for row in text.rstrip("\n").split("\n")]


def write_rows(folder: Path, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "events.jsonl").write_text(text, encoding="utf-8")


def last_of(rows: list[dict[str, Any]], kind: str) -> int:
    return max(at for at, row in enumerate(rows) if json.loads(row["header"])["type"] == kind)


def test_a_whole_bundle_convinces(home: CommandLine, tmp_path: Path) -> None:
    line = (home.home / "seals.txt").read_text("utf-8").rstrip("\n").split("\n")[-1]
    folder = unpacked(home, tmp_path)
    code, said = check_bundle(folder, "--seal", line)
    events = len(rows_of(folder))
    reach = f"sealed to event {events - 1} of {events} as in_progress, #1 {line[-64:][:16]}, compared: "
    assert (code, said) == (0, f"OK: {CASE}, 2 files, 1 withheld\n{reach}True, UNSEALED: 1")
    assert check_bundle(folder)[1].endswith(f"{reach}False, UNSEALED: 1")
    assert check_bundle(folder, "--seal", f"#1 {line[-64:][:16]}")[0] == 0


def test_a_text_may_hold_every_sign_at_which_a_line_could_end(home: CommandLine, tmp_path: Path) -> None:
    folder = unpacked(home, tmp_path)
    texts = [text for row in rows_of(folder) for _, text in row["texts"].values()]
    assert (ODD in texts, check_bundle(folder)[0]) == (True, 0)


def test_what_was_added_behind_the_seal_is_said_to_be_unsealed(home: CommandLine, tmp_path: Path) -> None:
    line = (home.home / "seals.txt").read_text("utf-8").split("\n")[0]
    folder = unpacked(home, tmp_path)
    forged_closing(folder)
    code, said = check_bundle(folder, "--seal", line)
    events = len(rows_of(folder))
    assert (code, f"sealed to event {events - 2} of {events} as in_progress, " in said) == (0, True), said
    assert said.endswith("compared: True, UNSEALED: 2")


def test_the_papers_that_a_level_leaves_out_are_counted(home: CommandLine, tmp_path: Path) -> None:
    folder = unpacked(home, tmp_path, "--level", "public")
    assert check_bundle(folder)[1].startswith(f"OK: {CASE}, 0 files, 3 withheld\n")


def test_the_title_of_a_bundle_of_requests_is_not_that_of_the_case(home: CommandLine, tmp_path: Path) -> None:
    folder = unpacked(home, tmp_path)
    facts = json.loads((folder / "case.json").read_text("utf-8"))
    rows = [json.loads(row) for row in (folder / "events.jsonl").read_text("utf-8").rstrip("\n").split("\n")]
    assert (facts["title"], facts["state"]) == (rows[0]["texts"]["title"][1], "in_progress")
    assert "整改方案" in [text for row in rows for _, text in row["texts"].values()]


def test_whoever_checks_can_read_the_script_first() -> None:
    lines = [line for line in verifier().decode("utf-8").splitlines() if line.strip()]
    assert (len(lines), max(map(len, lines)) <= 120) == (LINES, True)
    assert f"{LINES} 行（不计空行）" in (ROOT / "engine" / "text" / "zh" / "bundle.txt").read_text("utf-8")
    assert f"({LINES} lines, blank ones aside" in (ROOT / "docs" / "operating.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "files", "texts"),
    [
        (("--level", "public"), 0, {"title", "problem"}),
        (("--level", "internal"), 2, {"title", "comment", "name"}),
        (("--level", "verifier"), 2, {"operator", "comment"}),
        (("--level", "verifier", "--as", SECRETARY, "--pin", PINS[SECRETARY]), 3, {"operator", "comment"}),
    ],
    ids=["public", "internal", "nobody in particular", "a verifier"],
)
def test_a_bundle_shows_what_its_level_allows(
    home: CommandLine, tmp_path: Path, words: tuple[str, ...], files: int, texts: set[str]
) -> None:
    folder = unpacked(home, tmp_path, *words)
    rows = [json.loads(row) for row in (folder / "events.jsonl").read_text("utf-8").rstrip("\n").split("\n")]
    shown = {name for row in rows for name in row["texts"]}
    everything = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
    assert check_bundle(folder)[0] == 0
    assert len([*folder.glob("blobs/*")]) == files
    assert texts <= shown
    assert ("内容：talks" in everything, "talks.txt" in everything) == ((files == 3,) * 2)
    assert ("operator" in shown, "responsible" in shown) == (words[1] == "verifier", words[1] != "public")


def page_of(folder: Path) -> str:
    return (folder / "history.txt").read_text("utf-8")


def test_the_history_can_be_read_without_a_program(home: CommandLine, tmp_path: Path) -> None:
    page = page_of(unpacked(home, tmp_path, "--level", "internal"))
    assert "提出“报整改方案”，待书记审批" in page and "，说明：报送方案" in page
    assert "提交佐证材料1：" in page and "    名称：plan.txt" in page
    assert all(name not in page for name in ("王一", "张三", "赵四"))


@pytest.mark.parametrize(("level", "said"), [("public", False), ("internal", True)])
def test_the_page_tells_no_more_than_its_level(
    home: CommandLine, tmp_path: Path, level: str, *, said: bool
) -> None:
    page = page_of(unpacked(home, tmp_path, "--level", level))
    assert ("报送方案" in page, "plan.txt" in page) == (said, said)
    assert "talks.txt" not in page and "提交佐证材料2（没有给出，超出级别）" in page
    assert ("说明：（没有给出）" in page) is not said


def test_the_page_may_be_left_out_but_not_changed(home: CommandLine, tmp_path: Path) -> None:
    folder = unpacked(home, tmp_path)
    (folder / "history.txt").write_text(page_of(folder).replace("书记", "校长"), "utf-8")
    code, said = check_bundle(folder)
    assert (code, "file missing, changed or added: [('history.txt', " in said) == (1, True), said
    (folder / "history.txt").unlink()
    assert check_bundle(folder)[0] == 0


Change = Callable[[Path], None]


def in_events(number: int, **changes: object) -> Change:
    def change(folder: Path) -> None:
        path = folder / "events.jsonl"
        rows = [json.loads(row) for row in path.read_text("utf-8").rstrip("\n").split("\n")]
        rows[number - 1] |= changes
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    return change


def without_event(at: int) -> Change:
    def change(folder: Path) -> None:
        path = folder / "events.jsonl"
        rows = path.read_text("utf-8").rstrip("\n").split("\n")
        del rows[at]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")

    return change


def in_json(name: str, **changes: object) -> Change:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), encoding="utf-8")

    return change


def shortened(folder: Path) -> None:
    """A tail that was cut off, with everything in `case.json` made to fit."""
    path = folder / "events.jsonl"
    rows = path.read_text("utf-8").rstrip("\n").split("\n")[:-3]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    in_json("case.json", events=len(rows), head=json.loads(rows[-1])["hash"])(folder)


def hidden_move(folder: Path) -> None:
    """The last move withheld like a paper above the level, and the state before it in `case.json`."""
    rows = rows_of(folder)
    at = last_of(rows, "moved")
    state = json.loads(rows[at]["payload"])["from"]
    rows[at] |= {"payload": None, "texts": {}}
    write_rows(folder, rows)
    in_json("case.json", state=state)(folder)


def forged_closing(folder: Path) -> None:
    """A move to closed behind the last event, hashed as it should be."""
    rows = rows_of(folder)
    payload = json.dumps({"move": "close", "from": "in_progress", "to": "closed", "waits_for": None})
    moved = json.loads(rows[last_of(rows, "moved")]["header"])
    links = {"seq": len(rows) + 1, "previous": rows[-1]["hash"], "payload": sha256(payload)}
    header = json.dumps(moved | links)
    write_rows(folder, [*rows, {"header": header, "hash": sha256(header), "payload": payload, "texts": {}}])
    in_json("case.json", state="closed", events=len(rows) + 1, head=sha256(header))(folder)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def without_file_of(kind: str, name: str) -> Change:
    """A file dropped though its event is there; `case.json` calls it withheld, as nothing hashes that."""

    def change(folder: Path) -> None:
        rows = rows_of(folder)
        digests = [json.loads(row["payload"] or "{}").get(name) for row in rows if kind in row["header"]]
        digest = next(word for word in digests if word)
        (folder / "blobs" / digest).unlink()
        in_json("case.json", withheld=[digest])(folder)

    return change


def without_text(folder: Path) -> None:
    """The title left out as above the level, and another one in `case.json`."""
    rows = rows_of(folder)
    del rows[0]["texts"]["title"]
    write_rows(folder, rows)


def blob(change: Callable[[Path], object]) -> Change:
    return lambda folder: change(sorted(folder.glob("blobs/*"))[0]) and None


def added_file(folder: Path) -> None:
    (folder / "blobs" / hashlib.sha256(b"x").hexdigest()).write_bytes(b"x")


def page_from_blob(folder: Path) -> None:
    (folder / "history.txt").write_bytes(sorted(folder.glob("blobs/*"))[0].read_bytes())


def in_bytes(name: str, old: bytes, new: bytes) -> Change:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return change


TAMPERED: dict[str, tuple[Change, str]] = {
    "a header": (in_events(3, header="{}"), "event 3: header changed"),
    "a payload": (in_events(3, payload="{}"), "event 3: payload changed"),
    "a text": (in_events(1, texts={"title": ["00", "other"]}), "event 1: text title changed"),
    "a text that nobody wrote": (in_events(2, texts={"word": ["00", "x"]}), "event 2: text word changed"),
    "a payload that is no JSON": (in_events(3, payload="{"), "event 3: unreadable"),
    "a payload that is a list": (in_events(3, payload="[]"), "event 3: unreadable"),
    "a payload of another kind": (in_events(3, payload=7), "event 3: unreadable"),
    "texts of another kind": (in_events(3, texts=7), "event 3: unreadable"),
    "a line that is no JSON": (in_bytes("events.jsonl", b'\n{"', b"\n{{"), "event 2: unreadable"),
    "a line that is no text": (in_bytes("events.jsonl", b'\n{"', b"\n\xff"), "event 2: unreadable"),
    "a line that is nested too deep": (in_bytes("events.jsonl", b"{", b"[" * 200_000), "event 1: unreadable"),
    "a case that is no JSON": (in_bytes("case.json", b"{", b""), "files: unreadable"),
    "events that are gone": (lambda folder: (folder / "events.jsonl").unlink(), "files: unreadable"),
    "a case without its events": (in_bytes("case.json", b'"events"', b'"x"'), "files: unreadable"),
    "a seal of another kind": (in_bytes("seal.json", b'"path"', b'"x"'), "files: unreadable"),
    "a payload that was withheld": (in_events(3, payload=None, texts={}), "event 3: payload changed"),
    "the last move, withheld": (hidden_move, ": payload changed"),
    "a title that was left out": (without_text, "case.json: another title"),
    "a paper that was dropped": (without_file_of("evidence_attached", "digest"), "file missing, changed"),
    "one scan of what is signed": (without_file_of("voted", "paper"), "file missing, changed"),
    "an event in the middle": (without_event(3), "event 4: missing or moved"),
    "the last event": (without_event(-1), "missing"),
    "a tail that was cut off to fit": (shortened, "differs from seal #1"),
    "the key of the case": (in_json("case.json", key="2026-2"), "case.json: another case"),
    "the state": (in_json("case.json", state="closed"), "case.json: another title or state"),
    "the title": (in_json("case.json", title="other"), "case.json: another title"),
    "the bytes of a file": (blob(lambda path: path.write_bytes(b"x")), "file missing, changed or added"),
    "a file that is gone": (blob(lambda path: path.unlink() or True), "file missing, changed or added"),
    "a file that nobody named": (added_file, "file missing, changed or added"),
    "the name of a file": (
        blob(lambda path: path.rename(path.with_name("0"))),
        "file missing, changed or added",
    ),
    "the page, by what is in a file": (page_from_blob, "file missing, changed or added: [('history.txt', "),
    "a seal": (in_json("seal.json", digest="0" * 64), "differs from seal #1 0000000000000000"),
    "the way to the seal": (in_json("seal.json", path=[]), "differs from seal #1"),
    "where the seal stood": (in_json("seal.json", seq=2), "differs from seal #1"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_is_named(home: CommandLine, tmp_path: Path, what: str) -> None:
    change, expected = TAMPERED[what]
    folder = unpacked(home, tmp_path)
    change(folder)
    code, said = check_bundle(folder)
    assert (code, said.startswith("BROKEN: "), expected in said) == (1, True, True), said


def test_another_seal_than_the_printed_one_is_noticed(home: CommandLine, tmp_path: Path) -> None:
    folder = unpacked(home, tmp_path)
    code, said = check_bundle(folder, "--seal", "#1 " + "0" * 16)
    assert (code, said.startswith("BROKEN: seal #1 "), said.endswith("not the given one")) == (1, True, True)
    assert check_bundle(folder, "--seal", "nothing")[0] == 1


FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from engine.documents.bundles import write_bundle
from engine.errors import Unavailable
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    write_bundle(Path(sys.argv[1]), [("big", Path("/dev/urandom").open("rb").read(100000))], datetime(2026, 3, 2, tzinfo=UTC))
except Unavailable as error:
    print(error.code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files there")
def test_a_full_disk_leaves_the_older_bundle_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "case.zip"
    target.write_bytes(b"older")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(target)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("disk_full", "")
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"older", [target])


def test_what_cannot_be_exported_is_said(home: CommandLine, tmp_path: Path) -> None:
    assert home("export", str(tmp_path / "case.zip"), "--case", "2026-9").code == 6
    assert home("export", str(tmp_path / "case.zip")).code == 2
    assert home("export", str(tmp_path / "case.txt"), "--case", CASE).code == 2
    assert home("export", str(tmp_path / "nowhere" / "case.zip"), "--case", CASE).code == 8
    assert list(tmp_path.iterdir()) == []
