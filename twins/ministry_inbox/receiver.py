"""Keeps deliveries in folders as kit/load.py reads them, judges each with kit/verify.py, and signs the answer.

HOME/keys/          public keys of the city that were pinned (PEM)
HOME/own/           the receiver's own keys, made at the first start
HOME/feeds/FEED/N/  deliveries that were accepted
HOME/answers/       what was signed, one file a delivery
HOME/journal.jsonl  what happened, one line each: an accepted delivery has one, however often it comes
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import shutil
import sys
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

ON_ITS_WAY = ("file-missing", "manifest-changed", "signature-changed", "payload-changed", "payload-cut", "sums-changed")
"""Reasons of the kit that another transfer heals: nothing is kept, and nothing signed."""


@dataclass(frozen=True)
class InboxReply:
    """What became of a delivery that came."""

    status: int
    """Of the reply over HTTP."""
    body: bytes


def load_kit(path: Path) -> ModuleType:
    """kit/verify.py, from where the receiver keeps it."""
    spec = importlib.util.spec_from_file_location("verify", path)
    assert spec is not None
    assert spec.loader is not None
    kit = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("verify", kit)
    spec.loader.exec_module(kit)
    return kit


class Receiver:
    """One ministry's inbox."""

    def __init__(self, home: Path, kit: Path, now: Callable[[], datetime]) -> None:
        self.home, self.now = home, now
        self.kit: Any = load_kit(kit)
        self._lock = threading.Lock()
        for name in ("keys", "feeds", "answers", "incoming"):
            (home / name).mkdir(parents=True, exist_ok=True)
        if not (home / "own/signing.pem").exists():
            shutil.rmtree(home / "own", ignore_errors=True)  # a kill in between: the pair belongs together
            with contextlib.redirect_stdout(io.StringIO()):
                self.kit.make_keys(home / "own")
        self.opening: X25519PrivateKey = self.kit.private_key(home / "own/opening.pem", X25519PrivateKey)
        self.signing: Ed25519PrivateKey = self.kit.private_key(home / "own/signing.pem", Ed25519PrivateKey)

    def take(self, id: str, body: bytes) -> InboxReply:
        """A delivery that was sent: kept whole and answered, or nothing of it is kept."""
        with self._lock:
            part = self.home / "incoming" / f"{id}.{os.getpid()}.{threading.get_ident()}"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            try:
                _unpack(body, part)
                return self._judge(id, part)
            except self.kit.Refused as refused:
                return self._refused(id, part, refused.reason)
            except (tarfile.TarError, OSError):
                return InboxReply(422, _said(id, "nothing", reason="payload-cut"))
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def asked(self, id: str) -> InboxReply:
        """What became of a delivery, for who asks."""
        with self._lock:
            folder, answer = self._folder(id), self.home / "answers" / f"{id}.json"
            if folder.is_dir():
                return self._accepted(id, folder)
            if answer.exists():  # that it was lost, or why it was refused
                return InboxReply(200, answer.read_bytes())
            feed = id.rpartition("-")[0]
            needs = self._first_missing(feed)
            return InboxReply(404, _said(id, "nothing", needs=needs) if needs else _said(id, "nothing"))

    def lose(self, id: str) -> bool:
        """Lose an accepted delivery, and say so from now on. Whether there was one."""
        with self._lock:
            folder = self._folder(id)
            if not folder.is_dir():
                return False
            delivery = self.kit.verify(folder, self.kit.pinned(self.home / "keys"))
            said = self.kit.signed_answer("loss", delivery, self.signing, self.now())
            _write(self.home / "answers" / f"{id}.json", said)
            shutil.rmtree(folder)
            self.note("lost", id)
            return True

    def note(self, what: str, id: str, **more: object) -> None:
        """A line of the journal."""
        with (self.home / "journal.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, "delivery": id, **more}) + "\n")

    def _judge(self, id: str, part: Path) -> InboxReply:
        kit, folder = self.kit, self._folder(id)
        pinned = kit.pinned(self.home / "keys")
        delivery = kit.verify(part, pinned)
        if delivery.manifest["id"] != id:
            raise kit.Refused("other-feed", part)
        if folder.is_dir():
            held = kit.verify(folder, pinned)
            if held.digest != delivery.digest:
                self.note("other content under one id", id)
                return InboxReply(409, _said(id, "nothing", reason="fork"))
            return self._accepted(id, folder)
        feed, number = delivery.manifest["feed"], delivery.manifest["sequence"]
        missing = self._first_missing(feed)
        if missing and missing != id:
            return InboxReply(409, _said(id, "nothing", reason="gap", needs=missing))
        before = self.home / "feeds" / feed / f"{number - 1:08d}"
        kit.require_next(kit.verify(before, pinned) if before.is_dir() else None, delivery)
        for _ in kit.rows(delivery, self.opening):  # counted to the end, before anything is kept
            pass
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.rename(folder)
        self.note("accepted", id)
        return self._accepted(id, folder)

    def _accepted(self, id: str, folder: Path) -> InboxReply:
        answer = self.home / "answers" / f"{id}.json"
        before = json.loads(answer.read_bytes()) if answer.exists() else {}
        if before.get("outcome") != "accepted":  # none, or that it was lost: a crash came between keeping and signing
            delivery = self.kit.verify(folder, self.kit.pinned(self.home / "keys"))
            _write(answer, self.signed(delivery, outcome="accepted", refused=[]))
        return InboxReply(200, answer.read_bytes())

    def signed(self, delivery: Any, **more: object) -> bytes:
        """A receipt of a delivery."""
        receipt: bytes = self.kit.signed_answer("receipt", delivery, self.signing, self.now(), **more)
        return receipt

    def _refused(self, id: str, part: Path, reason: str) -> InboxReply:
        if reason in ON_ITS_WAY or reason == "key-unknown":
            return InboxReply(422, _said(id, "nothing", reason=reason))
        if reason == "gap":
            return InboxReply(409, _said(id, "nothing", reason=reason))
        self.note("refused", id, reason=reason)
        delivery = self.kit.Delivery(part, *_unverified(part))
        if delivery.manifest.get("id") != id or self._folder(id).is_dir():
            return InboxReply(422, _said(id, "nothing", reason=reason))  # nothing that could be signed about this id
        answer = self.home / "answers" / f"{id}.json"
        _write(answer, self.signed(delivery, outcome="refused", reason=reason, refused=[]))
        return InboxReply(200, answer.read_bytes())

    def _folder(self, id: str) -> Path:
        feed, _, number = id.rpartition("-")
        return self.home / "feeds" / feed / number

    def _first_missing(self, feed: str) -> str:
        """The first delivery that a feed lacks between those that are there, lost ones too; empty: none."""
        folder = self.home / "feeds" / feed
        there = {int(path.name) for path in folder.iterdir() if path.name.isdigit()} if folder.is_dir() else set()
        lost = {
            int(path.stem.rpartition("-")[2])
            for path in (self.home / "answers").glob(f"{feed}-*.json")
            if json.loads(path.read_bytes()).get("format") == "motlan-loss/1"
        }
        known = there | lost
        missing = [number for number in range(min(known), max(known) + 1) if number not in there] if known else []
        return f"{feed}-{missing[0]:08d}" if missing else ""


def _unpack(body: bytes, into: Path) -> None:
    """The files of a delivery: plain names only. Raises tarfile.TarError."""
    with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is None or "/" in member.name or member.name.startswith("."):
                raise tarfile.TarError("no plain file")
            (into / member.name).write_bytes(content.read())


def _unverified(part: Path) -> tuple[dict[str, Any], str]:
    """What a refused delivery says of itself, and its hash: for the answer alone."""
    content = (part / "manifest.json").read_bytes()
    return json.loads(content), hashlib.sha256(content).hexdigest()


def _said(id: str, state: str, **more: str) -> bytes:
    return json.dumps({"delivery": id, "state": state, **more}, sort_keys=True).encode()


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.rename(path)
