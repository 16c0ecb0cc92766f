"""Profiles of SOAP headers: named by the deployment, opened with their settings, applied anew for every sending."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from connectors import System
from connectors.soap.headers import SOAP, Headers, Profile, header_of, headers_of, profiles
from contracts.errors import DeploymentInvalid

ENVELOPE = f'<s:Envelope xmlns:s="{SOAP[1:-1]}"><s:Body><a/></s:Body></s:Envelope>'
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"


def system(*headers: object, **credentials: str) -> System:
    given = {"headers": list(headers)} if headers else {}
    return System(
        "registry",
        "Sổ",
        "wsdl",
        "http://127.0.0.1:9",
        credentials,
        given,
        now=lambda: datetime(2022, 6, 2, 1, tzinfo=UTC),
    )


class Note(Profile):
    """Writes down when it is asked, and in which order."""

    def __init__(self, name: str, heard: list[str]) -> None:
        self.name, self.heard = name, heard

    def dress(self, envelope: etree._Element, operation: str) -> None:
        etree.SubElement(header_of(envelope), self.name).text = operation

    def sent(self, message: bytes) -> None:
        self.heard.append(f"{self.name} sent {message.count(b'<one>')}{message.count(b'<two>')}")

    def verify(self, envelope: etree._Element, about: str) -> None:
        self.heard.append(f"{self.name} verified")


def test_the_last_completes_last_and_verifies_first() -> None:
    """Each profile sees what stands before it, all hear the bytes that leave, and the envelope given stays bare."""
    heard: list[str] = []
    headers, envelope = Headers([Note("one", heard), Note("two", heard)]), etree.fromstring(ENVELOPE)

    sent = etree.fromstring(headers.message(envelope, "list"))
    headers.verify(envelope, "registry: list")

    assert ["one", "two"] == [each.tag for each in sent.find(f"{SOAP}Header")]
    assert ["one sent 11", "two sent 11", "two verified", "one verified"] == heard
    assert envelope.find(f"{SOAP}Header") is None


def test_a_token_is_never_sent_twice() -> None:
    """Two tries of one call carry two nonces; plain beside it adds nothing."""
    headers, envelope = (
        headers_of(system("plain", "username_token", username="hub", password="mật-khẩu-19")),
        etree.fromstring(ENVELOPE),
    )

    tokens = [etree.fromstring(headers.message(envelope, "list")).findtext(f".//{WSSE}Nonce") for _ in range(2)]

    assert 2 == len(set(tokens))


def test_the_default_is_the_dialects() -> None:
    """Where the deployment names none, the dialect's own profiles are taken."""
    headers = headers_of(system(username="hub", password="mật-khẩu-19"), default=("username_token",))

    assert b"UsernameToken" in headers.message(etree.fromstring(ENVELOPE), "list")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("x509_of_tomorrow", "no profile that is known: x509_of_tomorrow"),
        ("_hidden", "no profile that is known: _hidden"),
        ({"client": "a"}, "no profile that is known: None"),
        (5, "no profile that is known: 5"),
        ({"profile": "plain", "user": "hub"}, "the profile plain knows no setting user"),
        ("username_token", "the credential username is missing"),
    ],
    ids=["unknown", "hidden", "no-name", "number", "setting", "credential"],
)
def test_what_cannot_be_opened_is_refused(given: Any, said: str) -> None:
    """The message names system and profile, the hint what is known."""
    with pytest.raises(DeploymentInvalid, match=said) as raised:
        headers_of(system(given))

    assert "registry" in raised.value.message


def test_headers_are_a_list() -> None:
    """A single name is most likely a slip: it is refused, with what is known."""
    with pytest.raises(DeploymentInvalid, match="must be a list") as raised:
        headers_of(System("registry", "Sổ", "wsdl", "http://127.0.0.1:9", {}, {"headers": "plain"}))

    assert all(name in raised.value.hint for name in profiles())
