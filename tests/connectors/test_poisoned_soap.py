"""Pages with any share of bad records, and any damage: good records are exact, and no error is without a name."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import Source
from contracts.errors import HubError
from contracts.refused import RAW, REFUSED
from tests.connectors.registry_double import Spoil
from tests.connectors.registry_replies import record, reply

KINDS: list[Spoil] = [
    lambda text: text.replace("2022-06-01T", "hôm qua "),
    lambda text: text.replace("<maDonVi>27007</maDonVi>", ""),
    lambda text: text.replace("<so>1</so>", "<so>1</so><so>2</so>"),
    lambda text: text.replace("<so>", "<soNha/><so>"),
    lambda text: text.replace("</khaiSinh>", "trôi</khaiSinh>"),
    lambda text: text.replace("khaiSinh", "khaiTu"),
]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_poisoned_page(birth_reader: Source, share: float, chance: Any) -> None:
    """Whatever share of a page is bad, in six kinds: the good ones are exact, and each bad one is a refused row."""
    good = [record(str(number), f"<so>1</so><nksHoTen>Trần {number}</nksHoTen>") for number in range(1, 201)]
    bad = set(chance.sample(range(200), max(1, int(200 * share))))
    page = [chance.choice(KINDS)(text) if at in bad else text for at, text in enumerate(good)]

    frame = birth_reader.records(reply(*page), "text/xml")["birth"]

    assert bad == set(frame[REFUSED].is_not_null().arg_true())
    assert [page[at].encode() for at in sorted(bad)] == frame[RAW].drop_nulls().to_list()
    taken = frame.filter(pl.col(REFUSED).is_null())
    assert [(str(at + 1), f"Trần {at + 1}") for at in range(200) if at not in bad] == taken.select(
        "id", "nksHoTen"
    ).rows()


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_any_damage_ends_in_refusals_or_a_named_error(birth_reader: Source, data: st.DataObject) -> None:
    """Bytes, types, names, encodings: no good record is changed, and no error is without a name."""
    whole = [record(str(number), f"<so>1</so><nksHoTen>Trần {number}</nksHoTen>") for number in (1, 2, 3)]
    page = reply(*whole)
    start = data.draw(st.integers(page.index(b"<hoSo>"), len(page)))
    end = data.draw(st.integers(start, min(len(page), start + 30)))
    put = data.draw(st.one_of(st.binary(max_size=6), st.sampled_from([b"<", b"&", b"<so>", b"</hoSo>", b"<hoSo>"])))

    try:
        frame = birth_reader.records(page[:start] + put + page[end:], "text/xml")["birth"]
    except HubError:
        return

    unharmed = [text for text in whole if text.encode() in page[:start] or text.encode() in page[end:]]
    taken = frame.filter(pl.col(REFUSED).is_null())
    for text in unharmed:
        number = text.partition("<id>")[2].partition("<")[0]
        assert (number, f"Trần {number}") in taken.select("id", "nksHoTen").rows()
