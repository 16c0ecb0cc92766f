"""Faults of one record of a reply: it is refused as a row, and nothing beside it is lost.

Each damages the record of one id, in every reply in which that record is, because a reply that cannot be cut is asked for
again in smaller parts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..fault_proxy import Spoil

Damage = Callable[[bytes, bytes], bytes]
"""(document with the record, id) -> the document with the record damaged."""
Within = Callable[[bytes, Callable[[bytes], bytes]], bytes]
"""(body, change of the document that holds the records) -> the body."""


@dataclass(frozen=True)
class RecordFault:
    """One way to damage a record."""

    name: str
    script: Callable[[], Spoil]


def of_one(name: str, damage: Damage, found: bytes, within: Within = lambda body, change: change(body)) -> RecordFault:
    """Damage the first record that comes. `found` is a pattern whose group is a record's id."""

    def script() -> Spoil:
        victim: list[bytes] = []

        def changed(document: bytes) -> bytes:
            if not victim and (first := re.search(found, document)):
                victim.append(first[1])
            return damage(document, victim[0]) if victim and victim[0] in document else document

        return lambda request, answer: answer.with_body(within(answer.body, changed))

    return RecordFault(name, script)


def in_list(list_name: str, id_name: str, change: Callable[[dict[str, Any]], object]) -> Damage:
    """A change of the record as a value."""

    def damage(document: bytes, victim: bytes) -> bytes:
        content = json.loads(document)
        content[list_name] = [
            change(each) if each.get(id_name) == victim.decode() else each for each in content[list_name]
        ]
        return json.dumps(content, ensure_ascii=False).encode()

    return damage


def beside_id(id_name: str, member: bytes) -> Damage:
    """A member written behind the record's id."""

    def damage(document: bytes, victim: bytes) -> bytes:
        pattern = rb'("%b"\s*:\s*"%b")' % (id_name.encode(), re.escape(victim))
        return re.sub(pattern, lambda found: found[1] + b", " + member, document, count=1)

    return damage


MEMBERS = {
    "a raw newline in a text": b'"ghi": "a\nb"',
    "a NUL in a text": b'"ghi": "a\x00b"',
    "a byte that is no UTF-8": b'"ghi": "a\xffb"',
    "an escape that is none": rb'"ghi": "C:\q"',
    "a quote inside a text": b'"ghi": "a "b" c"',
    "a lone backslash before a quote": rb'"ghi": "C:\", "x": "y"',
    "half of a character": rb'"ghi": "\ud83d"',
    "a key twice": b'"ghi": "1", "ghi": "2"',
    "a key twice below": b'"ghi": [{"a": {"b": 1, "b": 2}}]',
    "no comma": b'"ghi": "1" "khac": "2"',
    "NaN": b'"ghi": NaN',
    "hundreds of brackets": b'"ghi": ' + b"[" * 600 + b"]" * 600,
    "thousands of brackets": b'"ghi": ' + b"[" * 5000 + b"]" * 5000,
    "thousands of braces": b'"ghi": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a text of two million characters": b'"ghi": "' + b"x" * 2_000_000 + b'"',
}
"""Damages of JSON, as a member of a record."""


def json_record_faults(
    list_name: str, id_name: str, within: Within = lambda body, change: change(body)
) -> tuple[RecordFault, ...]:
    """Those of any list of records in JSON."""
    found = rb'"%b"\s*:\s*"([^"]+)"' % id_name.encode()
    return (
        *(
            of_one(name, in_list(list_name, id_name, lambda record, value=value: value), found, within)  # type: ignore[misc]
            for name, value in (
                ("a null record", None),
                ("a record that is a text", "x"),
                ("a list", [1]),
                ("a number", 7),
            )
        ),
        *(of_one(name, beside_id(id_name, member), found, within) for name, member in MEMBERS.items()),
    )


def dossier_faults() -> tuple[RecordFault, ...]:
    """Those of a dossier."""
    found = rb'"MaHoSo"\s*:\s*"([^"]+)"'
    return (
        *json_record_faults("result", "MaHoSo"),
        *(
            of_one(name, in_list("result", "MaHoSo", lambda record, held=held: {**record, "TaiLieuNop": held}), found)  # type: ignore[misc]
            for name, held in (
                ("a component that is no object", [1]),
                ("a component that is null", [None]),
                ("components that are a text", "x"),
                ("components that are an object", {"a": 1}),
            )
        ),
    )


def left_out(document: bytes, victim: bytes) -> bytes:
    """The register's JSON without a record."""
    content = json.loads(document)
    content["hoso"] = [each for each in content["hoso"] if each.get("id") != victim.decode()]
    return json.dumps(content, ensure_ascii=False).encode()


def in_data(body: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change the document in the member `data`, which is a text."""
    content = json.loads(body)
    if not isinstance(content.get("data"), str):
        return body
    content["data"] = change(content["data"].encode()).decode("utf-8", "surrogateescape")
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogateescape")


def around(name: str, found: bytes, damage: bytes) -> RecordFault:
    """Damage the JSON around `data`, at a record's id."""

    def put(document: bytes, victim: bytes) -> bytes:
        at = re.search(found.replace(b"([^", b"(?=" + re.escape(victim) + b"[^0-9A-Za-z])([^", 1), document)
        return document if at is None else document[: at.end()] + damage + document[at.end() :]

    return of_one(f"{name}, around the data", put, found)


AROUND = {
    "a raw newline": b"\n",
    "a byte that is no UTF-8": b"\xff",
    "an escape that is none": rb"\q",
    "half of a character": rb"\ud83d",
    "a NUL": rb"\u0000",
    "a quote": b'"',
}
"""Damages of the reply in whose text the records are."""


def registry_json_faults() -> tuple[RecordFault, ...]:
    """Those of the registry's records as JSON text."""
    found = rb'"id"\s*:\s*"([^"]+)"'

    def changed(name: str, change: Callable[[dict[str, Any]], object]) -> RecordFault:
        return of_one(name, in_list("hoso", "id", change), found, in_data)

    return (
        *json_record_faults("hoso", "id", in_data),
        *(
            around(name, rb'\\"id\\"\s*:\s*\\"([^"\\]+)\\"', rb", \"ghi\": \"a%bb\"" % damage)
            for name, damage in AROUND.items()
        ),
        of_one("a record that is not there", left_out, found, in_data),
        changed(
            "a record without its id", lambda record: {name: each for name, each in record.items() if name != "id"}
        ),
        changed("another id", lambda record: {**record, "id": "77"}),
        changed("an id that is a number", lambda record: {**record, "id": 1001}),
        changed("an empty id", lambda record: {**record, "id": ""}),
        changed("a number for a text", lambda record: {**record, "quyenSo": 12}),
        changed("true for a number", lambda record: {**record, "nksGioiTinh": True}),
        changed("an object where a text is due", lambda record: {**record, "quyenSo": {"so": "x"}}),
        changed("a name with a part nobody declared", lambda record: {**record, "nksHoTen": {"Ho": "x", "Khac": "x"}}),
        changed("a date that is a list", lambda record: {**record, "nksNgaySinh": [15, 5, 2022]}),
        changed("a field nobody declared", lambda record: {**record, "surprise": "1"}),
        changed("a field nobody declared, empty", lambda record: {**record, "surprise": None}),
    )


FIELDS = {
    "a bare ampersand": b"<ghi>A & B</ghi>",
    "an entity of HTML": b"<ghi>A&nbsp;B</ghi>",
    "a control character": b"<ghi>A\x01B</ghi>",
    "a control character as a reference": b"<ghi>A&#1;B</ghi>",
    "a byte that is no UTF-8": b"<ghi>A\xffB</ghi>",
    "a tag that does not close": b"<ghi>A",
    "a processing instruction": b"<?x y?>",
    "a field nobody declared": b"<surprise/>",
    "a field that is no leaf": b"<ghi><x/></ghi>",
    "text between fields": b"between",
    "the id twice": b"<id>1001</id>",
}
"""Damages of XML, behind a record's id."""


def registry_xml_faults() -> tuple[RecordFault, ...]:
    """Those of the registry's records as XML."""
    found = rb"<id>([^<]+)</id>"

    def replaced(by: bytes) -> Damage:
        return lambda document, victim: document.replace(b"<id>%b</id>" % victim, by.replace(b"VICTIM", victim), 1)

    return (
        *(of_one(name, replaced(b"<id>VICTIM</id>" + field), found, in_data) for name, field in FIELDS.items()),
        *(around(name, found, b"<ghi>a%bb</ghi>" % damage) for name, damage in AROUND.items()),
        of_one(
            "a record that is not there",
            lambda document, victim: re.sub(
                rb"<hoso>(?:(?!</hoso>).)*<id>%b</id>.*?</hoso>" % re.escape(victim), b"", document, flags=re.DOTALL
            ),
            found,
            in_data,
        ),
        of_one("a record without its id", replaced(b""), found, in_data),
        of_one("another id", replaced(b"<id>77</id>"), found, in_data),
        of_one("an empty id", replaced(b"<id/>"), found, in_data),
    )
