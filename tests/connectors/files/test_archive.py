"""Archives that were damaged by chance or on purpose: an error of ours, or what was packed; nothing else, and never more memory than the caps."""

from __future__ import annotations

import io
import zipfile

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.errors import Incomplete, Malformed, TooLarge
from connectors.files.archive import Archive, ArchiveLimits
from connectors.workbooks.workbook import SheetLayout, read_xlsx
from twins.digitised.book_files import packed, workbook

HELD = {"1.pdf": b"%PDF-1.4 one" * 40, "2.pdf": b"two", "3-2005.pdf": bytes(range(256))}
PACKED = packed(HELD)
DUE = SheetLayout(("so", "hoTen"))


def book() -> bytes:
    """A workbook of two entries."""
    return workbook(pl.DataFrame({"so": ["1", "2"], "hoTen": ["Nguyễn Văn A", "Trần Thị B"]}))


BOOK = book()


def test_an_honest_archive() -> None:
    """Members in their order, with size and digest."""
    archive = Archive(PACKED, "x.zip", ArchiveLimits())

    assert list(HELD) == list(archive.names) == [each.name for each in archive.members()]
    assert [len(body) for body in HELD.values()] == [each.size for each in archive.members()]
    assert HELD["2.pdf"] == archive.read("2.pdf")


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, len(PACKED)),
)
@example([(0, PACKED[0])], len(PACKED))
@example([(478, 56)], len(PACKED))  # a comment's length that swallows the next member
def test_a_spoiled_archive_is_refused_or_says_the_truth(changes: list[tuple[int, int]], length: int) -> None:
    """Bytes changed, the end cut: one of our errors. What is read all the same is what was packed, for each member has its checksum."""
    spoiled = bytearray(PACKED)
    for place, value in changes:
        spoiled[place] = value
    try:
        archive = Archive(bytes(spoiled[:length]), "x.zip", ArchiveLimits())
        bodies = [archive.read(each.name) for each in archive.members()]
    except (Incomplete, Malformed, TooLarge):
        return
    assert sorted(bodies) == sorted(HELD.values())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(BOOK) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_spoiled_workbook_is_refused_or_says_the_truth(changes: list[tuple[int, int]]) -> None:
    """Whatever openpyxl makes of damaged parts: our error without a value, or the rows as they were."""
    spoiled = bytearray(BOOK)
    for place, value in changes:
        spoiled[place] = value
    refusals: list[Exception] = []
    try:
        came = read_xlsx(bytes(spoiled), "x.xlsx", DUE, ArchiveLimits()).select(DUE.columns).rows()
    except (Incomplete, Malformed, TooLarge) as error:
        refusals, came = [error], []
    assert came == ([] if refusals else [("1", "Nguyễn Văn A"), ("2", "Trần Thị B")])
    assert not any("Văn" in f"{error!r} {error}" or error.__cause__ for error in refusals)


@given(st.binary(max_size=300))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    """No bytes at all, or any: never anything but our errors."""
    with pytest.raises((Incomplete, Malformed, TooLarge)):
        read_xlsx(rubbish, "x.xlsx", DUE, ArchiveLimits())


def test_overlapping_members_are_refused() -> None:
    """A bomb whose members share one body (Fifield 2019): the directory has many entries for the same bytes."""
    body = bytearray(PACKED)
    end = body.rindex(b"PK\x05\x06")
    start = body.index(b"PK\x01\x02")
    entry = bytes(body[start : start + 46 + len("1.pdf")])
    copies = b"".join(entry[:46] + f"{n}.bin".encode() for n in range(9))
    made = bytes(body[:start]) + entry + copies
    tail = bytearray(body[end:])
    tail[8:12] = (10).to_bytes(2, "little") * 2
    tail[12:16] = (len(entry) + len(copies)).to_bytes(4, "little")

    with pytest.raises((Incomplete, Malformed)):
        list(Archive(made + bytes(tail), "x.zip", ArchiveLimits()).members())


def test_a_bomb_costs_nothing_before_it_is_refused() -> None:
    """16 MiB of zeros pack into 16 KiB: told by the directory, with not a byte inflated."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(16 << 20))

    with pytest.raises(TooLarge, match="ratio"):
        Archive(target.getvalue(), "x.zip", ArchiveLimits())
