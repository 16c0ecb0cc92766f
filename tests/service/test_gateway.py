"""Agencies behind the state's bus: TLS ends there, and each request carries the agency's own proof. All synthetic."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from joserfc import jwk, jwt

from hub.access.clients import enrolment
from hub.access.tokens import machine_now
from hub.app import Hub
from service.gateway import REGISTRY, TYPE, digest
from service.ministry import soap
from tests.hub.registers import Put

from . import ministry_calls
from .conftest import MARRIED, QUAN_1, QUAN_5, noted, question
from .door import Client, LockedDoor, locked, needs_haproxy

hub = ministry_calls.hub
pytestmark = needs_haproxy
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def door(hub: Hub, put: Put) -> Iterator[LockedDoor]:
    put("marriage", "1", **MARRIED)
    with locked(hub) as door:
        yield door


@pytest.fixture
def bus(door: LockedDoor) -> Client:
    """The bus's own certificate."""
    return door.client("LGSP", kind=enrolment.GATEWAY)


def proof(client: Client, method: str, path: str, body: bytes, token: str = "", **other: Any) -> str:
    """What an agency's system signs."""
    key = load_pem_private_key(client.path.read_bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    claims = {
        "htm": method,
        "htu": path,
        "iat": int(time.time()),
        "jti": secrets.token_hex(16),
        "digest": digest(body),
    }
    claims |= {"ath": digest(token.encode())} if token else {}
    chain = [base64.b64encode(client.certificate.public_bytes(Encoding.DER)).decode()]
    header = {"alg": "ES256", "typ": TYPE, "x5c": chain}
    return jwt.encode(header, claims | other, jwk.ECKey.import_key(pem), registry=REGISTRY)


def heads(agency: str, signed: str, media_type: str = "application/json") -> dict[str, str]:
    return {"X-Road-Client": f"VN/GOV/{agency}/mot-cua", "Agency-Proof": signed, "Content-Type": media_type}


def ask(door: LockedDoor, bus: Client, client: Client, agency: str = QUAN_1, **changed: Any) -> tuple[int, Any]:
    """District 1's question through the bus; right in every part that is not changed."""
    body = json.dumps(question()).encode()
    token = changed.pop("token", None) or door.token(client, QUAN_1)
    sent = changed.pop("body", body)
    signed = changed.pop("signed", None) or proof(client, "POST", "/v1/decisions", body, token, **changed)
    return door.ask("POST", "/v1/decisions", bus, token, sent, heads(agency, signed))


def test_an_agency_asks_through_the_bus(door: LockedDoor, bus: Client) -> None:
    """Token and question, each signed by the agency, each over the bus's connection."""
    mine = door.client(QUAN_1)
    form = urlencode({"grant_type": "client_credentials", "scope": "civil-status", "officer": "a"}).encode()
    signed = proof(mine, "POST", "/oauth/token", form)
    status, given = door.ask("POST", "/oauth/token", bus, body=form, headers=heads(QUAN_1, signed, FORM))
    assert (status, given.get("token_type")) == (200, "Bearer"), given
    assert ask(door, bus, mine, token=given["access_token"])[0] == 200
    assert noted(door.hub)[-1] == ("decisions", "answered")


def test_the_bus_cannot_speak_for_an_agency(door: LockedDoor, bus: Client) -> None:
    """Without a proof, with another's, an old one, one sent again, one about another request or body."""
    mine, other = door.client(QUAN_1), door.client(QUAN_5)
    revoked = door.client(QUAN_1)
    door.revoke(revoked)
    token = door.token(mine, QUAN_1)
    body = json.dumps(question()).encode()
    once = proof(mine, "POST", "/v1/decisions", body, token)
    assert ask(door, bus, mine, token=token, signed=once)[0] == 200
    before, reached = noted(door.hub), len(door.reached)

    tries: dict[str, tuple[int, Any]] = {
        "no proof": door.ask("POST", "/v1/decisions", bus, token, body),
        "the bus's own": ask(door, bus, bus, token=token),
        "sent again": ask(door, bus, mine, token=token, signed=once),
        "another agency's": ask(door, bus, other, token=token),
        "another agency's name": ask(door, bus, mine, QUAN_5),
        "too old": ask(door, bus, mine, iat=int(time.time()) - 300),
        "from the future": ask(door, bus, mine, iat=int(time.time()) + 300),
        "of another path": ask(door, bus, mine, htu="/v1/answers"),
        "of another method": ask(door, bus, mine, htm="GET"),
        "of another token": ask(door, bus, mine, ath=digest(b"x")),
        "another body": ask(door, bus, mine, body=body.replace(b"220602", b"220603")),
        "a short number": ask(door, bus, mine, jti="1"),
        "no number": ask(door, bus, mine, iat="now"),
        "not signed": ask(door, bus, mine, signed="e30.e30."),
        "of a revoked certificate": ask(door, bus, revoked),
    }
    assert {what: answer[0] for what, answer in tries.items()} == dict.fromkeys(tries, 401)
    assert tries["sent again"][1]["type"] == "urn:motlan:problem:proof"
    assert (noted(door.hub), len(door.reached)) == (before, reached)
    assert door.ask("GET", soap.PATH, bus)[0] == 500


def test_a_certificate_taken_from_the_bus_ends_all_behind_it(door: LockedDoor, bus: Client) -> None:
    mine = door.client(QUAN_1)
    door.revoke(bus, machine_now())
    assert ask(door, bus, mine)[0] == 401


@pytest.mark.parametrize("header", ["none", "HS256"])
def test_only_the_algorithms_of_certificates(door: LockedDoor, bus: Client, header: str) -> None:
    """A proof that brings no signature, or one that anybody could make from the certificate."""
    mine = door.client(QUAN_1)
    head, claims, _ = proof(mine, "POST", "/v1/decisions", b"{}").split(".")
    read = json.loads(base64.urlsafe_b64decode(head + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(read | {"alg": header}).encode()).rstrip(b"=").decode()
    assert ask(door, bus, mine, signed=f"{changed}.{claims}.AAAA")[0] == 401
