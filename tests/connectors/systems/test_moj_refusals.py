"""A record is the unit of refusal over the registry's SOAP wire: one bad record costs one record."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from connectors import Page, Position, Source, Window
from connectors.errors import Incomplete, Malformed
from connectors.systems._moj_days import MOST_ALONE
from contracts.refused import RAW, REFUSED
from tests.connectors.registry_double import BrokenRegistry, RegistryDouble, Spoil, births


@pytest.fixture
def double(registry: Any, monkeypatch: pytest.MonkeyPatch) -> BrokenRegistry:
    """The registry that is being served, with a place for broken records."""
    registry.double.__class__ = BrokenRegistry
    registry.double.broken, registry.double.listing = {}, lambda text: text
    return registry.double


def rows(source: Source, pages: list[Page]) -> list[dict[str, object]]:
    """The rows of pages, read from their bytes alone; each page counts those that it has."""
    found = []
    for page in pages:
        frame = source.records(bytes(bytearray(page.body)), page.media_type)["birth"]
        assert page.count == frame.height
        found.append(frame)
    return pl.concat(found, how="diagonal").to_dicts()


def read(registry: Any, **options: object) -> list[dict[str, object]]:
    source = registry.open(**options)
    return rows(source, list(source.pages(Window())))


def refused(found: list[dict[str, object]]) -> dict[object, object]:
    """What is known of each refused row, and what is said of it."""
    return {row["id"]: row[REFUSED] for row in found if row.get(REFUSED)}


RECORD_FAULTS: dict[str, tuple[Spoil, str]] = {
    "a time that is none": (
        lambda text: text.replace("2022-05-31T09", "hôm qua"),
        "hoSo/khaiSinh/ngayCapNhat: SCHEMAV_CVC_DATATYPE_VALID_1_2_1",
    ),
    "no unit": (
        lambda text: text.replace("<maDonVi>27007</maDonVi>", ""),
        "hoSo/khaiSinh/ngayCapNhat: SCHEMAV_ELEMENT_CONTENT",
    ),
    "a doubled element": (
        lambda text: text.replace("<so>3</so>", "<so>3</so>" * 2),
        "hoSo/khaiSinh/so: SCHEMAV_ELEMENT_CONTENT",
    ),
    "an unknown element": (
        lambda text: text.replace("<so>", "<soNha>1</soNha><so>"),
        "hoSo/khaiSinh/soNha: SCHEMAV_ELEMENT_CONTENT",
    ),
    "an unknown attribute": (
        lambda text: text.replace("<so>", "<so kieu='x'>"),
        "hoSo/khaiSinh/so: SCHEMAV_CVC_TYPE_3_1_1",
    ),
    "another register": (
        lambda text: re.sub(r"<nks\w+>.*?</nks\w+>", "", text).replace("khaiSinh", "khaiTu"),
        "hoSo/khaiTu: ANOTHER_REGISTER",
    ),
}


@pytest.mark.parametrize("fault", RECORD_FAULTS)
def test_one_bad_record_costs_itself(registry: Any, double: BrokenRegistry, fault: str) -> None:
    """One bad field of one record let none of 145 deaths in, in every run, and no case said which record it was."""
    spoil, said = RECORD_FAULTS[fault]
    double.broken = {"1003": spoil}

    found = read(registry)

    assert {"1003": said} == refused(found)
    assert [f"100{n}" for n in (1, 2, 3, 4, 6, 7, 8)] == [row["id"] for row in found]
    assert ["Trần Văn Khai Sinh 2", None, "Trần Văn Khai Sinh 4"] == [row["nksHoTen"] for row in found[1:4]]
    assert double._record("1003").encode() == found[2][RAW]


def test_a_record_that_does_not_say_which_it_is(registry: Any, double: BrokenRegistry) -> None:
    """It counts for the one that did not come; no text in the place of an id is taken for one, or shown."""
    double.broken = {"1002": lambda text: text.replace("<id>1002</id>", "<id>Trần Văn An</id>")}

    found = read(registry)

    assert {None: "hoSo/khaiSinh/id: SCHEMAV_CVC_PATTERN_VALID"} == refused(found)
    assert 7 == len(found)


def test_the_time_of_a_refused_record_counts_where_it_is_sure(registry: Any, double: BrokenRegistry) -> None:
    """The position moves by known times only: not by one that cannot be read, nor by one that is not yet."""
    last = "2022-06-01T09:08:00+07:00"
    moved = Position(datetime(2022, 6, 1, 2, 8, tzinfo=UTC), "1008")
    before = Position(datetime(2022, 6, 1, 2, 7, tzinfo=UTC), "1007")
    for spoil, end in (
        (lambda text: text.replace("<so>", "<soNha/><so>"), moved),
        (lambda text: text.replace(last, "mai"), before),
        (lambda text: text.replace(last, "2202-06-01T09:08:00+07:00").replace("<so>", "<soNha/><so>"), before),
    ):
        double.broken = {"1008": spoil}
        assert end == list(registry.open().pages(Window()))[-1].end


DOCUMENT_FAULTS: dict[str, Spoil] = {
    "a bare ampersand": lambda text: text.replace("Trần", "Trần & Lê"),
    "an entity of HTML": lambda text: text.replace("Trần", "Trần&nbsp;Lê"),
    "a control character": lambda text: text.replace("Trần", "Trần\x1f"),
    "a NUL": lambda text: text.replace("Trần", "Trần\x00"),
    "a byte of another charset": lambda text: text.replace("Trần", "Trần\ufffe"),
    "an open tag": lambda text: text.replace("Trần", "Trần <b>"),
    "an instruction": lambda text: text.replace("Trần", "Trần<?php?>"),
    "a section that does not end": lambda text: text.replace("Trần", "Trần<![CDATA[ "),
    "hundreds of elements in each other": lambda text: text.replace("Trần", "<a>" * 300 + "</a>" * 300),
    "a text of 11 MB": lambda text: text.replace("Trần", "x" * 11_000_000),
}


@pytest.mark.parametrize("fault", DOCUMENT_FAULTS)
def test_a_record_that_breaks_the_xml_of_its_reply(registry: Any, double: BrokenRegistry, fault: str) -> None:
    """The others are asked for without it: `&` in one name stopped a register, and the message said "line 1"."""
    double.broken = {"1003": DOCUMENT_FAULTS[fault]}

    found = read(registry, page_size=1000)

    [said] = refused(found).values()
    assert re.fullmatch(r"hoSo: [A-Z_0-9]+", said)
    assert {f"100{n}" for n in (1, 2, 3, 4, 6, 7, 8)} == {row["id"] for row in found}
    assert 7 == len(found)


def test_parts_come_in_order_and_move_the_position_by_their_day(registry: Any, double: BrokenRegistry) -> None:
    """A reading that is cut short between two parts goes on at the day that it had not read."""
    double.broken = {"1001": DOCUMENT_FAULTS["a bare ampersand"], "1004": DOCUMENT_FAULTS["a NUL"]}
    source = registry.open(page_size=1000)

    pages = list(source.pages(Window()))

    assert ["1001", "1002", "1003", "1004", "1006", "1007", "1008"] == [
        row["id"] for page in pages for row in source.records(page.body, page.media_type)["birth"].to_dicts()
    ]
    assert {"1005": "200"} == {name: code for page in pages for name, code in page.refused.items()}
    ends = [page.end for page in pages if page.end]
    assert sorted(ends) == ends


def test_the_registry_is_still_asked_one_thing_at_a_time(registry: Any, double: BrokenRegistry) -> None:
    """Parts are asked for while the next page is on its way: never both at once."""
    double.broken = dict.fromkeys(("1002", "1006", "1008"), DOCUMENT_FAULTS["a bare ampersand"])
    answering, most, original = [0], [0], BrokenRegistry.__call__

    def counted(self: Any, *call: Any) -> Any:
        answering[0] += 1
        most[0] = max(most[0], answering[0])
        try:
            return original(self, *call)
        finally:
            answering[0] -= 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrokenRegistry, "__call__", counted)
        assert {"1002", "1006", "1008"} == set(refused(read(registry, page_size=2)))

    assert [1] == most


def test_a_reply_that_is_broken_itself(registry: Any, double: BrokenRegistry) -> None:
    """Where no record can be read, alone or with others, the reply is at fault: it is refused, with day and page."""
    many = {str(2000 + n): {**births()["1001"], "id": str(2000 + n)} for n in range(2 * MOST_ALONE)}
    double.births = many
    double.broken = dict.fromkeys(many, DOCUMENT_FAULTS["a bare ampersand"])

    with pytest.raises(Malformed, match=r"ill-formed XML .*2022-05-31, page 1, record 20"):
        read(registry, page_size=1000)


def test_records_that_change_their_ids(registry: Any, double: BrokenRegistry) -> None:
    """A record that comes under another id than asked for is refused, and the others come; it was Incomplete for ever."""
    double.broken = {"1002": lambda text: text.replace("<id>1002</id>", "<id>9999</id>")}

    found = read(registry)

    assert ["hoSo/khaiSinh/id: ANOTHER_RECORD"] == list(refused(found).values())
    assert 7 == len(found)


def test_a_record_that_is_listed_and_not_given(registry: Any, double: BrokenRegistry) -> None:
    """Neither coming nor refused: it kept its whole day out, in every run. It is a refused row under its id now."""
    double.broken = {"1002": lambda text: "", "1004": lambda text: ""}

    found = read(registry, page_size=1000)

    assert dict.fromkeys(("1002", "1004"), "hoSo: LISTED_AND_NOT_GIVEN") == refused(found)
    assert 7 == len(found)


def test_a_day_of_which_no_record_comes_is_refused_whole(registry: Any, double: BrokenRegistry) -> None:
    """An empty reply to a list of ids is no fault of its records: nothing of it is used, and the message says which it was."""
    double.broken = dict.fromkeys(double.births, lambda text: "")

    with pytest.raises(Incomplete, match=r"4 did not come.*2022-05-31, page 1"):
        read(registry, page_size=1000)


@pytest.mark.parametrize(
    ("entry", "known", "lost"),
    [
        ("<hoSo><id>1002</id></hoSo>", True, 0),
        ("<hoSo><id>1002</id><maDonVi>1</maDonVi><x/></hoSo>", True, 0),
        ("<hoSo><maDonVi>27007</maDonVi></hoSo>", False, 1),
        ("<hoSo><id>Trần Văn An</id><maDonVi>27007</maDonVi></hoSo>", False, 1),
        ("<hoSo/>", False, 1),
    ],
)
def test_an_entry_of_a_days_list(registry: Any, double: BrokenRegistry, entry: str, known: bool, lost: int) -> None:
    """One entry without maDonVi stopped the stream for ever: what has an id is asked for, what has none is a refused row."""
    whole = "<hoSo><id>1002</id><maDonVi>27007</maDonVi></hoSo>"
    double.listing = lambda text: text.replace(whole, entry)

    found = read(registry)

    assert lost == sum(row.get(REFUSED) is not None for row in found)
    assert known == ("1002" in {row["id"] for row in found})
    assert {"1001", "1003", "1004"} <= {row["id"] for row in found}
    if lost:
        assert entry.encode() == found[0][RAW]


def test_a_days_list_that_is_broken_is_refused_whole_with_its_day(registry: Any, double: BrokenRegistry) -> None:
    """It cannot be asked for in parts, and nobody can say what it does not name."""
    double.listing = lambda text: text.replace("27007", "&", 1)

    with pytest.raises(Malformed, match=r"moj-registry: dsHoSoDangKy: ill-formed XML .*\(2022-05-31\)"):
        read(registry)


def test_a_refusal_by_code_that_is_broken(registry: Any, double: BrokenRegistry) -> None:
    """A code that nobody published refuses its record, and not the page around it."""
    original = RegistryDouble.__call__

    def strange(self: Any, *call: Any) -> Any:
        status, kind, body = original(self, *call)
        return status, kind, body.replace(b"<maLoi>200<", b"<maLoi>999<")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BrokenRegistry, "__call__", strange)
        found = read(registry)

    assert {"1005": "loi/maLoi: SCHEMAV_CVC_ENUMERATION_VALID"} == refused(found)
    assert 8 == len(found)
