"""The Ministry asks over SOAP and REST, on a real socket. All people are synthetic."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.error
import urllib.request
from dataclasses import replace

import pytest
import sqlalchemy as sa
from lxml import etree

from hub.access.tokens import Claims, machine_now, tokens_of
from hub.answers.ministry.codes import MINISTRY
from service.app import create_app

from . import ministry_calls
from .ministry_calls import DATA, FOLDER, asked, post, soap
from .signed_message import SOAP, N

hub = ministry_calls.hub
address = ministry_calls.address


def test_over_soap(address, hub) -> None:
    for _ in range(2):
        assert "1" == soap(address, hub, "dangKyHoTich", asked())[1].findtext(f"{N}status")
    assert "4" == soap(address, hub, "traTrangThaiHoSo")[1].findtext(f"{N}trangThai")
    first, again = (soap(address, hub, "ketQuaDangKyHS")[1] for _ in range(2))
    assert etree.tostring(first) == etree.tostring(again)
    assert "1/2022/TLKS-BS" == first.findtext(f"{N}soTrichLuc")
    receipt = first.find(f"{N}bienNhan")
    assert hashlib.sha256(first.findtext(f"{N}duLieu").encode()).hexdigest() == receipt.findtext(f"{N}sha256")
    assert base64.b64decode(first.findtext(f"{N}banNhap")).startswith(b"%PDF-")


def test_a_field_at_fault_is_reported(address, hub) -> None:
    _, reply = soap(address, hub, "dangKyHoTich", asked(DATA.replace("079190000001", "0791900000012")))
    assert ("0", "302", "cbsSoDDCN có độ dài vượt quá 12 ký tự") == (
        reply.findtext(f"{N}status"),
        reply.findtext(f"{N}maLoi"),
        reply.findtext(f"{N}loi/{N}noiDung"),
    )


@pytest.mark.parametrize("unit", ["1", "999"])
def test_no_such_office_is_no_fault(address, hub, unit) -> None:
    status, element = soap(address, hub, "traTrangThaiHoSo", unit=unit if len(unit) > 1 else "01")
    assert 200 == status
    assert "106" == element.findtext(f"{N}maLoi")


@pytest.mark.parametrize("lacking", ["client_id", "client_secret", None])
def test_without_a_login_for_the_ministry_the_rest_is_served(hub, lacking) -> None:
    """The log names the entry and the file; the door that nobody could pass is not there."""
    from starlette.testclient import TestClient
    from structlog.testing import capture_logs

    given = {name: value for name, value in hub.credentials["moj-registry"].items() if name != lacking}
    hub.secrets_file.write_text(json.dumps({"moj-registry": given} if lacking else {}))
    system = hub.deployment.systems["moj-registry"].model_copy(
        update={"address": "https://hotich.example"}
    )  # no twin: no login is made up
    hub = replace(hub, deployment=hub.deployment.only({"moj-registry": system}))
    with capture_logs() as logs, TestClient(create_app(hub)) as client:
        assert client.post("/ministry/soap", content=b"x").status_code == 404
        assert client.get("/health/live").status_code == 200
    [closed] = [each for each in logs if each["event"] == "ministry.closed"]
    assert closed["lacking"] == f"{lacking or 'client_id, client_secret'} of moj-registry in secrets.json"


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"<a/>", b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", f'<e:Envelope xmlns:e="{SOAP}"/>'.encode()],
)
def test_what_is_no_request_gets_a_fault(address, body) -> None:
    status, reply = post(f"{address}/ministry/soap", body, {"Content-Type": "text/xml"})
    assert 500 == status
    assert "302" == etree.fromstring(reply).findtext(f".//{N}maLoi")


def test_the_description_can_be_read(address) -> None:
    import zeep

    operations = zeep.Client(f"{(FOLDER / 'extracts.wsdl')}").service._operations
    assert {"dangKyHoTich", "traTrangThaiHoSo", "ketQuaDangKyHS"} == set(operations)
    with urllib.request.urlopen(f"{address}/ministry/soap?wsdl", timeout=10) as reply:
        assert reply.read() == (FOLDER / "extracts.wsdl").read_bytes()


def test_over_rest_it_is_the_same(address, hub) -> None:
    """Asked by SOAP, fetched by REST: one question, one copy, one receipt."""
    soap(address, hub, "dangKyHoTich", asked())
    signed = tokens_of(hub.scenario.folder, hub.deployment.name).sign(
        Claims(MINISTRY, "hotich.moj", "civil-status", "extract-anywhere"), machine_now()
    )
    headers = {"Authorization": f"Bearer {signed}", "Content-Type": "application/json"}
    which = {"maDonVi": "760", "maHoSo": "H-1"}

    def rest(operation: str, body: dict[str, str]) -> dict:
        return json.loads(post(f"{address}/ministry/{operation}", json.dumps(body).encode(), headers)[1])

    assert 1 == rest("dangKyHoTich", which | {"module": "BS", "ngayTiepNhan": "2022-06-02", "data": DATA})["status"]
    assert "4" == rest("traTrangThaiHoSo", which)["trangThai"]
    value = rest("ketQuaDangKyHS", which)["value"]
    over_soap = soap(address, hub, "ketQuaDangKyHS")[1]
    assert value["soTrichLuc"] == over_soap.findtext(f"{N}soTrichLuc")
    assert value["duLieu"] == over_soap.findtext(f"{N}duLieu")
    assert value["bienNhan"]["soBienNhan"] == over_soap.findtext(f"{N}bienNhan/{N}soBienNhan")
    assert ("201", 0) == (
        rest("traTrangThaiHoSo", which | {"maHoSo": "H-9"})["maLoi"],
        rest("ketQuaDangKyHS", which | {"maHoSo": "H-9"})["status"],
    )
    assert 401 == post(f"{address}/ministry/traTrangThaiHoSo", b"{}", {})[0]


def test_a_doubted_entry_is_not_handed_over_and_says_why(address, hub) -> None:
    """The office reads what is doubted and since when, not only that something is; no value of the record."""
    with hub.engine.begin() as connection:
        for statement in (
            "insert into hub.batch (id, run, stream, epoch, number, state, contract_version, landed_at)"
            " values ('b', 'run-birth', 'moj-registry.birth', 1, 1, 'applied', '1', :now)",
            "insert into hub.finding (stream, dataset, record_key, rule, batch, found_at)"
            " values ('moj-registry.birth', 'birth', '1', 'record.left-source', 'b', :now)",
        ):
            connection.execute(sa.text(statement), {"now": hub.scenario.now()})
    soap(address, hub, "dangKyHoTich", asked())

    answer = soap(address, hub, "traTrangThaiHoSo")[1]

    said = [each.text for each in answer.findall(f"{N}chiTiet")]
    assert answer.findtext(f"{N}trangThai") == "2"
    assert [each for each in said if "(record.left-source, từ 02/06/2022)" in each]
    assert soap(address, hub, "ketQuaDangKyHS")[1].findtext(f"{N}maLoi") == "200"


@pytest.mark.parametrize(
    "claims",
    [
        Claims(MINISTRY, "x", "school-enrolment", "extract-anywhere"),
        Claims(MINISTRY, "x", "civil-status", "extract-anywhere", "H-9"),
    ],
)
@pytest.mark.parametrize("operation", ["dangKyHoTich", "traTrangThaiHoSo", "ketQuaDangKyHS"])
def test_a_token_for_something_else(address, hub, claims, operation) -> None:
    """A token of another purpose, or bound to another dossier, asked for copies all the same."""
    headers = {
        "Authorization": f"Bearer {tokens_of(hub.scenario.folder, hub.deployment.name).sign(claims, machine_now())}",
        "Content-Type": "application/json",
    }
    body = {"maDonVi": "760", "maHoSo": "H-1"} | (
        {"module": "BS", "ngayTiepNhan": "2022-06-02", "data": DATA} if operation == "dangKyHoTich" else {}
    )
    status, reply = post(f"{address}/ministry/{operation}", json.dumps(body).encode(), headers)
    assert 403 == status
    assert "urn:motlan:problem:not-for-you" == json.loads(reply)["type"]
