"""What a token must prove. Each test spoils one thing of a good token."""

from __future__ import annotations

import base64
import json
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey

from hub.access.tokens import ALGORITHM, LONGEST, TYPE, Claims, TokenRefused, Tokens

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLAIMS = Claims("000.00.28.H29", "officer-5", "civil-status", "once-held", "000.00.28.H29-220602-0001")


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens.of(tmp_path / "token-key.json", "hcmc")


def forged(tokens: Tokens, key: Any = None, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token with something changed; signed all the same, by the hub's key unless another is given."""
    begins = int(NOW.timestamp())
    claims = {
        "iss": tokens.issuer,
        "aud": tokens.audience,
        "iat": begins,
        "nbf": begins,
        "exp": begins + 300,
        "jti": "j",
        "sub": "officer-5",
        "agency": "000.00.28.H29",
        "purpose": "civil-status",
        "legal_basis": "once-held",
    } | changes
    head = {"alg": ALGORITHM, "typ": TYPE} | (header or {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jwt.encode(
            head, {k: v for k, v in claims.items() if v is not None}, key or tokens.key, algorithms=[head["alg"]]
        )


def test_a_token_says_who_asks_and_why(tokens: Tokens) -> None:
    assert tokens.check(tokens.sign(CLAIMS, NOW), NOW + timedelta(minutes=4)) == CLAIMS


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token-key.json"
    first, again = Tokens.of(path, "hcmc"), Tokens.of(path, "hcmc")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [path] == list(path.parent.iterdir())
    assert again.check(first.sign(CLAIMS, NOW), NOW) == CLAIMS


@pytest.mark.parametrize("lifetime", [timedelta(), timedelta(seconds=-1), LONGEST + timedelta(seconds=1)])
def test_no_token_lives_long(tokens: Tokens, lifetime: timedelta) -> None:
    with pytest.raises(TokenRefused, match="5 minutes"):
        tokens.sign(CLAIMS, NOW, lifetime)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": int(NOW.timestamp()) - 61, "iat": int(NOW.timestamp()) - 200, "nbf": None}, "when it holds"),
        (
            {"exp": int(NOW.timestamp()) - 61, "iat": int(NOW.timestamp()) - 200, "nbf": int(NOW.timestamp()) - 200},
            "expired",
        ),
        ({"exp": int(NOW.timestamp()) + 301}, "lives too long"),
        ({"iat": int(NOW.timestamp()) + 61, "exp": int(NOW.timestamp()) + 300}, "not hold yet"),
        ({"nbf": int(NOW.timestamp()) + 61}, "not hold yet"),
        ({"aud": "urn:motlan:hanoi:service"}, "somebody else"),
        ({"aud": ["urn:motlan:hcmc:service"]}, "lacks a claim"),
        ({"iss": "urn:motlan:hanoi"}, "somebody else"),
        ({"exp": "2099"}, "when it holds"),
        ({"exp": True}, "when it holds"),
        *(({name: None}, "lacks a claim") for name in ("iss", "aud", "jti", "sub", "agency", "purpose", "legal_basis")),
        *(({name: ""}, "lacks a claim") for name in ("sub", "agency", "purpose")),
        ({"agency": 7}, "lacks a claim"),
        ({"dossier": ["x"]}, "lacks a claim"),
    ],
)
def test_a_signed_token_that_says_too_little_or_too_much(tokens: Tokens, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(TokenRefused, match=why):
        tokens.check(forged(tokens, **changes), NOW)


def test_clocks_may_differ_by_a_minute(tokens: Tokens) -> None:
    token = tokens.sign(CLAIMS, NOW)
    assert (
        tokens.check(token, NOW - timedelta(seconds=59))
        == tokens.check(token, NOW + timedelta(minutes=5, seconds=59))
        == CLAIMS
    )


def test_no_signature_is_no_proof(tokens: Tokens) -> None:
    """`alg: none`, with and without the good token's payload and signature."""
    head, payload, signature = tokens.sign(CLAIMS, NOW).split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": TYPE}).encode()).decode().rstrip("=")
    for token in (
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{head}.{payload}.",
        f"{head}.{payload}",
        "",
        "x",
        "..",
        "é.é.é",
    ):
        with pytest.raises(TokenRefused):
            tokens.check(token, NOW)


def test_the_public_key_is_no_shared_secret(tokens: Tokens) -> None:
    """HS256 with what everybody may know of the key: the confusion of algorithms."""
    public = tokens.key.as_dict(private=False)
    for secret in (public["x"], json.dumps(public)):
        with pytest.raises(TokenRefused, match="not signed"):
            tokens.check(forged(tokens, key=OctKey.import_key(secret), header={"alg": "HS256"}), NOW)


def test_what_a_header_says_about_keys_is_not_looked_at(tokens: Tokens) -> None:
    other = OKPKey.generate_key("Ed25519")
    for header in (
        {"jwk": other.as_dict(private=False)},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/key.pem"},
        {"kid": "../../etc/passwd"},
    ):
        with pytest.raises(TokenRefused, match="not signed"):
            tokens.check(forged(tokens, key=other, header=header), NOW)


def test_another_kind_of_token_of_the_same_key(tokens: Tokens) -> None:
    with pytest.raises(TokenRefused, match="another type"):
        tokens.check(forged(tokens, header={"typ": "JWT"}), NOW)


def test_a_changed_byte(tokens: Tokens) -> None:
    head, payload, signature = tokens.sign(CLAIMS, NOW).split(".")
    other = tokens.sign(Claims("000.00.16.H29", "officer-1", "civil-status", "once-held"), NOW).split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{payload}.{signature[:-4]}AAAA"):
        with pytest.raises(TokenRefused, match="not signed"):
            tokens.check(token, NOW)
