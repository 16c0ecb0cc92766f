"""Copies of extract: numbered once, the same bytes for the same data, readable Vietnamese. All people are synthetic."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.answers.extracts import drafts, extract_layout
from hub.core.errors import NotFound
from hub.evidence.people import Subject
from hub.evidence.registers import register_of
from tests.hub.registers import LAN, NOW

AGENCY = ("000.00.29.H29", "Ủy ban nhân dân Quận 5")


def draft(engine, look, contracts, units, reference="H5", number="079190000001", at=NOW):
    [found] = look(at).find("register:birth", Subject(personal_id=number))
    with engine.begin() as connection:
        return drafts.issue(
            connection,
            found.evidence,
            contracts,
            units,
            agency=AGENCY,
            reference=reference,
            legal_basis="civil-status-law:63",
            now=at,
        )


def test_every_line_is_a_field_of_its_contract(contracts) -> None:
    for type_, parts in extract_layout.HEADINGS.items():
        known = register_of(contracts, type_).in_contract(contracts).by_name
        for name in (*(n for _, names in parts for n in names), *extract_layout.REGISTRATION):
            assert not known[name].classification.encrypted, f"{name} rests encrypted and is not for a copy"


def test_a_copy_says_what_the_book_says(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN, nksGioiTinh="2")
    copy = draft(engine, look, contracts, units)
    shown = dict(line for _, lines in copy.sheet.parts for line in lines)
    assert {
        "Trần Thị Hoà Lan",
        "Nữ",
        "12/05/1990",
        "Phường Đa Kao, Quận 1, Thành phố Hồ Chí Minh",
        "04/03/2021",
        extract_layout.UNKNOWN,
    } <= set(shown.values())
    assert copy.number == "1/2022/TLKS-BS"
    assert "birth/moj-registry/1" in copy.sheet.source


def test_one_dossier_one_number(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN)
    first = draft(engine, look, contracts, units)
    again = draft(engine, look, contracts, units, at=NOW + timedelta(hours=5))
    assert (again.number, again.sha256) == (first.number, first.sha256)
    assert draft(engine, look, contracts, units, reference="H6").number == "2/2022/TLKS-BS"


def test_numbers_have_no_gap_when_many_ask_at_once(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN)
    [found] = look().find("register:birth", Subject(personal_id="079190000001"))

    def one(reference: int) -> str:
        with engine.begin() as connection:
            return drafts.issue(
                connection,
                found.evidence,
                contracts,
                units,
                agency=AGENCY,
                reference=f"H{reference}",
                legal_basis="x",
                now=NOW,
            ).number

    with ThreadPoolExecutor(3) as pool:
        numbers = list(pool.map(one, range(12)))
    assert sorted(int(n.split("/")[0]) for n in numbers) == list(range(1, 13))


def test_the_pdf_is_the_same_for_the_same_data(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN)
    copy = draft(engine, look, contracts, units)
    assert copy.pdf() == copy.pdf()
    assert copy.pdf().startswith(b"%PDF-")


def test_the_page_escapes_what_a_book_says(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN | {"nksNoiSinh": "<script>alert(1)</script>"})
    page = draft(engine, look, contracts, units).html()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_a_version_that_is_not_held_has_no_copy(put, look, engine, contracts, units) -> None:
    put("birth", "1", **LAN)
    [found] = look().find("register:birth", Subject(personal_id="079190000001"))
    with engine.begin() as connection:
        connection.execute(sa.text("delete from warehouse.birth"))
        with pytest.raises(NotFound, match="not held"):
            drafts.issue(
                connection, found.evidence, contracts, units, agency=AGENCY, reference="H", legal_basis="x", now=NOW
            )
