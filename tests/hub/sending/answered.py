"""What a receiver signs about its newest delivery, and how it is taken in."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.outgoing.sink import ReceiverHolds, SinkReply
from hub.sending import settling
from tests.hub.sending.inbox import SYSTEM, Way

RECEIPT = {"outcome": "accepted", "refused": []}


def signed(
    way: Way, kind: str = "receipt", *, by: Ed25519PrivateKey | None = None, days: int = 0, **said: Any
) -> bytes:
    """An answer of the receiver about its newest delivery, with some of its words changed before it is signed."""
    kit, receiver = way.receiver.kit, way.receiver
    [*_, folder] = sorted((way.city.folder / way.city.feed.id).iterdir())
    delivery = kit.verify(folder, kit.pinned(receiver.home / "keys"))
    more = RECEIPT if kind == "receipt" else {}
    at = receiver.now() + timedelta(days=days)
    words = json.loads(kit.signed_answer(kind, delivery, receiver.signing, at, **more)) | said
    words.pop("signature")
    signature = base64.b64encode((by or receiver.signing).sign(kit.canonical(words))).decode()
    return bytes(kit.canonical({**words, "signature": signature}))


def settle(way: Way, body: bytes, number: int = 1) -> str:
    with way.city.engine.begin() as connection:
        return settling.settle(
            connection, way.city.feed.id, number, SinkReply(ReceiverHolds.ANSWERED, body), SYSTEM, way.city.clock[0]
        )
