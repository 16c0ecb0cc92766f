"""What stands before every page: nobody without a session, no role beyond its rights, no form from elsewhere."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from contracts.errors import DeploymentInvalid
from hub.accounts.roles import RIGHTS, AccountRole
from hub.app import Hub
from hub.demonstration.showcase_people import FILE, PEOPLE
from service.workbench.app import ALIVE, PAGES, STATIC, create_workbench
from service.workbench.guard import SIGN_IN, Guard, WorkbenchPage
from service.workbench.navigation import LINKS
from service.workbench.visit import inside

from .conftest import Enter, token

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first

CLOSED = [page for page in PAGES if page.right is not None]
BY_ROLE = {AccountRole(role): login for login, _, role, _ in PEOPLE}


def filled(path: str) -> str:
    """A path with something in place of its parameters."""
    return re.sub(r"\{[^}]+\}", "1", path)


def test_every_route_is_a_guarded_page(bench: Starlette) -> None:
    """Walked from the application itself: a route that was added otherwise is found."""
    open_ = {route.path for route in bench.routes if not isinstance(getattr(route, "endpoint", None), Guard)}  # type: ignore[attr-defined]

    assert {ALIVE, STATIC} == open_
    assert [page.path for page in PAGES if page.right is None] == [
        SIGN_IN,
        "/signin/openid",
        "/signin/openid/back",
        "/signin/airflow",
        "/signin/airflow/back",
    ]


@pytest.mark.parametrize("page", CLOSED, ids=lambda page: page.path)
def test_the_anonymous_are_refused(bench: Starlette, page: WorkbenchPage) -> None:
    """A page leads to the sign-in, a form is refused; neither says anything of the city."""
    with TestClient(bench, follow_redirects=False) as client:
        if page.show:
            answer = client.get(filled(page.path))
            assert (303, True) == (answer.status_code, answer.headers["location"].startswith("/signin?next="))
        if page.act:
            assert 401 == client.post(filled(page.path), data={"because": "x"}).status_code
        client.cookies.set("workbench", "not-a-session")
        assert client.request("GET" if page.show else "POST", filled(page.path), data={}).status_code in (303, 401)


@pytest.mark.parametrize("role", BY_ROLE)
def test_a_role_gets_no_further_than_its_rights(enter: Enter, role: AccountRole) -> None:
    """Every page and act that a role has no right to is a 403, for each role; its head shows no link to one."""
    client = enter(BY_ROLE[role])
    first = client.get("/systems").text
    for page in CLOSED:
        if page.right in RIGHTS[role]:
            continue
        if page.show:
            assert 403 == client.get(filled(page.path)).status_code, page.path
        if page.act:
            assert 403 == client.post(filled(page.path), data={"csrf": token(first)}).status_code, page.path
    shown = set(re.findall(r'<li><a href="([^"]+)" data-key', first))
    assert {link.path for link in LINKS if link.right in RIGHTS[role]} == shown


def test_a_form_of_another_origin_or_session_is_refused(enter: Enter) -> None:
    """The token belongs to the session; a browser says where a form came from."""
    one, other = enter("kiemtra"), enter("kysu")
    mine = token(one.get("/systems").text)

    assert 403 == one.post("/signout", data={}).status_code
    assert 403 == one.post("/signout", data={"csrf": token(other.get("/systems").text)}).status_code
    assert 403 == one.post("/signout", data={"csrf": mine}, headers={"origin": "https://elsewhere.example"}).status_code
    assert 403 == one.post("/signout", data={"csrf": mine}, headers={"sec-fetch-site": "cross-site"}).status_code
    assert 403 == one.post("/signout", json={"csrf": mine}).status_code
    assert 403 == one.post("/signout", data={"csrf": mine, "x": "x" * 70_000}).status_code
    assert 303 == one.post("/signout", data={"csrf": mine}).status_code
    assert 303 == one.get("/systems").status_code


def test_sign_in_says_nothing_of_which_was_wrong(bench: Starlette, city: Hub) -> None:
    """Nor does it lead elsewhere afterwards."""
    password = (city.scenario.folder / FILE).read_text()
    with TestClient(bench, follow_redirects=False) as client:
        wrong = client.post("/signin", data={"login": "nobody", "password": password})
        other = client.post("/signin", data={"login": "kysu", "password": "not it"})
        assert (401, wrong.text) == (other.status_code, other.text)
        done = client.post(
            "/signin", data={"login": "kysu", "password": password, "next": "https://elsewhere.example/"}
        )
        assert (303, "/") == (done.status_code, done.headers["location"])
        cookie = done.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "path=/"))


def test_behind_tls_the_cookie_demands_it(city: Hub) -> None:
    password = (city.scenario.folder / FILE).read_text()
    with TestClient(
        create_workbench(city, secure=True), base_url="https://testserver", follow_redirects=False
    ) as client:
        done = client.post("/signin", data={"login": "kysu", "password": password})
        assert done.headers["set-cookie"].startswith("__Host-workbench=")
        assert "; secure" in done.headers["set-cookie"].lower()


@pytest.mark.parametrize("path", ["https://e.example", "//e.example", "/\\e.example", "javascript:x", "/a\nb", "x"])
def test_no_address_leads_out(path: str) -> None:
    assert "/" == inside(path)


@pytest.mark.parametrize("path", ["/systems", "/signin", "/no-such", "/static/workbench.css", ALIVE])
def test_every_answer_has_a_strict_policy(enter: Enter, path: str) -> None:
    """No script, style, picture or frame of anybody else; no page is kept by a proxy."""
    answer = enter("kiemtra").get(path)
    if answer.status_code == 404:
        return
    policy = answer.headers["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"))
    assert "unsafe" not in policy
    assert ("public" in answer.headers["cache-control"]) == path.startswith("/static")


def test_no_page_brings_anything_from_outside(enter: Enter) -> None:
    """No address of another host, no script or style in the page itself: the policy would stop it, so it must not be."""
    client = enter("kiemtra")
    for page in PAGES:
        if page.show and "{" not in page.path and page.right in RIGHTS[AccountRole.AUDITOR]:
            text = client.get(page.path).text
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), page.path
            assert not re.search(r"<style|<script(?! src)| style=| on[a-z]+=", text), page.path


def test_both_languages(enter: Enter) -> None:
    """The language is a choice that is kept; the page says which it is."""
    client = enter("kiemtra")
    assert '<html lang="vi">' in client.get("/systems").text
    changed = client.get("/systems?tongue=en")
    assert (303, "/systems") == (changed.status_code, changed.headers["location"])
    page = client.get("/systems").text
    assert '<html lang="en">' in page
    assert "Sign out" in page


def test_airflow_alone_may_show_it_in_a_frame(city: Hub) -> None:
    """The origin of the address, nothing more; what is no address is refused at the start."""
    password = (city.scenario.folder / FILE).read_text()
    with TestClient(
        create_workbench(city, secure=False, airflow="https://airflow.example:8443/flow"), follow_redirects=False
    ) as client:
        done = client.post("/signin", data={"login": "kysu", "password": password})
        assert "frame-ancestors https://airflow.example:8443" == done.headers["content-security-policy"].split("; ")[-1]
        assert 'href="https://airflow.example:8443/flow/dags/one-stop-760"' in client.get("/systems/one-stop-760").text
    with pytest.raises(DeploymentInvalid):
        create_workbench(city, secure=False, airflow="https://a.example; script-src *")
