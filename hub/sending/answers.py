"""Is an answer the receiver's own word about one delivery, and what does it say?

An answer is canonical JSON with an Ed25519 signature of a key that a person pinned for the receiver
(kit/verify.py: signed_answer). It names the delivery, the hash of its manifest and of its payload.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contracts.errors import Permanent
from hub.feeds.manifest import canonical

DELETED = "motlan-deletion/1"
FORMATS = {"motlan-receipt/1", "motlan-loss/1", DELETED}
REASON = re.compile(r"[a-z][a-z0-9-]{0,59}")


class AnswerUnfit(Permanent):
    """What came back is not the receiver's word about the delivery: it changes nothing, and the receiver is asked.

    `reason` names what is wrong.
    """

    def __init__(self, message: str, *, hint: str = "", reason: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


class HeldOtherwise(AnswerUnfit):
    """The receiver signed for other content under this id: nothing is sent again, and a person calls the receiver."""


@dataclass(frozen=True)
class Expected:
    """The delivery that an answer must be about."""

    id: str
    receiver: str
    manifest_sha256: str
    payload_sha256: str
    items: int
    """Lines of its content."""
    columns: frozenset[str] = frozenset()
    """Wire names of its fields."""


@dataclass(frozen=True)
class RefusedLine:
    """Why a receiver refused one line: a code, and a field where it names one."""

    reason: str
    field: str = ""


@dataclass(frozen=True)
class Answer:
    """A receiver's word about a delivery."""

    outcome: Literal["accepted", "refused", "lost", "deleted"]
    """deleted: it deleted its copy, as it owes after the retention; the state stays."""
    at: datetime
    """By the receiver's clock."""
    key: str
    body: bytes = field(repr=False)
    refused: Mapping[int, RefusedLine] = field(default_factory=dict)
    """Lines that it refused (from 1) -> why."""
    reason: str = ""
    """Why it refused the whole delivery."""

    @property
    def digest(self) -> str:
        """SHA-256 of the body."""
        return hashlib.sha256(self.body).hexdigest()


def read(body: bytes, expected: Expected, keys: Mapping[str, Ed25519PublicKey]) -> Answer:
    """The answer in a reply. `keys`: the receiver's pinned signing keys by id.

    Raises:
        AnswerUnfit: unreadable, of an unknown key, wrongly signed, or about something else.
        HeldOtherwise: rightly signed, for other content.
    """
    said = _object(body, expected)
    key, signature = keys.get(str(said.get("key"))), said.pop("signature", None)
    if key is None:
        hint = "its public key is pinned with hub feed pin, after a person compared the id"
        raise _unfit(expected, "it is signed by a key that nobody pinned", "key-unknown", hint)
    if not _signed(key, signature, canonical(said)):
        raise _unfit(expected, "the key that it names has not signed it", "forged", "call the receiver")
    if said.get("format") not in FORMATS or said.get("receiver") != expected.receiver:
        raise _unfit(expected, "it is no receipt of this receiver", "form")
    if said.get("delivery") != expected.id:
        raise _unfit(expected, "it is about another delivery", "other-delivery")
    if (said.get("manifest_sha256"), said.get("payload_sha256")) != (expected.manifest_sha256, expected.payload_sha256):
        raise HeldOtherwise(
            f"The receiver signed for other content of {expected.id} than was sent",
            hint="nothing is sent again under this id: compare the hashes with the receiver by telephone",
            reason="other-content",
        )
    return _answer(said, body, expected)


def _object(body: bytes, expected: Expected) -> dict[str, Any]:
    try:
        said = json.loads(body)
        if isinstance(said, dict) and canonical(said) == body:
            return said
    except (ValueError, RecursionError):
        pass
    raise _unfit(expected, "it is not in the one form that is signed", "form")


def _answer(said: dict[str, Any], body: bytes, expected: Expected) -> Answer:
    try:
        at = datetime.fromisoformat(said["at"])
        if at.tzinfo is None:
            raise ValueError("no zone")
        if said["format"] in (DELETED, "motlan-loss/1"):
            return Answer("deleted" if said["format"] == DELETED else "lost", at, said["key"], body)
        outcome, rows = said["outcome"], {int(each["line"]): _line(each, expected) for each in said["refused"]}
        if outcome not in ("accepted", "refused") or len(rows) != len(said["refused"]):
            raise ValueError("outcome or lines")
        if not all(1 <= line <= expected.items for line in rows) or (rows and outcome == "refused"):
            raise ValueError("lines")
        return Answer(outcome, at, said["key"], body, rows, _reason(said) if outcome == "refused" else "")
    except (KeyError, TypeError, ValueError):
        raise _unfit(expected, "it is signed, and does not say what a receipt says", "form") from None


def _line(said: Mapping[str, Any], expected: Expected) -> RefusedLine:
    """A refused line. A field that the delivery does not have is none: it might be a value."""
    named = str(said.get("field", ""))
    if named and named not in expected.columns:
        raise ValueError("field")
    return RefusedLine(_reason(said), named)


def _reason(said: Mapping[str, Any]) -> str:
    """The receiver's reason: a code. A text, which may hold a value of a record, is none."""
    reason = str(said.get("reason", ""))
    if not REASON.fullmatch(reason):
        raise ValueError("reason")
    return reason


def _signed(key: Ed25519PublicKey, signature: object, content: bytes) -> bool:
    try:
        key.verify(base64.b64decode(str(signature), validate=True), content)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _unfit(expected: Expected, what: str, reason: str, hint: str = "") -> AnswerUnfit:
    return AnswerUnfit(
        f"An answer about {expected.id} does not count: {what}",
        hint=hint or "the receiver's operator must mend what it answers; hub feed send asks again",
        reason=reason,
    )
