"""Large tables on the disk hold what the same tables in memory hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from twins.on_disk import FramesOnDisk, RecordFile
from twins.population import AS_OF, build_city


def test_a_city_is_the_same_in_files() -> None:
    """Twelve million registrations are built in files: their defects and records are those of a city in memory."""
    files = FramesOnDisk()
    plain, filed = (build_city(3_000, 5, 7, AS_OF, registers=registers) for registers in (None, files))

    assert list(filed.registers) == list(plain.registers)
    for name, frame in plain.registers.items():
        assert_frame_equal(frame, filed.registers[name])
    assert_frame_equal(plain.truth, filed.truth)


def test_a_dropped_frame_leaves_no_file() -> None:
    files = FramesOnDisk()
    files["a"] = files["b"] = pl.DataFrame({"x": ["1"]})
    folder = Path(files._folder.name)

    del files["a"]

    assert [each.name for each in folder.iterdir()] == ["b.arrow"]
    assert len(files) == 1
    with pytest.raises(KeyError):
        files["a"]


def test_records_come_back_as_they_were() -> None:
    """Line ends, quotes, marks of two bytes and absent values."""
    frame = pl.DataFrame(
        {"id": ["1", "2", "3"], "ten": ["Nguyễn\nHòa", None, '"Đỗ" \\ {}'], "ghiChu": [None, "", "\u2028"]}
    )

    records = RecordFile(frame)

    assert [records[row] for row in (2, 0, 1)] == [frame.to_dicts()[row] for row in (2, 0, 1)]
    assert len(records) == 3
    assert len(RecordFile(frame.clear())) == 0
