"""The scan of an entry's page in the paper book: which one it is, and its bytes, from the ZIP as it was delivered.

An entry and its scan have one key: kind of book, place with its unit's day, book, number (`contracts/civil_registry/`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hub.core.errors import LandingDamaged

if TYPE_CHECKING:
    from hub.app import Hub

MEDIA: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""Forms that a browser shows; another one is handed out as a file."""


@dataclass(frozen=True)
class BookScan:
    """One scan of a page of a book."""

    system: str
    archive: str
    """Name of the ZIP."""
    name: str
    """Of the file in it."""
    sha256: str
    page: str
    """SHA-256 of the landed ZIP."""

    @property
    def media_type(self) -> str:
        return MEDIA.get(PurePath(self.name).suffix.casefold(), "application/octet-stream")


def keys_of(hub: Hub, contract: str, record: Mapping[str, object], since: str | None) -> list[str]:
    """The keys that the scan of an entry may have, by the systems that deliver books.

    `since`: first day of the unit of the record; a book of an earlier unit that had the same code is another book.
    """
    parts = [str(record.get(name) or "") for name in ("noiDangKy", "quyenSo", "so")]
    found = []
    for system in hub.deployment.described.values():
        kinds, day = system.options.get("kinds"), str(system.options.get("units_from", ""))
        if system.dialect == "book_files" and isinstance(kinds, Mapping) and contract in kinds and all(parts):
            place, book, number = parts
            if since is None or since <= day:
                found.append(f"{kinds[contract]}|{place}@{day}|{book}|{number}")
    return found


def find(hub: Hub, contract: str, record: Mapping[str, object], since: str | None) -> BookScan | None:
    """The newest scan of an entry; None: no book that was delivered has one."""
    keys = keys_of(hub, contract, record, since)
    if not keys:
        return None
    query = sa.text("""
        select s._system as system, s.goi as archive, s.tep as name, s.sha256, l.sha256 as page
        from warehouse.scan s join hub.landing l on l.id = s._landing
        where s.ho_so = any (:keys) order by s._version desc, s._key limit 1""")
    with hub.engine.connect() as connection:
        row = connection.execute(query, {"keys": keys}).mappings().first()
    return BookScan(**row) if row else None


def read(hub: Hub, scan: BookScan) -> bytes:
    """The bytes of a scan. Raises LandingDamaged: they are not those that were delivered."""
    from connectors import options
    from connectors.files.archive import Archive, ArchiveLimits

    system = hub.system(scan.system)
    names, caps = options.text(system, "archive_names", "cp437"), options.limits(system, ArchiveLimits)
    body = Archive(hub.landing.read(scan.page), scan.archive, caps, names=names).read(scan.name)
    if hashlib.sha256(body).hexdigest() != scan.sha256:
        raise LandingDamaged(
            f"A scan in the landed bytes {scan.page[:16]} is not the one that was delivered",
            hint="hub doctor; then restore the landing zone from its backup",
        )
    return body
