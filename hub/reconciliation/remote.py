"""A receiver that answers for itself: its own program reckons the digests of what it loaded (`kit/digests.py`).

    POST address   {"request": "<canonical JSON>", "signature": "<base64>"}     signed by the city's newest key
    answer         {"answer":  "<canonical JSON>", "signature": "<base64>"}     signed by the receiver's pinned key

The answer names the SHA-256 of its request, so it is no older one. Keys and prints travel, and no value of a record.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from connectors.errors import Incomplete, Malformed, Untrusted
from connectors.http.client import Http
from hub.feeds.manifest import canonical
from hub.feeds.signing import FeedSigner
from hub.reconciliation.places import Bucket, Place, PlaceDigest, PrintedRow

FORMAT = "motlan-digests/1"
JSON = "application/json"
AT_ONCE = 20_000
"""Places in one question."""


class _SignedDigests(msgspec.Struct):
    answer: str
    signature: str


class _DigestAnswer(msgspec.Struct):
    format: str
    request: str
    feed: str
    sequence: int
    key: str
    buckets: list[tuple[str, str, str, int, int, int]] = []
    digests: list[tuple[int, int, int]] = []
    rows: list[tuple[str, str, str, str]] = []


@dataclass
class RemoteReceiver:
    """A receiver's program at an address."""

    http: Http
    address: str
    feed: str
    dataset: str
    columns: tuple[str, ...]
    """What it was given, in the order in which prints are made of it."""
    unit: str
    """Column that says which unit a record belongs to; empty: the feed has none."""
    day: str
    signer: FeedSigner
    pinned: Mapping[str, Ed25519PublicKey]
    now: Callable[[], datetime]
    sequence: int | None = None
    """The delivery that the receiver applied last; known after the first answer."""
    travelled: int = field(default=0, init=False)
    """Bytes of questions and answers."""
    _buckets: dict[Bucket, PlaceDigest] | None = field(default=None, init=False)

    def buckets(self) -> dict[Bucket, PlaceDigest]:
        """The digest of every bucket in which it holds something. Raises as `_ask`."""
        if self._buckets is None:
            answer = self._ask("buckets", ())
            self._buckets = {Bucket(*each[:3]): PlaceDigest(*each[3:]) for each in answer.buckets}
        return self._buckets

    def digests(self, places: Sequence[Place]) -> list[PlaceDigest]:
        """The digests of places, in their order. Raises as `_ask`."""
        found = [PlaceDigest(*each) for part in _parts(places) for each in self._ask("digests", part).digests]
        if len(found) != len(places):
            raise self._malformed(f"{len(found)} digests for {len(places)} places")
        return found

    def rows(self, places: Sequence[Place]) -> list[PrintedRow]:
        """All rows in places. Raises as `_ask`."""
        return [PrintedRow(*each) for part in _parts(places) for each in self._ask("rows", part).rows]

    def _ask(self, what: str, places: Sequence[Place]) -> _DigestAnswer:
        """One question.

        Raises:
            Transient: it is not reached, too slow, or applied a delivery meanwhile.
            Malformed: the answer has another form.
            Untrusted: no pinned key has signed it, or it answers another question.
        """
        request = canonical(
            {
                "format": FORMAT,
                "ask": what,
                "feed": self.feed,
                "dataset": self.dataset,
                "columns": list(self.columns),
                "unit": self.unit,
                "day": self.day,
                "places": [[*_names(each.bucket), each.depth, each.part] for each in places],
                "at": self.now().isoformat(timespec="seconds"),
                "signer": self.signer.id,
            }
        )
        signature = base64.b64encode(self.signer.sign(request)).decode()
        body = canonical({"request": request.decode(), "signature": signature})
        reply = self.http.call(
            "POST", self.address, what=f"digests of {self.feed}", accept=(JSON,), data=lambda: body,
            headers={"Content-Type": JSON},
        )  # fmt: skip
        self.travelled += len(body) + len(reply.body)
        return self._read(reply.body, request)

    def _read(self, body: bytes, request: bytes) -> _DigestAnswer:
        try:
            envelope = msgspec.json.decode(body, type=_SignedDigests)
            said: dict[str, Any] = json.loads(envelope.answer)
            answer = msgspec.convert(said, _DigestAnswer)
            signature = base64.b64decode(envelope.signature, validate=True)
        except (ValueError, TypeError, msgspec.ValidationError):
            raise self._malformed("it is no answer of this form") from None
        if answer.format != FORMAT or answer.feed != self.feed:
            raise self._malformed("it is of another form, or about another feed")
        key = self.pinned.get(answer.key)
        try:
            if key is None:
                raise InvalidSignature
            key.verify(signature, envelope.answer.encode())
        except InvalidSignature:
            raise Untrusted(
                f"The digests of {self.feed} are signed by no pinned key of the receiver",
                hint="compare the key's id with the receiver: hub feed pin RECEIVER FILE",
            ) from None
        if answer.request != hashlib.sha256(request).hexdigest():
            raise Untrusted(f"The digests of {self.feed} answer another question than was asked", hint="ask again")
        if self.sequence not in (None, answer.sequence):
            raise Incomplete(f"The receiver of {self.feed} applied a delivery meanwhile", hint="compare again")
        self.sequence = answer.sequence
        return answer

    def _malformed(self, why: str) -> Malformed:
        return Malformed(
            f"The receiver's answer about {self.feed} cannot be used: {why}", hint="is there a newer kit/digests.py?"
        )


def _names(bucket: Bucket) -> tuple[str, str, str]:
    return bucket.register, bucket.unit, bucket.year


def _parts(places: Sequence[Place]) -> list[Sequence[Place]]:
    return [places[start : start + AT_ONCE] for start in range(0, len(places), AT_ONCE)]
