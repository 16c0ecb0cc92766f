"""A delivery as a folder of four files: manifest, signature, sums, sealed payload. Whole there, or not there at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from hub.feeds.forms import content
from hub.feeds.items import Item
from hub.feeds.manifest import MANIFEST, SIGNATURE, SUMS, ManifestHead, Payload, manifest_bytes, sums
from hub.feeds.reading import StoredItems
from hub.feeds.sealing import sealed
from hub.feeds.signing import FeedSigner, key_id


@dataclass(frozen=True)
class Package:
    """A delivery that was written."""

    folder: Path
    manifest: bytes
    signature: bytes
    payload: Payload
    content_sha256: str
    """Of the lines before compression: what a delivery that is made again is compared by. It never leaves the hub."""

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest: the next delivery names it."""
        return hashlib.sha256(self.manifest).hexdigest()


@dataclass(frozen=True)
class PayloadSeal:
    """For whom a payload is sealed, and with what."""

    delivery: str
    """Id of the delivery."""
    receiver: X25519PublicKey
    once: X25519PrivateKey
    """Made for this delivery alone: the same one, with the same items, gives the same bytes."""


def write(
    feed_folder: Path,
    head: ManifestHead,
    items: Iterable[Item],
    receiver: X25519PublicKey,
    signer: FeedSigner,
    once: X25519PrivateKey,
) -> Package:
    """Write a delivery into `<feed folder>/<sequence>`, synced to disk. What a kill left of an earlier try is replaced."""
    part = begin(feed_folder, head.sequence)
    seal = PayloadSeal(head.id, receiver, once)
    payload, plain = write_payload(part, head.form, head.columns, items, seal)
    manifest = manifest_bytes(head, payload, receiver_key=key_id(receiver), signer=signer.id)
    signature = signer.sign(manifest)
    folder = finish(feed_folder, head.sequence, manifest, signature, payload)
    return Package(folder, manifest, signature, payload, plain)


def begin(feed_folder: Path, sequence: int) -> Path:
    """An empty folder in which a delivery is made; what a kill left in it is gone."""
    part = feed_folder / f".{sequence:08d}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def write_payload(
    part: Path, form: str, columns: Sequence[str], items: Iterable[Item], seal: PayloadSeal
) -> tuple[Payload, str]:
    """Write the sealed payload; it as it was written, and the SHA-256 of its lines."""
    counted = items if isinstance(items, StoredItems) else CountedItems(items)
    plain, digest, size = hashlib.sha256(), hashlib.sha256(), 0
    name = f"payload.{form}.sealed"
    with (part / name).open("wb") as file:
        for chunk in sealed(content(form, counted, columns, plain), seal.receiver, seal.once, seal.delivery):
            digest.update(chunk)
            size += file.write(chunk)
        _sync(file)
    return Payload(name, size, digest.hexdigest(), counted.put, counted.delete), plain.hexdigest()


def finish(feed_folder: Path, sequence: int, manifest: bytes, signature: bytes, payload: Payload) -> Path:
    """Write the three small files beside the payload, and put the folder in its place."""
    folder, part = feed_folder / f"{sequence:08d}", feed_folder / f".{sequence:08d}.part"
    small = {MANIFEST: manifest, SIGNATURE: signature, SUMS: sums(manifest, signature, payload)}
    for name, said in small.items():
        with (part / name).open("wb") as file:
            file.write(said)
            _sync(file)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    at = os.open(feed_folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
    return folder


class CountedItems:
    """Items that are counted while they are written."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self.put = self.delete = 0

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            if item.operation == "put":
                self.put += 1
            else:
                self.delete += 1
            yield item


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
