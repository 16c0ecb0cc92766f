"""The three operations over SOAP 1.1, document/literal, as `deployments/<city>/services/ministry/extracts.wsdl`
describes them.

The hardened reader parses an envelope (no DTD, no entities, capped). The sender is checked first. Then the content is
checked against the XSD before anything is done; each reply is checked too. A fault of a field is a reply with status 0.
A sender without a right and an invalid request get a Fault with the Ministry's code. Each call of a known sender has an
audit row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import anyio.to_thread
from fastapi import APIRouter, FastAPI, Request, Response
from lxml import etree

from connectors.xml import parsing
from contracts.errors import HubError
from hub.access import nonces
from hub.access.audit import LimitReached
from hub.access.inquiry import Inquiry
from hub.access.tokens import machine_now
from hub.answers.ministry.codes import LIMIT, MEANING, MINISTRY, MinistryRefusal
from hub.answers.ministry.ministry_service import MinistryService, the_ministry
from hub.app import Hub
from hub.core import events
from service import problems
from service.ministry.wsse import FRESH, Gatekeeper

PATH = "/ministry/soap"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP = f"{{{ENVELOPE}}}"
MEDIA_TYPE = "text/xml; charset=utf-8"
NAMESPACE = "urn:motlan:ministry-asks:drawn:1"
OPERATIONS: Mapping[str, str] = {"dangKyHoTich": "extract", "traTrangThaiHoSo": "status", "ketQuaDangKyHS": "extract"}
"""Operation -> its kind in the audit log."""
UNKNOWN = "extract"
"""Kind in the audit log of a call without an operation."""
CAPS = parsing.Caps(tags=500, attributes=30_000)
router = APIRouter(include_in_schema=False)


class Endpoint:
    """The service over one hub."""

    def __init__(self, hub: Hub, service: MinistryService, gate: Gatekeeper, folder: Path) -> None:
        self._hub, self._service, self._gate = hub, service, gate
        self.wsdl, path = folder / "extracts.wsdl", folder / "extracts.xsd"
        self.xsd = path
        self._schema = parsing.Schema(path.read_bytes(), path)
        self._n = f"{{{self._schema.namespace}}}"

    def call(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """HTTP status, envelope and headers of one call."""
        try:
            header, inside = _opened(body)
            if not self._gate.admits(header, inside):
                raise MinistryRefusal("100")
            return 200, self._enveloped(self._answered(self._read(inside))), {}
        except MinistryRefusal as error:
            return 500, _fault(error.code, "Client"), {}
        except LimitReached as error:  # the message is valid: the same again, later
            return 500, _fault(LIMIT, "Server"), {"Retry-After": str(error.retry_after_s)}
        except (
            Exception
        ) as error:  # the Ministry's system reads Faults: a fault of ours must be one too, without its words
            about = error.message if isinstance(error, HubError) else problems.places(error)
            events.emit("request.failed", {"request": "soap", "error": type(error).__name__, "about": about})
            return 500, _fault("500", "Server"), {}

    def _read(self, inside: etree._Element) -> etree._Element:
        """The one operation in a Body. Raises MinistryRefusal 302, noted: it is none by the XSD."""
        asked = inside[0] if len(inside) == 1 else None
        try:
            if asked is None or asked.tag not in {f"{self._n}{name}" for name in OPERATIONS}:
                raise MinistryRefusal("302")
            self._schema.require(asked, "request")
        except HubError:
            what = OPERATIONS.get(etree.QName(asked).localname, UNKNOWN) if asked is not None else UNKNOWN
            raise self._service.unreadable(self._caller, what) from None
        return asked

    @property
    def _caller(self) -> Inquiry:
        return the_ministry(self._gate.username)

    def _answered(self, asked: etree._Element) -> str:
        values = {etree.QName(each).localname: each.text or "" for each in asked}
        operation = etree.QName(asked).localname
        caller, unit, reference = self._caller, values["maDonVi"], values["maHoSo"]
        try:
            match operation:
                case "dangKyHoTich":
                    self._service.register(caller, unit, values["module"], reference, values["data"])
                    inside = _elements({"status": "1"})
                case "traTrangThaiHoSo":
                    state, reasons = self._service.state(caller, unit, reference)
                    inside = _elements({"status": "1", "trangThai": state.value}) + "".join(
                        _elements({"chiTiet": each}) for each in reasons
                    )
                case _:
                    handed = self._service.result(caller, unit, reference)
                    inside = _elements(
                        {"status": "1", "soTrichLuc": handed.number, "duLieu": handed.data, "banNhap": handed.draft}
                    )
                    inside += f"<bienNhan>{_elements(handed.receipt)}</bienNhan>"
        except MinistryRefusal as error:
            inside = _elements({"status": "0", "maLoi": error.code, "moTa": MEANING[error.code]})
            inside += "".join(
                f"<loi>{_elements({'truong': name, 'noiDung': text})}</loi>" for name, text in error.faults
            )
        return f'<{operation}Response xmlns="{self._schema.namespace}">{inside}</{operation}Response>'

    def _enveloped(self, reply: str) -> bytes:
        self._schema.require(etree.fromstring(reply), "reply")
        return _envelope(reply)


def refusal(status: int) -> Response:
    """The Fault of a call that is refused before the endpoint, by its HTTP status elsewhere.

    SOAP 1.1 sends Faults as 500.
    """
    code, where = ("100" if status == 401 else "302", "Client") if status < 500 else ("500", "Server")
    return Response(_fault(code, where), 500, media_type=MEDIA_TYPE)


def install(app: FastAPI, hub: Hub) -> None:
    """Add the endpoint if the deployment describes one and the Ministry's system has credentials; otherwise log what is
    missing.
    """
    folder = hub.deployment.folder / "services" / "ministry"
    system = hub.deployment.registry
    if system not in hub.deployment.systems or not folder.is_dir():
        return
    secrets = hub.credentials.get(system, {})
    if lacking := [name for name in ("client_id", "client_secret") if not secrets.get(name)]:
        events.emit(
            "ministry.closed", {"path": PATH, "lacking": f"{', '.join(lacking)} of {system} in {hub.secrets_file.name}"}
        )
        return
    user = secrets["client_id"]

    def first_use(nonce: bytes, created: datetime, now: datetime) -> bool:
        return nonces.first_use(hub.engine, MINISTRY, user, nonce, created, now=now, kept=2 * FRESH)

    gate = Gatekeeper(user, secrets["client_secret"], machine_now, first_use)
    app.state.ministry = Endpoint(hub, MinistryService(app.state.decisions), gate, folder)
    app.include_router(router)


@router.get(PATH)
async def describe(request: Request) -> Response:
    """The WSDL, or with ?xsd its types."""
    endpoint: Endpoint = request.app.state.ministry
    path = endpoint.xsd if "xsd" in request.query_params else endpoint.wsdl
    return Response(path.read_bytes(), media_type=MEDIA_TYPE)


@router.post(PATH)
async def call(request: Request) -> Response:
    """One operation."""
    endpoint: Endpoint = request.app.state.ministry
    status, content, headers = await anyio.to_thread.run_sync(endpoint.call, await request.body())
    return Response(content, status, headers, media_type=MEDIA_TYPE)


def _opened(body: bytes) -> tuple[etree._Element | None, etree._Element]:
    """Header and Body of an envelope. Raises MinistryRefusal 302: it is none, and nobody can be known by it."""
    try:
        root = parsing.read(body, "request", CAPS)
    except HubError:
        raise MinistryRefusal("302") from None
    if root.tag != f"{SOAP}Envelope" or [part.tag for part in root] not in (
        [f"{SOAP}Body"],
        [f"{SOAP}Header", f"{SOAP}Body"],
    ):
        raise MinistryRefusal("302")
    return root.find(f"{SOAP}Header"), root[-1]


def _elements(values: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _envelope(inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def _fault(code: str, where: str) -> bytes:
    detail = f'<maLoi xmlns="{NAMESPACE}">{code}</maLoi>'
    return _envelope(
        f"<s:Fault><faultcode>s:{where}</faultcode><faultstring>{MEANING[code]}</faultstring><detail>{detail}</detail></s:Fault>"
    )
