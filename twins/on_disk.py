"""Large tables on the disk instead of in memory: a city of millions is larger than the memory of a small machine.

A table is columns of one length. In memory they are a dict; on the disk each is a file, read when it is asked for, so that
a step of the building holds the columns that it works on and no more.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
import polars as pl

Record = dict[str, str | None]
Columns: TypeAlias = MutableMapping[str, pl.Series]

_ROWS_AT_A_TIME = 10_000
_ROWS_READ = 100_000
"""Of all columns of a table."""
_HELD = 3
"""Columns that a table keeps in memory, those that were asked for last."""
_LINE = msgspec.json.Decoder(dict[str, list[str | None]])


class ColumnsOnDisk(MutableMapping[str, pl.Series]):
    """Columns by name, each in a file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="twins-")
        self._files: dict[str, Path] = {}

    def __setitem__(self, name: str, column: pl.Series) -> None:
        file = Path(self._folder.name) / f"{name}.arrow"
        partial = file.with_suffix(".part")
        column.to_frame(name).write_ipc(partial, compression="lz4")
        partial.rename(file)
        self._files[name] = file

    def __getitem__(self, name: str) -> pl.Series:
        return pl.read_ipc(self._files[name]).to_series()

    def part(self, name: str, start: int, size: int) -> pl.Series:
        """Some rows of a column."""
        return pl.scan_ipc(self._files[name]).slice(start, size).collect().to_series()

    def __delitem__(self, name: str) -> None:
        self._files.pop(name).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class CityTable:
    """Columns of one length, wherever they are."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._held: dict[str, pl.Series] = {}
        self._rows = len(self[next(iter(columns))]) if columns else 0

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, name: str) -> pl.Series:
        column = self._held.pop(name, None)
        if column is None:
            column = self._columns[name]
        self._held[name] = column
        if len(self._held) > _HELD:
            del self._held[next(iter(self._held))]
        return column

    def __setitem__(self, name: str, column: pl.Series) -> None:
        self._held.pop(name, None)
        self._columns[name] = column

    def put(self, name: str, rows: Sequence[int], values: pl.Series) -> None:
        """Other values of a column in some rows."""
        self[name] = self[name].scatter(list(rows), values)

    def select(self, *expressions: pl.Expr | str) -> pl.DataFrame:
        """As of a frame; only the columns that the expressions name are read."""
        asked = [pl.col(each) if isinstance(each, str) else each for each in expressions]
        names = list(dict.fromkeys(name for each in asked for name in each.meta.root_names()))
        return pl.DataFrame({name: self._columns[name] for name in names}).select(asked)

    def parts(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows of some columns, so many at a time."""
        for start in range(0, max(self._rows, 1), _ROWS_READ):
            yield pl.DataFrame({name: self._part(name, start) for name in names})

    def _part(self, name: str, start: int) -> pl.Series:
        if isinstance(self._columns, ColumnsOnDisk):
            return self._columns.part(name, start, _ROWS_READ)
        return self._columns[name].slice(start, _ROWS_READ)

    def whole(self) -> pl.DataFrame:
        """All of it, in memory."""
        return pl.DataFrame(dict(self._columns))


class CityTables(Mapping[str, pl.DataFrame]):
    """CityTables by name; as a mapping, each whole and in memory."""

    def __init__(self, fresh: Callable[[], Columns] = dict) -> None:
        """`fresh` makes room for columns: `dict`, or `ColumnsOnDisk`."""
        self.fresh = fresh
        self._tables: dict[str, CityTable] = {}

    def add(self, name: str, columns: Columns) -> None:
        self._tables[name] = CityTable(columns)

    def table(self, name: str) -> CityTable:
        """One table, column by column."""
        return self._tables[name]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self._tables[name].whole()

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


class RecordFile:
    """The rows of a table as records, in a file without a name: its room is free when the object is."""

    def __init__(self, fields: Sequence[str], parts: Iterable[pl.DataFrame]) -> None:
        """`parts` are frames with these columns."""
        self._fields = list(fields)
        self._file = tempfile.TemporaryFile(prefix="twins-")  # noqa: SIM115 - open as long as this object
        ends, before = [], 0
        for part in (some for each in parts for some in each.iter_slices(_ROWS_AT_A_TIME)):
            lines = part.select(pl.concat_list(pl.col(self._fields)).alias("row")).write_ndjson().encode()
            ends.append(np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n")) + 1 + before)
            before += self._file.write(lines)
        self._file.flush()
        self._ends = np.concatenate([np.zeros(1, np.int64), *ends])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> Record:
        start, end = self._ends[row], self._ends[row + 1]
        line = _LINE.decode(os.pread(self._file.fileno(), int(end - start), int(start)))
        return dict(zip(self._fields, line["row"], strict=True))
