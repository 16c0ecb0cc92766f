"""Random damage to files: a case or a named error with its next step, and no good record lost where rows can be cut."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.dumps.dump_frames import CSV, NDJSON, PARQUET, frame_of, titles_of
from connectors.dumps.lines import whole_records
from connectors.errors import Incomplete, Malformed, TooLarge
from connectors.files.archive import ArchiveLimits
from connectors.files.csv_rows import csv_rows
from connectors.workbooks.workbook import SheetLayout, csv_table, xlsx_table
from contracts.errors import HubError
from contracts.refused import REFUSED
from tests.connectors.trial_lists import listed, put, read, workbook

TITLES = ("ma", "ten", "ghiChu")
DUE = SheetLayout(TITLES)
NAMES = ["Nguyễn Văn An", "Trần Thị Bé", 'nói "một"', "hai,\nba", "", "Đỗ Ý", "x;y", "'079"]


def rows(count: int) -> list[tuple[str, str, str]]:
    return [
        (f"M{number:04}", NAMES[number % len(NAMES)] or "A", NAMES[(number * 3) % len(NAMES)])
        for number in range(count)
    ]


def as_csv(records: list[tuple[str, str, str]], quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerows([TITLES, *records])
    return text.getvalue().encode()


def as_ndjson(records: list[tuple[str, str, str]]) -> bytes:
    lines = (json.dumps(dict(zip(TITLES, each, strict=True)), ensure_ascii=False) for each in records)
    return "".join(f"{line}\n" for line in lines).encode()


CSV_BODY, NDJSON_BODY, BOOK = as_csv(rows(40)), as_ndjson(rows(40)), workbook([list(TITLES), *map(list, rows(40))])
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 3)), min_size=1, max_size=4
)


def damaged(body: bytes, damage: list[tuple[float, bytes, int]], first: int = 0) -> tuple[bytes, list[int]]:
    """The bytes with some of them taken out and others put in, and where."""
    places = []
    for share, put_in, taken in damage:
        at = first + int(share * (len(body) - first))
        body = body[:at] + put_in + body[at + taken :]
        places.append(at)
    return body, places


def untouched(body: bytes, spoiled: bytes) -> set[bytes]:
    """Lines that both have."""
    return set(body.split(b"\n")) & set(spoiled.split(b"\n"))


@settings(max_examples=300, deadline=None)
@given(DAMAGE)
def test_a_damaged_csv(damage: list[tuple[float, bytes, int]]) -> None:
    """Every good row that no quote of a damaged one can reach comes as it was; nothing but our errors comes out."""
    records = [each for each in rows(40) if not any("\n" in value or '"' in value for value in each)]
    body = as_csv(records)
    head = body.index(b"\n") + 1
    spoiled, _ = damaged(body, damage, head)
    try:
        frame = csv_table(spoiled, "b.csv", DUE).frame
    except HubError as error:
        pytest.fail(f"a damaged row refused the file: {error.message}")
    good = frame.filter(pl.col(REFUSED).is_null())
    here = {tuple(value or "" for value in row) for row in good.select(TITLES).rows()}
    if spoiled.count(b'"') == body.count(b'"'):  # no quote came or went: then each line is a row
        lines = untouched(body[head:], spoiled[head:])
        kept = [each for each in records if as_csv([each]).split(b"\n")[1] in lines]
        assert set(kept) <= here


@settings(max_examples=300, deadline=None)
@given(DAMAGE)
def test_a_damaged_ndjson(damage: list[tuple[float, bytes, int]]) -> None:
    """Each line that was not touched comes as it was, whatever became of the others."""
    spoiled, _ = damaged(NDJSON_BODY, damage)
    lines = [line for line in spoiled.split(b"\n") if line.strip()]
    frame = frame_of(NDJSON, spoiled, [], TITLES, TITLES, ",", "b.ndjson")

    assert frame.height == len(lines)
    good = frame.filter(pl.col(REFUSED).is_null())
    kept = {tuple(json.loads(line).values()) for line in untouched(NDJSON_BODY, spoiled) if line}
    assert kept <= {tuple(value or "" for value in row) for row in good.select(TITLES).rows()}


@settings(max_examples=150, deadline=None)
@given(DAMAGE)
def test_a_damaged_sheet(damage: list[tuple[float, bytes, int]]) -> None:
    """Inside a workbook whose archive is whole: rows that were not touched come as they were, or the file is refused."""
    source, target = zipfile.ZipFile(io.BytesIO(BOOK)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, damaged(content, damage)[0] if name == "xl/worksheets/sheet1.xml" else content)
    refusals: list[HubError] = []
    try:
        frame = xlsx_table(target.getvalue(), "b.xlsx", DUE, ArchiveLimits()).frame
        assert frame[REFUSED].count() or frame.height <= 41
    except (Malformed, TooLarge) as error:
        refusals.append(error)
    assert all(each.hint for each in refusals)
    assert not any(name in str(each) for each in refusals for name in NAMES if len(name) > 5)


@settings(max_examples=150, deadline=None)
@given(DAMAGE)
def test_a_damaged_workbook(damage: list[tuple[float, bytes, int]]) -> None:
    """The archive itself: our error with a next step, or what was written."""
    spoiled, _ = damaged(BOOK, damage)
    try:
        frame = xlsx_table(spoiled, "b.xlsx", DUE, ArchiveLimits()).frame
    except (Incomplete, Malformed, TooLarge):
        return
    assert frame.height == 40


@settings(max_examples=60, deadline=None)
@given(DAMAGE)
def test_a_damaged_parquet(damage: list[tuple[float, bytes, int]]) -> None:
    """Malformed, or a frame; no panic of the library."""
    target = io.BytesIO()
    pl.DataFrame(rows(40), schema=list(TITLES), orient="row").write_parquet(target)
    spoiled, _ = damaged(target.getvalue(), damage)
    refusals: list[HubError] = []
    try:
        frame_of(PARQUET, spoiled, list(TITLES), TITLES, TITLES, ",", "b.parquet")
    except Malformed as error:
        refusals.append(error)
    assert all(each.hint for each in refusals)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(*[st.text(st.sampled_from('a",\n;ế'), max_size=6)] * 3), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_csv_writers_write_is_read_alike(records: list[tuple[str, str, str]], quoting: int) -> None:
    """As Python's own reader reads it; and a dump is cut at the same places."""
    body = as_csv(records, quoting)
    read_ = [row.values for row in csv_rows(body.decode(), ",")]

    assert read_ == [TITLES, *records]
    rest = body.partition(b"\n")[2]
    parts = list(whole_records(io.BytesIO(rest), "f", records=1, most_bytes=1 << 20, quotes=","))
    assert [count for _, count in parts] == [1] * len(records)
    assert b"".join(part for part, _ in parts) == rest


POISON: dict[str, tuple[bytes, bytes]] = {
    "too few values": (b"P%04d", b'"P%04d"'),
    "too many values": (b"P%04d,a,b,c,d", b'{"ma": "P%04d"} {"ten": "a"}'),
    "quotes that do not end": (b'P%04d,"a,b', b'{"ma": "P%04d, "ten": "a"}'),
    "bytes of another code page": (b"P%04d,Tr\xe7n,b", b'{"ma": "P%04d", "ten": "Tr\xe7n"}'),
    "a NUL": (b"P%04d,a\0,b", b'{"ma": "P%04d", "ten": "a\\u0000"}'),
    "a quote in a value": (b'P%04d,"a"b,c', b'{"ma": "P%04d", "ma": "P"}'),
}


@pytest.mark.parametrize("percent", [1, 10, 50])
@pytest.mark.parametrize("kind", [*POISON, "all six"])
@pytest.mark.parametrize("form", ["list", "dump of CSV", "NDJSON"])
def test_poisoned_pages(form: str, kind: str, percent: int) -> None:
    """The good ones are exact, the bad ones are refused, each by itself and with its bytes."""
    dice = random.Random(f"{form} {kind} {percent}")
    good = rows(200)
    bad = len(good) * percent // (100 - percent) or 1
    lines = (
        as_ndjson(good).splitlines(True) if form == "NDJSON" else [as_csv([each]).split(b"\n", 1)[1] for each in good]
    )
    poison = []
    for number in range(bad):
        chosen = dice.choice([*POISON]) if kind == "all six" else kind
        poison.append(POISON[chosen][form == "NDJSON"] % number)
    mixed = [*lines, *(each + b"\n" for each in poison)]
    dice.shuffle(mixed)
    if form == "NDJSON":
        frame = frame_of(NDJSON, b"".join(mixed), [], TITLES, TITLES, ",", "b")
    else:
        body = b"ma,ten,ghiChu\n" + b"".join(mixed)
        frame = csv_table(body, "b.csv", DUE).frame if form == "list" else _page(body)
    refused = frame.filter(pl.col(REFUSED).is_not_null())
    left = frame.filter(pl.col(REFUSED).is_null()).select(TITLES)

    assert sorted(tuple(value or "" for value in row) for row in left.rows()) == sorted(good)
    assert sorted(refused["_raw"].to_list()) == sorted(poison)


def _page(body: bytes) -> pl.DataFrame:
    [(page, _)] = whole_records(
        io.BytesIO(body.partition(b"\n")[2]), "f", records=10_000, most_bytes=1 << 24, quotes=","
    )
    whole = body.partition(b"\n")[0] + b"\n" + page
    return frame_of(CSV, whole, titles_of(CSV, whole, ","), TITLES, TITLES, ",", "b.csv")


@pytest.mark.parametrize("percent", [1, 10, 50])
def test_poisoned_workbooks(percent: int) -> None:
    """Six kinds of bad cells among good rows."""
    kinds: list[list[object]] = [["P", "=1+1", "x"], ["P", 1234567890123456789, "x"], ["P", "#REF!", "x"]]
    kinds += [["P", 0.5, "x", "beyond"], ["P", "a_xD83D_", "x"], ["P", "a" * 32_760 + "_x0041_" * 2, "x"]]
    good = [list(each) for each in rows(200)]
    bad = [kinds[number % 6] for number in range(len(good) * percent // (100 - percent) or 1)]
    mixed: list[list[object]] = [*good, *bad]
    random.Random(percent).shuffle(mixed)
    frame = xlsx_table(workbook([list(TITLES), *mixed]), "b.xlsx", DUE, ArchiveLimits(max_ratio=1_000)).frame
    left = frame.filter(pl.col(REFUSED).is_null()).select(TITLES)
    wrong = sum(1 for each in bad if each != kinds[5])

    assert frame.height == len(mixed)
    assert {tuple(str(value) for value in each) for each in good} <= {
        tuple(value or "" for value in row) for row in left.rows()
    }
    assert wrong <= int(frame[REFUSED].is_not_null().sum()) <= len(bad)


def test_a_thousand_random_pages(tmp_path: Path) -> None:
    """Through the dialect, folder and all: no good record of any page is lost."""
    dice = random.Random(16)
    lost = []
    for number in range(1_000):
        good = [(f"M{number}-{at}", f"Tên {at}") for at in range(dice.randint(0, 6))]
        lines = [f"{ma},{ten}\n".encode() for ma, ten in good]
        bad = [POISON[dice.choice([*POISON])][0] % at + b"\n" for at in range(dice.randint(0, 3))]
        mixed = [*lines, *bad]
        dice.shuffle(mixed)
        frame = csv_table(b"ma,ten\n" + b"".join(mixed), "b.csv", SheetLayout(("ma", "ten"))).frame
        left = frame.filter(pl.col(REFUSED).is_null())
        lost += [each for each in good if each not in set(left.select("ma", "ten").rows())]
    put(tmp_path, "ds1.csv", b"ma,ten\n" + b"".join(mixed))
    pages, error = read(listed(tmp_path))

    assert lost == []
    assert error is None
    assert [page.count for page in pages] == [len(mixed)]
    assert re.match(r"ds1\.csv \(\d+ bytes\)", pages[0].request)
