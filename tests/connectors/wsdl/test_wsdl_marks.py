"""A reply that says it is not whole is not taken for whole; what it says beside its records is taken or left out by name."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors import Window
from connectors.errors import Malformed
from contracts.errors import DeploymentInvalid
from contracts.refused import REFUSED
from tests.connectors.notary_service import Service, answering, office, pages, reply, rows_of

MARKS = {
    '<xs:element name="maLoi" type="xs:string" minOccurs="0"/>': '<xs:element name="maLoi" type="xs:string" minOccurs="0"/>'
    '<xs:element name="tongSo" type="xs:int" minOccurs="0"/><xs:element name="conNua" type="xs:string" minOccurs="0"/>'
    '<xs:element name="daXoa" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>'
}
PLAN: dict[str, Any] = {"total": "tongSo", "more": "conNua", "deleted": "daXoa"}


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """The notary's service, which says how many records there are, whether more are left, and what was deleted."""
    return Service(tmp_path, wsdl=MARKS)


def marked(*records: str, total: object = "", more: object = "", deleted: tuple[str, ...] = ()) -> bytes:
    said = "".join(f"<{name}>{value}</{name}>" for name, value in (("tongSo", total), ("conNua", more)) if value != "")
    return reply(*records, before=said + "".join(f"<daXoa>{each}</daXoa>" for each in deleted))


def test_a_plan_has_a_word_on_everything_beside_the_records(service: Service) -> None:
    """A total of 1,500, a flag for more and a deleted key stood in the reply, and no option named any of them."""
    with pytest.raises(
        DeploymentInvalid, match="the reply has /conNua, /daXoa, /tongSo, and nothing takes it"
    ) as raised:
        service.open()

    assert "total, more, last, deleted" in raised.value.hint
    assert service.open(left_out=["/conNua", "/daXoa", "/tongSo"])
    assert service.open(**PLAN)


def test_the_draft_asks_what_they_are(service: Service) -> None:
    """As marks to decide; a list of keys beside the list of records is no second list of records."""
    drafted = service.draft().files["notary.yaml"].decode()
    operation = yaml.safe_load(drafted)["options"]["operations"]["notary_office"]

    assert {**PLAN, "record": "danhSach/toChuc", "refusal": "maLoi"}.items() <= operation.items()
    assert 3 == sum("DECIDE" in line for line in drafted.splitlines() if line.strip().startswith(tuple(PLAN)))


def test_what_nobody_knows_is_left_out_by_name(tmp_path: Path) -> None:
    """A second list, an attribute, an echo of the question: named in the draft, and demanded of a plan."""
    beside = {
        '<xs:complexType>\n                <xs:sequence>\n                  <xs:element name="toChuc"': "<xs:complexType>\n"
        '                <xs:sequence>\n                  <xs:element name="dau" type="xs:string" minOccurs="0"/>'
        '<xs:element name="toChuc"',
    }
    service = Service(tmp_path, wsdl=beside)

    with pytest.raises(DeploymentInvalid, match="the reply has /danhSach/dau, and nothing takes it"):
        service.open()
    assert service.open(left_out=["/danhSach/dau"])
    operation = yaml.safe_load(service.draft().files["notary.yaml"])["options"]["operations"]["notary_office"]
    assert ["/danhSach/dau"] == operation["left_out"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"total": "tong"}, "total: tong is no way through"),
        ({"more": "daXoa"}, "more: daXoa is no single text"),
        ({"total": "danhSach"}, "total: danhSach is no single text"),
        ({"left_out": ["/gi"]}, "does not have /gi"),
    ],
)
def test_marks_that_the_schema_does_not_bear_out(service: Service, changes: dict[str, Any], said: str) -> None:
    """When the source is opened."""
    with pytest.raises(DeploymentInvalid, match=said):
        service.open(**{**PLAN, **changes})


@pytest.mark.parametrize(
    "body",
    [
        marked(office(1), office(2), total=2, more="false"),
        marked(office(1), office(2), more=0),
        marked(office(1), office(2)),
        marked(office(1), "<toChuc/>", total=2),
    ],
    ids=["both", "no number left", "nothing said", "a refused one counts"],
)
def test_a_reply_that_agrees_with_itself(service: Service, body: bytes) -> None:
    """A total that is absent says nothing; a record that is refused came all the same."""
    assert 2 == len(service.rows(body, **PLAN))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (marked(office(1), office(2), total=1500), "holds 2 records and says that there are 1500"),
        (marked(office(1), office(2), total=1), "holds 2 records and says that there are 1"),
        (marked(total=7), "holds 0 records and says that there are 7"),
        (marked(office(1), more="true"), "says that more records are left than the 1 that came"),
        (marked(office(1), more="1498"), "says that more records are left"),
        (marked(office(1), more="trang-2"), "says that more records are left"),
    ],
)
def test_a_reply_that_says_it_is_not_whole(service: Service, body: bytes, said: str) -> None:
    """1,498 records were lost and the position moved on; now one day that is not whole is refused by its name."""
    with answering(service, lambda first, last: body, **PLAN) as source:
        with pytest.raises(Malformed, match=f"{said}.*2022-05-25") as raised:
            pages(source)

    assert "fewer days" in raised.value.hint


@pytest.mark.parametrize(("said", "whole"), [("true", True), ("1", True), ("", True), ("false", False), ("0", False)])
def test_a_flag_that_says_that_nothing_is_left(service: Service, said: str, whole: bool) -> None:
    """`isLastPage: false` could only be left out: a page that said that it is not the last one was taken for all."""
    plan = {**PLAN, "last": "conNua"}
    del plan["more"]
    with answering(service, lambda first, last: marked(office(1), more=said), **plan) as source:
        if whole:
            assert pages(source)
            return
        with pytest.raises(Malformed, match="says that more records are left"):
            pages(source)


GUESSES = {
    "total": ("RecordCount", "numberOfResults", "SoBanGhi", "tongSoDong"),
    "more": ("Truncated", "nextCursor", "conDuLieu"),
    "last": ("isLastPage", "trangCuoi", "Complete"),
}


@pytest.mark.parametrize(("mark", "name"), [(mark, name) for mark, names in GUESSES.items() for name in names])
def test_the_draft_guesses_by_the_name(tmp_path: Path, mark: str, name: str) -> None:
    """A wrong guess is put right by whoever decides; a mark that is left out is easily passed over."""
    code = '<xs:element name="maLoi" type="xs:string" minOccurs="0"/>'
    kind = "xs:string" if mark == "total" else "xs:boolean"
    service = Service(tmp_path, wsdl={code: f'{code}<xs:element name="{name}" type="{kind}" minOccurs="0"/>'})
    operation = yaml.safe_load(service.draft().files["notary.yaml"])["options"]["operations"]["notary_office"]

    assert name == operation[mark]


def test_deleted_keys_within_something_that_is_called_so(tmp_path: Path) -> None:
    """The list itself is called after what it holds."""
    code = '<xs:element name="maLoi" type="xs:string" minOccurs="0"/>'
    list_ = '<xs:element name="ma" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>'
    wrapped = f'<xs:element name="daXoa" minOccurs="0"><xs:complexType><xs:sequence>{list_}</xs:sequence></xs:complexType></xs:element>'
    service = Service(tmp_path, wsdl={code: code + wrapped})
    operation = yaml.safe_load(service.draft("danhSach/toChuc").files["notary.yaml"])["options"]["operations"]

    assert "daXoa/ma" == operation["notary_office"]["deleted"]


def test_fewer_days_are_asked_for_until_the_reply_is_whole(service: Service) -> None:
    """A service that gives two records at most, whatever is asked: every record comes, each page is whole."""
    days = {date(2022, 5, 25) + timedelta(n): [office(n)] for n in range(8)}
    asked: list[tuple[str, str]] = []

    def answer(first: str, last: str) -> bytes:
        asked.append((first, last))
        found = [each for day, held in days.items() if first <= day.isoformat() <= last for each in held]
        return marked(*found[:2], total=len(found), more="true" if len(found) > 2 else "false")

    with answering(service, answer, **PLAN, days=8) as source:
        came = [row["maToChuc"] for row in rows_of(source, pages(source))]

    assert [f"CC79{n:06d}" for n in range(8)] == came
    assert any(first != last for first, last in asked)


@pytest.mark.parametrize("spoil", [b"&", b"&nbsp;", b"\x1f", b"\xff", b"<b>"])
def test_a_day_that_is_no_xml_is_found(service: Service, spoil: bytes) -> None:
    """The days around it come in; the day is refused whole, by its name."""

    def answer(first: str, last: str) -> bytes:
        days = [f"2022-05-{day}" for day in range(25, 32)]
        held = [office(n) for n, day in enumerate(days) if first <= day <= last]
        bad = first <= "2022-05-28" <= last
        return marked(*held).replace(b"ph\xc3\xb2ng 3", b"ph\xc3\xb2ng " + spoil) if bad else marked(*held)

    with answering(service, answer, **PLAN, days=7) as source:
        read = source.pages(Window())
        came = [row["maToChuc"] for _ in range(2) for row in rows_of(source, [next(read)])]
        with pytest.raises(Malformed, match=r"notary: danhSachToChuc: .*\(2022-05-28\)"):
            next(read)

    assert [f"CC79{n:06d}" for n in range(3)] == came


def test_what_was_deleted_is_a_case(service: Service) -> None:
    """A list of deleted keys is counted and shown, each under its key, for a person to decide."""
    body = marked(office(1), total=1, deleted=("CC79000009", "CC79000008"))

    with answering(service, lambda first, last: body if last == "2022-05-31" else marked(), **PLAN) as source:
        [page] = pages(source)
        rows = rows_of(source, [page])

    assert 3 == page.count
    assert [("CC79000009", "daXoa: DELETED_AT_SOURCE"), ("CC79000008", "daXoa: DELETED_AT_SOURCE")] == [
        (row["maToChuc"], row[REFUSED]) for row in rows[1:]
    ]


RECORD_FAULTS = {
    "a value the schema forbids": (office(2).replace("CC79", "CC78"), None, "toChuc/maToChuc"),
    "a text that is too long": (office(2).replace("Văn phòng", "x" * 200), "CC79000002", "toChuc/ten"),
    "a missing element": (office(2).replace("<t:loai>VPCC</t:loai>", ""), "CC79000002", "toChuc/ngayCapNhat"),
    "a doubled element": (office(2, before="<t:ngayCap>2022-01-01</t:ngayCap>" * 2), "CC79000002", "toChuc/ngayCap"),
    "an unknown element": (office(2, "<t:la/>"), "CC79000002", "toChuc/la"),
    "a doubled key": (
        office(2).replace("<t:ten>", "<t:maToChuc>CC79000003</t:maToChuc><t:ten>"),
        None,
        "toChuc/maToChuc",
    ),
    "nothing": ("<toChuc/>", None, "toChuc"),
}


@pytest.mark.parametrize("fault", RECORD_FAULTS)
def test_one_bad_record_costs_itself(service: Service, fault: str) -> None:
    """The others of its reply come in; key and time are known where they are sure."""
    bad, key, place = RECORD_FAULTS[fault]

    found = service.rows(marked(office(1), bad, office(3), total=3), **PLAN)

    assert ["CC79000001", key, "CC79000003"] == [row.get("maToChuc") for row in found]
    assert [place] == [row[REFUSED].partition(":")[0] for row in found if REFUSED in row]
    assert {"maToChuc", "ngayCapNhat", REFUSED} >= set(found[1])


def test_attachments_that_nothing_refers_to(service: Service) -> None:
    """An XML attachment without a name once replaced the envelope; now it is left aside, and a warning counts it."""
    head = b"Content-Type: text/xml; charset=UTF-8\r\n\r\n"
    other = reply(office(7))
    parts = b"".join(b"--b\r\n" + head + each + b"\r\n" for each in (marked(office(1)), other)) + b"--b--\r\n"
    source = service.open(**PLAN)

    frame = source.records(parts, 'multipart/related; boundary="b"')["notary_office"]

    assert ["CC79000001"] == frame["maToChuc"].to_list()
