"""Agencies behind the state's bus (LGSP, NDXP, X-Road): TLS ends at the bus, so each request carries its own proof.

The bus shows its own certificate, which opens nothing alone. The agency's system signs each request with the key of its
own certificate, enrolled like any other; the bus passes the signature on and cannot make one.

    X-Road-Client: VN/GOV/<agency>/<system>     who sends, in X-Road's words (message protocol for REST, 4.3)
    Agency-Proof:  <JWS>                        typ agency-proof+jwt; x5c: the agency's certificate
        {htm, htu, iat, jti, digest, ath}       method, path with query, time, once-only number, SHA-256 of the body
                                                and, where there is a token, of the token: base64url without padding

The claims are those of DPoP (RFC 9449), with the path alone in `htu`, because the bus changes the host, and with a
digest of the body, because the bus could change that too. A proof is good once, for two minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwk, jws
from joserfc.errors import JoseError

from contracts.errors import Permanent

CLIENT, PROOF = b"x-road-client", b"agency-proof"
TYPE = "agency-proof+jwt"
KINDS: Mapping[str, Any] = {"ES256": jwk.ECKey, "Ed25519": jwk.OKPKey, "PS256": jwk.RSAKey}
"""Algorithms of a proof -> the kind of key of each."""
REGISTRY = jws.JWSRegistry(algorithms=[*KINDS])
REGISTRY.max_header_length = 8192  # it holds a certificate
FRESH = timedelta(minutes=2)
LONGEST_PROOF = 12_000
JTI = range(16, 129)
"""Length of a proof's number; shorter ones may repeat by chance."""

FirstUse = Callable[[bytes, datetime, datetime], bool]
"""Whether the number of a proof, made at that time, is used for the first time now; from then on it was."""


class ProofRefused(Permanent):
    """A request through the bus does not prove which agency sent it. The message says what is wrong."""


@dataclass(frozen=True)
class Proof:
    """What an agency's system signed."""

    certificate: bytes
    """DER."""
    member: str
    """The agency's code, in the bus's words."""
    claims: Mapping[str, Any]
    token: str

    def require_fresh(self, now: datetime, first_use: FirstUse) -> None:
        """Raises ProofRefused: made too long ago, or sent before. Asks the database."""
        number, made = self.claims["jti"], datetime.fromtimestamp(self.claims["iat"], UTC)
        if abs(now - made) > FRESH:
            raise ProofRefused("The agency's proof is too old, or the clocks differ", hint="compare the clocks")
        if not first_use(number.encode(), made, now):
            raise ProofRefused("The agency's proof was used before", hint="sign each request anew")

    def covers(self, body: bytes) -> bool:
        """Whether this is the body that was signed."""
        return hmac.compare_digest(self.claims["digest"], digest(body))


def digest(content: bytes) -> str:
    """SHA-256, base64url without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def proof_of(scope: Mapping[str, Any], token: str) -> Proof:
    """The proof in a request's head, its signature checked; whose certificate signed it is the caller's to ask.

    Raises:
        ProofRefused: there is none, it is not signed by the certificate that it brings, or it is about another request.
    """
    heads = [(name, value) for name, value in scope["headers"] if name in (CLIENT, PROOF)]
    found = dict(heads)
    if len(heads) != 2 or len(found) != 2:
        raise ProofRefused(
            "The bus does not say which agency sends this", hint="one X-Road-Client and one Agency-Proof: docs/door.md"
        )
    member = _member(found[CLIENT])
    certificate, claims = _verified(found[PROOF])
    path = scope.get("raw_path", scope["path"].encode()) + (
        b"?" + scope["query_string"] if scope["query_string"] else b""
    )
    expected = {"htm": scope["method"], "htu": path.decode("latin-1")} | (
        {"ath": digest(token.encode())} if token else {}
    )
    if {name: claims.get(name) for name in expected} != expected:
        raise ProofRefused("The agency's proof is about another request")
    return Proof(certificate, member, claims, token)


def _member(value: bytes) -> str:
    parts = value.decode("latin-1").split("/")
    if len(parts) != 4 or not all(parts):
        raise ProofRefused("X-Road-Client is no identifier of a subsystem", hint="VN/GOV/<agency>/<system>")
    return parts[2]


def _verified(text: bytes) -> tuple[bytes, dict[str, Any]]:
    if len(text) > LONGEST_PROOF:
        raise ProofRefused("The agency's proof is too long")
    try:
        read = jws.extract_compact(text, registry=REGISTRY)
        header = read.headers()
        der = base64.b64decode(header["x5c"][0], validate=True)
        key = x509.load_der_x509_certificate(der).public_key()
        pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        if not jws.validate_compact(read, KINDS[header["alg"]].import_key(pem), registry=REGISTRY):
            raise ValueError
        claims = msgspec.json.decode(read.payload, type=dict[str, Any])
    except (JoseError, ValueError, TypeError, KeyError, IndexError):  # binascii's and msgspec's are ValueErrors
        raise ProofRefused(
            f"The agency's proof is not signed by the certificate that it brings ({', '.join(KINDS)})"
        ) from None
    texts = all(isinstance(claims.get(name), str) for name in ("htm", "htu", "jti", "digest"))
    if header.get("typ") != TYPE or not texts or type(claims.get("iat")) is not int or len(claims["jti"]) not in JTI:
        raise ProofRefused("The agency's proof lacks a claim: htm, htu, iat, jti, digest")
    return der, claims
