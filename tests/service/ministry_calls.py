"""The city's service as the Ministry finds it: a hub that knows its system, served on a socket, and calls over SOAP and REST. All people are synthetic."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from xml.sax.saxutils import escape

import pytest
import uvicorn
from lxml import etree

from hub.app import Hub
from hub.core.deployment import load_deployment
from hub.core.settings import read_settings
from hub.load.landing import Landing
from service.app import create_app
from tests.hub.registers import KEYS, LAN, NOW, ROOT

from .conftest import StillScenario
from .signed_message import SOAP, N, message

FOLDER = ROOT / "deployments" / "hcmc" / "services" / "ministry"
SCHEMA = etree.XMLSchema(etree.parse(FOLDER / "extracts.xsd"))
DATA = json.dumps({"loaiBanSao": "KS", "cbsSoDDCN": "079190000001"})


@pytest.fixture
def hub(engine, contracts, tmp_path) -> Hub:
    whole = load_deployment(ROOT / "deployments" / "hcmc")
    deployment = whole.only({"moj-registry": whole.systems["moj-registry"]})
    return Hub(
        read_settings(home=tmp_path),
        deployment,
        StillScenario(tmp_path, NOW, NOW),
        contracts,
        engine,
        KEYS,
        Landing(tmp_path / "landing", KEYS),
    )


@pytest.fixture
def address(hub, put):
    put("birth", "1", **LAN)
    for number in ("H-1", "H-2"):  # known to the hub, whichever office asks for them
        put("dossier", number, system="one-stop-760", MaHoSo=number)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(hub), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def called(operation: str, more: str = "", unit: str = "760", reference: str = "H-1") -> str:
    """What stands in a Body."""
    return f'<{operation} xmlns="{N[1:-1]}"><maDonVi>{unit}</maDonVi>{more or f"<maHoSo>{reference}</maHoSo>"}</{operation}>'


def sent(address: str, envelope: bytes) -> tuple[int, etree._Element]:
    """Status and the one element of the Body; a good one is valid by the XSD."""
    status, reply = post(f"{address}/ministry/soap", envelope, {"Content-Type": "text/xml"})
    [element] = etree.fromstring(reply).find(f"{{{SOAP}}}Body")
    if status == 200:
        SCHEMA.assertValid(etree.fromstring(etree.tostring(element)))
    return status, element


def soap(
    address: str, hub: Hub, operation: str, more: str = "", unit: str = "760", reference: str = "H-1"
) -> tuple[int, etree._Element]:
    return sent(address, message(hub, called(operation, more, unit, reference)))


def asked(data: str = DATA, module: str = "BS") -> str:
    return f"<module>{module}</module><maHoSo>H-1</maHoSo><ngayTiepNhan>2022-06-02</ngayTiepNhan><data>{escape(data)}</data>"
