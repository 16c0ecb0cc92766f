"""The journal of changes at the twins since their city was built, kept on disk, so that a restart loses nothing.

One JSON line for each change, written before the caller gets the answer. The first line names the city, because a
change can be repeated only on the same records.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change or departure of one system's records, or a filed dossier."""

    system: str
    count: int
    seed: int
    at: datetime
    """The twins' time, aware: change times of records come from it."""
    dossier: dict[str, Any] | None = None
    """What was filed; `count` and `seed` then say nothing."""
    departed: str = ""
    """One of `twins.departures.DEPARTURES`, if that is what happened to the records."""
    silent: bool = False
    register: str = "birth"
    """Of the registry's, which one."""


class Built(msgspec.Struct, frozen=True):
    """What a city is built of."""

    records: int
    dossiers: int
    seed: int
    as_of: datetime


class Journal:
    """`changes` are those in the file when it was opened, in their order.

    Raises:
        ValueError: the file belongs to another city, or is not a journal.
    """

    def __init__(self, path: Path, city: Built) -> None:
        self._path = path
        written = path.read_bytes() if path.exists() else b""
        whole = written[
            : written.rfind(b"\n") + 1
        ]  # a line that was being written when the machine stopped was never answered
        lines = whole.splitlines()
        try:
            known = msgspec.json.decode(lines[0], type=Built) if lines else city
            self.changes: list[Change] = [msgspec.json.decode(line, type=Change) for line in lines[1:]]
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path} is no journal of the twins: {error}") from None
        if known != city:
            raise ValueError(f"{path} is the journal of another city ({known}); move it away, or serve that city")
        if len(whole) < len(written):
            os.truncate(path, len(whole))
        if not lines:
            self._append(city)

    def note(self, change: Change) -> None:
        """Keep a change; it is on the disk when this returns."""
        self._append(change)

    def _append(self, line: msgspec.Struct) -> None:
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
