"""Pages of cases: the unit's own only, two people for a waiver, a look that is noted, and a case that closes by itself.

Faulty records are planted in the twins and read by the real path.
"""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from hub.app import Hub
from hub.cases import listing
from hub.cases.listing import CaseFilter

from .conftest import Enter, token

pytestmark = pytest.mark.timeout(600)  # the city is read once, by whichever test is first


def open_cases(city: Hub, **chosen: object) -> list[dict[str, object]]:
    with city.engine.connect() as connection:
        return listing.cases(connection, city.scenario.now(), CaseFilter(**chosen), limit=500)  # type: ignore[arg-type]


def of_unit(city: Hub, district: str) -> int:
    """Number of an open case of a district's own system."""
    return next(int(str(row["id"])) for row in open_cases(city, stream=f"one-stop-{district}.dossier"))


def post(client: TestClient, path: str, **fields: object) -> int:
    page = client.get("/cases").text
    return client.post(path, data={"csrf": token(page), **fields}).status_code


def what(city: Hub, number: int) -> list[str]:
    with city.engine.connect() as connection:
        return [act["what"] for act in listing.history(connection, number)]


def test_the_list_has_the_numbers_of_the_command(enter: Enter, city: Hub) -> None:
    """By reason, as `hub cases list --by-rule` counts."""
    page = enter("kiemtra").get("/cases").text
    with city.engine.connect() as connection:
        counted = listing.counts(connection, city.scenario.now(), CaseFilter())
    assert counted
    for row in counted:
        assert re.search(
            rf"{re.escape(row['rule'])}</a></td><td>{row['stream']}</td><td>{row['dataset']}</td><td class=\"n\">{row['cases']}<",
            page,
        )


def test_a_clerk_sees_cases_of_the_own_unit_only(enter: Enter, city: Hub) -> None:
    """Not in the list, not by number, not in a bulk act."""
    mine, other = of_unit(city, "770"), of_unit(city, "764")
    clerk = enter("quan3")
    listed = clerk.get("/cases").text

    assert f'href="/cases/{mine}"' in listed
    assert f'href="/cases/{other}"' not in listed
    assert "one-stop-764" not in listed
    assert 200 == clerk.get(f"/cases/{mine}").status_code
    assert 404 == clerk.get(f"/cases/{other}").status_code
    assert 404 == post(clerk, "/cases/handle", chosen=other, act="request", because="Đối chiếu sổ")
    assert 404 == post(clerk, f"/cases/{other}/look", because="Đối chiếu sổ")
    assert ["opened"] == what(city, other)


def test_a_look_needs_a_reason_and_is_noted_before_it_is_shown(enter: Enter, city: Hub) -> None:
    """In the case's history and in the audit log, with the reason; without one nothing is shown."""
    number = of_unit(city, "770")
    clerk = enter("quan3")
    form = {"csrf": token(clerk.get(f"/cases/{number}").text)}
    assert 422 == clerk.post(f"/cases/{number}/look", data=form).status_code
    assert 403 == post(enter("kysu"), f"/cases/{number}/look", because="tò mò")
    shown = clerk.post(f"/cases/{number}/look", data={**form, "because": "Đối chiếu sổ giấy 12"})

    assert 'class="broken"' in shown.text
    assert "viewed" in what(city, number)
    with city.engine.connect() as connection:
        query = "select who, because from hub.audit where what = 'look' and reference = :about"
        assert [("quan3", "Đối chiếu sổ giấy 12")] == [
            tuple(r) for r in connection.execute(sa.text(query), {"about": f"case {number}"})
        ]


def test_a_request_is_made_once_and_shown(enter: Enter, city: Hub) -> None:
    number = of_unit(city, "770")
    clerk = enter("quan3")
    assert [303, 303] == [
        post(clerk, "/cases/handle", number=number, act="request", because="Sửa theo sổ") for _ in range(2)
    ]
    assert 1 == what(city, number).count("requested")
    assert "Đã yêu cầu" in clerk.get(f"/cases/{number}").text


def test_a_bulk_act_is_about_the_whole_reason(enter: Enter, city: Hub) -> None:
    """All of a filter, without ticking; and nothing where nothing is chosen."""
    auditor = enter("kiemtra")
    [first, *_] = open_cases(city, stream="one-stop-764.dossier")
    rule = str(first["rules"][0])  # type: ignore[index]
    alike = [int(str(row["id"])) for row in open_cases(city, stream="one-stop-764.dossier", rule=rule)]
    given = {"act": "assign", "fault": "digitisation", "because": "Phân loại theo mẫu"}

    assert 422 == post(auditor, "/cases/handle", **given)
    assert 303 == post(auditor, "/cases/handle", all="yes", rule=rule, stream="one-stop-764.dossier", **given)
    assert all("classified" in what(city, number) for number in alike)


def test_a_waiver_needs_two_people(enter: Enter, city: Hub) -> None:
    """The same person twice is one signature; a clerk has none; with the second the record comes in."""
    from hub.cases.signing import dataset_of
    from hub.load.waivers import waivable

    number = next(
        int(str(row["id"]))
        for row in open_cases(city)
        if all(waivable(dataset_of(city, row), rule) for rule in row["rules"])  # type: ignore[attr-defined]
    )
    one, two = enter("kiemtra"), enter("lanhdao")
    given = {"number": number, "until": "2022-12-31", "because": "Đã đối chiếu sổ giấy"}

    assert 403 == post(enter("quan3"), "/cases/sign", **given)
    assert [303, 303] == [post(one, "/cases/sign", **given) for _ in range(2)]
    assert "1 / 2" in one.get(f"/cases/{number}").text
    assert 303 == post(two, "/cases/sign", **given)
    assert ["signed", "signed", "released"] == [each for each in what(city, number) if each in ("signed", "released")]
    assert "Nhận có điều kiện đến 31/12/2022" in two.get(f"/cases/{number}").text


def test_findings_are_acknowledged_by_who_may(enter: Enter, city: Hub) -> None:
    """A leader reads; an auditor notes that somebody looked."""
    auditor = enter("kiemtra")
    page = auditor.get("/findings").text
    found = re.search(r'href="/findings/(\d+)"', page)
    assert found is not None
    number = found[1]
    assert 403 == post(enter("lanhdao"), "/findings/acknowledge", number=number, because="x")
    assert (
        303
        == auditor.post(
            "/findings/acknowledge", data={"csrf": token(page), "number": number, "because": "Đã xem"}
        ).status_code
    )
    assert "Đã xem" in auditor.get(f"/findings/{number}").text
    assert 200 == auditor.get("/findings?state=acknowledged").status_code
    assert 404 == auditor.get("/findings?state=nothing").status_code
