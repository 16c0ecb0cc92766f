"""What a file is by its first bytes, where its name says something else."""

from __future__ import annotations

_MAGIC = (
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text of Word (RTF)"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89PNG", "a picture"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def other_form(body: bytes) -> str:
    """The form of a file that does not begin as a ZIP archive (and so no workbook of today either)."""
    if body.startswith(_OLE):
        return "a workbook with a password" if _ENCRYPTED in body else "an .xls, or another file of Office before 2007"
    for magic, form in _MAGIC:
        if body.startswith(magic):
            return form
    start = body[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table", b"<meta")):
        return "a web page (HTML)"
    if start.startswith((b"<?xml", b"<")):
        return "XML"
    try:
        text = body[:4096].decode("utf-8", "ignore" if len(body) > 4096 else "strict")
    except UnicodeDecodeError:
        return "something else"
    return "text, CSV perhaps" if all(char.isprintable() or char in "\t\r\n" for char in text) else "something else"
