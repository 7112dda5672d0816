"""Files that are no report: one stable code each, never another exception, never a long wait."""

import io
import time
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.documents.reading import read_report
from engine.errors import BadInput

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "reports"
SOURCES = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())]
PIECES = [
    "（一）",
    "一、",
    "1.",
    "2.",
    "（1）",
    "①",
    "一是",
    "二是",
    "整改情况：",
    "反馈问题：",
    "整改状态：",
    "（整改完成）",
    "\n",
    "。",
    "“",
    "”",
    "问题1：",
    "第一方面：",
    "### ",
    "**",
    "2024919日",
    "12个问题",
    "各1项",
    "每人",
    "\x0c",
    " ",
]


def code_of(data: bytes, name: str = "report.txt") -> str:
    with pytest.raises(BadInput) as caught:
        read_report(data, name)
    assert caught.value.exit_code == 5
    return caught.value.code


def zip_of(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return stream.getvalue()


def real_docx() -> bytes:
    document = docx.Document()
    document.add_paragraph("1.灯坏了。（整改完成）")
    document.add_paragraph("整改情况：换灯。")
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \n\t\r\n ", "file_empty"),
        (b"\xef\xbb\xbf", "file_empty"),
        (b"text\x00with zero", "file_binary"),
        (b"\x89PNG\r\n\x1a\n\x00", "format_unknown"),
        (b"%PDF-1.7 something", "format_unknown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "format_unknown"),
        (b"<!DOCTYPE html><html></html>", "format_unknown"),
        (b"\xff\xfe\x00", "encoding_unknown"),
        ("été à la plage, déjà vu".encode("latin-1"), "encoding_unknown"),
        ("整改情況報告學校總務處檢查發現問題".encode("big5"), "encoding_unknown"),
        ("今天食堂吃面。".encode(), "no_issues_found"),
        (b"PK\x03\x04 broken", "docx_broken"),
        (zip_of(xl__workbook_xml=b"<x/>"), "format_unknown"),
        (zip_of(other=b"1"), "docx_broken"),
        (zip_of(word__document_xml=b"<not closed"), "docx_broken"),
    ],
)
def test_each_bad_file_has_its_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


def test_text_under_the_name_of_a_word_file_is_refused() -> None:
    assert code_of("1.灯坏了。（整改完成）".encode(), "report.docx") == "docx_broken"


def test_fifty_megabytes_are_refused_at_once() -> None:
    data = "整改情况：好。\n".encode() * 2_500_000
    begun = time.perf_counter()
    assert code_of(data) == "file_too_large"
    assert time.perf_counter() - begun < 1


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    begun = time.perf_counter()
    assert code_of(zip_of(word__document_xml=b"0" * 60_000_000), "x.docx") == "docx_too_large"
    assert time.perf_counter() - begun < 3


def test_entities_in_a_word_file_expand_to_nothing() -> None:
    entities = b'<!ENTITY a0 "lol">' + b"".join(
        b'<!ENTITY a%d "%s">' % (at, b"&a%d;" % (at - 1) * 10) for at in range(1, 12)
    )
    body = b"<?xml version='1.0'?><!DOCTYPE d [" + entities + b"]><d>&a11;</d>"
    begun = time.perf_counter()
    assert code_of(replaced(real_docx(), "word/document.xml", body), "x.docx") == "docx_broken"
    assert time.perf_counter() - begun < 3


def replaced(package: bytes, name: str, body: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(stream, "w") as after:
        for part in before.infolist():
            after.writestr(part.filename, body if part.filename == name else before.read(part.filename))
    return stream.getvalue()


NASTY = {
    "brackets": "（" * 400_000,
    "claims": "1.甲。" + "（整改完成）" * 60_000,
    "quotes": "1.甲" + "“" * 400_000 + "\n整改情况：乙。",
    "ordinals": "1.甲。\n整改情况：" + "一是乙；" * 100_000,
    "counts": "1.甲。\n整改情况：" + "完成1项、" * 80_000,
    "blanks": "1.甲。\n整改情况：" + " " * 400_000 + "乙",
    "digits": "1.甲。\n整改情况：" + "20249" * 80_000 + "日",
    "paragraphs": "1.甲。\n整改情况：\n" + "乙做事。\n\n" * 24_000,
    "aspects": "".join(f"第{n % 9 + 1}方面：甲{n}\n1.乙。\n整改情况：丙\n" for n in range(16_000)),
    "labels": "反馈问题：甲\n整改情况：乙\n" * 24_000,
    "lines": "甲\n" * 200_000,
}


@pytest.mark.parametrize("name", NASTY)
def test_nasty_text_takes_seconds_at_most(name: str) -> None:
    begun = time.perf_counter()
    try:
        read_report(NASTY[name].encode(), "nasty.txt")
    except BadInput as refused:
        assert refused.exit_code == 5
    assert time.perf_counter() - begun < 20


def cut_and_paste(source: str, cuts: list[tuple[int, int, str]]) -> str:
    for start, length, piece in cuts:
        at = start % (len(source) + 1)
        source = source[:at] + piece + source[at + length :]
    return source


CUTS = st.lists(
    st.tuples(st.integers(0, 2_000), st.integers(0, 30), st.sampled_from(PIECES) | st.text(max_size=6)),
    max_size=8,
)


@settings(max_examples=300, deadline=2_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SOURCES), CUTS)
@example("一是", [])
@example("1.", [])
@example("1.\n整改情况：", [])
def test_mutated_reports_raise_nothing_but_bad_input(source: str, cuts: list[tuple[int, int, str]]) -> None:
    mutated = cut_and_paste(source, cuts)
    try:
        told = read_report(mutated.encode("utf-8", "replace"), "mutated.txt").as_json()
    except BadInput:
        return
    assert told["reconciliation"]["parsed_total"] == len(told["issues"])
    last = mutated.count("\n") + mutated.count("\r") + 1
    assert all(1 <= issue["source_line"] <= last for issue in told["issues"])


@settings(max_examples=100, deadline=2_000)
@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_bad_input(data: bytes) -> None:
    try:
        read_report(data, "random.txt")
    except BadInput:
        return


PACKAGE = real_docx()


@settings(max_examples=100, deadline=5_000)
@given(st.integers(0, len(PACKAGE)), st.integers(0, 255), st.booleans())
def test_damaged_word_files_raise_nothing_but_bad_input(at: int, byte: int, is_cut: bool) -> None:
    data = PACKAGE[:at] if is_cut else PACKAGE[:at] + bytes([byte]) + PACKAGE[at + 1 :]
    try:
        read_report(data, "damaged.docx")
    except BadInput:
        return
