"""Makes a past delivery again from history: the same content, and with the same zlib the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.errors import Permanent
from hub.core.crypto import Keys
from hub.feeds import approvals, package
from hub.feeds.building import sealed_place
from hub.feeds.declared import Feed
from hub.feeds.reading import StoredItems
from hub.feeds.releases import row_of


class RebuiltOtherwise(Permanent):
    """A delivery that was made again is not what was sent: the database differs from that of its day."""

    exit_code = 4


class DeliveryExpired(Permanent):
    """The retention of a delivery is over: its hash and counts remain, its content may not be made again."""


@dataclass(frozen=True)
class Rebuilt:
    """A delivery that was made again; its content is what was sent."""

    delivery: str
    same_bytes: bool
    """Whether its payload is the same in every byte too, so that it was put in its place."""


def rebuild(engine: sa.Engine, keys: Keys, folder: Path, feed: Feed, sequence: int, now: datetime) -> Rebuilt:
    """Make a delivery again and compare it; where its bytes are the same, they take the place of what lies there.

    Raises:
        NotFound: no such delivery.
        DeliveryExpired: its retention is over.
        RebuiltOtherwise: its content differs; what lies in the folder is left alone.
    """
    with engine.connect() as connection:
        row = row_of(connection, feed.id, sequence)
        manifest = json.loads(bytes(row.manifest))
        if now >= row.expires_at or row.deleted_at is not None:
            raise DeliveryExpired(
                f"Delivery {manifest['id']} expired on {row.expires_at:%Y-%m-%d}: hash and counts remain",
                hint="a later delivery, or a snapshot, carries what may be held today",
            )
        once = X25519PrivateKey.from_private_bytes(keys.open(bytes(row.once), sealed_place(manifest["id"])))
        receiver = approvals.key_of(connection, row.receiver, manifest["seal"]["receiver_key"])
        part = package.begin(folder / feed.id, sequence)
        seal = package.PayloadSeal(manifest["id"], receiver, once)
        found = StoredItems(connection, feed.id, sequence, feed.dataset, row.columns, row.built_at)
        payload, plain = package.write_payload(part, row.form, row.columns, found, seal)
    if plain != row.content_sha256:
        shutil.rmtree(part)
        raise RebuiltOtherwise(
            f"Delivery {manifest['id']} made again has another content than was sent",
            hint="what was sent stays as it lies there; compare the database with its backup: hub doctor",
        )
    same = payload.sha256 == manifest["payload"]["sha256"]
    if same:
        package.finish(folder / feed.id, sequence, bytes(row.manifest), bytes(row.signature), payload)
    else:  # another zlib packs otherwise: what was sent once is not sent in other bytes
        shutil.rmtree(part)
    return Rebuilt(manifest["id"], same)
