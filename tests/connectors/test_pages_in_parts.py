"""What one record of a page costs where it is too large, too deep, or keeps the page from being read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from structlog.testing import capture_logs

from connectors import Position, Window, open_source
from connectors.errors import Malformed, TooLarge
from connectors.rest.json_text import parse
from connectors.testing.fault_proxy import FaultProxy, ScriptedReply

ALL = [f"000.00.01.H29-220601-{n:04d}" for n in range(1, 8)]


def test_the_reading_passes_a_page_without_any_readable_key(one_stop: Any) -> None:
    """More is asked for, until a record says where the next page starts."""
    for each in one_stop.double.dossiers[2:6]:
        each["MaHoSo"] = ""
    source = one_stop.open(page_size=2)
    pages = list(source.pages(Window()))
    numbers = {n for page in pages for n in source.records(page.body, page.media_type)["dossier"]["MaHoSo"] if n}

    assert {ALL[0], ALL[1], ALL[6]} == numbers


def test_one_record_that_is_too_large(one_stop: Any) -> None:
    """A note beyond the cap of a page costs its record: it is asked for alone, where twice the bytes are read."""
    one_stop.double.dossiers[3]["GhiChu"] = "x" * 2_200_000
    source = one_stop.open(page_size=7, max_inflated_bytes=2_000_000, max_raw_bytes=2_000_000)
    pages = list(source.pages(Window()))
    rows = pl.concat([source.records(p.body, p.media_type)["dossier"] for p in pages], how="diagonal")

    assert ALL == rows["MaHoSo"].to_list()
    assert [(ALL[3], "GhiChu: a text of more than 1048576 characters")] == rows.filter(
        pl.col("_refused").is_not_null()
    ).select("MaHoSo", "_refused").rows()


def test_one_record_that_is_larger_still(one_stop: Any) -> None:
    """What comes before it comes in; the message says where, and what to raise."""
    one_stop.double.dossiers[3]["GhiChu"] = "x" * 5_000_000
    source = one_stop.open(page_size=7, max_inflated_bytes=2_000_000, max_raw_bytes=2_000_000)
    pages = source.pages(Window())

    assert 3 == next(pages).count
    with pytest.raises(TooLarge, match=r"page 2, from 20220601, asked for in pages of 6, 3, 1") as raised:
        next(pages)
    assert "max_inflated_bytes" in raised.value.hint


def test_a_record_that_can_neither_be_read_nor_passed(one_stop: Any) -> None:
    """Its key is broken too: the reading stops behind the last record before it, and says where."""

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        return answer.with_body(answer.body.replace(b'"000.00.01.H29-220601-0004"', rb'"\"'))

    with FaultProxy(one_stop.address, spoil) as proxy:
        source = open_source(one_stop.system(proxy.address, page_size=3), one_stop.contract)
        pages = source.pages(Window())
        assert 3 == next(pages).count
        with pytest.raises(Malformed, match="from 20220601") as raised:
            next(pages)
        source.close()
    assert "the source must mend its first record from there on" in raised.value.hint


def test_brackets_cost_no_memory(one_stop: Any) -> None:
    """Six hundred nested brackets in one text once took 5.6 GB."""
    import tracemalloc

    nested: list[Any] = []
    for _ in range(600):
        nested = [nested]
    one_stop.double.dossiers[2]["GhiChu"] = nested
    source = one_stop.open(page_size=100)
    tracemalloc.start()
    (page,) = source.pages(Window())
    frame = source.records(page.body, page.media_type)["dossier"]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "GhiChu: nested deeper than 32 levels" == frame["_refused"][2]
    assert peak < 20_000_000


def test_a_moderately_deep_value_is_kept_as_text(one_stop: Any) -> None:
    """Ten levels are kept, for the rules to judge."""
    nested: Any = "x"
    for _ in range(10):
        nested = [nested]
    one_stop.double.dossiers[2]["GhiChu"] = nested
    source = one_stop.open(page_size=100)
    (page,) = source.pages(Window())

    assert parse(source.records(page.body, page.media_type)["dossier"]["GhiChu"][2]) == nested


@pytest.mark.usefixtures("plain_log")
def test_fields_of_a_list_that_nobody_knows_are_named(one_stop: Any) -> None:
    """A new field of a component is landed and named; once only those of a dossier were."""
    one_stop.double.dossiers[0]["TaiLieuNop"] = [{"TepDinhKemId": "1", "Moi": "x"}]
    source = one_stop.open(page_size=100)
    with capture_logs() as logs:
        list(source.pages(Window()))

    assert [["TaiLieuNop.Moi"]] == [line["fields"] for line in logs if line["event"] == "page.unknown_fields"]


def test_a_window_behind_the_newest(one_stop: Any) -> None:
    """A damaged page in a window keeps the window's bounds in its smaller questions."""

    def spoil(request: object, answer: ScriptedReply) -> ScriptedReply:
        return answer.with_body(answer.body.replace("Hồ Sơ 3".encode(), b"C:\\"))

    window = Window(Position(datetime(2022, 6, 1, 0, 2, tzinfo=UTC)), datetime(2022, 6, 1, 0, 4, tzinfo=UTC))
    with FaultProxy(one_stop.address, spoil) as proxy:
        source = open_source(replace(one_stop.system(proxy.address, page_size=7)), one_stop.contract)
        pages = list(source.pages(window))
        rows = pl.concat([source.records(p.body, p.media_type)["dossier"] for p in pages], how="diagonal")
        source.close()

    assert ALL[1:4] == rows["MaHoSo"].to_list()
    assert [None, "record: no readable JSON", None] == rows["_refused"].to_list()
