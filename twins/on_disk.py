"""Large tables on the disk instead of in memory: a city of millions is larger than the memory of a small machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, MutableMapping
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

Record = dict[str, str | None]

_ROWS_AT_A_TIME = 10_000
_LINE = msgspec.json.Decoder(dict[str, list[str | None]])


class FramesOnDisk(MutableMapping[str, pl.DataFrame]):
    """Frames by name, each in a file, and read again whenever it is asked for."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="twins-")
        self._files: dict[str, Path] = {}

    def __setitem__(self, name: str, frame: pl.DataFrame) -> None:
        file = Path(self._folder.name) / f"{name}.arrow"
        partial = file.with_suffix(".part")
        frame.write_ipc(partial, compression="lz4")
        partial.rename(file)
        self._files[name] = file

    def __getitem__(self, name: str) -> pl.DataFrame:
        return pl.read_ipc(self._files[name])

    def __delitem__(self, name: str) -> None:
        self._files.pop(name).unlink()

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class RecordFile:
    """The rows of a frame as records, in a file without a name: its room is free when the object is."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._fields = frame.columns
        self._file = tempfile.TemporaryFile(prefix="twins-")  # noqa: SIM115 - open as long as this object
        ends, before = [], 0
        for part in frame.iter_slices(_ROWS_AT_A_TIME):
            lines = part.select(pl.concat_list(pl.all()).alias("row")).write_ndjson().encode()
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
