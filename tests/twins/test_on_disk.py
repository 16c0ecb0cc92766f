"""Large tables on the disk hold what the same tables in memory hold."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from twins.on_disk import CityTable, CityTables, ColumnsOnDisk, RecordFile
from twins.population import AS_OF, build_city


def test_a_city_is_the_same_in_files() -> None:
    """Twelve million registrations are built in files: their defects and records are those of a city in memory."""
    files = CityTables(ColumnsOnDisk)
    plain, filed = (build_city(3_000, 5, 7, AS_OF, registers=registers) for registers in (None, files))

    assert list(filed.registers) == list(plain.registers)
    for name, frame in plain.registers.items():
        assert_frame_equal(frame, filed.registers[name])
    assert_frame_equal(plain.truth, filed.truth)


def test_a_dropped_column_leaves_no_file() -> None:
    files = ColumnsOnDisk()
    files["a"] = files["b"] = pl.Series(["1"])
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

    records = RecordFile(frame.columns, [frame[:2], frame[2:]])

    assert [records[row] for row in (2, 0, 1)] == [frame.to_dicts()[row] for row in (2, 0, 1)]
    assert len(records) == 3
    assert len(RecordFile(frame.columns, [frame.clear()])) == 0


def test_a_table_is_the_same_in_parts_wherever_its_columns_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry's twin writes its entries part by part: all columns of millions never stand in memory together."""
    monkeypatch.setattr("twins.on_disk._ROWS_READ", 3)
    given = {"a": pl.Series([str(n) for n in range(8)]), "b": pl.Series([None, "x"] * 4), "c": pl.Series(range(8))}
    kept = ColumnsOnDisk()
    kept.update(given)
    for table in (CityTable(dict(given)), CityTable(kept)):
        table.put("b", [0, 7], pl.Series(["y", None]))
        parts = list(table.parts(["c", "b"]))

        assert [3, 3, 2] == [each.height for each in parts]
        changed = ["y", "x", None, "x", None, "x", None, None]
        assert_frame_equal(pl.DataFrame({"c": given["c"], "b": changed}), pl.concat(parts))
        assert_frame_equal(table.whole().select("c", "b"), table.select("c", pl.col("b")))
        assert 8 == len(table)
