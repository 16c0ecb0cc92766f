"""What people decide about feeds: that one may begin under its terms, and which keys a receiver has."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from contracts.errors import Permanent
from hub.core.actions import Actor
from hub.feeds.signing import key_id
from hub.feeds.tables import feed_approval, receiver_key

_HOW = "the receiver makes them with `python verify.py keys FOLDER` (kit/): hub feed pin RECEIVER FILE"


class KeyNotPinned(Permanent):
    """A receiver has no pinned key for what is to be done."""


class KeyUnfit(Permanent):
    """A file is no public key of a receiver."""


def approve(connection: sa.Connection, feed: str, terms: str, person: Actor, now: datetime) -> bool:
    """Note that a person lets a feed begin under its terms. Returns whether that is new."""
    if approved(connection, feed, terms):
        return False
    values = {"feed": feed, "terms": terms, "who": person.who, "why": person.why, "at": now}
    connection.execute(sa.insert(feed_approval).values(values))
    return True


def approved(connection: sa.Connection, feed: str, terms: str) -> bool:
    """Whether a person let the feed begin under these terms."""
    a = feed_approval.c
    return connection.scalar(sa.select(a.at).where(a.feed == feed, a.terms == terms)) is not None


def pin(connection: sa.Connection, receiver: str, pem: bytes, person: Actor, now: datetime) -> tuple[str, str]:
    """Pin a receiver's public key: X25519 to seal for, Ed25519 to check receipts with. Returns its use and id.

    Raises:
        KeyUnfit: no public key of these kinds.
    """
    try:
        key = load_pem_public_key(pem)
    except ValueError:
        raise KeyUnfit("The file holds no public key in PEM", hint=_HOW) from None
    if not isinstance(key, X25519PublicKey | Ed25519PublicKey):
        raise KeyUnfit("The file holds a public key of another kind than X25519 and Ed25519", hint=_HOW)
    use = "opening" if isinstance(key, X25519PublicKey) else "signing"
    row = {"receiver": receiver, "use": use, "key": key_id(key), "pem": pem.decode(), "at": now}
    connection.execute(sa.insert(receiver_key).values(**row, who=person.who, why=person.why))
    return use, key_id(key)


def opening_key(connection: sa.Connection, receiver: str) -> X25519PublicKey:
    """The key for which payloads are sealed: the newest. Raises KeyNotPinned."""
    k = receiver_key.c
    query = sa.select(k.pem).where(k.receiver == receiver, k.use == "opening").order_by(k.id.desc()).limit(1)
    return _opening(connection.scalar(query), receiver)


def key_of(connection: sa.Connection, receiver: str, key: str) -> X25519PublicKey:
    """A key of a receiver by its id, retired ones too. Raises KeyNotPinned."""
    k = receiver_key.c
    return _opening(connection.scalar(sa.select(k.pem).where(k.receiver == receiver, k.key == key).limit(1)), receiver)


def signing_keys(connection: sa.Connection, receiver: str) -> dict[str, Ed25519PublicKey]:
    """The keys with which a receiver signs, by id."""
    k = receiver_key.c
    query = sa.select(k.key, k.pem).where(k.receiver == receiver, k.use == "signing")
    keys = {name: load_pem_public_key(pem.encode()) for name, pem in connection.execute(query)}
    return {name: key for name, key in keys.items() if isinstance(key, Ed25519PublicKey)}


def _opening(pem: str | None, receiver: str) -> X25519PublicKey:
    key = load_pem_public_key(pem.encode()) if pem is not None else None
    if not isinstance(key, X25519PublicKey):
        raise KeyNotPinned(f"Receiver {receiver} has no key to seal for: nothing was built", hint=_HOW)
    return key
