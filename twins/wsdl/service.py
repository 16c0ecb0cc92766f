"""A double of any service with a WSDL: every operation on one path, with replies generated from its schema.

    python -m twins.wsdl.service --wsdl FILE --port 8900

The same request gets the same reply, by seed. Requests and replies are validated. X-Road headers are answered as X-Road
does: all fields repeated, with the hash of the request.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from twins.clock import Clock
from twins.faults import KnowsTransport
from twins.registry.security import SecurityCheck
from twins.replies import reply
from twins.starter import end_with_starter
from twins.wsdl.samples import Inventor
from twins.wsdl.types import Description

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XROAD = "{http://x-road.eu/xsd/xroad.xsd}"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
PATH = "/soap"


class WsdlRefusal(Exception):
    """Becomes a SOAP Fault; its text is ours, never the request's."""

    def __init__(self, words: str, code: str = "Client") -> None:
        super().__init__(words)
        self.code = code


class WsdlService:
    """The service: parse, validate, generate, validate, answer."""

    def __init__(
        self,
        wsdl: Path,
        clock: Clock,
        *,
        imports: Path | None = None,
        seed: int = 1,
        records: int = 5,
        credentials: Mapping[str, str] | None = None,
    ) -> None:
        """`records` is how many of a repeated element come at most; with `credentials` a UsernameToken is asked for."""
        self.description = Description(wsdl, imports)
        self._inventor = Inventor(self.description, records=records)
        self._wsdl, self._clock, self._seed = wsdl, clock, seed
        self._gate = SecurityCheck(credentials["username"], credentials["password"], clock) if credentials else None

    def app(self) -> KnowsTransport:
        """The ASGI application."""
        return KnowsTransport(
            Starlette(routes=[Route(PATH, self.describe, methods=["GET"]), Route(PATH, self.call, methods=["POST"])])
        )

    async def describe(self, request: Request) -> Response:
        """The WSDL."""
        return reply(request, self._clock, self._wsdl.read_bytes(), media_type="text/xml; charset=utf-8")

    async def call(self, request: Request) -> Response:
        """One operation."""
        content = await request.body()
        try:
            header, body = _opened(content)
            made, status = self._answer(header, body), 200
            inside = self._header(header, content)
        except WsdlRefusal as refusal:
            made, inside, status = _fault(str(refusal), refusal.code), None, 500
        envelope = etree.Element(f"{SOAP}Envelope", nsmap={"soap": SOAP[1:-1]})
        if inside is not None:
            envelope.append(inside)
        etree.SubElement(envelope, f"{SOAP}Body").append(made)
        answer = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
        return reply(request, self._clock, answer, media_type="text/xml; charset=utf-8", status=status)

    def _answer(self, header: etree._Element | None, body: etree._Element) -> etree._Element:
        if self._gate is not None and not self._gate.admits(header):
            raise WsdlRefusal("the UsernameToken is missing, wrong, old or used", "FailedAuthentication")
        known = self.description.operations.get(str(body.tag))
        if known is None:
            raise WsdlRefusal("no operation takes this element")
        if not self.description.schema.validate(body):
            raise WsdlRefusal("the request is not valid by the schema")
        operation, element = known
        if (
            header is not None
            and (code := header.find(f"{XROAD}service/{{*}}serviceCode")) is not None
            and code.text != operation
        ):
            raise WsdlRefusal("the header names another service")
        seed = f"{self._seed}|{operation}|".encode() + etree.tostring(body, method="c14n", exclusive=True)
        made = self._inventor.element(element, Random(hashlib.sha256(seed).hexdigest()), body)
        if not self.description.schema.validate(made):
            raise RuntimeError(
                f"the twin's own {operation} reply breaks the schema: {self.description.schema.error_log}"
            )
        return made

    def _header(self, header: etree._Element | None, content: bytes) -> etree._Element | None:
        """X-Road: every field again, as it came, and the hash of the request's bytes (PR-MESS 2.2)."""
        fields = [] if header is None else [each for each in header if str(each.tag).startswith(XROAD)]
        if not fields:
            return None
        made = etree.Element(f"{SOAP}Header")
        made.extend(fields)
        proof = etree.SubElement(made, f"{XROAD}requestHash", {"algorithmId": SHA512})
        proof.text = base64.b64encode(hashlib.sha512(content).digest()).decode()
        return made


def _opened(content: bytes) -> tuple[etree._Element | None, etree._Element]:
    """Header and Body's element of a SOAP 1.1 request."""
    if b"<!DOCTYPE" in content:
        raise WsdlRefusal("a DTD is never accepted")
    try:
        root = etree.fromstring(
            content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        )
    except etree.XMLSyntaxError:
        raise WsdlRefusal("the request is no XML") from None
    body = root.find(f"{SOAP}Body")
    if root.tag != f"{SOAP}Envelope" or body is None or len(body) != 1:
        raise WsdlRefusal("the request is no SOAP 1.1 envelope with one element")
    return root.find(f"{SOAP}Header"), body[0]


def _fault(text: str, code: str) -> etree._Element:
    made = etree.Element(f"{SOAP}Fault", nsmap={"soap": SOAP[1:-1]})
    etree.SubElement(made, "faultcode").text = f"soap:{code}"
    etree.SubElement(made, "faultstring").text = text
    return made


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(
        prog="python -m twins.wsdl.service", description="A double of the service that a WSDL describes."
    )
    parser.add_argument("--wsdl", type=Path, required=True)
    parser.add_argument("--imports", type=Path, help="map of what it imports; default: <name>.imports.yaml beside it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=5, help="of a repeated element, at most")
    parser.add_argument("--clock", type=datetime.fromisoformat, help="what its clock says at the start; default: now")
    parser.add_argument("--ends-with-input", action="store_true", help="end when the standard input ends")
    options = parser.parse_args()
    if options.ends_with_input:
        end_with_starter()
    try:
        service = WsdlService(
            options.wsdl,
            Clock(options.clock or datetime.now(UTC)),
            imports=options.imports,
            seed=options.seed,
            records=options.records,
        )
    except (OSError, ValueError, etree.LxmlError) as error:
        parser.exit(2, f"{options.wsdl} cannot be served: {error}\n")
    listener = socket.create_server((options.host, options.port))
    print(
        f"{len(service.description.operations)} operations of {options.wsdl.name} on http://{options.host}:{listener.getsockname()[1]}{PATH}",
        flush=True,
    )
    config = uvicorn.Config(
        service.app(), log_level="warning", access_log=False, date_header=False, server_header=False, lifespan="off"
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
