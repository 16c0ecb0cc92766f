"""Uses of e-identification: what the contract does not name leaves no byte behind, and the record says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors import Window, open_source
from connectors.errors import Malformed
from connectors.testing.fault_proxy import FaultProxy

CANARY = "S0lNLUNBTkFSWS1NQVU="


def read(place: Any, **options: object) -> tuple[list[bytes], list[dict[str, object]]]:
    source = place.open(**options)
    pages = list(source.pages(Window()))
    rows = [
        row for page in pages for row in source.records(page.body, page.media_type)["identification_event"].to_dicts()
    ]
    source.close()
    return [page.body for page in pages], rows


def test_lawful_records_come_whole(e_identification: Any) -> None:
    """Every use once, its fields as text, nothing cut."""
    _, rows = read(e_identification)

    assert [f"DD{n:07d}" for n in range(1, 8)] == [row["maSuKien"] for row in rows]
    assert {None} == {row["truongNgoaiHopDong"] for row in rows}
    assert rows[0]["soTruongDienSan"] == "9"


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda use: use.update(anhKhuonMat=CANARY), "anhKhuonMat"),
        (lambda use: use.update(mauSinhTracHoc={"v": [1, CANARY]}), "mauSinhTracHoc"),
        (lambda use: use.update({CANARY: "x"}), "?"),
        (lambda use: use.update(truongNgoaiHopDong=[CANARY]), "truongNgoaiHopDong"),
        (lambda use: use.update(MaHoSo=CANARY * 20), "MaHoSo"),
        (lambda use: use.update(soTruongDienSan=[CANARY]), "soTruongDienSan"),
    ],
    ids=["image", "template", "content as a name", "the reader's own field", "an image under a known name", "a list"],
)
def test_what_is_forbidden_is_cut_and_named(
    e_identification: Any, spoil: Callable[[dict[str, object]], None], named: str
) -> None:
    """The page that is landed holds nothing of it; the record is there and names the field."""
    spoil(e_identification.double.dossiers[3])
    bodies, rows = read(e_identification)

    assert not any(CANARY.encode() in body for body in bodies)
    assert [None] * 3 + [named] + [None] * 3 == [row["truongNgoaiHopDong"] for row in rows]


def test_a_key_reported_twice_hides_nothing(e_identification: Any) -> None:
    """JSON readers take the last of two values: such a record is refused, and neither value is kept."""
    hidden = b'{"maThamChieu": "%s", "maSuKien"' % CANARY.encode()

    with FaultProxy(
        e_identification.address, lambda request, answer: answer.with_body(answer.body.replace(b'{"maSuKien"', hidden))
    ) as proxy:
        source = open_source(e_identification.system(proxy.address), e_identification.contract)
        pages = list(source.pages(Window()))
        frames = [source.records(page.body, page.media_type)["identification_event"] for page in pages]
        source.close()
    assert not any(CANARY.encode() in page.body for page in pages)
    assert ["maThamChieu: a key twice"] * 7 == [row for frame in frames for row in frame["_refused"]]
    assert [f"DD{n:07d}" for n in range(1, 8)] == [row for frame in frames for row in frame["maSuKien"]]


def test_a_source_cannot_write_a_refusal(e_identification: Any) -> None:
    """The member by which this module keeps a refusal would let a source write into our messages."""
    e_identification.double.dossiers[3]["_refused"] = [CANARY, CANARY]
    bodies, rows = read(e_identification)

    assert not any(CANARY.encode() in body for body in bodies)
    assert ["_refused: a member that only the hub writes"] == [row["_refused"] for row in rows if row.get("_refused")]


def test_anything_beside_the_envelope_refuses_the_page(e_identification: Any) -> None:
    """Nothing of such a page is kept."""
    source = e_identification.open()
    body = json.dumps(
        {"error_code": "0", "message": "Thành công", "count": 0, "hasMore": False, "result": [], "anh": CANARY}
    ).encode()

    with pytest.raises(Malformed) as raised:
        source.records(body, "application/json")
    assert CANARY not in str(raised.value)
