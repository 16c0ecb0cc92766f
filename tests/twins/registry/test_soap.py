"""The registry's twin over the wire, asked with lxml and an HTTP client only."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from twins.city.fields import ELEMENTS, MODULES, REGISTER_FIELDS
from twins.population import City

NS = "urn:motlan:moj-registry:drawn:1"
Wire = Answer = Any
"""Of conftest.py, which may not be imported."""
WSDL = Path(__file__).resolve().parents[3] / "deployments/hcmc/systems/moj-registry/registry.wsdl"
N = f"{{{NS}}}"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SCHEMA = etree.XMLSchema(etree.parse(WSDL.with_suffix(".xsd")))


def security(
    password: str = "pw", user: str = "hub", created: datetime | None = None, nonce: bytes | None = None
) -> str:
    """A UsernameToken with digest."""
    nonce = nonce or os.urandom(16)
    when = (
        (created or datetime.fromisoformat("2022-06-02T08:00:01+07:00")).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    digest = base64.b64encode(hashlib.sha1(nonce + when.encode() + password.encode()).digest()).decode()
    return (
        f'<s:Security xmlns:s="{WSS}-wssecurity-secext-1.0.xsd" xmlns:u="{WSS}-wssecurity-utility-1.0.xsd"><s:UsernameToken><s:Username>{user}</s:Username>'
        f'<s:Password Type="{WSS}-username-token-profile-1.0#PasswordDigest">{digest}</s:Password>'
        f"<s:Nonce>{base64.b64encode(nonce).decode()}</s:Nonce><u:Created>{when}</u:Created></s:UsernameToken></s:Security>"
    )


def post(wire: Wire, body: str, header: str | None = None) -> Answer:
    """The body in an envelope."""
    header = security() if header is None else header
    envelope = f'<e:Envelope xmlns:e="{SOAP}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'
    return wire.call("POST", "/moj/registry", envelope.encode(), {"Content-Type": "text/xml; charset=utf-8"})


def content(answer: Answer) -> etree._Element:
    """The payload of a good reply, valid by the schema."""
    assert 200 == answer.status, answer.body[:500]
    body = etree.fromstring(answer.body).find(f"{{{SOAP}}}Body")
    assert body is not None
    SCHEMA.assertValid(etree.fromstring(etree.tostring(body[0])))
    return body[0]


def code(answer: Answer) -> str:
    """The Ministry's code of a Fault."""
    assert 500 == answer.status
    return etree.fromstring(answer.body).findtext(f".//{{{SOAP}}}Fault/detail/{N}maLoi", "")


def changed_on(day: str, module: str = "KS") -> str:
    return f'<dsHoSoDangKy xmlns="{NS}"><module>{module}</module><ngayCapNhat>{day}</ngayCapNhat></dsHoSoDangKy>'


def many(ids: list[str], module: str = "KS", province: str = "79") -> str:
    asked = "".join(f"<id>{escape(i)}</id>" for i in ids)
    return f'<traDanhSachHoSo xmlns="{NS}"><maTinh>{province}</maTinh><module>{module}</module><dsMaHoSo>{asked}</dsMaHoSo></traDanhSachHoSo>'


def ids_of(wire: Wire, day: str, module: str = "KS") -> list[str]:
    return [e.text or "" for e in content(post(wire, changed_on(day, module))).iter(f"{N}id")]


@pytest.mark.parametrize("module", list(MODULES))
def test_the_days_together_hold_each_record_once(wire: Wire, city: City, module: str) -> None:
    """Read day by day, a register comes whole, each record on the day of its change."""
    register = city.registers[MODULES[module]]
    found = []
    for offset in range(94):
        day = datetime(2022, 3, 1) + timedelta(days=offset)
        found += ids_of(wire, f"{day:%Y-%m-%d}", module)

    assert sorted(register["id"]) == sorted(found)


@pytest.mark.parametrize("module", list(MODULES))
def test_records_come_as_they_are_held(wire: Wire, city: City, module: str) -> None:
    """Each asked id comes once, each field with its text, in the order of the schema."""
    register = city.registers[MODULES[module]].select(REGISTER_FIELDS[MODULES[module]]).head(50)

    answer = content(post(wire, many(register["id"].to_list(), module)))

    records = answer.findall(f"{N}hoSo/{N}{ELEMENTS[MODULES[module]]}")
    received = [{etree.QName(field).localname: field.text for field in record} for record in records]
    held = [{name: value for name, value in row.items() if value is not None} for row in register.iter_rows(named=True)]
    assert held == received


def test_unknown_ids_are_refused_one_by_one(wire: Wire, city: City) -> None:
    """A record that does not exist is a row of its own with code 201; the others still come."""
    known = city.registers["birth"]["id"][0]

    answer = content(post(wire, many([known, "5", "999999999"])))

    assert 1 == len(answer.findall(f"{N}hoSo"))
    assert {("5", "201"), ("999999999", "201")} == {
        (e.findtext(f"{N}id"), e.findtext(f"{N}maLoi")) for e in answer.findall(f"{N}loi")
    }


def test_one_record(wire: Wire, city: City) -> None:
    """traHoSo gives the record, or Fault 201."""
    known = city.registers["death"]["id"][3]
    ask = f'<traHoSo xmlns="{NS}"><module>KT</module><maHoSo>%s</maHoSo></traHoSo>'

    assert known == content(post(wire, ask % known)).findtext(f"{N}hoSo/{N}khaiTu/{N}id")
    assert "201" == code(post(wire, ask % "1"))


@pytest.mark.parametrize(("kind", "least"), [(1, 200), (2, 200), (3, 54), (4, 334), (5, 8)])
def test_code_lists(wire: Wire, kind: int, least: int) -> None:
    """danhMuc 1 to 5."""
    answer = content(post(wire, f'<danhMuc xmlns="{NS}"><loaiDanhMuc>{kind}</loaiDanhMuc></danhMuc>'))

    assert len(answer.findall(f"{N}muc")) >= least


def test_wrong_questions_are_faults_with_the_ministrys_codes(wire: Wire) -> None:
    """108 another province, 302 another module or a request that breaks the schema."""
    assert "108" == code(post(wire, many(["1"], province="01")))
    assert "302" == code(post(wire, many(["1"], module="XX")))
    assert "302" == code(post(wire, many([])))
    assert "302" == code(post(wire, changed_on("yesterday")))
    assert "302" == code(post(wire, f'<other xmlns="{NS}"/>'))
    assert "302" == code(wire.call("POST", "/moj/registry", b"not xml"))
    assert "302" == code(wire.call("POST", "/moj/registry", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))


@pytest.mark.parametrize(
    "header",
    ["", security(password="no"), security(user="eve"), security(created=datetime(2022, 6, 1, tzinfo=UTC))],
    ids=["none", "password", "user", "stale"],
)
def test_who_asks_is_verified(wire: Wire, header: str) -> None:
    """No token, wrong password, wrong user, stale: Fault 100."""
    assert "100" == code(post(wire, changed_on("2022-05-01"), header))


def test_a_nonce_works_once(wire: Wire) -> None:
    """A replayed token is refused."""
    token = security()

    assert 200 == post(wire, changed_on("2022-05-01"), token).status
    assert "100" == code(post(wire, changed_on("2022-05-01"), token))


def test_machine_time_is_accepted_too(wire: Wire) -> None:
    """Clients that can only stamp the machine's time get in."""
    assert 200 == post(wire, changed_on("2022-05-01"), security(created=datetime.now(UTC))).status


def test_change_adds_and_corrects(wire: Wire) -> None:
    """New births and corrections appear on the twin's day, valid and with the twin's change time."""
    before = set(ids_of(wire, "2022-06-02"))

    counts = wire.control("change", {"system": "moj-registry", "count": 40, "seed": 2}).json()
    births = set(ids_of(wire, "2022-06-02")) - before
    answer = content(post(wire, many(sorted(births))))

    assert counts["birth"]["new"] + counts["birth"]["changed"] == len(births)
    assert counts["birth"]["new"] > 0
    assert {"death", "marriage"} <= set(counts)
    assert all(e.text and e.text.startswith("2022-06-02T08:0") for e in answer.iter(f"{N}ngayCapNhat"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"kind": "soap-fault", "code": "500"}, "500"),
        ({"kind": "soap-fault", "code": "101"}, "101"),
    ],
)
def test_scripted_fault(wire: Wire, entry: dict[str, object], expected: str) -> None:
    """A SOAP Fault on demand, once."""
    wire.control("faults", [entry | {"match": {"system": "moj-registry"}}])

    assert expected == code(post(wire, changed_on("2022-05-01")))
    assert 200 == post(wire, changed_on("2022-05-01")).status


def test_scripted_lies_about_records(wire: Wire, city: City) -> None:
    """A record left out, one doubled, one refused, a field blank in all."""
    ids = city.registers["birth"]["id"].head(10).to_list()

    def counts_under(entry: dict[str, object]) -> tuple[int, int, int]:
        wire.control("faults", [entry | {"match": {"op": "traDanhSachHoSo"}}])
        answer = content(post(wire, many(ids)))
        return (
            len(answer.findall(f"{N}hoSo")),
            len(answer.findall(f"{N}loi")),
            sum(1 for _ in answer.iter(f"{N}nksNgaySinh")),
        )

    whole = sum(value is not None for value in city.registers["birth"]["nksNgaySinh"].head(10))
    assert (9, 0) == counts_under({"kind": "missing-record"})[:2]
    assert (11, 0) == counts_under({"kind": "duplicate-record"})[:2]
    assert (7, 3) == counts_under({"kind": "refuse-record", "count": 3, "code": "200"})[:2]
    assert (10, 0, 0) == counts_under({"kind": "null-share", "field": "nksNgaySinh"})
    assert (10, 0, whole) == counts_under({"kind": "slow", "seconds": 0.01})


def test_description_is_the_deployments(wire: Wire) -> None:
    """?wsdl gives the vendored file, ?xsd its types."""
    assert WSDL.read_bytes() == wire.call("GET", "/moj/registry?wsdl").body
    assert WSDL.with_suffix(".xsd").read_bytes() == wire.call("GET", "/moj/registry?xsd").body


def test_a_page_is_quick(wire: Wire, city: City) -> None:
    """A page of 1000 births in well under a second, also on a busy machine (alone: about 0.08 s)."""
    ids = city.registers["birth"]["id"].head(1000).to_list()
    post(wire, many(ids))

    start = time.perf_counter()
    answer = post(wire, many(ids))

    assert time.perf_counter() - start < 1.0
    assert 1000 == answer.body.count(b"<hoSo>")


def test_a_reply_may_break_the_schema_on_demand(wire: Wire, city: City) -> None:
    """So that a client's validation can be tried."""
    wire.control("faults", [{"kind": "invalid-reply", "match": {"system": "moj-registry"}}])

    answer = post(wire, many(city.registers["birth"]["id"].head(2).to_list()))
    payload = etree.fromstring(answer.body).find(f"{{{SOAP}}}Body")

    assert payload is not None
    assert not SCHEMA.validate(etree.fromstring(etree.tostring(payload[0])))
