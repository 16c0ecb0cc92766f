"""Words of a peer over HTTP, JSON, XML and SOAP are never passed on: not in errors, logs or on the console."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors import Enquiry, System, Window, open_registry, open_source
from contracts.errors import HubError
from contracts.load import load_contracts
from contracts.model import Contract
from tests.connectors import canaries
from tests.connectors.canaries import AS_HEADER, NAME, NUMBER, SAID, WORD, passed_on, saying
from tests.connectors.double import CREDENTIALS, NOW
from tests.connectors.notary_double import notary_contract, notary_system
from tests.connectors.one_stop_double import (
    dossier_contract,
    e_identification_system,
    one_stop_system,
    portal_system,
    uses_contract,
)
from tests.connectors.registry_double import birth_contract, facade_json_system, facade_system, registry_system

overheard = canaries.overheard


def http(body: str, status: str = "200 OK", media_type: str = "application/json", *more: str) -> bytes:
    content = body.encode()
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *more,
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def envelope(fault: str) -> str:
    return f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>{fault}</s:Fault></s:Body></s:Envelope>'


XML_SAID = f"{NAME} {NUMBER} {WORD}"
REFUSED = json.dumps(
    {"error_code": NUMBER, "message": SAID, "status": 0, "errorCode": WORD, "statusDescription": SAID, "error": SAID}
)
ANSWERS = {
    "a reason beside the status": http("{}", f"500 {AS_HEADER}"),
    "a status line that is none": f"{SAID}\r\n\r\n".encode(),
    "a header without a colon": http("{}", "200 OK", "application/json", f"X-A: b\r\n{AS_HEADER}"),
    "a media type": http("{}", "200 OK", f"text/{AS_HEADER}; charset={WORD}"),
    "Retry-After": http("{}", "503 busy", "application/json", f"Retry-After: {AS_HEADER}"),
    "a redirect": http("{}", "302 Found", "application/json", f"Location: http://127.0.0.1:9/{WORD}/{NUMBER}"),
    "an authentication challenge": http(
        REFUSED, "401 no", "application/json", f"WWW-Authenticate: Basic realm={AS_HEADER}"
    ),
    "a refusal as JSON": http(REFUSED),
    "a status that is a text": http(json.dumps({"status": SAID, "access_token": {SAID: SAID}, SAID: SAID})),
    "no JSON": http(f'{{"{SAID}": '),
    "a page of HTML": http(f"<!doctype html><title>{SAID}</title>", "200 OK", "text/html"),
    "a faultcode": http(
        envelope(f"<faultcode>s:{WORD}</faultcode><faultstring>{XML_SAID}</faultstring>"),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "a faultcode behind a known one": http(
        envelope(f"<faultcode>s:Server.{WORD}</faultcode><faultstring>x</faultstring>"),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "a detail": http(
        envelope(
            f"<faultcode>s:Client</faultcode><faultstring>x</faultstring><detail><maLoi>{NUMBER}</maLoi><a>{XML_SAID}</a></detail>"
        ),
        "500 no",
        "text/xml; charset=utf-8",
    ),
    "ill-formed XML": http(f"<s:Envelope><{WORD}>{NAME}</b>", "200 OK", "text/xml; charset=utf-8"),
    "an element nobody knows": http(f'<{WORD} a="{NUMBER}">{NAME}</{WORD}>', "200 OK", "text/xml; charset=utf-8"),
    "an entity": http(f'<!DOCTYPE a [<!ENTITY {WORD} "{NAME}">]><a>&{WORD};</a>', "200 OK", "text/xml; charset=utf-8"),
}
DIALECTS: dict[str, tuple[Callable[..., System], Callable[[], Contract]]] = {
    "one_stop": (one_stop_system, dossier_contract),
    "national_portal": (portal_system, dossier_contract),
    "e_identification": (e_identification_system, uses_contract),
    "moj_registry": (registry_system, birth_contract),
    "moj_registry_rest xml": (facade_system, lambda: load_contracts()["birth"]),
    "moj_registry_rest json": (facade_json_system, lambda: load_contracts()["birth"]),
    "wsdl_operation": (notary_system, notary_contract),
}


@pytest.mark.parametrize("where", ANSWERS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_over_http(overheard: Callable[[BaseException], str], dialect: str, where: str) -> None:
    """Wherever HTTP, JSON, XML and SOAP have room for words, none of them is passed on."""
    system, contract = DIALECTS[dialect]
    with saying(ANSWERS[where]) as place:
        source = open_source(system(f"http://{place}/x", attempts=1, deadline_s=5.0), contract())
        with pytest.raises(HubError) as raised:
            list(source.pages(Window()))
        source.close()

    assert [] == passed_on(overheard(raised.value))


@pytest.mark.parametrize("where", ANSWERS)
def test_of_the_population_database(overheard: Callable[[BaseException], str], where: str) -> None:
    """It is asked about one person, and answers about nobody else."""
    with saying(ANSWERS[where]) as place:
        system = System(
            "population-db",
            "Dân cư",
            "population",
            f"http://{place}/p",
            CREDENTIALS,
            {"madonvi": "000.00.00.H29", "attempts": 1},
            now=lambda: NOW,
        )
        enquiry = Enquiry("079190000001", "Trần Thị Lan", "1990-05-12", "000.00.16.H29", "civil-status", "H1")
        with pytest.raises(HubError) as raised:
            open_registry(system).ask(enquiry, deadline_s=5)

    assert [] == passed_on(overheard(raised.value))
