"""Lines of a Word file (.docx): paragraphs and tables in order, through python-docx, within limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.documents.lines import Line, cleaned, refuse_endless_text
from engine.documents.numbering import Numbering, numbering_of
from engine.documents.tables import lines_of_table
from engine.errors import BadInput

MOST_UNPACKED_BYTES = 100 * 1024 * 1024
MOST_XML_BYTES = 30 * 1024 * 1024
MOST_PARTS = 5_000

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_KINDS = (("xl/", "xlsx"), ("ppt/", "pptx"), ("content.xml", "odf"))


def is_zip(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06")


def lines_of_word(data: bytes, filename: str) -> tuple[Line, ...]:
    """The lines of a .docx; a line's number is the number of its paragraph.

    Raises BadInput `docx_broken`, `docx_encrypted`, `docx_too_large`, `text_too_long`, `format_unknown`.
    """
    _refuse_unsafe_package(data, filename)
    lines: list[Line] = []
    characters = 0
    for line in _numbered(*_opened(data, filename)):
        characters += len(line.text)
        refuse_endless_text(len(lines), characters, filename)
        lines.append(line)
    return tuple(lines)


def _refuse_unsafe_package(data: bytes, filename: str) -> None:
    """Judge the package by its directory before anything is unpacked (zip bombs, foreign kinds)."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as broken:
        raise BadInput("docx_broken", file=filename) from broken
    names = {part.filename for part in parts}
    if "word/document.xml" not in names:
        for prefix, kind in _KINDS:
            if any(name.startswith(prefix) for name in names):
                raise BadInput("format_unknown", file=filename, format=kind)
        raise BadInput("docx_broken", file=filename)
    if any(part.flag_bits & 1 for part in parts):
        raise BadInput("docx_encrypted", file=filename)
    xml = max(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))
    if (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES
        or xml > MOST_XML_BYTES
    ):
        raise BadInput("docx_too_large", file=filename, limit=MOST_UNPACKED_BYTES)


def _opened(data: bytes, filename: str) -> tuple[Any, Numbering]:
    import docx  # heavy: loaded only when a Word file comes

    try:
        document = docx.Document(io.BytesIO(data))
        return document.element.body, numbering_of(document)
    # A damaged or hostile package can break the foreign reader anywhere; to the user it is one thing.
    except Exception as broken:
        raise BadInput("docx_broken", file=filename) from broken


def _numbered(body: Any, numbering: Numbering) -> Iterator[Line]:
    number = 0
    for block in _blocks(body):
        if block.tag == _W + "p":
            number += 1
            yield from _paragraph(block, number, numbering.mark_of(block))
        else:
            rows = tuple(_row(row) for row in block.iterchildren(_W + "tr"))
            for text in lines_of_table(rows):
                number += 1
                if (line := cleaned(text, number, is_after_blank=True)).text:
                    yield line


def _blocks(element: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, also those inside content controls."""
    for child in element:
        if child.tag in {_W + "p", _W + "tbl"}:
            yield child
        elif child.tag in {_W + "sdt", _W + "sdtContent", _W + "ins", _W + "smartTag"}:
            yield from _blocks(child)


def _paragraph(paragraph: Any, number: int, mark: str) -> Iterator[Line]:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    is_heading = style is not None and str(style.get(_W + "val", "")).lower().startswith(("heading", "title"))
    is_bold = _is_all_bold(paragraph)
    whole = _text(paragraph)
    for text in (mark + whole if whole.strip() else "").split("\n"):
        line = cleaned(text, number, is_after_blank=True)
        if line.text:
            yield replace(line, is_whole=line.is_whole or is_heading or is_bold)


def _row(row: Any) -> tuple[str, ...]:
    """Texts of the cells; a cell merged downwards repeats nothing (its continuation is empty)."""
    return tuple(
        "\n".join(_text(paragraph) for paragraph in cell.iter(_W + "p")).strip()
        for cell in row.iter(_W + "tc")
    )


def _text(paragraph: Any) -> str:
    """The text as it stands: deletions and fallback copies left out, line breaks kept."""
    pieces: list[str] = []
    for element in paragraph.iter():
        if element.tag == _W + "t" and not _is_copy(element, paragraph):
            pieces.append(element.text or "")
        elif element.tag in {_W + "br", _W + "cr"}:
            pieces.append("\n")
        elif element.tag == _W + "tab":
            pieces.append(" ")
    return "".join(pieces)


def _is_copy(element: Any, paragraph: Any) -> bool:
    for ancestor in element.iterancestors():
        if ancestor is paragraph:
            return False
        if ancestor.tag == _FALLBACK:
            return True
    return False


def _is_all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(_W + "r") if _is_visible(run)]
    return bool(runs) and all(_is_bold(run) for run in runs)


def _is_visible(run: Any) -> bool:
    return any((text.text or "").strip() for text in run.iter(_W + "t"))


def _is_bold(run: Any) -> bool:
    bold = run.find(f"{_W}rPr/{_W}b")
    return bold is not None and bold.get(_W + "val", "1") not in {"0", "false", "off"}
