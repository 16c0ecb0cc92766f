"""A payload sealed for its one receiver: X25519 with a key made for this payload, HKDF-SHA256, AES-256-GCM in chunks.

    "MLSEAL1\\n" | public key made for this payload (32) | chunk (1 MiB + tag 16) ... | last chunk

A chunk's nonce is its number and whether it is the last: none can be moved, left out or cut. The content key is bound
to the receiver's key and to the delivery's id. The same content sealed again with the same `once` gives the same
bytes, which is how a delivery can be made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KIND = "X25519-HKDF-SHA256-AES256GCM/1"
MAGIC = b"MLSEAL1\n"
CHUNK = 1 << 20


def sealed(
    content: Iterable[bytes], receiver: X25519PublicKey, once: X25519PrivateKey, delivery: str
) -> Iterator[bytes]:
    """The sealed payload of a delivery, a chunk at a time. `once`: made for this payload and used for no other."""
    public = once.public_key().public_bytes_raw()
    derive = HKDF(
        algorithm=SHA256(), length=32, salt=public + receiver.public_bytes_raw(), info=f"{KIND} {delivery}".encode()
    )
    cipher = AESGCM(derive.derive(once.exchange(receiver)))
    yield MAGIC + public
    held, number = bytearray(), 0
    for part in content:
        held += part
        while len(held) > CHUNK:  # the last chunk is known only when nothing follows
            yield cipher.encrypt(_nonce(number, last=False), bytes(held[:CHUNK]), None)
            del held[:CHUNK]
            number += 1
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), None)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
