"""The staged rows of one dataset of one batch, as the steps around a merge see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Dataset


@dataclass(frozen=True)
class StagedRows:
    """A dataset of a batch within the transaction of its merge."""

    connection: sa.Connection
    dataset: Dataset
    table: str
    """Stage table, as SQL."""
    system: str
    stream: str
    batch: str
    serial: int
    now: datetime

    @property
    def fates(self) -> str:
        """Table of what became of the rows, once they are merged (`hub/load/merge.py`)."""
        return f"fate_{self.dataset.name}"

    def execute(self, statement: str) -> sa.CursorResult[Any]:
        """Run a statement with those of `:stream :dataset :system :batch :serial :now` that it names."""
        given = {
            "stream": self.stream,
            "dataset": self.dataset.name,
            "system": self.system,
            "batch": self.batch,
            "serial": self.serial,
            "now": self.now,
        }
        statement = statement.replace("::", "\\:\\:")
        return self.connection.execute(sa.text(statement), {k: v for k, v in given.items() if f":{k}" in statement})
