"""A manifest: the files that a sender promises, with bytes, SHA-256 and the time of the delivery."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import msgspec

from ..errors import Malformed
from ..rest.session import place_of
from .names import comparable
from .stores import StoredFile, plain_name

SUFFIX = ".manifest.json"
MOST_BYTES = 1 << 20
_SHA256 = re.compile("[0-9a-fA-F]{64}")
_HINT = '{"time": "<ISO 8601 with offset>", "files": [{"name", "bytes", "sha256"}]}'


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    bytes: int
    sha256: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    time: datetime
    files: list[_File]


def is_manifest(name: str) -> bool:
    """Whether a file is a manifest, by its name."""
    return name.lower().endswith(SUFFIX)


def promised_files(body: bytes, about: str) -> dict[str, StoredFile]:
    """The promised files by their comparable names.

    Raises:
        Malformed: no manifest.
        Refused: a name that leads elsewhere.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        manifest = msgspec.json.decode(body, type=_Manifest)
        json.loads(body, object_pairs_hook=_once)
    except msgspec.DecodeError as error:
        raise Malformed(f"{about}: no manifest: {place_of(error)}", hint=_HINT) from None
    except ValueError:
        raise Malformed(f"{about}: a field is given twice", hint=_HINT) from None
    if manifest.time.tzinfo is None:
        raise Malformed(f"{about}: its time has no offset from UTC", hint=_HINT)
    try:
        when = manifest.time.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise Malformed(f"{about}: its time is none of this calendar", hint=_HINT) from None
    found = {comparable(plain_name(each.name)): each for each in manifest.files}
    if len(found) != len(manifest.files):
        raise Malformed(f"{about}: a file is named twice", hint="the sender must write the manifest anew")
    if not all(_SHA256.fullmatch(each.sha256) and each.bytes >= 0 for each in manifest.files):
        raise Malformed(f"{about}: bytes or SHA-256 of a file are none", hint=_HINT)
    return {name: StoredFile(each.name, each.bytes, when, each.sha256.lower()) for name, each in found.items()}


def _once(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a field twice")
