"""The other pages: their numbers are those of the commands, a jurist alone settles, a trace is noted, no person is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.accounts.roles import RIGHTS, AccountRole
from hub.app import Hub
from hub.demonstration.showcase_people import PEOPLE
from hub.operations import runs
from hub.requirements import review
from hub.service_levels import deliveries
from service.workbench.app import PAGES

from .conftest import Enter, token

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first

OPEN_PATHS = [page for page in PAGES if page.show and page.right and "{" not in page.path]


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_every_page_answers_in_both_languages_and_names_no_person(enter: Enter, city: Hub, login: str) -> None:
    """For each role: every page that it may see, and not one name or number of a citizen in any of them."""
    client = enter(login)
    role = AccountRole(next(role for each, _, role, _ in PEOPLE if each == login))
    with city.engine.connect() as connection:
        query = "select nks_ho_ten from warehouse.birth where length(nks_ho_ten) > 12 limit 400"
        people = list(connection.scalars(sa.text(query)))
        shown = connection.execute(
            sa.text('select (select min(id) from hub.run), (select min(id) from hub."case")')
        ).one()
    paths = [page.path for page in OPEN_PATHS if page.right in RIGHTS[role]]
    paths += ["/datasets/birth", f"/runs/{shown[0]}"] + ([f"/cases/{shown[1]}"] if role == AccountRole.AUDITOR else [])
    assert people
    for tongue in ("vi", "en"):
        client.get(f"/?tongue={tongue}")
        for path in paths:
            answer = client.get(path)
            assert answer.status_code in (200, 404 if login.startswith("quan") else 200), path
            assert f'<html lang="{tongue}">' in answer.text
            assert [] == [name for name in people if name in answer.text], path


def test_today_has_the_states_of_the_ledger(enter: Enter, city: Hub) -> None:
    """As many missing cells as `hub missing` counts, and the streams that were read are not among them."""
    page = enter("kiemtra").get("/").text
    last = city.deployment.today
    with city.engine.connect() as connection:
        board = deliveries.board(
            connection, city.deployment, city.contracts, last - timedelta(days=13), last, city.scenario.now()
        )
    missing = [each for each in board if each.state == "missing"]
    assert len(missing) == page.count('class="missing"')
    assert "one-stop-760.dossier" in page


def test_two_days_side_by_side(enter: Enter, city: Hub) -> None:
    day = city.deployment.today
    page = enter("kiemtra").get(f"/compare?one={day - timedelta(days=1)}&other={day}").text
    with city.engine.connect() as connection:
        brought = runs.of_day(connection, day, city.deployment.zone)
    received = brought["moj-registry.birth", "birth"]["received"]
    assert f'<td class="n">–</td><td class="n">{received:,}'.replace(",", ".") in page
    assert 404 == enter("kiemtra").get("/compare?one=never").status_code


def test_a_dataset_says_which_engine_carries_out_each_rule(enter: Enter, city: Hub) -> None:
    page = enter("lanhdao").get("/datasets/birth").text
    rule = page[page.index("<code>nksHoTen.required</code>") :].split("</tr>", 1)[0]
    assert rule.endswith("<td>polars, great expectations, database check</td>")
    [contract] = [each for each in city.contracts.values() if each.name == "birth"]
    assert all(rule.id in page for rule in contract.dataset("birth").rules)
    assert "row engine" in page or "polars" in page.lower() or "rows" in page
    assert contract.version in page


def test_a_trace_leads_to_the_bytes_and_is_noted(enter: Enter, city: Hub) -> None:
    """With a reason only; a clerk traces records of the own systems only."""
    with city.engine.connect() as connection:
        key = connection.scalar(sa.text("select _key from warehouse.birth where _system = 'moj-registry' limit 1"))
    record, auditor, clerk = f"birth/moj-registry/{key}", enter("kiemtra"), enter("quan3")
    form = {"csrf": token(auditor.get("/trace").text), "record": record}

    assert 422 == auditor.post("/trace", data=form).status_code
    done = auditor.post("/trace", data={**form, "because": "Kiểm tra mẫu"}).text
    sha256 = re.search(r"<code>([0-9a-f]{64})</code>", done)
    assert sha256 is not None
    with city.engine.connect() as connection:
        query = sa.text("select who from hub.audit where what = 'look' and reference = :record")
        assert ["kiemtra"] == list(connection.scalars(query, {"record": record}))
    refused = clerk.post("/trace", data={"csrf": token(clerk.get("/trace").text), "record": record, "because": "x"})
    assert 404 == refused.status_code


def test_a_jurist_settles_a_group_by_name_and_day(enter: Enter, city: Hub) -> None:
    """Nobody else may; without the decision and the law nothing is written."""
    jurist, auditor = enter("phapche"), enter("kiemtra")
    page = jurist.get("/requirements").text
    group = re.search(r'href="/requirements/([0-9a-f]{8})"', page)
    assert group is not None
    path, form = f"/requirements/{group[1]}/settle", {"csrf": token(page), "act": "reject"}
    given = {"decision": "12/QĐ-STP", "law": "224/2026/NĐ-CP@2026-07-01"}

    assert (
        403
        == auditor.post(
            path, data={"csrf": token(auditor.get("/requirements").text), "act": "reject", **given}
        ).status_code
    )
    assert 422 == jurist.post(path, data=form).status_code
    assert 303 == jurist.post(path, data={**form, **given}).status_code
    shown = jurist.get(f"/requirements/{group[1]}").text
    assert "Đỗ Thị Pháp Chế" in shown
    assert "12/QĐ-STP" in shown
    written = review.read_reviews(city.deployment.folder)
    assert {"rejected"} == {str(each.state) for each in written.values() if each.group == group[1]}
