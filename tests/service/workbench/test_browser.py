"""The walk of the workbench in a real browser, in both languages: Debian's Chromium over a real socket.

Skipped by name where Playwright or Chromium is absent. `SHOTS=docs/assets/workbench` writes a picture of each page.
"""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from playwright import sync_api

from hub.accounts.roles import RIGHTS, AccountRole
from hub.app import Hub
from hub.cases import listing
from hub.cases.listing import CaseFilter
from hub.cases.signing import dataset_of
from hub.core import events
from hub.demonstration.showcase_people import FILE
from hub.load.waivers import waivable
from hub.local.scenario import Scenario
from hub.operations import daily
from service.workbench.app import PAGES, create_workbench
from tests.sockets import listening

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).with_name("axe.min.js")
AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
pytestmark = [
    pytest.mark.timeout(900),
    # A package of Debian, not of the lock: `.ci/run` installs it, so that no landing passes without the walk.
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium: apt-get install chromium"),
]


@dataclass(frozen=True)
class LaterScenario(Scenario):
    """The city's clock, some days on: by then a district has not delivered."""

    days: int = 0

    def now(self) -> datetime:
        return super().now() + timedelta(days=self.days)


@pytest.fixture(scope="module")
def later(city: Hub) -> Hub:
    """The hub two days later, as the night's count left it; one district has been read since, the other has not."""
    scenario = LaterScenario(city.scenario.folder, city.scenario.as_of, city.scenario.started, 2)
    hub = replace(city, scenario=scenario, deployment=replace(city.deployment, clock=scenario.now))
    hub.exchange("one-stop-770.dossier", on_event=events.ignore).sync(mode="full")
    hub.exchange("city-portal.offered_procedure", on_event=events.ignore).sync(mode="full")
    daily.trends(hub)
    daily.indicators(hub)
    return hub


@pytest.fixture(scope="module")
def address(later: Hub) -> Iterator[str]:
    with listening(create_workbench(later, secure=False)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


SignIn = Callable[[str], Any]


@pytest.fixture
def sign_in(browser: Any, address: str, later: Hub, tongue: str) -> Iterator[SignIn]:
    """A page of a fresh profile in which an officer is signed in; a message on its console fails the test."""
    password = (later.scenario.folder / FILE).read_text()
    contexts: list[Any] = []
    said: list[str] = []

    def sign_in(login: str) -> Any:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale=f"{tongue}-VN")
        context.set_default_timeout(120_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.goto(f"{address}/signin?tongue={tongue}")
        page.fill("#login", login)
        page.fill("#password", password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert [] == [text for text in said if "404" not in text]


@pytest.fixture(params=["vi", "en"])
def tongue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def without_fault(page: Any) -> None:
    """axe finds nothing against WCAG AA on a page."""
    found = page.evaluate(f"{AXE.read_text(encoding='utf-8')}; axe.run(document, {{runOnly: {json.dumps(AA)}}})")
    assert [] == [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]], page.url
    assert found["passes"]


def shot(page: Any, name: str, tongue: str) -> None:
    if folder := os.environ.get("SHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.{tongue}.png", full_page=False)


def open_of(later: Hub, stream: str | None) -> list[dict[str, Any]]:
    with later.engine.connect() as connection:
        return listing.cases(connection, later.scenario.now(), CaseFilter(stream=stream), limit=500)


def file(later: Hub, number: str, citizen: str) -> None:
    """The district gives a dossier another number of its citizen."""
    papers = [{"LoaiDinhDanh": "1", "SoDinhDanh": citizen}]
    asked = {"system": "one-stop-770", "dossier": {"MaHoSo": number, "DinhDanhCHS": papers}}
    for path, body in (("clock", {"advance_s": 60}), ("file", asked)):
        url = f"{later.settings.twins_url}/control/{path}"
        urllib.request.urlopen(url, json.dumps(body).encode(), timeout=60).close()


def spoilt(later: Hub, tongue: str) -> dict[str, Any]:
    """The case of a dossier that was good and came again with a number of eleven digits; another one a language."""
    with later.engine.connect() as connection:
        query = "select _key from warehouse.dossier where _system = 'one-stop-770' order by _key offset :skip limit 1"
        number = str(connection.scalar(sa.text(query), {"skip": 3 if tongue == "vi" else 7}))
    file(later, number, "79190000001")
    later.exchange("one-stop-770.dossier", on_event=events.ignore).sync(mode="full")
    return next(each for each in open_of(later, "one-stop-770.dossier") if each["record_key"] == number)


def test_no_page_has_an_aa_fault(sign_in: SignIn, address: str, later: Hub, tongue: str) -> None:
    """Every page, by a role that sees it; the sign-in too."""
    with later.engine.connect() as connection:
        run = connection.scalar(sa.text("select id from hub.run where stream = 'one-stop-770.dossier' limit 1"))
        case = connection.scalar(sa.text('select min(id) from hub."case"'))
        finding = connection.scalar(sa.text("select min(id) from hub.finding"))
    single = [
        f"/runs/{run}",
        f"/cases/{case}",
        f"/findings/{finding}",
        "/systems/one-stop-770",
        "/datasets/dossier",
        "/indicators/2.1",
    ]
    waiting = [each.path for each in PAGES if each.show and each.right and "{" not in each.path]
    for login, role in (("kiemtra", "auditor"), ("quantri", "administrator"), ("phapche", "jurist")):
        page = sign_in(login)
        rights = RIGHTS[AccountRole(role)]
        mine = [each.path for each in PAGES if each.path in waiting and each.right in rights]
        for path in [*mine, *(single if role == "auditor" else [])]:
            page.goto(f"{address}{path}")
            without_fault(page)
            name = path.strip("/").split("/")
            shot(page, f"{name[0].rstrip('s')}-one" if len(name) > 1 else name[0] or "today", tongue)
        waiting = [path for path in waiting if path not in mine]
    assert [] == waiting
    page.goto(f"{address}/requirements")
    page.locator("td a").first.click()
    page.wait_for_url(re.compile("/requirements/.+"))
    without_fault(page)
    page.locator("header button").click()
    page.wait_for_url(re.compile("/signin"))
    without_fault(page)
    shot(page, "signin", tongue)


def test_the_walk(sign_in: SignIn, address: str, later: Hub, tongue: str) -> None:
    """From the district that has not delivered to the bytes of a record that came again."""
    auditor = sign_in("kiemtra")
    assert auditor.locator("td.missing[title*='one-stop-764']").count() >= 1  # who has not delivered
    assert (
        auditor.locator("td.missing[title*='one-stop-770']").count()
        < auditor.locator("td.missing[title*='one-stop-764']").count()
    )

    clerk, stranger = sign_in("quan3"), sign_in("quan1")
    case = spoilt(later, tongue)
    clerk.keyboard.press("g")
    clerk.keyboard.press("c")
    clerk.wait_for_url(re.compile("/cases$"))
    clerk.keyboard.press("j")  # the first row has the focus: Enter opens it
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(re.compile(r"/cases/\d+$"))
    clerk.goto(f"{address}/cases/{case['id']}")
    clerk.fill("#r-because", "Đối chiếu sổ giấy, sửa theo sổ")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(re.compile("done="))
    clerk.fill("#look-because", "Đối chiếu sổ giấy")
    clerk.keyboard.press("Enter")
    clerk.wait_for_selector("td.broken")
    without_fault(clerk)
    assert 404 == stranger.goto(f"{address}/cases/{case['id']}").status  # a clerk of another unit sees nothing of it

    signable = next(
        each
        for each in open_of(later, "moj-registry.birth")
        if all(waivable(dataset_of(later, each), rule) for rule in each["rules"])
    )
    leader = sign_in("lanhdao")
    for page in (auditor, leader):
        page.goto(f"{address}/cases/{signable['id']}")
        page.fill("#s-until", "2022-12-31")
        page.fill("#s-because", "Đã đối chiếu sổ giấy")
        page.locator("form[action='/cases/sign'] button").click()
        page.wait_for_url(re.compile("done="))
    assert leader.locator(".mark.released").count() == 1  # a second person signed

    file(later, case["record_key"], "079190000001")
    later.exchange("one-stop-770.dossier", on_event=events.ignore).sync(mode="full")
    clerk.goto(f"{address}/cases/{case['id']}")
    assert clerk.locator(".mark.closed").count() == 1  # the redelivered row closed its case
    shot(clerk, "case", tongue)

    auditor.goto(f"{address}/trace")
    auditor.fill("#record", f"dossier/one-stop-770/{case['record_key']}")
    auditor.fill("#because", "Kiểm tra mẫu")
    auditor.keyboard.press("Enter")
    auditor.wait_for_selector("ol.path")
    assert re.search(r"[0-9a-f]{64}", auditor.inner_text("ol.path"))  # traced to its bytes
    without_fault(auditor)
    shot(auditor, "traced", tongue)


def test_a_page_prints_on_a4(sign_in: SignIn, address: str, later: Hub, tongue: str) -> None:
    """Nothing is cut off at the right edge; a list is on the paper although its acts are not."""
    page = sign_in("kiemtra")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    for path in ("/", "/cases", "/findings", "/systems", "/runs"):
        page.goto(f"{address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 794, path
        assert 0 == page.locator("button:visible").count()
        assert page.locator("tbody tr:visible").count() > 1, path
    page.goto(f"{address}/cases")
    assert page.locator("td a[href^='/cases/']:visible").count() == len(open_of(later, None))


def test_a_leader_reads_the_dashboard_and_exports_it(
    sign_in: SignIn, address: str, tongue: str, tmp_path: Path
) -> None:
    """From the first page by the keyboard to the month, to who ranks where, to a file that a spreadsheet opens."""
    page = sign_in("lanhdao")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url(re.compile("/dashboard$"))
    without_fault(page)
    shot(page, "dashboard", tongue)
    assert page.locator("ul.tiles li").count() == 7
    page.locator("ul.tiles a[href*='/indicators/2.1']").click()
    page.wait_for_url(re.compile("/indicators/2.1"))
    without_fault(page)
    shot(page, "indicator-one", tongue)
    with page.expect_download() as download:
        page.locator("a[href*='figures.xlsx'][href*='by=unit']").first.click()
    download.value.save_as(tmp_path / "figures.xlsx")
    sheet = load_workbook(tmp_path / "figures.xlsx").active
    assert sheet is not None
    assert {"760", "764", "770"} == {row[2] for row in sheet.iter_rows(min_row=2, values_only=True)}
    page.emulate_media(media="print")
    page.goto(f"{address}/dashboard")
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/dashboard-print.{tongue}.png", full_page=False)
    assert not page.locator("form.filter").is_visible()
    assert page.locator("ul.tiles li").first.is_visible()
