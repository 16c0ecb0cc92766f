"""Signed requests and replies: two sides and another people's library agree, and no message is like another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

from connectors.errors import Untrusted
from tests.connectors import signed_parties
from tests.connectors.signed_parties import BODY, Parties
from twins.registry.signatures import SOAP, WSU

credentials = signed_parties.credentials
parties = signed_parties.parties


def test_both_sides_believe_each_other(parties: Parties) -> None:
    """Two writings of the same standard, by two libraries: the request is let in, the reply is read."""
    assert parties.server.admits(parties.request())
    assert "12" == parties.verify(parties.server.seal(BODY)).findtext("{urn:x}so")


def test_another_peoples_library_agrees(parties: Parties) -> None:
    """signxml, which neither side uses, finds our Body and Timestamp signed, with SHA-256."""
    request = parties.request()
    certificate = Path(parties.credentials["signing_certificate_file"]).read_text()
    rsa_key = "RSA" in str(type(x509.load_pem_x509_certificate(certificate.encode()).public_key()))
    methods = frozenset([SignatureMethod.RSA_SHA256 if rsa_key else SignatureMethod.ECDSA_SHA256])
    expected = SignatureConfiguration(
        expect_references=2,
        signature_methods=methods,
        digest_algorithms=frozenset([DigestAlgorithm.SHA256]),
        location=".//",
    )

    found = XMLVerifier().verify(request, x509_cert=certificate, expect_config=expected, id_attribute="Id")

    assert {f"{SOAP}Body", f"{WSU}Timestamp"} == {each.signed_xml.tag for each in found if each.signed_xml is not None}


def test_a_changed_request_is_not_let_in(parties: Parties) -> None:
    """The Body is covered."""
    request = parties.request()
    next(request.iter("{urn:x}so")).text = "13"

    assert not parties.server.admits(request)


def test_no_message_is_signed_twice_alike(parties: Parties) -> None:
    """Every sending has Ids of its own, so messages cannot be patched together."""
    first, second = (re.findall(rb'Id="([^"]+)"', etree.tostring(parties.request())) for _ in range(2))

    assert not set(first) & set(second)


def test_an_unsigned_fault_is_reported_and_not_believed(parties: Parties) -> None:
    """Its kind helps whoever looks; its text and code stay out."""
    fault = b"<s:Fault><faultcode>s:FailedAuthentication</faultcode><faultstring>B\xc3\xad M\xe1\xba\xadt</faultstring></s:Fault>"
    body = re.sub(rb"<m:answer.*</m:answer>", fault, BODY)

    with pytest.raises(Untrusted, match="Fault FailedAuthentication") as raised:
        parties.verify(body)

    assert "Mật" not in raised.value.message
