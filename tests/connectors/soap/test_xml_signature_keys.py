"""Keys, certificates and times of signatures: of whom, from when to when, and what cannot work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from connectors.errors import Untrusted
from connectors.soap import signature as xml_signature
from connectors.soap.headers import headers_of
from contracts.errors import DeploymentInvalid
from tests.connectors import signed_parties
from tests.connectors.signed_parties import BODY, NOW, Parties, ec_key, pair
from twins.clock import Clock
from twins.registry.signatures import WSU, SignedDoor

credentials = signed_parties.credentials
parties = signed_parties.parties


@pytest.mark.parametrize("missing", ["Created", "Expires"])
def test_a_timestamp_without_an_end(missing: str) -> None:
    """A message that does not say how long it is good would be good for ever."""
    stamp = etree.Element(f"{WSU}Timestamp")
    for name in {"Created", "Expires"} - {missing}:
        etree.SubElement(stamp, f"{WSU}{name}").text = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")

    with pytest.raises(Untrusted, match="from when to when"):
        xml_signature._require_fresh(stamp, NOW, "here")


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_timestamp_of_another_time(credentials: dict[str, str], minutes: int) -> None:
    """An old reply given again, or a clock far ahead."""
    with pytest.raises(Untrusted, match="Timestamp is not of now"):
        Parties(credentials, NOW + timedelta(minutes=minutes)).verify(
            Parties(credentials, NOW + timedelta(minutes=minutes)).server.seal(BODY)
        )


def test_another_key(parties: Parties, credentials: dict[str, str], tmp_path: Path) -> None:
    """A signature that is right in itself, by somebody else."""
    of_rsa = isinstance(parties.server._key, rsa.RSAPrivateKey)
    other = pair(tmp_path, "server", rsa.generate_private_key(65537, 2048) if of_rsa else ec_key())
    stranger = SignedDoor({**credentials, **other}, Clock(NOW))

    with pytest.raises(Untrusted, match="not the pinned certificate's"):
        parties.verify(stranger.seal(BODY))


def test_a_pinned_certificate_that_ended(credentials: dict[str, str], tmp_path: Path) -> None:
    """It is refused with its day, as TLS would."""
    ended = pair(tmp_path, "server", ec_key(), days=-2)
    parties = Parties({**credentials, **ended})

    with pytest.raises(Untrusted, match="ended on"):
        parties.verify(parties.server.seal(BODY))


def test_keys_that_cannot_work_are_reported_at_the_start(parties: Parties, tmp_path: Path) -> None:
    """No such file, no certificate, a key of another certificate, a key too short."""
    other = pair(tmp_path, "signing", ec_key())
    short = pair(tmp_path, "server", rsa.generate_private_key(65537, 1024))
    for wrong, said in (
        ({"signing_key_file": "nowhere.pem"}, "not there"),
        ({"server_certificate_file": other["signing_key_file"]}, "no PEM certificate"),
        ({"signing_key_file": other["signing_key_file"]}, "is not the key of"),
        ({"server_certificate_file": short["server_certificate_file"]}, "RSA of 2048 bits"),
    ):
        with pytest.raises(DeploymentInvalid, match=said):
            headers_of(parties.system(**wrong), ())


def test_no_key_is_printed(parties: Parties) -> None:
    """Neither by the profile nor by its signer."""
    assert "PRIVATE" not in repr(vars(parties.profile._profiles[0]))
