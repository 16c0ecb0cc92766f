"""OpenID Connect against a provider of the twins on a real socket: what holds signs in, what does not is refused by name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette

from contracts.errors import DeploymentInvalid
from hub.accounts.openid import IdentityRefused, OpenId, OpenIdClient, ProviderAway
from tests.redirects import led_to
from tests.sockets import listening
from twins.open_id import OpenIdProvider

BACK = "http://127.0.0.1:9/signin/openid/back"


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    twin = OpenIdProvider()
    with listening(Starlette(routes=twin.routes())) as address:
        twin.issuer = address
        yield twin


def known(twin: OpenIdProvider, **changed: str) -> OpenId:
    given = {"issuer": twin.issuer, "client": twin.client, "secret": twin.secret, "back": BACK} | changed
    return OpenId(OpenIdClient(**given))


def came_back(address: str) -> dict[str, str]:
    """What the browser brings back from the provider."""
    return {name: values[0] for name, values in parse_qs(urlsplit(led_to(address)).query).items()}


def signed_in(openid: OpenId) -> str:
    begun = openid.begin()
    back = came_back(begun.address)
    assert begun.state == back["state"]
    return openid.finish(back["code"], begun.nonce, begun.verifier)


def test_a_good_token_names_its_subject(provider: OpenIdProvider) -> None:
    """Also after the provider took a new key, which is asked for once more."""
    openid = known(provider)
    assert "sub-0001" == signed_in(openid)
    provider.rotate()
    assert "sub-0001" == signed_in(openid)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("nonce", "nonce"),
        ("expired", "end"),
        ("audience", "audience"),
        ("issuer", "issuer"),
        ("unknown key", "no key of the provider"),
        ("none", "no key of the provider"),
        ("refused", "refuses"),
    ],
)
def test_a_token_that_does_not_hold_is_refused_by_name(provider: OpenIdProvider, fault: str, named: str) -> None:
    """The message says which check failed, and nothing of the token."""
    provider.fault = fault
    with pytest.raises(IdentityRefused, match=named) as refused:
        signed_in(known(provider))
    assert "sub-0001" not in str(refused.value)


def test_an_old_token_is_refused_by_our_own_clock(provider: OpenIdProvider) -> None:
    provider.now = lambda: time.time() - 7200
    with pytest.raises(IdentityRefused, match="end"):
        signed_in(known(provider))


def test_a_code_is_good_once_and_for_who_began(provider: OpenIdProvider) -> None:
    """A stolen code is worth nothing without the verifier, which never leaves the hub."""
    openid = known(provider)
    begun, other = openid.begin(), openid.begin()
    code = came_back(begun.address)["code"]
    with pytest.raises(IdentityRefused):
        openid.finish(code, begun.nonce, other.verifier)
    again = came_back(begun.address)["code"]
    assert "sub-0001" == openid.finish(again, begun.nonce, begun.verifier)
    with pytest.raises(IdentityRefused):
        openid.finish(again, begun.nonce, begun.verifier)
    with pytest.raises(IdentityRefused, match="refuses"):
        signed_in(known(provider, secret="another"))


def test_a_provider_that_is_away_is_waited_for() -> None:
    twin = OpenIdProvider(issuer="http://127.0.0.1:9")
    with pytest.raises(ProviderAway):
        known(twin).begin()


@pytest.mark.parametrize("issuer", ["http://id.example", "ftp://127.0.0.1", "file:///etc/passwd"])
def test_only_https_leaves_this_machine(provider: OpenIdProvider, issuer: str) -> None:
    with pytest.raises(DeploymentInvalid, match="https"):
        known(provider, issuer=issuer)


def test_a_provider_that_calls_itself_otherwise_is_refused(provider: OpenIdProvider) -> None:
    """Its description must name the issuer that was set, letter by letter."""
    address, provider.issuer = provider.issuer, "https://id.example"
    with pytest.raises(IdentityRefused, match="otherwise"):
        known(provider, issuer=address).begin()
