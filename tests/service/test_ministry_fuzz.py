"""Both doors of the Ministry under whatever comes: no answer is a fault of ours.

Each answer has the door's own form, and each call of somebody known is on record.

A longer run: EXAMPLES=2000. All people are synthetic.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from lxml import etree
from starlette.testclient import TestClient

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.ministry.codes import MINISTRY
from hub.app import Hub
from hub.core.deployment import load_deployment
from service.app import create_app
from tests.hub.in_force import put_in_force
from tests.hub.registers import LAN, ROOT

from . import ministry_calls
from .conftest import noted
from .ministry_calls import SCHEMA
from .ministry_examples import OLD, OPERATIONS, bodies, calls, whatever
from .signed_message import SOAP, N, message

hub = ministry_calls.hub
EXAMPLES = int(os.environ.get("EXAMPLES", "150"))


@pytest.fixture
def spacious(hub: Hub, tmp_path) -> Hub:
    """A city whose strangers may ask as much as they like in an hour."""
    folder = tmp_path / "city" / "hcmc"
    shutil.copytree(ROOT / "deployments" / "hcmc", folder)
    grants = folder / "grants.yaml"
    reply = (
        grants.read_text()
        .replace("hourly_limit_without_grant: 60", "hourly_limit_without_grant: 1000000")
        .replace("hourly_limit: ", "hourly_limit: 1000")
        .replace("hourly_misses: 100", "hourly_misses: 1000000")
        .replace("officer_hourly: 1000", "officer_hourly: 1000000")
        .replace("officer_subjects: 100", "officer_subjects: 1000000")
        .replace("subject_daily: 300", "subject_daily: 1000000")
    )
    assert reply != grants.read_text()
    grants.write_text(reply)
    systems = {"moj-registry": load_deployment(folder).systems["moj-registry"]}
    there = replace(hub, deployment=load_deployment(folder).only(systems))
    put_in_force(there)
    return there


@pytest.fixture
def client(spacious: Hub, put) -> Iterator[TestClient]:
    put("birth", "1", **LAN)
    with TestClient(create_app(spacious), raise_server_exceptions=False) as client:
        yield client


def tried(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Run a check on examples that are the same each time."""

    @seed(13)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(each: Any) -> None:
        check(each)

    run()


def said(client: TestClient, content: bytes, media_type: str = "text/xml") -> str:
    """`answer`, or the code of a Fault for which the sender is to blame; anything else is none of this door's."""
    reply = client.post("/ministry/soap", content=content, headers={"Content-Type": media_type})
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    [element] = etree.fromstring(reply.content).find(f"{{{SOAP}}}Body")
    if reply.status_code == 200:
        SCHEMA.assertValid(etree.fromstring(etree.tostring(element)))
        return "answer"
    assert (500, "s:Client") == (reply.status_code, element.findtext("faultcode")), reply.text
    return element.findtext(f"detail/{N}maLoi")


def test_over_soap_by_who_is_known(client: TestClient, spacious: Hub) -> None:
    """A surrogate or NUL, the year 9999 and a reply sent as a request were answered with JSON, 500 and no row."""
    heard = set[str]()

    def check(inside: str) -> None:
        before = len(noted(spacious))
        heard.add(said(client, message(spacious, inside)))
        assert len(noted(spacious)) == before + 1

    tried(bodies(), check)
    assert {"answer", "302"} == heard


def test_over_soap_by_nobody(client: TestClient, spacious: Hub) -> None:
    """Any bytes, under any media type: a Fault, and nothing on record."""
    right = message(
        spacious, f'<traTrangThaiHoSo xmlns="{N[1:-1]}"><maDonVi>760</maDonVi><maHoSo>H-1</maHoSo></traTrangThaiHoSo>'
    ).decode()
    spoiled = st.tuples(st.integers(0, len(right) - 1), st.text(min_size=1, max_size=3)).map(
        lambda reply: (right[: reply[0]] + reply[1] + right[reply[0] :]).encode("utf-8", "surrogatepass")
    )
    encoded = st.sampled_from(["utf-16", "utf-32", "utf-7", "latin-1", "cp1258"]).map(
        lambda name: right.replace("UTF-8", name).replace("utf-8", name).encode(name, "replace")
    )
    anyhow = st.one_of(
        st.binary(max_size=200),
        spoiled,
        encoded,
        bodies().map(str.encode),
        st.just(b"\xef\xbb\xbf"),
        st.just(b"<" * 10_000),
    )

    def check(each: tuple[bytes, str]) -> None:
        if said(client, *each) in ("100", "302"):
            assert noted(spacious) == []

    tried(
        st.tuples(
            anyhow.filter(lambda content: content != right.encode()),
            st.sampled_from(["text/xml", "application/json", "", "x", "multipart/form-data"]),
        ),
        check,
    )


def test_over_rest(client: TestClient, spacious: Hub) -> None:
    """An answer, or a problem that quotes nothing; a row each."""
    tokens = tokens_of(spacious.scenario.folder, spacious.deployment.name)

    def check(each: tuple[tuple[str, Any], str]) -> None:
        (operation, body), media_type = each
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = tokens.sign(Claims(MINISTRY, "hotich.moj", "civil-status", "extract-anywhere"), machine_now())
        before = len(noted(spacious))
        reply = client.post(
            f"/ministry/{operation}",
            content=content,
            headers={"Authorization": f"Bearer {signed}", "Content-Type": media_type},
        )
        assert reply.status_code in (200, 422), reply.text
        if reply.status_code == 200:
            assert reply.json()["status"] in (0, 1)
        else:
            assert reply.headers["content-type"] == "application/problem+json"
            assert "079190000001" not in reply.text
        assert len(noted(spacious)) == before + 1, (reply.status_code, reply.text[:300])

    raw = st.tuples(
        st.sampled_from(OPERATIONS),
        st.one_of(
            st.binary(max_size=100), whatever, st.integers(1, 5000).map(lambda n: b"[" * n), st.just(b"1" * 5000)
        ),
    )
    tried(
        st.tuples(
            st.one_of(calls(), calls(), raw),
            st.sampled_from(["application/json", "application/json", "text/plain", "application/json; charset=utf-16"]),
        ),
        check,
    )


@pytest.mark.parametrize(
    "reply",
    [
        {"cbsHoTen": {"Ten": "\ud800"}, "cbsSoDDCN": "079190000001"},
        {"cbsHoTen": {"Ten": "A\0"}, "cbsSoDDCN": "079190000001"},
        {"cbsNoiCuTru": {"dcChiTiet": "\udfff"}},
        {"cbsHoTen": {"Ten": "A"}, "cbsNgaySinh": {"namSinh": "9999"}},
        OLD | {"ngayDangKyTruocDay": "12.9999"},
        OLD | {"ngayDangKyTruocDay": "9999"},
        OLD | {"ngayDangKyTruocDay": "31.12.9999"},
        OLD | {"ngayDangKyTruocDay": "01.01.0001"},
        OLD | {"ngayDangKyTruocDay": "0001"},
    ],
)
def test_what_was_a_fault_of_ours(client: TestClient, spacious: Hub, reply: dict[str, Any]) -> None:
    """Over either door, one row each."""
    content = json.dumps({"loaiBanSao": "KS"} | reply)
    body = {"maDonVi": "760", "module": "BS", "maHoSo": "H-1", "ngayTiepNhan": "2022-06-02", "data": content}
    inside = etree.Element(N + "dangKyHoTich")
    for name, value in body.items():
        etree.SubElement(inside, N + name).text = value
    assert "answer" == said(client, message(spacious, etree.tostring(inside, encoding="unicode")))
    assert len(noted(spacious)) == 1
    signed = tokens_of(spacious.scenario.folder, spacious.deployment.name).sign(
        Claims(MINISTRY, "hotich.moj", "civil-status", "extract-anywhere"), machine_now()
    )
    answered = client.post("/ministry/dangKyHoTich", json=body, headers={"Authorization": f"Bearer {signed}"})
    assert 200 == answered.status_code
    assert len(noted(spacious)) == 2


def test_too_large_is_a_fault_too(client: TestClient) -> None:
    assert "302" == said(client, b"<" * (257 << 10))
