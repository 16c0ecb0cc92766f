"""The Ministry's civil registry over SOAP 1.1, written independently of the hub's client.

    POST /moj/registry         dsHoSoDangKy, traDanhSachHoSo, traHoSo, danhMuc
    GET  /moj/registry?wsdl    the description; ?xsd the types
    POST /moj/signed           the same for callers who sign, and want signed replies (refusals are not signed)

Requests and replies are validated by the deployment's XSD, so that an invalid twin fails instead of making the client
accept invalid replies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.city.fields import ELEMENTS, MODULES
from twins.clock import Clock
from twins.faults import Faults, InjectedFault, with_wire_fault
from twins.registry.books import Record, RegisterBook
from twins.registry.signatures import Door
from twins.replies import reply

SYSTEM = "moj-registry"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MEANING = {
    "100": "AUTHEN_ERROR",
    "101": "IP_DISALLOWED",
    "106": "AGENCY_ID_INCORRECT",
    "108": "PROVINCE_ID_INCORRECT",
    "200": "RECORD_UNCOMPLETE",
    "201": "RECORD_NOT_FOUND",
    "302": "DATA_TYPE_INVALID",
    "500": "DATA_INCORRECT",
}
PLAYS = {
    "traDanhSachHoSo": (
        "soap-fault",
        "invalid-reply",
        "missing-record",
        "duplicate-record",
        "refuse-record",
        "null-share",
    ),
    "traHoSo": ("soap-fault", "invalid-reply"),
}
"""Operation -> the scripted content faults that it can show."""


class Refusal(Exception):
    """A SOAP Fault with one of the Ministry's codes."""

    def __init__(self, code: str, where: str = "Client") -> None:
        super().__init__(MEANING[code])
        self.code, self.where = code, where


class MojRegistry:
    """The service: parse, authenticate, validate, answer, validate."""

    def __init__(
        self,
        *,
        registers: Mapping[str, RegisterBook],
        lists: Mapping[str, list[tuple[str, str]]],
        door: Door,
        province: str,
        wsdl: Path,
        clock: Clock,
        faults: Faults,
        system: str = SYSTEM,
        path: str = "/moj/registry",
    ) -> None:
        """`door`: authenticates requests and secures replies; `province`: the code that callers must name."""
        self._door, self._system, self._path, self._province = door, system, path, province
        self.registers, self._lists, self._clock, self._faults = registers, lists, clock, faults
        self._wsdl = wsdl
        self._xsd = wsdl.with_suffix(".xsd")
        document = etree.parse(self._xsd)
        self._schema = etree.XMLSchema(document)
        self._namespace = document.getroot().get("targetNamespace", "")

    def routes(self) -> list[Route]:
        """Its one path."""
        return [Route(self._path, self.describe, methods=["GET"]), Route(self._path, self.call, methods=["POST"])]

    async def describe(self, request: Request) -> Response:
        """The WSDL, or its types."""
        path = self._xsd if "xsd" in request.query_params else self._wsdl
        return with_wire_fault(
            reply(request, self._clock, path.read_bytes(), media_type="text/xml; charset=utf-8"),
            self._faults.take(self._system, "wsdl", request.url.path),
        )

    async def call(self, request: Request) -> Response:
        """One operation."""
        fault: InjectedFault | None = None
        try:
            envelope, body = _open_envelope(await request.body())
            operation = etree.QName(body).localname
            fault = self._faults.take(self._system, operation, request.url.path, PLAYS.get(operation, ("soap-fault",)))
            if fault is not None and fault.kind == "soap-fault":
                raise Refusal(str(fault.args.get("code", "500")), str(fault.args.get("where", "Server")))
            if not self._door.admits(envelope):
                raise Refusal("100")
            if not self._schema.validate(body):
                raise Refusal("302")
            content, status = self._door.seal(self._answer(operation, body, fault)), 200
        except Refusal as refusal:
            content, status = _fault(refusal, self._namespace), 500
        answer = reply(request, self._clock, content, media_type="text/xml; charset=utf-8", status=status)
        return with_wire_fault(answer, fault)

    def _answer(self, operation: str, body: etree._Element, fault: InjectedFault | None) -> bytes:
        answers: dict[str, Callable[[etree._Element, InjectedFault | None], Iterable[str]]] = {
            "dsHoSoDangKy": self._changed_on,
            "traDanhSachHoSo": self._many,
            "traHoSo": self._one,
            "danhMuc": self._list,
        }
        if operation not in answers:
            raise Refusal("302")
        inside = "".join(answers[operation](body, fault))
        if fault is not None and fault.kind == "invalid-reply":
            inside = inside.replace("<ngayCapNhat>", "<ngayCapNhat>not a time ", 1)
        document = f'<{operation}Response xmlns="{self._namespace}">{inside}</{operation}Response>'
        if fault is None and not self._schema.validate(etree.fromstring(document)):
            raise RuntimeError(f"the twin's own {operation} reply breaks the schema")
        return _envelope(document)

    def _changed_on(self, body: etree._Element, fault: InjectedFault | None) -> Iterable[str]:
        found = self._register(body).on(date.fromisoformat(self._text(body, "ngayCapNhat")[:10]))
        yield "<danhSach>"
        yield from (f"<hoSo><id>{i}</id><maDonVi>{escape(unit)}</maDonVi></hoSo>" for i, unit in found)
        yield "</danhSach>"

    def _many(self, body: etree._Element, fault: InjectedFault | None) -> Iterable[str]:
        if self._text(body, "maTinh") != self._province:
            raise Refusal("108")
        register = self._register(body)
        ids = [e.text or "" for e in body.iterfind(f"{{{self._namespace}}}dsMaHoSo/{{{self._namespace}}}id")]
        found, refused = register.records(ids), {}
        kind, args = (fault.kind, fault.args) if fault else ("", {})
        match kind:
            case "missing-record":
                found.pop(next(iter(found)), None)
                ids = [i for i in ids if i in found]
            case "refuse-record":
                refused = dict.fromkeys(list(found)[: int(args.get("count", 1))], str(args.get("code", "200")))
            case "null-share":
                found = {i: {**record, str(args["field"]): None} for i, record in found.items()}
        element = ELEMENTS[register.name]
        shown = [i for i in dict.fromkeys(ids) if i in found and i not in refused]
        if kind == "duplicate-record":
            shown += shown[:1]
        yield from (_record(element, found[i]) for i in shown)
        missing = {i: refused.get(i, "201") for i in ids if i in refused or i not in found}
        yield from (f"<loi><id>{i}</id><maLoi>{code}</maLoi></loi>" for i, code in missing.items())

    def _one(self, body: etree._Element, fault: InjectedFault | None) -> Iterable[str]:
        register, number = self._register(body), self._text(body, "maHoSo")
        found = register.records([number])
        if number not in found:
            raise Refusal("201")
        yield _record(ELEMENTS[register.name], found[number])

    def _list(self, body: etree._Element, fault: InjectedFault | None) -> Iterable[str]:
        for code, name in self._lists[self._text(body, "loaiDanhMuc")]:
            yield f"<muc><ma>{escape(code)}</ma><ten>{escape(name)}</ten></muc>"

    def _register(self, body: etree._Element) -> RegisterBook:
        module = self._text(body, "module")
        if module not in MODULES:
            raise Refusal("302")
        return self.registers[MODULES[module]]

    def _text(self, body: etree._Element, name: str) -> str:
        return body.findtext(f"{{{self._namespace}}}{name}", "")


def _record(element: str, record: Record) -> str:
    cells = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in record.items() if value is not None)
    return f"<hoSo><{element}>{cells}</{element}></hoSo>"


def _open_envelope(content: bytes) -> tuple[etree._Element, etree._Element]:
    """The envelope and its first body element of a SOAP 1.1 request; anything else is refused."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise Refusal("302") from error
    body = root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or b"<!DOCTYPE" in content or body is None or len(body) != 1:
        raise Refusal("302")
    return root, body[0]


def _envelope(inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{inside}</soap:Body></soap:Envelope>'.encode()


def _fault(refusal: Refusal, namespace: str) -> bytes:
    return _envelope(
        f"<soap:Fault><faultcode>soap:{refusal.where}</faultcode><faultstring>{MEANING[refusal.code]}</faultstring>"
        f'<detail><maLoi xmlns="{namespace}">{refusal.code}</maLoi></detail></soap:Fault>'
    )
