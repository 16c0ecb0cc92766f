"""A case of a book's entry beside the scan of its page: after a noted look, to the own unit, the bytes that were delivered."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
import sqlalchemy as sa

from hub.app import Hub
from hub.cases import listing
from hub.cases.listing import CaseFilter
from hub.core import events
from twins.digitised.book_files import deliver
from twins.population import AS_OF, REFERENCE, build_city

from .conftest import Enter, token

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def case(city: Hub) -> int:
    """An open case of an entry of a delivered book, whose scan is there."""
    deliver(build_city(1_000, 60, 4, AS_OF, reference=REFERENCE), city.scenario.twins_files / "book-files", 6)
    for stream in ("book-files.scan", "book-files.birth", "book-files.death", "book-files.marriage"):
        city.exchange(stream, on_event=events.ignore).sync(mode="full")
    with city.engine.connect() as connection:
        scanned = set(connection.scalars(sa.text("select ho_so from warehouse.scan")))
        there = [
            row
            for name in ("birth", "death", "marriage")
            for row in listing.cases(
                connection, city.scenario.now(), CaseFilter(stream=f"book-files.{name}"), limit=500
            )
        ]
    return next(int(row["id"]) for row in there if row["record_key"] in scanned)


def test_a_scan_needs_a_look_and_is_the_page_that_was_delivered(case: int, enter: Enter, city: Hub) -> None:
    """Nothing before the look; then in the page, and by its own address, each time noted in the audit log."""
    auditor = enter("kiemtra")
    page = auditor.get(f"/cases/{case}").text
    assert "/scan" not in page
    assert 422 == auditor.get(f"/cases/{case}/scan").status_code

    looked = auditor.post(f"/cases/{case}/look", data={"csrf": token(page), "because": "Đối chiếu sổ giấy"}).text
    assert f'<iframe src="/cases/{case}/scan"' in looked
    assert "<td>_" not in looked  # a column of the reader's own is no field
    first = looked[looked.index("<tbody>") : looked.index("</tr>", looked.index("<tbody>"))]
    assert 'class="broken"' in first
    shown = auditor.get(f"/cases/{case}/scan")

    assert (200, "application/pdf") == (shown.status_code, shown.headers["content-type"])
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    with city.engine.connect() as connection:
        key = connection.scalar(sa.text('select record_key from hub."case" where id = :n'), {"n": case})
        archive, name, digest = connection.execute(
            sa.text("select goi, tep, sha256 from warehouse.scan where ho_so = :key"), {"key": key}
        ).one()
        noted = connection.scalar(
            sa.text("select count(*) from hub.audit where reference = :about and because = 'Đối chiếu sổ giấy'"),
            {"about": f"case {case}, scan"},
        )
    delivered = (city.scenario.twins_files / "book-files" / archive).read_bytes()
    assert shown.content == zipfile.ZipFile(io.BytesIO(delivered)).read(name)
    assert digest == hashlib.sha256(shown.content).hexdigest()
    assert 1 == noted


def test_a_scan_is_for_who_may_look_and_for_the_own_unit(case: int, enter: Enter) -> None:
    """An engineer sees no record, so no scan; a clerk of another unit does not find the case."""
    assert 403 == enter("kysu").get(f"/cases/{case}/scan").status_code
    assert 404 in {enter(login).get(f"/cases/{case}/scan").status_code for login in ("quan1", "quan3")}


def test_a_book_of_an_earlier_unit_with_the_same_code_is_another_book(city: Hub) -> None:
    """Codes are reused: an entry of the unit of after the reform has no scan in a book of before."""
    from hub.operations.book_scans import keys_of

    entry = {"noiDangKy": "26737", "quyenSo": "01/2025", "so": "12"}
    assert ["KS|26737@2021-01-01|01/2025|12"] == keys_of(city, "birth", entry, "2021-01-01")
    assert [] == keys_of(city, "birth", entry, "2025-07-01")
    assert [] == keys_of(city, "birth", {**entry, "so": None}, "2021-01-01")
