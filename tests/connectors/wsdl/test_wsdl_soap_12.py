"""SOAP 1.2 where a WSDL has nothing else: asked over a socket, its Faults read."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import Refused, SourceFailed
from contracts.errors import DeploymentInvalid
from tests.connectors.conftest import served
from tests.connectors.wsdl_double import ENVELOPE_12, PLAIN, Service, opened, rows
from tests.connectors.wsdl_texts import (
    MESSAGES,
    SOAP_12,
    definitions,
    port_type,
    service,
    written,
)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A service of SOAP 1.2 alone."""
    return written(tmp_path / "given", definitions(MESSAGES, port_type(), SOAP_12, service("OfficesSoap12")))


def test_soap_1_2_where_there_is_nothing_else(tmp_path: Path, new: Path) -> None:
    """Its envelope, its media type with the action, and its landed page read again."""
    double = Service(PLAIN, ENVELOPE_12, "application/soap+xml; charset=utf-8")
    with served(double, "/soap") as address:
        [found] = rows(opened(tmp_path, new, address))

    assert "A1" == found["code"]
    assert f"{{{ENVELOPE_12}}}Envelope" == double.asked[-1][1].tag
    assert 'application/soap+xml; charset=utf-8; action="urn:list"' == double.asked[-1][0]["content-type"]


@pytest.mark.parametrize(("code", "status", "error"), [("Sender", 400, Refused), ("Receiver", 500, SourceFailed)])
def test_a_fault_of_soap_1_2(tmp_path: Path, new: Path, code: str, status: int, error: type[Exception]) -> None:
    """Its code says whether waiting helps."""
    fault = f"<e:Fault><e:Code><e:Value>e:{code}</e:Value></e:Code><e:Reason><e:Text>no</e:Text></e:Reason></e:Fault>"
    double = Service(fault, ENVELOPE_12, "application/soap+xml")
    double.status = status
    with served(double, "/soap") as address, pytest.raises(error):
        rows(opened(tmp_path, new, address, attempts=1))


def test_a_fault_of_soap_1_2_with_a_detail_in_vietnamese(tmp_path: Path, new: Path) -> None:
    """Names of elements with marks were written so that nobody could read them: the Fault became a broken document."""
    fault = (
        "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text>no</e:Text></e:Reason>"
        "<e:Detail><lỗi>1</lỗi></e:Detail></e:Fault>"
    )
    double = Service(fault, ENVELOPE_12, "application/soap+xml")
    double.status = 400
    with served(double, "/soap") as address, pytest.raises(Refused):
        rows(opened(tmp_path, new, address, attempts=1))


def test_soap_1_2_has_no_headers_that_prove(tmp_path: Path, new: Path) -> None:
    """They are bound to SOAP 1.1; said when the source is opened."""
    road = {
        "profile": "x_road",
        "client": "A/B/C",
        "service": "A/B/D",
        "serviceVersion": "v1",
        "userId": "U",
        "issue": "i",
    }

    with pytest.raises(DeploymentInvalid, match=r"is a port of SOAP 1\.2"):
        opened(tmp_path, new, "http://127.0.0.1:9", headers=[road])
