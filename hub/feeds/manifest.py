"""What is said in clear about a delivery: its manifest, in the one form that is signed and hashed.

It names the receiver, the contract, the agreement and the law, counts, hashes and days. It names no person.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from hub.feeds import sealing

FORMAT = "motlan-delivery/1"
MANIFEST, SIGNATURE, SUMS = "manifest.json", "manifest.sig", "SHA256SUMS"


@dataclass(frozen=True)
class ContractName:
    """Which contract the columns are promised by."""

    name: str
    version: str
    dataset: str


@dataclass(frozen=True)
class Period:
    """What a delivery covers: everything that became known after `after`, up to `until`. A snapshot begins at null."""

    after: datetime | None
    until: datetime


@dataclass(frozen=True)
class ManifestHead:
    """What is known of a delivery before its payload is written."""

    feed: str
    sequence: int
    """From 1, without a gap."""
    kind: Literal["snapshot", "delta"]
    sender: str
    receiver: str
    """Identity code (mã định danh) of the agency."""
    contract: ContractName
    columns: tuple[str, ...]
    form: str
    period: Period
    created_at: datetime
    valid_until: datetime
    """After it the content has no use value (Decree 47/2020 Art. 41.2)."""
    agreement: str
    legal_basis: str
    purpose: str
    retention_days: int
    """Days for which the receiver may keep the delivery, and the city serves it."""
    deletion: str
    """What the receiver owes when they are over."""
    quality: dict[str, str]
    """The verdict on what the content was taken from."""
    previous: str | None
    """SHA-256 of the manifest before; null for the first."""

    @property
    def id(self) -> str:
        """The delivery's id, for ever."""
        return delivery_id(self.feed, self.sequence)


@dataclass(frozen=True)
class Payload:
    """The payload as it was written."""

    file: str
    bytes: int
    sha256: str
    put: int
    delete: int


def delivery_id(feed: str, sequence: int) -> str:
    """Feed and number: `moj-births-00000012`."""
    return f"{feed}-{sequence:08d}"


def manifest_bytes(head: ManifestHead, payload: Payload, *, receiver_key: str, signer: str) -> bytes:
    """The manifest, as it is signed."""
    said = asdict(head)
    for name in ("created_at", "valid_until"):
        said[name] = said[name].isoformat(timespec="seconds")
    said["period"] = {name: at and at.isoformat() for name, at in said["period"].items()}
    return canonical(
        {
            **said,
            "format": FORMAT,
            "id": head.id,
            "counts": {"put": payload.put, "delete": payload.delete},
            "payload": {"file": payload.file, "bytes": payload.bytes, "sha256": payload.sha256},
            "seal": {"kind": sealing.KIND, "receiver_key": receiver_key},
            "signer": signer,
        }
    )


def canonical(value: object) -> bytes:
    """JSON in its one form: keys sorted, no spaces, UTF-8, no fractions (a subset of RFC 8785)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sums(manifest: bytes, signature: bytes, payload: Payload) -> bytes:
    """SHA256SUMS, for `sha256sum -c`. It proves nothing; it says which file was damaged on its way."""
    lines = (
        (hashlib.sha256(manifest).hexdigest(), MANIFEST),
        (hashlib.sha256(signature).hexdigest(), SIGNATURE),
        (payload.sha256, payload.file),
    )
    return "".join(f"{digest}  {name}\n" for digest, name in lines).encode()
