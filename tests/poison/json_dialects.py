"""Poisoned sources that answer in JSON, on a real socket: their honest double, and a proxy that damages some records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from connectors import System, open_source
from connectors.testing.fault_proxy import FaultProxy, Request, ScriptedReply
from contracts.load import load_contracts
from tests.connectors.double import NOW, served
from tests.connectors.one_stop_double import (
    EIdentificationDouble,
    OneStopDouble,
    PortalDouble,
    dossiers,
    e_identification_system,
    one_stop_system,
    portal_system,
    uses,
)
from tests.connectors.registry_double import FacadeDouble, births, facade_json_system, facade_system

from .dialect import Place, Served

Damage = Callable[[bytes, str, int], bytes]
"""(body, key, kind) -> the body with that record damaged."""

MEMBERS = {
    "a line break in a text": b'"ghi": "a\nb"',
    "a byte that is no UTF-8": b'"ghi": "a\xffb"',
    "half a character": rb'"ghi": "\ud800"',
    "a text without end": rb'"ghi": "C:\"',
    "a key twice": b'"ghi": "1", "ghi": "2"',
    "hundreds of brackets": b'"ghi": ' + b"[" * 300 + b"]" * 300,
}
NOTES = {"MaHoSo": {"TrichYeuHoSo": "khác"}, "maSuKien": {"soTruongDienSan": "8"}, "id": {"ghiChu": "khác"}}
"""Another value of a free field, of the records with this key."""
ELEMENTS = {
    "a bare ampersand": b"<ghi>A & B</ghi>",
    "an entity of HTML": b"<ghi>&nbsp;</ghi>",
    "a control character": b"<ghi>\x01</ghi>",
    "a field nobody knows": b"<moi/>",
    "an element without end": b"<ghi>",
    "a field twice": b"<id>7</id>",
}


def twice(body: bytes, name: str, key: str, *, changed: bool) -> bytes:
    """The record of a key told twice, and counted so; with `changed` its second note differs."""
    content = json.loads(body)
    for records in [each for each in content.values() if isinstance(each, list)]:
        for record in [each for each in records if isinstance(each, dict) and name in each and each[name] == key]:
            records.append({**record, **NOTES[name]} if changed else record)
            records.sort(key=lambda each: [*map(str, (each.get("NgayCapNhat") or each.get("ngayCapNhat"), each[name]))])
            content.update({"count": content["count"] + 1} if "count" in content else {})
    return json.dumps(content, ensure_ascii=False).encode()


def in_list(name: str) -> Damage:
    """Puts a member behind the key of a record, or tells it twice."""

    def damage(body: bytes, key: str, kind: int) -> bytes:
        if kind >= len(MEMBERS):
            return twice(body, name, key, changed=kind > len(MEMBERS))
        pattern = rb'("%b"\s*:\s*"%b")' % (name.encode(), key.encode())
        return re.sub(pattern, lambda found: found[1] + b", " + [*MEMBERS.values()][kind], body, count=1)

    return damage


def in_data(damage: Damage) -> Damage:
    """The same within the text that the registry's facade has for its data."""

    def within(body: bytes, key: str, kind: int) -> bytes:
        content = json.loads(body.decode("utf-8", "surrogateescape"))
        if not content.get("data"):
            return body
        text = content["data"].encode("utf-8", "surrogateescape")
        content["data"] = damage(text, key, kind).decode("utf-8", "surrogateescape")
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogateescape")

    return within


def in_xml(text: bytes, key: str, kind: int) -> bytes:
    """Puts an element behind the id of a record, or tells it twice."""
    at = b"<id>%b</id>" % key.encode()
    if kind >= len(ELEMENTS):
        here = re.search(rb"<hoso>(?:(?!</hoso>).)*" + at + rb".*?</hoso>", text, re.DOTALL)
        if here is None:
            return text
        other = here[0].replace("Trần".encode(), "Lê".encode()) if kind > len(ELEMENTS) else here[0]
        return text.replace(here[0], here[0] + other, 1)
    return text.replace(at, at + [*ELEMENTS.values()][kind], 1)


@dataclass(frozen=True)
class JsonDialect:
    """A dialect on a socket whose replies a proxy damages."""

    contract_name: str
    double: Callable[[list[str]], Any]
    system: Callable[..., System]
    damage: Damage
    moved: Callable[[Any, int, str], None]
    """Gives a record of the double, by number and key, a new change time."""
    kinds: tuple[str, ...] = tuple(MEMBERS)
    form: str = "000.00.01.H29-220601-{:04d}"
    now = NOW

    def __post_init__(self) -> None:
        object.__setattr__(self, "contract", load_contracts()[self.contract_name])

    @contextmanager
    def opened(self, place: Place, count: int, bad: Mapping[int, int], size: int) -> Iterator[Served]:
        double = self.double([self.key(number) for number in range(count)])
        spoiled = {self.key(number): kind for number, kind in bad.items()}

        def spoil(request: Request, answer: ScriptedReply) -> ScriptedReply:
            body = answer.body
            for key, kind in [*spoiled.items()]:
                if key.encode() in body:
                    body = self.damage(body, key, kind)
            return answer.with_body(body) if body is not answer.body else answer

        with served(double, "/d") as address, FaultProxy(address, spoil) as proxy:
            source = open_source(self.system(proxy.address, page_size=size, attempts=1), self.contract)

            def mend(number: int, moved: bool) -> None:
                del spoiled[self.key(number)]
                if moved:
                    self.moved(double, number, self.key(number))

            yield Served(source, mend)
            source.close()

    def key(self, number: int) -> str:
        return self.form.format(number)

    def mark(self, number: int) -> bytes:
        return self.key(number).encode()


def _desk(kind: type[OneStopDouble], held: Callable[[], list[dict[str, object]]], key: str, changed: str) -> Any:
    def make(keys: list[str]) -> OneStopDouble:
        double, pattern = kind(), {**held()[1], "TrangThaiHoSo": "3"} if key == "MaHoSo" else held()[1]
        double.dossiers = [
            {**pattern, key: name, changed: f"2022060108{n // 60:02d}{n % 60:02d}"} for n, name in enumerate(keys)
        ]
        return double

    return make


def _moved_dossier(double: OneStopDouble, number: int, key: str) -> None:
    double.dossiers[number][double.changed if double.changed in double.dossiers[number] else "NgayCapNhat"] = (
        f"2022060200{number // 60:02d}{number % 60:02d}"
    )


def moved_birth(double: FacadeDouble, number: int, key: str) -> None:
    """A birth changed on the next day."""
    double.births[key] |= {"ngayCapNhat": f"2022-06-01T10:{number // 60:02d}:{number % 60:02d}+07:00"}


def register(keys: list[str]) -> dict[str, dict[str, str]]:
    """Births of one day."""
    pattern = {**births()["1001"], "ngayDangKy": "31.05.2022", "noiDangKy": "27007"}
    return {
        key: {**pattern, "id": key, "ngayCapNhat": f"2022-05-31T09:{n // 60:02d}:{n % 60:02d}+07:00"}
        for n, key in enumerate(keys)
    }


def _facade(form: str) -> Callable[[list[str]], FacadeDouble]:
    def make(keys: list[str]) -> FacadeDouble:
        double = FacadeDouble(form)
        double.incomplete, double.births = set(), register(keys)
        return double

    return make


JSON_DIALECTS = {
    "one_stop": JsonDialect(
        "dossier",
        _desk(OneStopDouble, dossiers, "MaHoSo", "NgayCapNhat"),
        one_stop_system,
        in_list("MaHoSo"),
        _moved_dossier,
    ),
    "national_portal": JsonDialect(
        "dossier",
        _desk(PortalDouble, dossiers, "MaHoSo", "NgayCapNhat"),
        portal_system,
        in_list("MaHoSo"),
        _moved_dossier,
    ),
    "e_identification": JsonDialect(
        "identification_event",
        _desk(EIdentificationDouble, uses, "maSuKien", "ngayCapNhat"),
        e_identification_system,
        in_list("maSuKien"),
        _moved_dossier,
        form="DD{:07d}",
    ),
    "registry over REST, JSON": JsonDialect(
        "birth", _facade("json"), facade_json_system, in_data(in_list("id")), moved_birth, form="9{:05d}"
    ),
    "registry over REST, XML": JsonDialect(
        "birth", _facade("xml"), facade_system, in_data(in_xml), moved_birth, tuple(ELEMENTS), form="9{:05d}"
    ),
}
