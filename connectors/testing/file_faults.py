"""Faults of delivered files as data: each with the error that it must become, or with how many records it may cost.

A fault changes a copy of a correct folder of deliveries with manifests. Unless the manifest itself is faulty, it is
written again to match, so that a fault inside a file is found there and not by its hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from contracts.errors import HubError

from ..errors import Incomplete, Malformed, Refused, TooLarge
from ..files.inbox import MANIFEST

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Office before 2007 begin, and all with a password."""


@dataclass(frozen=True)
class FileFault:
    """One way to damage a folder."""

    name: str
    error: type[HubError] | None
    """Class of the error that the connector must raise, when all other deliveries have come; None: it raises none."""
    spoil: Callable[[Path, str], object]
    """Gets the folder and the name of the file to spoil in it."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Of the system, beside its own."""
    refused: int = 0
    """Where there is no error: records that come as refused; all others are as they were."""


def reseal(folder: Path, name: str, body: bytes) -> None:
    """Put bytes in a file's place, and make its manifest fit."""
    (folder / name).write_bytes(body)
    _rewrite_manifest(
        folder, name, lambda entry: entry.update(bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
    )


def _rewrite_manifest(folder: Path, name: str, change: Callable[[dict[str, object]], object]) -> None:
    for path in folder.glob(f"*{MANIFEST}"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        for entry in manifest["files"]:
            if entry["name"] == name:
                change(entry)
                path.write_text(json.dumps(manifest), encoding="utf-8")


def _manifest_of(folder: Path, name: str) -> Path:
    return next(path for path in folder.glob(f"*{MANIFEST}") if f'"{name}"' in path.read_text(encoding="utf-8"))


def in_place(change: Callable[[bytes], bytes], *, in_manifest: bool = True) -> Callable[[Path, str], object]:
    """Other bytes in a file's place, and where `in_manifest` in its promise."""

    def spoil(folder: Path, name: str) -> None:
        body = change((folder / name).read_bytes())
        if in_manifest:
            reseal(folder, name, body)
        else:
            (folder / name).write_bytes(body)

    return spoil


def member(name: str, content: bytes, **about: int) -> Callable[[bytes], bytes]:
    """One member more in an archive."""

    def change(body: bytes) -> bytes:
        target = io.BytesIO(body)
        with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a name twice is what some faults are about
            info = zipfile.ZipInfo("placeholder")
            info.filename, info.orig_filename = name, name
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = about.get("mode", 0o100644) << 16
            archive.writestr(info, content)
        return target.getvalue()

    return change


def _nul_inside(body: bytes) -> bytes:
    """A name that ends at its NUL for one reader and goes on for another. zipfile would not write it."""
    return member("x.pdfQ.exe", b"x")(body).replace(b"x.pdfQ.exe", b"x.pdf\0.exe")


def _encrypted(body: bytes) -> bytes:
    """The flag bit of the first member, in its own head and in the directory."""
    first = body.index(b"PK\x01\x02")
    changed = bytearray(body)
    changed[6] |= 1
    changed[first + 8] |= 1
    return bytes(changed)


def _many(body: bytes) -> bytes:
    """A directory that says it has 60,000 members."""
    end = body.rindex(b"PK\x05\x06")
    return body[: end + 8] + struct.pack("<2H", 60_000, 60_000) + body[end + 12 :]


def _twice(body: bytes) -> bytes:
    name = zipfile.ZipFile(io.BytesIO(body)).namelist()[0]
    return member(name, b"another")(body)


def _another_byte(body: bytes) -> bytes:
    """Another last byte of the first member, whose checksum stays."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        first = archive.infolist()[0]
        head = first.header_offset
    size = 30 + sum(struct.unpack_from("<2H", body, head + 26)) + first.compress_size
    last = head + size - 1
    if first.compress_type == zipfile.ZIP_DEFLATED:
        last = head + size - 3
    return body[:last] + bytes([body[last] ^ 1]) + body[last + 1 :]


def _beside(folder: Path, name: bytes) -> None:
    with open(os.path.join(os.fsencode(folder), name), "wb") as file:
        file.write(b"x")


def _renamed(folder: Path, name: str) -> None:
    """The file and its promise, with a suffix in capitals."""
    path = Path(name)
    other = f"{path.stem}{path.suffix.upper()}"
    (folder / name).rename(folder / other)
    _rewrite_manifest(folder, name, lambda entry: entry.update(name=other))


def _another_form(folder: Path, name: str) -> None:
    """The same delivery once more, packed in a form that nobody agreed on."""
    other = f"{name}.gz"
    (folder / other).write_bytes(b"\x1f\x8bx")
    digest = hashlib.sha256(b"\x1f\x8bx").hexdigest()
    promised = {"time": "2022-05-01T08:00:00+07:00", "files": [{"name": other, "bytes": 3, "sha256": digest}]}
    (folder / f"{other}{MANIFEST}").write_text(json.dumps(promised), encoding="utf-8")


FILE_FAULTS = (
    FileFault("a file that grows", Incomplete, in_place(lambda body: body[:-100], in_manifest=False)),
    FileFault("a file longer than promised", Incomplete, in_place(lambda body: body + b"x", in_manifest=False)),
    FileFault(
        "another file than promised",
        Incomplete,
        in_place(lambda body: body[:-1] + bytes([body[-1] ^ 1]), in_manifest=False),
    ),
    FileFault("a file that is not there", Incomplete, lambda folder, name: (folder / name).unlink()),
    FileFault(
        "a link in the folder", Refused, lambda folder, name: os.symlink("/etc/hostname", folder / f"link-{name}")
    ),
    FileFault(
        "a manifest that is none",
        Malformed,
        lambda folder, name: _manifest_of(folder, name).write_text("{", encoding="utf-8"),
    ),
    FileFault(
        "a manifest that leads elsewhere",
        Refused,
        lambda folder, name: _rewrite_manifest(folder, name, lambda e: e.update(name=f"../{name}")),
    ),
    FileFault(
        "a file promised twice",
        Malformed,
        lambda folder, name: (folder / f"zz{MANIFEST}").write_bytes(_manifest_of(folder, name).read_bytes()),
    ),
    FileFault("a file past its cap", TooLarge, lambda folder, name: None, {"max_file_bytes": 100}),
    FileFault("a file of another form", Malformed, _another_form),
    FileFault("a suffix in capitals", None, _renamed),
    FileFault("a name that is no UTF-8 beside it", None, lambda folder, name: _beside(folder, b"s\xe1ch.doc")),
    FileFault("a file of an operating system beside it", None, lambda folder, name: _beside(folder, b"Thumbs.db")),
    FileFault(
        "a file that is still being written", None, lambda folder, name: _beside(folder, f"{name}.part".encode())
    ),
)
"""Of any file."""

ARCHIVE_FAULTS = (
    FileFault("an archive without its end", Malformed, in_place(lambda body: body[:-30])),
    FileFault("an archive without its middle", Malformed, in_place(lambda body: body[:40] + body[60:])),
    FileFault("bytes after the archive", Malformed, in_place(lambda body: body + b"PK")),
    FileFault("a bomb", TooLarge, in_place(member("bomb.xml", bytes(8 << 20)))),
    FileFault("a member past its cap", TooLarge, lambda folder, name: None, {"max_member_bytes": 200}),
    FileFault("an archive past its cap", TooLarge, lambda folder, name: None, {"max_inflated_bytes": 300}),
    FileFault("members past their number", TooLarge, in_place(_many)),
    FileFault("a member upwards", Malformed, in_place(member("../../etc/passwd", b"x"))),
    FileFault("a member with an absolute name", Malformed, in_place(member("/etc/passwd", b"x"))),
    FileFault("a member with odd separators", Malformed, in_place(member("..\\..\\x.pdf", b"x"))),
    FileFault("a member with a drive", Malformed, in_place(member("C:x.pdf", b"x"))),
    FileFault("a NUL in a member's name", Malformed, in_place(_nul_inside)),
    FileFault("a member that is a link", Malformed, in_place(member("link.pdf", b"/etc/passwd", mode=0o120777))),
    FileFault("a member twice", Malformed, in_place(_twice)),
    FileFault(
        "a member that differs in case only",
        Malformed,
        in_place(lambda body: member("ONE.pdf", b"x")(member("one.pdf", b"x")(body))),
    ),
    FileFault("an encrypted member", Malformed, in_place(_encrypted)),
    FileFault("nothing in it", Malformed, in_place(lambda body: b"")),
    FileFault("a web page in its place", Malformed, in_place(lambda body: b"<!DOCTYPE html><html></html>")),
    FileFault("a CSV in its place", Malformed, in_place(lambda body: b"so,quyenSo\n1,01/2005\n")),
    FileFault("an .xls in its place", Malformed, in_place(lambda body: _OLE + bytes(600))),
    FileFault("a password on it", Malformed, in_place(lambda body: _OLE + "EncryptedPackage".encode("utf-16-le"))),
    FileFault("another archive in its place", Malformed, in_place(lambda body: b"7z\xbc\xaf\x27\x1c" + bytes(90))),
)
"""Of any ZIP, workbooks among them."""

SCAN_FAULTS = (
    FileFault("bytes that differ from their checksum", None, in_place(_another_byte), refused=1),
    FileFault("files of a packing program", None, in_place(member("__MACOSX/._1.pdf", b"x"))),
    FileFault("a picture cache", None, in_place(member("Thumbs.db", b"x"))),
)
"""Of a ZIP of scans."""


def _row_more(row: bytes) -> Callable[[Path, str], object]:
    return in_place(lambda body: body.rstrip(b"\r\n") + b"\n" + row + b"\n")


CSV_FAULTS = (
    FileFault("a row with a value less", None, _row_more(b"7"), refused=1),
    FileFault("a row with a value more", None, _row_more(b",".join([b"7"] * 200)), refused=1),
    FileFault("quotes that do not end", None, _row_more(b'7,"x'), refused=1),
    FileFault("quotes inside a value", None, _row_more(b'7,"x"y'), refused=1),
    FileFault("a row that is not UTF-8", None, _row_more(b"7,\xe1\xbb"), refused=1),
    FileFault("a NUL", None, _row_more(b"7,\0"), refused=1),
    FileFault("rows of commas", None, _row_more(b",,,\n,\n\n")),
    FileFault("another header", Malformed, in_place(lambda body: b"x" + body)),
    FileFault("no header", Malformed, in_place(lambda body: body.partition(b"\n")[2])),
    FileFault("another encoding", Malformed, in_place(lambda body: body.decode().encode("utf-16"))),
    FileFault("nothing in it", Malformed, in_place(lambda body: b"")),
)
"""Of a CSV that is read whole, in UTF-8, with commas."""
