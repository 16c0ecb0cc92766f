"""Signed requests and replies: a signature that covers anything but the Body that is read is refused.

More than 300 lines on purpose: one attack a test, each built from the same signed message.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLVerifier

from connectors import System, envelope, xml_signature
from connectors.certificates import Certificate
from connectors.errors import Untrusted
from connectors.headers import headers_of
from contracts.errors import DeploymentInvalid
from twins.clock import Clock
from twins.signatures import DS, SOAP, WSSE, WSU, SignedDoor

NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
BODY = f'<s:Envelope xmlns:s="{SOAP[1:-1]}"><s:Body><m:answer xmlns:m="urn:x"><m:so>12</m:so></m:answer></s:Body></s:Envelope>'.encode()
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


def pair(
    folder: Path, name: str, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, days: int = 90
) -> dict[str, str]:
    """A key and its certificate as files: credential names -> paths."""
    who, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
    )
    certificate = (
        made.not_valid_before(now - timedelta(days=200))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    files = {f"{name}_key_file": folder / f"{name}.key", f"{name}_certificate_file": folder / f"{name}.crt"}
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for path, content in zip(
        files.values(), (private, certificate.public_bytes(serialization.Encoding.PEM)), strict=True
    ):
        path.write_bytes(content)
    return {credential: str(path) for credential, path in files.items()}


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Parties:
    """The hub with its profile, and a server written apart from it."""

    def __init__(self, credentials: dict[str, str], now: datetime = NOW) -> None:
        self.credentials = credentials
        self.profile = headers_of(self.system(), ())
        self.server = SignedDoor(credentials, Clock(now))

    def system(self, **credentials: str) -> System:
        return System(
            "moj",
            "Hộ tịch",
            "moj_registry",
            "http://127.0.0.1:9",
            {**self.credentials, **credentials},
            {"headers": ["x509"]},
            now=lambda: NOW,
        )

    def request(self) -> etree._Element:
        return etree.fromstring(self.profile.message(etree.fromstring(BODY), "traHoSo"))

    def verify(self, reply: bytes) -> etree._Element:
        """What is read of a reply, after it was judged."""
        whole = envelope.opened(reply, "moj: page")
        self.profile.verify(whole, "moj: page")
        return envelope.content(whole)


@pytest.fixture(scope="module", params=["EC", "RSA"])
def credentials(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("keys")
    made = [ec_key() if request.param == "EC" else rsa.generate_private_key(65537, 2048) for _ in range(2)]
    return pair(folder, "signing", made[0]) | pair(folder, "server", made[1])


@pytest.fixture
def parties(credentials: dict[str, str]) -> Parties:
    return Parties(credentials)


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


# -- replies that must not be read -----------------------------------------------------------------


def _security(root: etree._Element) -> etree._Element:
    return root.find(f"{SOAP}Header/{WSSE}Security")


def body_moved_aside(root: etree._Element) -> None:
    """The signed Body lies in the header, another one is in its place."""
    honest = root[-1]
    root.append(copy.deepcopy(honest))
    root[-1].attrib.clear()
    root[-1][0][0].text = "13"
    etree.SubElement(root[0], "{urn:aside}wrapper").append(honest)  # of another namespace: prefixes are signed too


def body_moved_aside_with_its_id(root: etree._Element) -> None:
    """As before, and the new Body bears the signed one's Id."""
    body_moved_aside(root)
    root[-1].set(f"{WSU}Id", "body")


def body_under_another_id(root: etree._Element) -> None:
    """As before, and the new Body bears an Id of its own, as honest ones do."""
    body_moved_aside(root)
    root[-1].set(f"{WSU}Id", "body-2")


def timestamp_moved_aside(root: etree._Element) -> None:
    """An old signed Timestamp lies aside, a fresh one in its place."""
    old = _security(root).find(f"{WSU}Timestamp")
    fresh = copy.deepcopy(old)
    fresh.attrib.clear()
    _security(root).replace(old, fresh)
    etree.SubElement(root[0], "{urn:aside}wrapper").append(old)


def plain_id_beside(root: etree._Element) -> None:
    """An Id without its namespace, equal to the Body's: another library might take that one."""
    root[0].set("Id", "body")


def changed(root: etree._Element) -> None:
    root[-1][0][0].text = "13"


def no_signature(root: etree._Element) -> None:
    _security(root).remove(_security(root).find(f"{DS}Signature"))


def no_security(root: etree._Element) -> None:
    root.remove(root[0])


def two_signatures(root: etree._Element) -> None:
    _security(root).append(copy.deepcopy(_security(root).find(f"{DS}Signature")))


def two_securities(root: etree._Element) -> None:
    etree.SubElement(root[0], f"{WSSE}Security")


def two_timestamps(root: etree._Element) -> None:
    etree.SubElement(_security(root), f"{WSU}Timestamp")


def sha1_digest(root: etree._Element) -> None:
    root.find(f".//{DS}DigestMethod").set("Algorithm", SHA1)


def sha1_signature(root: etree._Element) -> None:
    method = root.find(f".//{DS}SignatureMethod")
    method.set(
        "Algorithm",
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
        if "rsa" in method.get("Algorithm")
        else "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
    )


def hmac_with_the_public_key(root: etree._Element) -> None:
    root.find(f".//{DS}SignatureMethod").set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


def another_transform(root: etree._Element) -> None:
    etree.SubElement(root.find(f".//{DS}Transforms"), f"{DS}Transform").set(
        "Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116"
    )


def whole_document(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "")


def outside_document(root: etree._Element) -> None:
    root.find(f".//{DS}Reference").set("URI", "http://127.0.0.1:9/x")


def object_inside(root: etree._Element) -> None:
    etree.SubElement(_security(root).find(f"{DS}Signature"), f"{DS}Object")


def another_token(root: etree._Element) -> None:
    etree.SubElement(_security(root), f"{WSSE}BinarySecurityToken").text = "AAAA"


MOVED, TWICE, PATH, WAY, TIMES = (
    "does not cover the",
    "occurs twice",
    "goes another way than by Id",
    "signed in another way than",
    r"has \d times the",
)
SPOILT = {
    body_moved_aside: MOVED,
    body_under_another_id: MOVED,
    timestamp_moved_aside: MOVED,
    body_moved_aside_with_its_id: TWICE,
    plain_id_beside: TWICE,
    changed: "not the pinned certificate's",
    no_signature: TIMES,
    no_security: TIMES,
    two_signatures: TIMES,
    two_securities: TIMES,
    two_timestamps: TIMES,
    sha1_digest: PATH,
    another_transform: PATH,
    whole_document: PATH,
    outside_document: PATH,
    sha1_signature: WAY,
    hmac_with_the_public_key: WAY,
    object_inside: WAY,
    another_token: "another certificate than the pinned one",
}
"""Attack -> what it must be refused for: each by its own guard, and not because the signature happens to break."""


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


@pytest.mark.parametrize("missing", ["Created", "Expires"])
def test_a_timestamp_without_an_end(missing: str) -> None:
    """A message that does not say how long it is good would be good for ever."""
    stamp = etree.Element(f"{WSU}Timestamp")
    for name in {"Created", "Expires"} - {missing}:
        etree.SubElement(stamp, f"{WSU}{name}").text = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")

    with pytest.raises(Untrusted, match="from when to when"):
        xml_signature._require_fresh(stamp, NOW, "here")


def test_two_bodies_are_no_envelope(parties: Parties) -> None:
    """A second Body beside the first is refused before signatures are looked at."""
    from connectors.errors import Malformed

    root = etree.fromstring(parties.server.seal(BODY))
    root.append(copy.deepcopy(root[-1]))

    with pytest.raises(Malformed):
        parties.verify(etree.tostring(root))


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


def test_an_unsigned_fault_is_reported_and_not_believed(parties: Parties) -> None:
    """Its kind helps whoever looks; its text and code stay out."""
    fault = b"<s:Fault><faultcode>s:FailedAuthentication</faultcode><faultstring>B\xc3\xad M\xe1\xba\xadt</faultstring></s:Fault>"
    body = re.sub(rb"<m:answer.*</m:answer>", fault, BODY)

    with pytest.raises(Untrusted, match="Fault FailedAuthentication") as raised:
        parties.verify(body)

    assert "Mật" not in raised.value.message


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
