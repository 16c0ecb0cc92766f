"""The double of any WSDL: every operation answers, by seed, within its own schema; what it does not understand is a Fault."""

from __future__ import annotations

import base64
import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from lxml import etree
from starlette.testclient import TestClient

from tests.connectors.estonia import needs_shared, population_register
from tests.connectors.wsdl_texts import RPC, written
from twins.clock import Clock
from twins.wsdl.sample_texts import from_pattern
from twins.wsdl.service import PATH, WsdlService

ROOT = Path(__file__).parents[3]
WSDL = ROOT / "deployments" / "examples" / "notary" / "notary" / "notary.wsdl"
SPACE = "urn:motlan:notary:drawn:1"
CLOCK = Clock(datetime(2022, 6, 2, 1, tzinfo=UTC))


def asked(content: str, header: str = "") -> bytes:
    return f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{header}<s:Body>{content}</s:Body></s:Envelope>'.encode()


def days(first: str, last: str) -> str:
    return f'<danhSachToChuc xmlns="{SPACE}"><maTinh>79</maTinh><tuNgay>{first}</tuNgay><denNgay>{last}</denNgay></danhSachToChuc>'


def service(**options: object) -> TestClient:
    return TestClient(WsdlService(WSDL, CLOCK, **options).app())  # type: ignore[arg-type]


def test_the_same_question_gets_the_same_answer() -> None:
    """By seed: another seed is another city."""
    one, other = (
        service(seed=seed).post(PATH, content=asked(days("2022-05-01", "2022-05-07"))).content for seed in (1, 2)
    )

    assert one == service(seed=1).post(PATH, content=asked(days("2022-05-01", "2022-05-07"))).content
    assert one != other


def test_times_lie_in_the_window_that_was_asked() -> None:
    """A record's times are those of the days that the request names."""
    reply = etree.fromstring(
        service(records=30, seed=3).post(PATH, content=asked(days("2022-05-03", "2022-05-04"))).content
    )
    times = {each.text[:10] for each in reply.iter("{*}ngayCapNhat")}

    assert times <= {"2022-05-03", "2022-05-04"}
    assert times


def test_x_roads_fields_come_back_with_the_hash_of_the_request() -> None:
    """In their order, as they came, and the proof which request it answers."""
    header = '<s:Header xmlns:x="http://x-road.eu/xsd/xroad.xsd"><x:id>7d0c</x:id><x:userId>u</x:userId></s:Header>'
    content = asked(days("2022-05-03", "2022-05-04"), header)
    came = etree.fromstring(service().post(PATH, content=content).content)[0]

    assert ["id", "userId", "requestHash"] == [etree.QName(each).localname for each in came]
    assert base64.b64encode(hashlib.sha512(content).digest()).decode() == came[2].text


@pytest.mark.parametrize(
    "content",
    [
        asked(days("2022-05-01", "hôm nay")),
        asked(f'<xoaToChuc xmlns="{SPACE}"/>'),
        asked(""),
        b"<a/>",
        b"no xml",
        b'<!DOCTYPE x><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
        asked(
            days("2022-05-01", "2022-05-01"),
            '<s:Header xmlns:x="http://x-road.eu/xsd/xroad.xsd"><x:service><x:serviceCode>other</x:serviceCode></x:service></s:Header>',
        ),
    ],
    ids=["invalid", "unknown", "empty", "no-envelope", "no-xml", "dtd", "another-service"],
)
def test_what_it_does_not_understand_is_a_fault(content: bytes) -> None:
    """Of the Client, under HTTP 500; requests are validated."""
    reply = service().post(PATH, content=content)

    assert 500 == reply.status_code
    assert b"soap:Client" in reply.content


def test_it_asks_for_a_token_where_it_has_a_user() -> None:
    """Without one nobody is let in."""
    assert (
        500
        == service(credentials={"username": "hub", "password": "pw"})
        .post(PATH, content=asked(days("2022-05-01", "2022-05-01")))
        .status_code
    )


@pytest.mark.parametrize(
    "pattern",
    [
        "CC79[0-9]{6}",
        "(a|bc)+x?",
        "[^0-9]{3}",
        r"\d{4}-\d{2}",
        "((([0-2]?[0-9])|(3[0,1]))\\.((0[0-9])|(1[0-2]))\\.[0-9]{4})?",
    ],
)
def test_texts_out_of_patterns(pattern: str) -> None:
    """Each is one that the pattern takes whole."""
    import re

    assert all(re.fullmatch(pattern, from_pattern(pattern, Random(seed))) for seed in range(50))


def test_schemas_of_one_namespace_are_put_together(tmp_path: Path) -> None:
    """Some tools write a schema a message: the twin serves such a WSDL too."""
    shutil.copytree(WSDL.parent, tmp_path / "notary")
    cut = f'</xs:schema><xs:schema targetNamespace="{SPACE}" elementFormDefault="qualified"><xs:import namespace="urn:motlan:notary-types:drawn:1"/>'
    text = WSDL.read_text(encoding="utf-8").replace(
        '<xs:element name="traToChuc">', f'{cut}<xs:element name="traToChuc">'
    )
    (tmp_path / "notary" / "notary.wsdl").write_text(text, encoding="utf-8")
    twin = TestClient(WsdlService(tmp_path / "notary" / "notary.wsdl", CLOCK).app())

    assert 200 == twin.post(PATH, content=asked(days("2022-05-01", "2022-05-07"))).status_code


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("http://schemas.notary.example/types.xsd", "http://elsewhere.example/x.xsd", "that the map does not name"),
        ("<!-- Drawn", "<!DOCTYPE x><!-- Drawn", "a DTD"),
    ],
    ids=["import", "dtd"],
)
def test_what_it_cannot_serve_is_reported(tmp_path: Path, old: str, new: str, said: str) -> None:
    """No address is fetched, and no DTD is read."""
    shutil.copytree(WSDL.parent, tmp_path / "notary")
    (tmp_path / "notary" / "notary.wsdl").write_text(
        WSDL.read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
    )

    with pytest.raises(ValueError, match=said):
        WsdlService(tmp_path / "notary" / "notary.wsdl", CLOCK)


@needs_shared
def test_every_operation_of_the_population_register_is_answered(tmp_path: Path) -> None:
    """131 operations that nobody here drew: requests and replies invented, each valid by the register's own schema."""
    twin = WsdlService(population_register(tmp_path), CLOCK)
    nothing = etree.Element("nothing")
    requests = [twin._inventor.element(name, Random(7), nothing) for name in twin.description.operations]

    assert all(twin.description.schema.validate(each) for each in requests)
    assert 131 == len([twin._answer(None, each) for each in requests])


def test_a_service_that_it_would_not_answer_is_not_served(tmp_path: Path) -> None:
    """It listened with no operation at all, and said no to everything."""
    with pytest.raises(ValueError, match="document/literal"):
        WsdlService(written(tmp_path, RPC), CLOCK)
