"""A declared JSON listing: four ways of paging, children, forms of times, logins, and declarations that cannot work."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from connectors import Position, System, Window, declared_times, open_source
from connectors.errors import AuthenticationFailed, Incomplete
from connectors.interface import SoughtRecord
from contracts.deployment.files import SystemFile
from contracts.errors import DeploymentInvalid
from tests.connectors.double import CREDENTIALS, ROOT, served
from tests.connectors.listing_double import PAGING, ListingDouble, business_contract, listing_plan, listing_system

CONTRACT = business_contract()


@contextmanager
def asked(by: str = "page", **options: object) -> Iterator[tuple[ListingDouble, Any]]:
    """The double, and a source of it."""
    double = ListingDouble(by)
    with served(double, "/api") as address:
        source = open_source(listing_system(address, by, **options), CONTRACT)
        yield double, source
        source.close()


@pytest.mark.parametrize("by", PAGING)
def test_records_and_children_come_whole(by: str) -> None:
    """Each record once, its fields by their paths, its members with their owner and number."""
    with asked(by) as (double, source):
        frames = [source.records(page.body, page.media_type) for page in source.pages(Window())]
    rows = [row for each in frames for row in each["household_business"].rows(named=True)]
    members = [row for each in frames for row in each["household_member"].rows(named=True)]

    assert [each["ma"] for each in double.records] == [row["maSo"] for row in rows]
    assert ("Hộ kinh doanh mẫu số 2", "closed", None, "2022-06-01T07:02:00") == (
        rows[1]["ten"], rows[1]["trangThai"], rows[1]["ghiChu"], rows[1]["ngayCapNhat"],
    )  # fmt: skip
    assert [("HK-0001", "1"), ("HK-0002", "1"), ("HK-0002", "2")] == [(m["maSo"], m["thuTu"]) for m in members[:3]]
    assert [1, 2, 2] == [each["_owner"] for each in members[:3]]


@pytest.mark.parametrize("by", PAGING)
def test_only_a_stable_order_moves_the_position_before_the_end(by: str) -> None:
    """Pages by number may hide a record until the last of them has come; so only that one has a position."""
    with asked(by) as (_, source):
        ends = [page.end is not None for page in source.pages(Window())]

    assert ([True] * 3 if by == "keyset" else [False, False, True]) == ends


def test_the_window_is_asked_in_the_declared_form() -> None:
    """Local time; parts of a second round the end up, so that nothing inside is left out."""
    with asked() as (double, source):
        since = Position(datetime(2022, 6, 1, 0, 2, tzinfo=UTC))
        pages = list(source.pages(Window(since, datetime(2022, 6, 1, 0, 4, 0, 5, tzinfo=UTC))))

    assert ("01/06/2022 07:02:00", "01/06/2022 07:04:01") == (double.asked[0]["tuNgay"], double.asked[0]["denNgay"])
    assert 3 == sum(page.count for page in pages)


def test_a_record_that_moves_between_two_pages_is_no_silent_loss() -> None:
    """It changes after its page was read, and the others move up: the reading ends as Incomplete, without a position."""
    with asked() as (double, source):
        pages = source.pages(Window())
        came = [next(pages)]
        double.records[0]["capNhat"] = "01/06/2022 09:00:00"
        with pytest.raises(Incomplete, match="came before"):
            came += pages

    assert [None] * len(came) == [page.end for page in came]


def test_what_else_a_source_answers() -> None:
    """Keys, a fingerprint that differs after a change, records by their change time, and a check."""
    with asked() as (double, source):
        keys = [key for page in source.listing() for key in page.keys["maSo"]]
        before = source.fingerprint(Window())
        again = [page.count for page in source.again([SoughtRecord("HK-0002", datetime(2022, 6, 1, 0, 2, tzinfo=UTC))])]
        probes = {probe.step: probe.ok for probe in source.check()}
        double.records[3]["capNhat"] = "01/06/2022 10:00:00"
        after = source.fingerprint(Window())

    assert [each["ma"] for each in double.records] == keys
    assert (True, [1]) == (after.differs(before), again)
    assert (True, True) == (probes["sample call"], probes["clock"])


@pytest.mark.parametrize(
    ("login", "sent"),
    [
        ("basic", f"Basic {base64.b64encode('hub-user:mật-khẩu-19'.encode()).decode()}"),
        ("bearer", "Bearer a-permanent-token"),
        ("oauth", "Bearer token-of-an-hour"),
    ],
)
def test_how_it_signs_in(login: str, sent: str) -> None:
    """Each login is sent as its standard says; a refusal is told as one."""
    double, seen = ListingDouble(), list[str]()

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        if path.endswith("/dang-nhap"):
            return 200, "application/json", b'{"access_token": "token-of-an-hour", "expires_in": 3600}'
        seen.append(headers.get("Authorization", ""))
        return double(method, path, {"X-Ma-Truy-Cap": CREDENTIALS["access_key"]}, body)

    with served(answer, "/api") as address:
        system = listing_system(address, login=login, token_path="dang-nhap")
        held = {**CREDENTIALS, "token": "a-permanent-token"}
        source = open_source(System(**{**vars(system), "credentials": held}), CONTRACT)
        assert 3 == len(list(source.pages(Window())))
        source.close()
    with asked(login="none") as (_, refused), pytest.raises(AuthenticationFailed):
        list(refused.pages(Window()))

    assert {sent} == set(seen)


def test_the_example_of_the_page_is_what_is_tested() -> None:
    """docs/add-a-system.md declares the register of these tests, and a deployment's loader takes it."""
    page = (ROOT / "docs" / "add-a-system.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```yaml\n(system: households-971\n.*?)^```", page, re.DOTALL | re.MULTILINE)
    ours = listing_system("https://hkd.huyen-mau-2.example/api")

    shown = SystemFile.model_validate(yaml.safe_load(block))

    left = {"left_out": ["/duLieu.conNua", "/duLieu.tiep"]}
    assert (ours.id, ours.dialect, ours.address) == (shown.id, shown.dialect, shown.address)
    assert {**ours.options, "listings": {"household_business": {**listing_plan("page"), **left}}} == shown.options


PLAN = listing_plan("page")
WITHOUT = [
    ({"listings": {"household_business": {**PLAN, "total": None}}}, "paging by page lacks total"),
    ({"listings": {"household_business": {**PLAN, "paging": {"by": "page", "parameter": "p"}}}}, "page lacks size"),
    ({"listings": {"household_business": {**PLAN, "paging": {"by": "pages"}}}}, "known are page, offset, keyset"),
    ({"listings": {"household_business": {**PLAN, "pagign": {}}}}, "unknown key pagign"),
    ({"listings": {"household_business": {**PLAN, "fields": {"maSo": "ma"}}}}, "no word on ten"),
    ({"listings": {"household_business": {**PLAN, "children": {}}}}, "household_member: no list under children"),
    ({"listings": {"household_business": {**PLAN, "window": {"from": "a", "form": "dd.MMM.yy"}}}}, "no time can be asked"),
    ({"listings": {"birth": PLAN}}, "listings has none for household_business"),
    ({"times": {"household_business": {"ten": "dd/MM/yyyy"}}}, "which is no time or date"),
    ({"values": {"household_business": {"loai": {"0": "x"}}}}, "household_business.loai, which is no field"),
    ({"login": "ldap"}, "login must be one of"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "says"), WITHOUT, ids=[says for _, says in WITHOUT])
def test_a_declaration_that_cannot_work_is_refused_on_opening(options: dict[str, object], says: str) -> None:
    """Before anything is asked."""
    with pytest.raises(DeploymentInvalid) as refused:
        open_source(listing_system("http://127.0.0.1:1", **options), CONTRACT)

    assert says in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    ("form", "up", "text"),
    [
        ("yyyyMMddHHmmss", False, "20220601235959"),
        ("dd/MM/yyyy HH:mm", True, "02/06/2022 00:00"),
        ("dd/MM/yyyy", True, "01/06/2022"),
        ("yyyy-MM-dd'T'HH:mm:ss'Z'", False, "2022-06-01T16:59:59Z"),
    ],
)
def test_a_moment_in_a_declared_form(form: str, up: bool, text: str) -> None:
    """Cut off, or rounded up for the end of a span; in UTC where the form says so."""
    moment = datetime(2022, 6, 1, 16, 59, 59, tzinfo=UTC)

    assert ("", text) == (declared_times.fault_in_writing(form), declared_times.written(moment, form, up=up))


@pytest.mark.parametrize("by", PAGING)
def test_a_record_twice_on_a_page(by: str) -> None:
    """The source has it twice and counts it twice: both come, for the merge to compare. Once the reading never ended."""
    with asked(by) as (double, source):
        double.records.insert(1, dict(double.records[0]))
        frames = [source.records(page.body, page.media_type) for page in source.pages(Window())]
    came = [row["maSo"] for each in frames for row in each["household_business"].rows(named=True)]

    assert [each["ma"] for each in double.records] == came
