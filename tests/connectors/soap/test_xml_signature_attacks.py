"""A signature that covers anything but the Body that is read is refused before a record is read."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from lxml import etree

from connectors.errors import Untrusted
from connectors.http.certificates import Certificate
from connectors.soap import signature as xml_signature
from tests.connectors import signed_parties
from tests.connectors.signature_attacks import SPOILT, body_moved_aside
from tests.connectors.signed_parties import BODY, NOW, Parties
from twins.clock import Clock
from twins.registry.signatures import DS, WSU, SignedDoor

credentials = signed_parties.credentials
parties = signed_parties.parties


@pytest.mark.parametrize(("spoil", "said"), SPOILT.items(), ids=[each.__name__ for each in SPOILT])
def test_a_spoilt_reply_is_not_read(parties: Parties, spoil: Callable[[etree._Element], None], said: str) -> None:
    """Each way to lead a signature elsewhere, and each weakness of it, is refused before a record is read."""
    root = etree.fromstring(parties.server.seal(BODY))
    spoil(root)

    with pytest.raises(Untrusted, match=said) as raised:
        parties.verify(etree.tostring(root))

    assert "12" not in raised.value.message
    assert "13" not in raised.value.message
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("covers", "said"),
    [(("timestamp",), "the Body that is read"), (("body",), "the Timestamp"), ((), "the Body that is read")],
)
def test_a_signature_over_less_is_not_enough(
    parties: Parties, credentials: dict[str, str], covers: tuple[str, ...], said: str
) -> None:
    """The server's own key, and a signature that is right over what it covers."""
    with pytest.raises(Untrusted, match=f"does not cover {said}"):
        parties.verify(SignedDoor(credentials, Clock(NOW), covers).seal(BODY))


def test_moving_a_part_does_not_break_its_signature(parties: Parties) -> None:
    """The attack is a real one: without the guard, the forged Body would be read under the server's good signature."""
    root = etree.fromstring(parties.server.seal(BODY))
    body_moved_aside(root)
    signature = root.find(f".//{DS}Signature")
    elements = [root.find(".//{urn:aside}wrapper")[0], root.find(f".//{WSU}Timestamp")]

    xml_signature._verify(signature, elements, Certificate.of(parties.system(), "server_certificate_file"), "here")


def test_two_bodies_are_no_envelope(parties: Parties) -> None:
    """A second Body beside the first is refused before signatures are looked at."""
    from connectors.errors import Malformed

    root = etree.fromstring(parties.server.seal(BODY))
    root.append(copy.deepcopy(root[-1]))

    with pytest.raises(Malformed):
        parties.verify(etree.tostring(root))
