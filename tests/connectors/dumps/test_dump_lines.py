"""A file of lines is cut into pages of whole records, without holding it whole."""

from __future__ import annotations

import io

import pytest

from connectors.dumps.lines import whole_records
from connectors.errors import TooLarge


@pytest.mark.parametrize("records", [1, 2, 3, 100])
@pytest.mark.parametrize("most", [40, 100, 1_000])
def test_lines_are_cut_between_records(records: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every length of a block: a record is never in two pages, and quoted line breaks belong to theirs."""
    lines = [b"1,a\n", b'2,"b\n\n"\n', b'3,"c""\n"\n', b"4,\n", b'5,"' + b"d" * 20 + b'"\n', b"6,e"]
    for block in range(1, 30):
        monkeypatch.setattr("connectors.dumps.lines._BLOCK", block)
        pages = list(whole_records(io.BytesIO(b"".join(lines)), "f", records=records, most_bytes=most, quotes=","))
        left = list(lines)
        for page, count in pages:
            assert page == b"".join(left[:count])
            assert len(page) <= most
            assert 1 <= count <= records
            left = left[count:]
        assert [] == left


def test_a_line_without_end_is_not_held() -> None:
    """A file of one endless line is refused after as many bytes as a page may have."""

    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(TooLarge, match="record 1 "):
        list(whole_records(stream, "f", records=10, most_bytes=1 << 23))  # type: ignore[arg-type]
    assert stream.read_so_far < 1 << 25
