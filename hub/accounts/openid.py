"""Sign-in by OpenID Connect: the code flow with PKCE, state and nonce; the token is checked here, claim by claim.

    begin    where the browser goes, and what is kept until it comes back (once, for ten minutes)
    finish   the code becomes a token over our own connection; the subject of a good token is an account's

Which account a subject opens is said by an administrator (`hub accounts link`), never by a claim.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from contracts.errors import DeploymentInvalid, Permanent, Transient

ALGORITHMS = ("RS256", "PS256", "ES256", "Ed25519")
"""Signatures that are taken; `none` and shared secrets are not."""
TIMEOUT_S = 10
MOST_BYTES = 256 << 10
LEEWAY_S = 60
LONGEST_S = 24 * 3600
"""An older token is refused, whatever its `exp` says."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ProviderAway(Transient):
    """The provider of identities does not answer."""


class IdentityRefused(Permanent):
    """What came back from the provider proves nobody. The message says which check failed, and no value."""


@dataclass(frozen=True)
class OpenIdClient:
    """What the provider and this hub know of each other."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    back: str
    """Where the browser comes back to, as registered at the provider."""

    def __post_init__(self) -> None:
        for address in (self.issuer, self.back):
            parts = urllib.parse.urlsplit(address)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise DeploymentInvalid(
                    "An address of OpenID Connect is not https", hint="HUB_OPENID_ISSUER and HUB_OPENID_BACK"
                )


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way: kept here, apart from `state`, which the browser brings back."""

    address: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class _Nowhere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The provider's own answers lead nowhere else."""
        return


class OpenId:
    """One provider; its description and its keys are asked for when they are needed."""

    def __init__(self, known: OpenIdClient, now: Callable[[], float] = time.time) -> None:
        self.known, self._now = known, now
        self._opener = urllib.request.build_opener(_Nowhere)
        self._described: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None

    def begin(self) -> Begun:
        """Where the browser goes. Raises ProviderAway, IdentityRefused: the provider is another."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.known.client,
            "redirect_uri": self.known.back,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        where = self._endpoint("authorization_endpoint")
        joint = "&" if "?" in where else "?"
        return Begun(f"{where}{joint}{urllib.parse.urlencode(asked)}", state, nonce, verifier)

    def finish(self, code: str, nonce: str, verifier: str) -> str:
        """The subject that the provider vouches for.

        Raises:
            ProviderAway: it does not answer.
            IdentityRefused: it refuses the code, or its token does not hold.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.known.back,
            "code_verifier": verifier,
        }
        pair = ":".join(urllib.parse.quote(part, safe="") for part in (self.known.client, self.known.secret))
        answer = self._ask(
            self._endpoint("token_endpoint"),
            urllib.parse.urlencode(form).encode(),
            {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"},
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IdentityRefused("The provider gave no token of identity", hint="sign in again")
        return self._subject(self._signed(token), nonce)

    def _signed(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that one of the provider's keys signed; unknown keys are asked for once more."""
        for fresh in (False, True):
            try:
                return jwt.decode(token, self._key_set(fresh=fresh), algorithms=[*ALGORITHMS]).claims
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        raise IdentityRefused("The token is signed by no key of the provider", hint="sign in again")

    def _subject(self, claims: Mapping[str, Any], nonce: str) -> str:
        now, subject = self._now(), claims.get("sub")
        audience = claims.get("aud")
        meant = audience if isinstance(audience, list) else [audience]
        issued, ends = claims.get("iat"), claims.get("exp")
        failed = next(
            (
                what
                for what, holds in (
                    ("issuer", claims.get("iss") == self.known.issuer),
                    ("audience", self.known.client in meant),
                    ("party", len(meant) == 1 or claims.get("azp") == self.known.client),
                    ("time of issue", _is_number(issued) and now - LONGEST_S < float(issued or 0) <= now + LEEWAY_S),
                    ("end", _is_number(ends) and float(ends or 0) > now - LEEWAY_S),
                    ("nonce", hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())),
                    ("subject", isinstance(subject, str) and 0 < len(subject) <= 255),
                )
                if not holds
            ),
            None,
        )
        if failed is not None:
            raise IdentityRefused(f"The token does not hold: {failed}", hint="sign in again; else tell the provider")
        return str(subject)

    def _key_set(self, *, fresh: bool) -> KeySet:
        if self._keys is None or fresh:
            self._keys = KeySet.import_key_set(dict(self._ask(self._endpoint("jwks_uri"))))  # type: ignore[arg-type]
        return self._keys

    def _endpoint(self, name: str) -> str:
        if self._described is None:
            described = self._ask(f"{self.known.issuer.rstrip('/')}/.well-known/openid-configuration")
            if described.get("issuer") != self.known.issuer:
                raise IdentityRefused("The provider calls itself otherwise", hint="HUB_OPENID_ISSUER, letter by letter")
            self._described = described
        return str(self._described.get(name, ""))

    def _ask(self, address: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Mapping[str, Any]:
        parts = urllib.parse.urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise IdentityRefused("The provider names an address that is not https", hint="tell the provider")
        request = urllib.request.Request(address, body, {"Accept": "application/json", **headers})
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as reply:
                text = reply.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            if error.code >= 500:
                raise ProviderAway(f"The provider answers {error.code}", hint="try again in a minute") from None
            raise IdentityRefused(f"The provider refuses: {error.code}", hint="sign in again") from None
        except (OSError, ValueError):
            raise ProviderAway("The provider does not answer", hint="try again in a minute") from None
        try:
            found = json.loads(text) if len(text) <= MOST_BYTES else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise IdentityRefused("The provider's answer cannot be read", hint="tell the provider")
        return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
