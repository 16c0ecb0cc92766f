#!/usr/bin/env python3
"""Compare what you loaded with what the city gave you: digests of places travel first, then only what differs.

    python digests.py serve --into sqlite:///city.db --keys FOLDER --sign signing.pem [--port 8460]
    python digests.py statement FILE --keys FOLDER      is a signed statement of the city whole?

`serve` answers questions that a pinned key of the city has signed; it signs its answers with your signing key. It reads
the tables that load.py made, and changes nothing. Put your own TLS end before it. Keys of records and prints travel, and
no value. Stands beside verify.py and load.py.

    said     `_system`, `_key`, `_version` and the columns of the feed, each as its length in bytes, a colon, itself and
             a comma; no value is `-,`
    print    the first 16 bytes of SHA-256 of `said`;  half: the first 8 bytes of SHA-256 of the key, signed
    digest   number of rows, and the sums of the two halves of their prints, modulo 2^64
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Optional

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from load import Store, _name
from verify import canonical, key_id, pinned, private_key

FORMAT = "motlan-digests/1"
STATEMENT = "motlan-reconciliation/1"
ROUND = 1 << 64
PRINT, HALF = struct.Struct(">QQ"), struct.Struct(">q")
"""Two numbers at the beginning of a hash, and one with a sign."""
SKEW = timedelta(minutes=10)
"""How far the city's clock may be from ours: an older question is not answered again."""

Bucket = tuple[str, str, str]
Held = dict[Bucket, list[tuple[int, int, int, str, str]]]
"""Register, unit and year -> half, first and second number of the print, system, key."""


class NotAnswered(Exception):
    """A question that is not answered, and why."""


class Receiver:
    """What this receiver holds, and its two kinds of keys."""

    def __init__(self, address: str, keys: Path, sign: Path) -> None:
        self.address, self.keys = address, pinned(keys)
        self.sign = private_key(sign, Ed25519PrivateKey)
        self._held: dict[tuple[Any, ...], Held] = {}

    def answer(self, envelope: dict[str, Any], now: datetime) -> bytes:
        """The signed answer to a question. Raises NotAnswered."""
        asked = self._asked(envelope, now)
        feed, store = asked["feed"], Store(self.address)
        last = store.last(feed)
        if last is None:
            raise NotAnswered("no delivery of this feed was applied here")
        about = [str(asked[name]) for name in ("dataset", "unit", "day")]
        columns = [str(each) for each in asked["columns"]]
        state = (feed, last[0], *about, *columns)
        if state not in self._held:  # the latest state alone: the city asks several times about one
            self._held = {state: _read(store, columns, *about)}
        held = self._held[state]
        said = {
            "format": FORMAT,
            "request": hashlib.sha256(envelope["request"].encode()).hexdigest(),
            "feed": feed,
            "sequence": last[0],
            "key": key_id(self.sign.public_key()),
            **_answers(asked["ask"], held, asked["places"]),
        }
        text = canonical(said)
        return canonical({"answer": text.decode(), "signature": base64.b64encode(self.sign.sign(text)).decode()})

    def _asked(self, envelope: dict[str, Any], now: datetime) -> dict[str, Any]:
        try:
            request = str(envelope["request"])
            asked: dict[str, Any] = json.loads(request)
            signature = base64.b64decode(envelope["signature"])
            known = asked["format"] == FORMAT and asked["ask"] in ("buckets", "digests", "rows")
            at = datetime.fromisoformat(asked["at"])
        except (ValueError, KeyError, TypeError):
            raise NotAnswered("it is no question of this form") from None
        key = self.keys.get(str(asked.get("signer")))
        try:
            if key is None:
                raise InvalidSignature
            key.verify(signature, request.encode())
        except InvalidSignature:
            raise NotAnswered("no pinned key of the city has signed the question") from None
        if not known or abs(now - at) > SKEW:
            raise NotAnswered("the question is of another form, or older than ten minutes")
        return asked


def _read(store: Store, columns: list[str], dataset: str, unit: str, day: str) -> Held:
    names = ["_system", "_key", "_version", *columns]
    cursor = store._do(f"select {', '.join(map(_name, names))} from {_name(dataset)}")
    of_unit, of_day = (names.index(each) if each in columns else None for each in (unit, day))
    found: Held = defaultdict(list)
    for row in cursor:
        bucket = (
            dataset,
            (row[of_unit] or "") if of_unit is not None else "",
            (row[of_day] or "")[:4] if of_day is not None else "",
        )
        first, second = PRINT.unpack_from(hashlib.sha256(_said(row)).digest())
        (half,) = HALF.unpack_from(hashlib.sha256(row[1].encode()).digest())
        found[bucket].append((half, first, second, row[0], row[1]))
    for rows in found.values():
        rows.sort()
    return found


def _said(texts: Iterable[Optional[str]]) -> bytes:
    sizes = ["-," if t is None else f"{len(t) if t.isascii() else len(t.encode())}:{t}," for t in texts]
    return "".join(sizes).encode()


def _answers(ask: str, held: Held, places: list[list[Any]]) -> dict[str, Any]:
    if ask == "buckets":
        return {"buckets": [[*bucket, *_digest(rows)] for bucket, rows in sorted(held.items())]}
    if ask == "digests":
        return {"digests": [_digest(_within(held, place)) for place in places]}
    return {
        "rows": [
            [place[0], system, key, f"{first:016x}{second:016x}"]
            for place in places
            for _, first, second, system, key in _within(held, place)
        ]
    }


def _digest(rows: Iterable[tuple[int, int, int, str, str]]) -> list[int]:
    count = first = second = 0
    for row in rows:
        count, first, second = count + 1, first + row[1], second + row[2]
    return [count, first % ROUND, second % ROUND]


def _within(held: Held, place: list[Any]) -> list[tuple[int, int, int, str, str]]:
    """The rows of a place: a bucket's keys whose hash begins with `part` in its first `depth` bits."""
    register, unit, year, depth, part = place
    rows, size = held.get((register, unit, year), []), 1 << (64 - depth)
    least = -(1 << 63) + part * size
    return rows[bisect_left(rows, (least,)) : bisect_left(rows, (least + size,))]


def serve(receiver: Receiver, host: str, port: int) -> ThreadingHTTPServer:
    """A server that answers questions; call `serve_forever`."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            try:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                status, said = 200, receiver.answer(json.loads(body), datetime.now(timezone.utc))
            except (NotAnswered, ValueError) as why:
                status, said = 403, canonical({"error": str(why) if isinstance(why, NotAnswered) else "no JSON"})
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing: questions name no record, and answers are kept by the city."""

    return ThreadingHTTPServer((host, port), Answering)


def statement(file: Path, keys: Path) -> dict[str, Any]:
    """A statement that a pinned key of the city has signed; its signature lies beside it as `.sig`. Ends otherwise."""
    content, signature = file.read_bytes(), Path(f"{file}.sig").read_bytes()
    try:
        said: dict[str, Any] = json.loads(content)
        pinned(keys)[said["signer"]].verify(signature, content)
        if said["format"] != STATEMENT or canonical(said) != content:
            raise ValueError
    except (ValueError, KeyError, TypeError, InvalidSignature):
        sys.exit(f"{file}: not a statement that a pinned key of the city has signed")
    return said


def main(arguments: Optional[list[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve")
    serving.add_argument("--into", required=True, help="sqlite:///FILE or postgresql://..., as load.py has it")
    serving.add_argument("--keys", type=Path, required=True, help="folder of the city's public keys")
    serving.add_argument("--sign", type=Path, required=True, help="your signing.pem")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8460)
    checking = commands.add_parser("statement")
    checking.add_argument("file", type=Path)
    checking.add_argument("--keys", type=Path, required=True, help="folder of the city's public keys")
    given = parser.parse_args(arguments)
    if given.command == "statement":
        said = statement(given.file, given.keys)
        print(f"good: {said['name']} as of {said['as_of']}: {'equal' if said['equal'] else 'not equal'}")
        return 0
    server = serve(Receiver(given.into, given.keys, given.sign), given.host, given.port)
    print(f"answering on http://{given.host}:{server.server_address[1]}/ until Ctrl-C", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
