"""Two locks on every door: real TLS, real certificates, HAProxy, every route. All people are synthetic."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from hub.access.tokens import machine_now
from hub.answers.ministry.codes import MINISTRY
from hub.app import Hub
from service.auth import BY_CERTIFICATE, OPEN
from service.locks import HEADER
from service.ministry import soap
from tests.hub.registers import Put

from . import ministry_calls
from .conftest import MARRIED, QUAN_1, QUAN_5, noted, question
from .door import Client, LockedDoor, locked, needs_haproxy
from .ministry_calls import asked, called
from .signed_message import message

hub = ministry_calls.hub
pytestmark = needs_haproxy
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def door(hub: Hub, put: Put) -> Iterator[LockedDoor]:
    put("marriage", "1", **MARRIED)
    with locked(hub) as door:
        yield door


def guarded(door: LockedDoor) -> list[tuple[str, str]]:
    """Every route behind the locks, the Ministry's doors included: method and a path."""
    described = [
        (method.upper(), re.sub(r"\{[^}]*\}", "1", path))
        for path, methods in door.app.openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    ]
    return [*described, ("GET", soap.PATH), ("POST", soap.PATH)]


def test_a_certificate_and_its_token_open_the_door(door: LockedDoor) -> None:
    """District 1's desk asks by certificate, gets a token by certificate, and has its answer."""
    client = door.client(QUAN_1)
    form = urlencode({"grant_type": "client_credentials", "scope": "civil-status", "officer": "cán bộ 1"}).encode()
    status, given = door.ask("POST", "/oauth/token", client, body=form, headers=FORM)
    assert (status, given["token_type"], given["expires_in"]) == (200, "Bearer", 300)
    status, answer = door.ask("POST", "/v1/decisions", client, given["access_token"], question())
    assert status == 200
    assert any(each["outcome"] == "reuse" for each in answer["decisions"])
    assert noted(door.hub)[-1] == ("decisions", "answered")


def test_a_certificate_of_another_authority_is_good_by_its_fingerprint(door: LockedDoor) -> None:
    client = door.brought(QUAN_1)
    assert door.ask("POST", "/v1/decisions", client, door.token(client, QUAN_1), question())[0] == 200


def test_every_route_is_refused_before_its_handler(door: LockedDoor) -> None:
    """Without a lock, with another agency's, with one that ended or was revoked, with a token of another certificate."""
    mine, other, ministry = door.client(QUAN_1), door.client(QUAN_5), door.client(MINISTRY)
    unknown = door.client()
    ended = door.client(QUAN_1, lives=timedelta(hours=1), issued=machine_now() - timedelta(hours=2))
    revoked = door.client(QUAN_1)
    door.revoke(revoked, machine_now() - timedelta(seconds=61))
    good = door.token(mine, QUAN_1)
    tries: dict[str, tuple[Client | None, str]] = {
        "no certificate": (None, good),
        "no certificate, unbound token": (None, door.token(None, QUAN_1)),
        "an unknown one": (unknown, door.token(unknown, QUAN_1)),
        "one that ended": (ended, door.token(ended, QUAN_1)),
        "one that was revoked": (revoked, door.token(revoked, QUAN_1)),
        "no token": (mine, ""),
        "unbound token": (mine, door.token(None, QUAN_1)),
        "a token of another certificate": (mine, door.token(other, QUAN_1)),
        "another agency's certificate": (other, good),
        "another agency's name in a token of mine": (mine, door.token(mine, QUAN_5)),
    }
    before = noted(door.hub)
    routes = guarded(door)
    assert len(routes) > 15
    for method, path in routes:
        for what, (client, token) in tries.items():
            if path in BY_CERTIFICATE and client in (mine, other):
                continue  # a good certificate is all that this path wants
            status, answer = door.ask(method, path, client, token, {} if method == "POST" else None)
            refused = status == 401 or (
                path == soap.PATH and status == 500 and b"<maLoi" in answer and b">100<" in answer
            )
            assert refused, (method, path, what, status)
    assert door.ask("POST", soap.PATH, other, body=message(door.hub, called("dangKyHoTich", asked())))[0] == 500
    assert door.reached == []
    assert noted(door.hub) == before
    assert door.ask("GET", soap.PATH, ministry)[0] == 200


def test_the_ministrys_door_wants_its_certificate_beside_its_message(door: LockedDoor) -> None:
    client = door.client(MINISTRY)
    status, answer = door.ask("POST", soap.PATH, client, body=message(door.hub, called("dangKyHoTich", asked())))
    assert (status, b"dangKyHoTichResponse" in answer) == (200, True)
    status, answer = door.ask(
        "POST", soap.PATH, client, body=message(door.hub, called("dangKyHoTich", asked()), password="another")
    )
    assert (status, b">100<" in answer) == (500, True)


def test_a_forged_header_is_nobodys_word(door: LockedDoor, hub: Hub) -> None:
    """The certificate comes from HAProxy alone: what a client writes in its place is thrown away, whatever its form."""
    import base64

    from cryptography.hazmat.primitives.serialization import Encoding

    mine = door.client(QUAN_1)
    der = base64.b64encode(mine.certificate.public_bytes(Encoding.DER)).decode()
    token, unknown = door.token(mine, QUAN_1), door.client()
    for client in (None, unknown):
        for name in (HEADER, HEADER.upper(), "X_Client_Certificate", "X-Forwarded-For", "X-SSL-Client-Cert"):
            status, _ = door.ask("POST", "/v1/decisions", client, token, question(), {name: der})
            assert status == 401, name
    assert door.reached == []


def test_over_tcp_the_header_says_nothing(hub: Hub) -> None:
    """A replica that was reached past HAProxy believes no header."""
    from starlette.testclient import TestClient

    from service.app import create_app
    from service.locks import Locks

    with TestClient(create_app(hub, locks=Locks(hub.engine))) as client:
        answer = client.post("/v1/decisions", headers={HEADER: "AAAA"}, json=question())
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:motlan:problem:certificate")


def test_a_revocation_holds_from_the_next_request_on(door: LockedDoor) -> None:
    """Also on a connection that stands open since before."""
    import http.client
    import json

    client = door.client(QUAN_1)
    token = door.token(client, QUAN_1)
    connection = http.client.HTTPSConnection("127.0.0.1", door.port, timeout=20, context=door.trusting(client))
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    statuses = []
    for _ in range(2):
        connection.request("POST", "/v1/decisions", json.dumps(question()), sent)
        reply = connection.getresponse()
        reply.read()
        statuses.append(reply.status)
        door.revoke(client)
    connection.close()
    assert statuses == [200, 401]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "scope": "civil-status", "officer": "a"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": "no-such", "officer": "a"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "civil-status", "officer": " "}, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "civil-status", "officer": "a", "x": "1"}, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "civil-status", "officer": "a\nb"}, "invalid_request"),
    ],
)
def test_a_token_is_refused_by_the_words_of_the_standard(door: LockedDoor, form: dict[str, str], error: str) -> None:
    status, answer = door.ask("POST", "/oauth/token", door.client(QUAN_1), body=urlencode(form).encode(), headers=FORM)
    assert (status, answer["error"]) == (400, error)


@pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
)
def test_tls_begins_at_1_2(door: LockedDoor, version: ssl.TLSVersion) -> None:
    context = door.trusting(None)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # else this side would refuse the old versions by itself
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", door.port)) as plain:
        if version < ssl.TLSVersion.TLSv1_2:
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(plain, server_hostname="127.0.0.1")
        else:
            with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                assert secure.version() == version.name.replace("_", ".")


def test_without_a_replica_the_answer_is_later(door: LockedDoor, hub: Hub) -> None:
    """HAProxy's own answer is a problem like ours, and says that the caller may ask again."""
    (door.folder / "replica.sock").unlink()
    status, answer = door.ask("GET", "/v1/dossiers/1", door.client(QUAN_1), "x")
    assert (status, answer["type"]) == (503, "urn:motlan:problem:later")
