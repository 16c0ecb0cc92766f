"""Sign-in over a provider of identities, through the pages: only the browser that began it, only a linked account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hub.accounts import openid_store, store
from hub.app import Hub
from hub.core.actions import Actor
from service.workbench.app import create_workbench
from tests.redirects import led_to
from tests.sockets import listening
from twins.open_id import OpenIdProvider

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first
BOSS = Actor("quantri", "Quyết định 12")


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    twin = OpenIdProvider()
    with listening(Starlette(routes=twin.routes())) as address:
        twin.issuer = address
        yield twin


@pytest.fixture
def bench(city: Hub, provider: OpenIdProvider) -> Starlette:
    given = {
        "openid_issuer": provider.issuer,
        "openid_client": provider.client,
        "openid_secret": SecretStr(provider.secret),
        "openid_back": "http://127.0.0.1/signin/openid/back",
    }
    return create_workbench(replace(city, settings=city.settings.model_copy(update=given)), secure=False)


def through(client: TestClient) -> str:
    """The path with which the browser comes back from the provider."""
    begun = client.get("/signin/openid?next=/runs")
    assert 303 == begun.status_code
    parts = urlsplit(led_to(begun.headers["location"]))
    return f"{parts.path}?{parts.query}"


def test_a_linked_identity_signs_in_and_another_does_not(bench: Starlette, city: Hub, provider: OpenIdProvider) -> None:
    """Disabled, it is out at once; the sign-in leads to the page that was asked for."""
    provider.subject = "sub-linked"
    with city.engine.begin() as connection:
        now = city.scenario.now()
        store.add(connection, "lienket", "Người Liên Kết", "engineer", "", BOSS, now)
        openid_store.link(connection, "lienket", provider.issuer, "sub-linked", BOSS, now)
    with TestClient(bench, base_url="http://127.0.0.1", follow_redirects=False) as client:
        assert "/signin/openid" in client.get("/signin").text
        done = client.get(through(client))
        assert (303, "/runs") == (done.status_code, done.headers["location"])
        assert "Người Liên Kết" in client.get("/runs").text
        with city.engine.begin() as connection:
            store.disable(connection, "lienket", BOSS, city.scenario.now())
        assert 303 == client.get("/runs").status_code
        assert 422 == client.get(through(client)).status_code
        provider.subject = "sub-stranger"
        assert 422 == client.get(through(client)).status_code


def test_only_the_browser_that_began_it_and_only_once(bench: Starlette, provider: OpenIdProvider) -> None:
    """A link with somebody's code signs nobody in; neither does the same one again, nor a token that does not hold."""
    with TestClient(bench, base_url="http://127.0.0.1", follow_redirects=False) as mine:
        link = through(mine)
        with TestClient(bench, base_url="http://127.0.0.1", follow_redirects=False) as other:
            assert 422 == other.get(link).status_code
        assert 422 == mine.get(link).status_code  # the subject is linked with nobody; the state is used up
        assert "too long, or was used" in mine.get(link).text
        provider.fault = "nonce"
        refused = mine.get(through(mine))
        assert (422, True) == (refused.status_code, "nonce" in refused.text)


def test_without_a_provider_there_is_no_such_way(city: Hub) -> None:
    with TestClient(create_workbench(city, secure=False), follow_redirects=False) as client:
        assert "/signin/openid" not in client.get("/signin").text
        assert 404 == client.get("/signin/openid").status_code
