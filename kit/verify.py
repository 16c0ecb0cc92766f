#!/usr/bin/env python3
"""Verify, open, acknowledge and delete deliveries of the city's feeds. One file; Python 3.9 and `cryptography`.

    python verify.py keys FOLDER                              make your own two key pairs
    python verify.py check DELIVERY ... --keys FOLDER         is it whole, and from the city?
    python verify.py chain FEED --keys FOLDER                 every delivery of a feed, in order, without a gap
    python verify.py open DELIVERY --keys FOLDER --private opening.pem --out FILE
    python verify.py receipt DELIVERY --keys FOLDER --sign signing.pem --out receipt.json [--refuse LINE:REASON:FIELD]
    python verify.py delete DELIVERY --keys FOLDER --sign signing.pem --out deletion.json

DELIVERY is a folder with `manifest.json`, `manifest.sig`, `SHA256SUMS` and the payload. FEED is the folder above.
`--keys` holds the city's public keys, one PEM file each, as you were handed them on paper or in person. Exit code 0:
good; 1: refused, with the reason; 2: wrong use. Nothing here belongs to the hub: read it, or write your own from
README.md. It has more than 300 lines on purpose: a receiver copies one file and reads it whole.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, Optional
from xml.etree import ElementTree

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MANIFEST, SIGNATURE, SUMS = "manifest.json", "manifest.sig", "SHA256SUMS"
FORMAT = "motlan-delivery/1"
SEAL = "X25519-HKDF-SHA256-AES256GCM/1"
MAGIC, CHUNK, TAG = b"MLSEAL1\n", 1 << 20, 16

REASONS = {
    "file-missing": "a file of the delivery is not there: fetch the delivery again",
    "manifest-changed": "manifest.json was changed on its way: fetch the delivery again",
    "signature-changed": "manifest.sig was changed on its way: fetch the delivery again",
    "payload-changed": "the payload was changed on its way: fetch it again",
    "payload-cut": "the payload is shorter or longer than it was sent: fetch it again",
    "sums-changed": "SHA256SUMS was changed on its way; the rest is as it was signed: fetch the delivery again",
    "key-unknown": "it is signed by a key that you have not pinned: ask the city by another way before you trust it",
    "forged": "it is whole, but the key that it names has not signed it: do not use it, and call the city",
    "manifest-form": "it is signed, but this program does not understand its manifest: is there a newer verify.py?",
    "not-for-us": "it is sealed for another key than yours: name the private key of the id in the manifest",
    "seal-broken": "the seal does not open, though the payload is as it was sent: call the city",
    "content-form": "the content is not what the manifest says: call the city",
    "gap": "a delivery before this one is missing: fetch it first",
    "fork": "it does not follow the delivery before it: one of them is not the one that was sent; call the city",
    "other-feed": "it belongs to another feed",
}
"""Every reason for which a delivery is refused -> what it means, and what to do."""


class Refused(Exception):
    """A delivery that must not be used. `reason` is one of `REASONS`."""

    def __init__(self, reason: str, place: object) -> None:
        super().__init__(f"{place}: {reason}: {REASONS[reason]}")
        self.reason = reason


class Delivery(NamedTuple):
    """A delivery that was verified."""

    folder: Path
    manifest: dict[str, Any]
    digest: str
    """SHA-256 of manifest.json: the next delivery names it as `previous`."""


class Row(NamedTuple):
    """One line of a delivery's content."""

    op: str
    """`put`: the record is now this; `delete`: it is gone."""
    system: str
    key: str
    version: str
    values: Optional[dict[str, Any]]


def canonical(value: object) -> bytes:
    """JSON in its one form: keys sorted, no spaces, UTF-8, numbers whole (a subset of RFC 8785)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def key_id(public: Any) -> str:
    """A key's name: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def pinned(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The city's public keys in a folder, by id. Keep retired ones: older deliveries are verified with them."""
    found = {}
    for path in sorted(folder.glob("*.pem")):
        key = serialization.load_pem_public_key(path.read_bytes())
        if isinstance(key, Ed25519PublicKey):
            found[key_id(key)] = key
    return found


# -- verify -----------------------------------------------------------------------------------------


def verify(folder: Path, keys: dict[str, Ed25519PublicKey]) -> Delivery:
    """The delivery in a folder, if it is whole and signed by a pinned key. Raises Refused."""
    manifest_bytes, signature, sums_bytes = (_bytes(folder, name) for name in (MANIFEST, SIGNATURE, SUMS))
    sums = _sums(sums_bytes)
    key = keys.get(_named_key(manifest_bytes))
    if key is None or not _signed(key, signature, manifest_bytes):
        for name, content, reason in (
            (MANIFEST, manifest_bytes, "manifest-changed"),
            (SIGNATURE, signature, "signature-changed"),
        ):
            if sums.get(name) != hashlib.sha256(content).hexdigest():
                raise Refused(reason, folder)
        raise Refused("key-unknown" if key is None else "forged", folder)
    manifest = _manifest(manifest_bytes, folder)
    payload = manifest["payload"]
    digest, size = hashlib.sha256(), 0
    path = folder / payload["file"]
    if not path.is_file():
        raise Refused("file-missing", path)
    with path.open("rb") as file:
        for block in iter(lambda: file.read(CHUNK), b""):
            digest.update(block)
            size += len(block)
    if size != payload["bytes"]:
        raise Refused("payload-cut", path)
    if digest.hexdigest() != payload["sha256"]:
        raise Refused("payload-changed", path)
    expected = {MANIFEST: manifest_bytes, SIGNATURE: signature}
    right = {name: hashlib.sha256(content).hexdigest() for name, content in expected.items()}
    if sums_bytes != sums_of({**right, payload["file"]: payload["sha256"]}):
        raise Refused("sums-changed", folder)
    return Delivery(folder, manifest, right[MANIFEST])


def verify_chain(feed: Path, keys: dict[str, Ed25519PublicKey], after: Optional[Delivery] = None) -> Iterator[Delivery]:
    """Every delivery of a feed in order, each verified and bound to the one before. Raises Refused at the first wrong
    one.

    `after`: begin behind a delivery that you hold. A chain may begin with any snapshot.
    """
    before = after
    for folder in sorted(path for path in feed.iterdir() if path.is_dir() and path.name.isdigit()):
        if before is not None and int(folder.name) <= before.manifest["sequence"]:
            continue
        found = verify(folder, keys)
        require_next(before, found)
        if int(folder.name) != found.manifest["sequence"]:
            raise Refused("fork", folder)
        yield found
        before = found


def require_next(before: Optional[Delivery], found: Delivery) -> None:
    """Raise Refused unless a delivery follows the one before; a feed may be begun at any snapshot."""
    manifest = found.manifest
    if before is None:
        if manifest["kind"] != "snapshot":
            raise Refused("gap", found.folder)
        return
    if manifest["feed"] != before.manifest["feed"]:
        raise Refused("other-feed", found.folder)
    if manifest["sequence"] > before.manifest["sequence"] + 1:
        raise Refused("gap", found.folder)
    if manifest["sequence"] != before.manifest["sequence"] + 1 or manifest["previous"] != before.digest:
        raise Refused("fork", found.folder)


def expired(manifest: dict[str, Any], now: datetime) -> bool:
    """Whether the content has no use value any more (Decree 47/2020 Art. 41.2): take the next delivery."""
    return now >= datetime.fromisoformat(manifest["valid_until"])


def sums_of(digests: dict[str, str]) -> bytes:
    """The content of SHA256SUMS, for `sha256sum -c`."""
    return "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise Refused("file-missing", folder / name) from None


def _sums(content: bytes) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in content.decode("utf-8", "replace").splitlines() if "  " in line)
    return {name: digest for digest, name in lines}


def _named_key(manifest: bytes) -> str:
    """The id of the key that has signed, by the manifest's own word."""
    try:
        return str(json.loads(manifest)["signer"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _signed(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _manifest(content: bytes, folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(content)
    needed = {
        "feed": str, "sequence": int, "id": str, "kind": str, "form": str, "counts": dict, "payload": dict,
        "seal": dict, "valid_until": str, "columns": list, "receiver": str,
    }  # fmt: skip
    if manifest.get("format") != FORMAT or canonical(manifest) != content:
        raise Refused("manifest-form", folder)
    if not all(isinstance(manifest.get(name), kind) for name, kind in needed.items()):
        raise Refused("manifest-form", folder)
    if not re.fullmatch(r"payload\.[a-z.]+", str(manifest["payload"].get("file"))):  # never a path
        raise Refused("manifest-form", folder)
    return manifest


# -- open -------------------------------------------------------------------------------------------


def content(delivery: Delivery, private: X25519PrivateKey) -> bytes:
    """The bytes of a delivery's content, as its form says (`jsonl.gz`, `csv.gz`, ...). Raises Refused."""
    return b"".join(chunks(delivery, private))


def chunks(delivery: Delivery, private: X25519PrivateKey) -> Iterator[bytes]:
    """The same, a part at a time: a large snapshot does not fit into memory. Raises Refused."""
    seal, own = delivery.manifest["seal"], private.public_key()
    if seal.get("kind") != SEAL:
        raise Refused("manifest-form", delivery.folder)
    if seal.get("receiver_key") != key_id(own):
        raise Refused("not-for-us", delivery.folder)
    with (delivery.folder / delivery.manifest["payload"]["file"]).open("rb") as file:
        head = file.read(len(MAGIC) + 32)
        if head[: len(MAGIC)] != MAGIC or len(head) != len(MAGIC) + 32:
            raise Refused("seal-broken", delivery.folder)
        once = head[len(MAGIC) :]
        cipher = AESGCM(content_key(private, X25519PublicKey.from_public_bytes(once), own, once, delivery.manifest))
        number, block = 0, file.read(CHUNK + TAG)
        while True:
            following = file.read(CHUNK + TAG)
            try:
                yield cipher.decrypt(nonce(number, last=not following), block, None)
            except InvalidTag:
                raise Refused("seal-broken", delivery.folder) from None
            if not following:
                return
            number, block = number + 1, following


def content_key(
    private: X25519PrivateKey, public: X25519PublicKey, receiver: X25519PublicKey, once: bytes, manifest: dict[str, Any]
) -> bytes:
    """The key of one payload: of the two sides' secret, bound to the receiver and to the delivery's id."""
    to = receiver.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=once + to, info=f"{SEAL} {manifest['id']}".encode())
    return derive.derive(private.exchange(public))


def nonce(number: int, *, last: bool) -> bytes:
    """The nonce of a chunk: its number, and whether it is the last, so that no chunk can be moved or left out."""
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")


def rows(delivery: Delivery, private: X25519PrivateKey) -> Iterator[Row]:
    """The rows of a delivery in JSON Lines or CSV, counted against the manifest at the end. Raises Refused.

    Apply nothing for good before the last row has come: the count is checked then.
    """
    form, columns = delivery.manifest["form"], delivery.manifest["columns"]
    if form not in READERS:
        raise Refused("manifest-form", delivery.folder)
    counts = {"put": 0, "delete": 0}
    text = io.TextIOWrapper(gzip.GzipFile(fileobj=_Stream(chunks(delivery, private))), "utf-8", newline="")  # type: ignore[arg-type]
    try:
        for row in READERS[form](text, columns):
            counts[row.op] += 1
            if row.values is not None and set(row.values) != set(columns):
                raise Refused("content-form", delivery.folder)
            yield row
    except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error, ElementTree.ParseError):
        raise Refused("content-form", delivery.folder) from None
    if counts != delivery.manifest["counts"]:
        raise Refused("content-form", delivery.folder)


def _json_rows(lines: Iterator[str], columns: list[str]) -> Iterator[Row]:
    for line in lines:
        each = json.loads(line)
        yield Row(each["op"], each["system"], each["key"], each["version"], each.get("values"))


CELL = re.compile(r'(?:"((?:[^"]|"")*)")?(,|\r\n)')


def _csv_rows(lines: Iterator[str], columns: list[str]) -> Iterator[Row]:
    """RFC 4180, with every value in quotes; nothing at all between two commas is no value (null)."""
    head: Optional[list[Optional[str]]] = None
    for cells in _csv_lines(lines):
        if head is None:
            head = cells
            if head != ["_op", "_system", "_key", "_version", *columns]:
                raise ValueError("other columns")
            continue
        op, system, key, version, *values = cells
        if len(values) != len(columns):
            raise ValueError("another number of cells")
        given = dict(zip(columns, values)) if op == "put" else None  # noqa: B905  Python 3.9 has no strict
        yield Row(str(op), str(system), str(key), str(version), given)


def _csv_lines(lines: Iterator[str]) -> Iterator[list[Optional[str]]]:
    line = ""
    for part in lines:
        line += part
        if line.count('"') % 2 or not line.endswith("\r\n"):
            continue  # a line break within quotes
        cells, place = list[Optional[str]](), 0
        while place < len(line):
            found = CELL.match(line, place)
            if found is None:
                raise ValueError("no CSV")
            cells.append(None if found.group(1) is None else found.group(1).replace('""', '"'))
            place = found.end()
        yield cells
        line = ""
    if line:
        raise ValueError("the last line is cut")


XML = "{urn:motlan:delivery}"


def _xml_rows(text: Any, columns: list[str]) -> Iterator[Row]:
    """The rows of the XML form. A field that is left out is null; what XML cannot write is base64, and says so."""
    depth, root = 0, None
    for event, element in ElementTree.iterparse(text.buffer, ("start", "end")):  # noqa: S314  the city signed it
        depth += 1 if event == "start" else -1
        root = element if root is None else root
        if event == "start" or depth != 1:
            continue
        given: dict[str, Any] = dict.fromkeys(columns)
        for each in element:
            given[each.tag.removeprefix(XML)] = _decoded(each.text or "", each)
        op, version = element.tag.removeprefix(XML), element.attrib["version"]
        system, key = (_decoded(element.attrib[name], element) for name in ("system", "key"))
        yield Row(op, system, key, version, given if op == "put" else None)
        root.clear()


def _decoded(text: str, element: Any) -> str:
    return base64.b64decode(text).decode() if element.get("encoding") == "base64" else text


READERS = {"jsonl.gz": _json_rows, "csv.gz": _csv_rows, "xml.gz": _xml_rows}
"""Forms whose rows this program reads. `parquet` is for your own library: `open` writes the file."""


class _Stream(io.RawIOBase):
    """Parts as a file that can be read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts, self._left = parts, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._left = part
        taken = self._left[: len(buffer)]
        buffer[: len(taken)], self._left = taken, self._left[len(taken) :]
        return len(taken)


# -- answer -----------------------------------------------------------------------------------------


def signed_answer(kind: str, delivery: Delivery, sign: Ed25519PrivateKey, now: datetime, **more: object) -> bytes:
    """A receipt or proof of deletion: canonical JSON with its own signature, to be sent back to the city."""
    manifest = delivery.manifest
    said: dict[str, object] = {
        "format": f"motlan-{kind}/1",
        "delivery": manifest["id"],
        "manifest_sha256": delivery.digest,
        "payload_sha256": manifest["payload"]["sha256"],
        "receiver": manifest["receiver"],
        "at": now.astimezone(timezone.utc).isoformat(timespec="seconds"),
        "key": key_id(sign.public_key()),
        **more,
    }
    signature = base64.b64encode(sign.sign(canonical(said))).decode()
    return canonical({**said, "signature": signature})


REASON = re.compile(r"[a-z][a-z0-9-]{0,59}")


def refused_line(text: str) -> dict[str, object]:
    """A line that you refuse: `3:unknown-code:nksNoiSinh`. The reason is a code, never a text about a person."""
    line, _, rest = text.partition(":")
    reason, _, field = rest.partition(":")
    if not line.isdecimal() or not REASON.fullmatch(reason):
        raise argparse.ArgumentTypeError(
            "write LINE:REASON or LINE:REASON:FIELD, for example 3:unknown-code:nksNoiSinh"
        )
    return {"line": int(line), "reason": reason, **({"field": field} if field else {})}


def make_keys(folder: Path) -> None:
    """Two key pairs: one opens what is sealed for you, one signs your receipts. Hand the `.pub.pem` to the city."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, private in (("opening", X25519PrivateKey.generate()), ("signing", Ed25519PrivateKey.generate())):
        secret = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(folder / f"{name}.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
        public = private.public_key()
        (folder / f"{name}.pub.pem").write_bytes(
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        print(f"{name}: key {key_id(public)}; keep {folder / name}.pem secret, hand over {folder / name}.pub.pem")


def private_key(path: Path, kind: type) -> Any:
    """A private key of a PEM file; ends the program where it is of another kind."""
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, kind):
        sys.exit(f"{path} is no {'opening' if kind is X25519PrivateKey else 'signing'} key")
    return key


def _show(delivery: Delivery, now: datetime) -> None:
    manifest = delivery.manifest
    counts = manifest["counts"]
    print(f"good: {manifest['id']} ({manifest['kind']}), {counts['put']} put, {counts['delete']} deleted")
    if expired(manifest, now):
        print(f"WARNING: {manifest['id']} had use value until {manifest['valid_until']} only", file=sys.stderr)


def main(arguments: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keys").add_argument("folder", type=Path)
    for name in ("check", "chain", "open", "receipt", "delete"):
        command = commands.add_parser(name)
        command.add_argument("deliveries", type=Path, nargs="+" if name == "check" else 1)
        command.add_argument("--keys", type=Path, required=True, help="folder of the city's public keys")
        command.add_argument("--now", type=datetime.fromisoformat, help="another moment than now, with its time zone")
        if name in ("open", "receipt", "delete"):
            command.add_argument("--out", type=Path, required=True)
        if name == "open":
            command.add_argument("--private", type=Path, required=True, help="your opening.pem")
        if name in ("receipt", "delete"):
            command.add_argument("--sign", type=Path, required=True, help="your signing.pem")
        if name == "receipt":
            command.add_argument(
                "--refuse", type=refused_line, action="append", default=[], metavar="LINE:REASON[:FIELD]"
            )
    given = parser.parse_args(arguments)
    if given.command == "keys":
        make_keys(given.folder)
        return 0
    keys, now = pinned(given.keys), given.now or datetime.now(timezone.utc)
    if not keys:
        sys.exit(f"{given.keys} holds no public key of the city: put the PEM file there that you were handed")
    try:
        if given.command == "chain":
            for delivery in verify_chain(given.deliveries[0], keys):
                _show(delivery, now)
            return 0
        for folder in given.deliveries:
            delivery = verify(folder, keys)
            if given.command == "open":
                opened = b"".join(chunks(delivery, private_key(given.private, X25519PrivateKey)))
                given.out.write_bytes(opened)
            elif given.command in ("receipt", "delete"):
                sign = private_key(given.sign, Ed25519PrivateKey)
                if given.command == "delete":
                    (delivery.folder / delivery.manifest["payload"]["file"]).unlink()
                kind = "receipt" if given.command == "receipt" else "deletion"
                more = {"outcome": "accepted", "refused": given.refuse} if kind == "receipt" else {}
                given.out.write_bytes(signed_answer(kind, delivery, sign, now, **more))
            _show(delivery, now)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
