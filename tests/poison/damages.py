"""Random damages of an input: bytes, types, names, encodings; and what becomes of them."""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from connectors import Window
from contracts.errors import HubError, Transient
from contracts.refused import REFUSED
from tests.connectors.registry_double import BrokenRegistry

from .dialect import Dialect, Place
from .file_dialects import DumpDialect, SftpDialect
from .json_dialects import JsonDialect
from .soap_dialects import OperationDialect, RegistryDialect

Damage = Callable[[bytes], bytes]
_PIECES = (
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b",",
    b"<",
    b">",
    b"&",
    b"\x00",
    b"\n",
    b"\xff",
    b"\xc3",
    b"null",
    b"<!--",
    b"]]>",
)
_OTHER_TYPES = (b"null", b"true", b"-1", b"1e999", b"[]", b"{}", b'[{"a": 1}]', b'""', b'"\\ud800"')


def damage(chance: random.Random) -> Damage:
    """One damage, the same for the same state of `chance`."""
    kind, seed = chance.choice(["bytes", "types", "names", "encodings"]), chance.random()

    def put(body: bytes) -> bytes:
        own = random.Random(seed)
        return _DAMAGES[kind](body, own) if body else body

    return put


def _bytes(body: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(body) + 1)
        put = chance.choice([*_PIECES, chance.randbytes(chance.randint(0, 4))])
        body = body[:at] + put + body[at + chance.choice([0, 0, 1, 5, 40, len(body)]) :]
    return body


def _types(body: bytes, chance: random.Random) -> bytes:
    """Another kind of value where a text stands: in JSON, between tags, or in a line of CSV."""
    found = [*re.finditer(rb':\s*("[^"]*"|\d+)|(?<=>)[^<>]+(?=<)|(?<=,)[^,\n]+', body)]
    if not found:
        return _bytes(body, chance)
    at = chance.choice(found)
    start = at.start(1) if at[1] else at.start()
    return body[:start] + chance.choice(_OTHER_TYPES) + body[at.end() :]


def _names(body: bytes, chance: random.Random) -> bytes:
    """Another name of a member, an element or a title, in one place or in all."""
    names = sorted({each[0] for each in re.finditer(rb"[A-Za-z]{2,}", body)})
    if not names:
        return _bytes(body, chance)
    name, by = chance.choice(names), chance.choice([b"la", b"", b"id", b"MaHoSo", "tên".encode()])
    return body.replace(name, by, chance.choice([1, -1]))


def _encodings(body: bytes, chance: random.Random) -> bytes:
    text = body.decode("utf-8", "replace")
    match chance.randrange(6):
        case 0:
            return text.encode("utf-16")
        case 1:
            return text.encode("cp1258", "replace")
        case 2:
            return b"\xef\xbb\xbf" + body
        case 3:
            return unicodedata.normalize("NFD", text).encode()
        case 4:
            return text.encode("utf-8").decode("latin-1").encode("utf-8")
    return text.encode("utf-32")


_DAMAGES = {"bytes": _bytes, "types": _types, "names": _names, "encodings": _encodings}


def damaged(dialect: Dialect, by: Damage) -> Dialect | None:
    """The dialect with a damage in each of its replies, or in its file; None: it answers in no bytes of its own."""
    if isinstance(dialect, JsonDialect):
        return replace(dialect, damage=lambda body, key, kind: by(body))
    if isinstance(dialect, SftpDialect | DumpDialect):
        return replace(dialect, body=lambda count, bad: by(dialect.body(count, {})))
    if isinstance(dialect, RegistryDialect):

        class Registry(BrokenRegistry):
            def _reply(self, content: str) -> tuple[int, str, bytes]:
                status, kind, body = super()._reply(content)
                return status, kind, by(body)

        spoiled = RegistryDialect()
        spoiled.registry = Registry  # type: ignore[misc]
        return spoiled
    if isinstance(dialect, OperationDialect):
        operation = OperationDialect()
        operation.sent = by  # type: ignore[method-assign]
        return operation
    return None


@dataclass
class Outcomes:
    """What became of damages."""

    counts: Counter[str] = field(default_factory=Counter)
    unnamed: list[str] = field(default_factory=list)
    """Errors that are none of ours, or that say nothing of what to do next."""

    def add(self, dialect: Dialect, place: Place, seed: str) -> None:
        """Try one damage."""
        spoiled = damaged(dialect, damage(random.Random(seed)))
        assert spoiled is not None
        refused = came = 0
        try:
            with spoiled.opened(place, 12, {0: 0}, 5) as served:
                for page in served.source.pages(Window()):
                    frame = served.source.records(page.body, page.media_type)[dialect.contract.datasets[0].name]
                    refused, came = refused + frame[REFUSED].count(), came + frame.height
        except HubError as error:
            self.counts["named errors"] += 1
            if not (error.hint or isinstance(error, Transient)):
                self.unnamed.append(f"{seed}: {type(error).__name__} without a next step: {error.message}")
        except Exception as error:
            self.unnamed.append(f"{seed}: {type(error).__name__}: {error}")
        else:
            self.counts["with refused records" if refused else "read whole" if came == 12 else "other records"] += 1
