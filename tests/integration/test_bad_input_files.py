"""Files that are no report, come twice, or come again changed: one clear sentence, nothing half-written."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.cli import LEADER, PINS, SECRETARY, CommandLine, Said, new_home
from tests.kit.reports import TEXT

MEGABYTE = 1 << 20
Maker = Callable[[Path], None]


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return new_home(tmp_path / "home")


def one_sentence(said: Said, code: int) -> str:
    """The only line of an error; it says what is wrong in words, without a code of ours."""
    assert (said.code, said.out) == (code, ""), said
    (line,) = said.sentences
    assert line.endswith("。") and "没有办成" not in line and "Traceback" not in line
    return line


def empty(path: Path) -> None:
    path.write_bytes(b"")


def only_blanks(path: Path) -> None:
    path.write_bytes(" \n\n　\n".encode())


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 400)


def a_picture(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(2000))


def a_scanned_pdf(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n" + bytes(2000))


def an_old_word_file(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))


def of_another_encoding(path: Path) -> None:
    path.write_bytes("学校の点検で見つかった問題は次のとおりです。カタカナ。".encode("shift_jis") * 20)


def broken_in_the_middle(path: Path) -> None:
    whole = TEXT.encode("utf-8")
    path.write_bytes(whole[:200] + b"\xff\xfe\xff" + whole[200:])


def a_text_called_docx(path: Path) -> None:
    path.write_bytes(TEXT.encode("utf-8"))


def a_zip_called_docx(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("readme.txt", "not a document")


def a_cut_docx(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_paragraph(TEXT)
    document.save(str(path))
    path.write_bytes(path.read_bytes()[:-900])


def fifty_megabytes(path: Path) -> None:
    line = "整改工作取得了一定的成效，仍需继续努力。\n".encode()
    path.write_bytes(line * (50 * MEGABYTE // len(line)))


def no_report(path: Path) -> None:
    path.write_bytes("食堂本周菜单：周一土豆丝，周二西红柿鸡蛋。\n".encode())


def a_table_of_commas(path: Path) -> None:
    path.write_bytes("姓名,班级\n甲,一班\n乙,二班\n".encode("gb18030"))


def without_a_date(path: Path) -> None:
    path.write_bytes("一、学习不够\n整改情况：加强学习。\n".encode())


def fed_back_in_the_future(path: Path) -> None:
    path.write_bytes(TEXT.replace("2026年1月19日", "2199年1月19日").encode())


def one_number_twice(path: Path) -> None:
    path.write_bytes(TEXT.replace("2.党课不落实", "1.党课不落实").encode())


BAD: tuple[tuple[Maker, str], ...] = (
    (empty, "report.txt"),
    (only_blanks, "report.txt"),
    (binary, "report.txt"),
    (a_picture, "report.txt"),
    (a_scanned_pdf, "report.pdf"),
    (an_old_word_file, "report.doc"),
    (of_another_encoding, "report.txt"),
    (broken_in_the_middle, "report.txt"),
    (a_text_called_docx, "report.docx"),
    (a_zip_called_docx, "report.docx"),
    (a_cut_docx, "report.docx"),
    (fifty_megabytes, "report.txt"),
    (no_report, "report.txt"),
    (a_table_of_commas, "ledger.csv"),
    (without_a_date, "report.txt"),
    (fed_back_in_the_future, "report.txt"),
    (one_number_twice, "report.txt"),
)


@pytest.mark.parametrize(("make", "name"), BAD, ids=[make.__name__ for make, _ in BAD])
def test_a_file_that_is_no_report_is_refused_in_one_sentence(
    cli: CommandLine, tmp_path: Path, make: Maker, name: str
) -> None:
    path = tmp_path / name
    make(path)
    before = cli.holds()
    one_sentence(cli("import", str(path)), 5)
    one_sentence(cli("import", str(path), "--dry-run"), 5)
    assert cli.holds() == before


def test_the_sentence_names_the_file_and_says_what_to_do(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "汇报.txt"
    empty(path)
    assert one_sentence(cli("import", str(path)), 5) == "文件 汇报.txt 是空的，请换一个有内容的文件。"


def test_a_file_that_is_not_there_is_not_found(cli: CommandLine, tmp_path: Path) -> None:
    assert "missing.txt" in one_sentence(cli("import", str(tmp_path / "missing.txt")), 6)
    one_sentence(cli("import", str(tmp_path)), 2)


# -- the same again, and a later version


def test_the_same_file_twice_changes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    before = cli.holds()
    said = cli("import", str(path), "--json")
    assert (said.code, said.data["imported"]["opened"], said.data["imported"]["changed"]) == (0, [], [])
    assert said.data["merge"]["counts"] == {"new": 0, "same": 3, "changed": 0, "kept": 0, "missing": 0}
    assert cli.holds() == before


def test_the_same_text_in_another_encoding_is_the_same_file(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    before = cli.holds()
    for encoding in ("utf-8-sig", "gb18030", "utf-16"):
        path.write_bytes(TEXT.encode(encoding))
        assert cli("import", str(path)).code == 0
    assert cli.holds() == before


@pytest.fixture
def later(tmp_path: Path) -> str:
    """A later version: two texts changed, one issue more."""
    text = (
        TEXT.replace("全年只学一次", "全年只学两次")
        .replace("没有教案", "教案不全")
        .replace("3个问题", "4个问题")
    )
    text = text.replace("后勤管理方面1个", "后勤管理方面2个")
    text = text.replace(
        "青石桥小学\n2026年2月20日",
        "4.台账不清。没有台账。（正在整改）\n整改落实情况：建立台账。\n青石桥小学\n2026年2月20日",
    )
    path = tmp_path / "later.txt"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_later_version_is_previewed_and_then_merged(cli: CommandLine, later: str) -> None:
    before = cli.holds()
    shown = cli("import", later, "--dry-run", "--json").data["merge"]
    assert cli.holds() == before
    assert (shown["inspection"], shown["counts"]) == (
        "2026",
        {"new": 1, "same": 1, "changed": 2, "kept": 0, "missing": 0},
    )
    done = cli("import", later, "--seen", shown["digest"], "--json").data["imported"]
    assert (done["opened"], sorted(done["changed"])) == (["2026-4"], ["2026-1", "2026-2"])
    assert "全年只学两次" in cli("show", "2026-1", "--json").data["texts"]["problem"]


def test_what_was_decided_is_never_overwritten(cli: CommandLine, later: str) -> None:
    assert cli("assign", "2026-1", "--leader", LEADER).code == 0
    assert cli("do", "2026-1", "plan", "--as", LEADER).code == 0
    assert cli("approve", "2026-1-R1", "--as", SECRETARY, "--pin", PINS[SECRETARY]).code == 0
    decided = cli("show", "2026-1", "--json").data
    merge = cli("import", later, "--json").data["merge"]
    outcomes = {row["number"]: row["outcome"] for row in merge["issues"]}
    assert outcomes == {1: "kept", 2: "changed", 3: "same", 4: "new"}
    assert [row["kept_because"] for row in merge["issues"][0]["differences"]] == ["decided"]
    assert cli("show", "2026-1", "--json").data == decided


def test_a_preview_that_is_no_longer_true_is_not_applied(cli: CommandLine, later: str) -> None:
    seen = cli("import", later, "--dry-run", "--json").data["merge"]["digest"]
    assert cli("issue", "edit", "2026-1", "--problem", "本单位核对后的表述。").code == 0
    before = cli.holds()
    one_sentence(cli("import", later, "--seen", seen), 4)
    assert cli.holds() == before


# -- names


def test_names_that_match_nobody_are_kept_listed_and_linked_later(cli: CommandLine) -> None:
    listed = {row["name"]: row["cases"] for row in cli("people", "list", "--json").data["unresolved"]}
    assert set(listed) == {"方小满", "教学副校长何教之", "某不识"}
    assert listed["方小满"] == ["2026-1"]
    shown = cli("people", "list").out
    assert shown.splitlines()[0].startswith("没有对上的姓名")
    assert cli("people", "add", "方小满", "--post", "union_chair", "--person", "fang").code == 0
    assert cli("people", "link", "fang", "--name", "方小满").code == 0
    left = [row["name"] for row in cli("people", "list", "--json").data["unresolved"]]
    assert "方小满" not in left


UNKNOWN = (
    (("show", "2026-99"), "2026-99"),
    (("assign", "2099-1", "--leader", LEADER), "2099-1"),
    (("assign", "2026-1", "--leader", "无名氏"), "无名氏"),
    (("do", "2026-1", "plann", "--as", LEADER), "plann"),
    (("do", "2026-1", "plan", "--as", "p77"), "p77"),
    (("approve", "2026-1-R9", "--as", SECRETARY, "--pin", PINS[SECRETARY]), "2026-1-R9"),
    (("approve", "nonsense", "--as", SECRETARY, "--pin", PINS[SECRETARY]), "nonsense"),
    (("evidence", "add", "2026-1", "--file", "no-such.pdf"), "no-such.pdf"),
    (("messages", "--case", "2026-99"), "2026-99"),
    (("messages", "--person", "p77"), "p77"),
    (("people", "link", "p77", "--post", "office"), "p77"),
    (("people", "add", "钱五", "--post", "no_such_post"), "no_such_post"),
    (("duties", "on", "branch_comittee"), "branch_comittee"),
    (("issue", "add", "2099", "--title", "标题", "--problem", "问题"), "2099"),
    (("issues", "--org", "elsewhere"), "elsewhere"),
)


@pytest.mark.parametrize(("words", "named"), UNKNOWN, ids=[" ".join(words) for words, _ in UNKNOWN])
def test_what_nobody_knows_is_not_found_and_named(
    cli: CommandLine, words: tuple[str, ...], named: str
) -> None:
    before = cli.holds()
    assert named in one_sentence(cli(*words), 6)
    assert cli.holds() == before


def test_a_word_that_comes_near_is_offered(cli: CommandLine) -> None:
    assert "您是不是想写 plan" in one_sentence(cli("do", "2026-1", "plann", "--as", LEADER), 6)
    assert "您是不是想写 branch_committee" in one_sentence(cli("duties", "on", "branch_comittee"), 6)
