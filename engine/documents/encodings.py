"""Bytes → text: what a file really is, by its content, and which encoding it has."""

from __future__ import annotations

import codecs
import re

from engine.errors import BadInput

MOST_BYTES = 20 * 1024 * 1024

# What files of other kinds begin with; the name is a fact of the error.
_SIGNATURES = (
    (b"%PDF", "pdf"),
    (b"\xd0\xcf\x11\xe0", "doc"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "sqlite"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f\u2000-\u206f\u3000-\u303f\uff00-\uffef]")
_SAMPLE = 200_000
# Nearly all characters of a real GB18030 file are in GB2312; other encodings read as GB18030 give rare ones.
_LEAST_COMMON_SHARE = 0.9
_MOST_CONTROL_SHARE = 0.001


def text_of(data: bytes, filename: str) -> str:
    """The text of a plain-text file.

    Raises BadInput `format_unknown`, `file_binary`, `encoding_unknown` with the file's name.
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise BadInput("format_unknown", file=filename, format=kind)
    text = _decoded(data, filename)
    if len(_CONTROL.findall(text)) > len(text) * _MOST_CONTROL_SHARE:
        raise BadInput("file_binary", file=filename)
    if _MARKUP.match(text):
        raise BadInput("format_unknown", file=filename, format="html")
    return text


def _decoded(data: bytes, filename: str) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError as broken:
                raise BadInput("encoding_unknown", file=filename, tried=[encoding]) from broken
    if b"\x00" in data:
        raise BadInput("file_binary", file=filename)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _chinese(data, filename)


def _chinese(data: bytes, filename: str) -> str:
    """GB18030, if what comes out looks like Chinese: the codec itself accepts nearly anything."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as broken:
        raise BadInput("encoding_unknown", file=filename, tried=["utf-8", "gb18030"]) from broken
    sample = "".join(_NOT_ASCII.findall(text[:_SAMPLE]))
    common = len(sample.encode("gb2312", errors="ignore")) / 2
    if common < len(sample) * _LEAST_COMMON_SHARE:
        raise BadInput("encoding_unknown", file=filename, tried=["utf-8", "gb18030"])
    return text
