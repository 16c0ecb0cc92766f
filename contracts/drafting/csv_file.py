"""Columns of a draft from a CSV file: its head, and what its values say."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path

from contracts.drafting.columns import DraftColumn, guessed, named
from contracts.drafting.text import DraftSource
from contracts.errors import ContractInvalid

MOST_ROWS = 10_000
"""Rows that are looked at; a draft is decided by a person anyway."""


def columns_of(path: Path, dataset: str) -> tuple[DraftSource, list[DraftColumn]]:
    """The source in words and its columns. No value of a record stands in either but for short lists of codes.

    Raises:
        ContractInvalid: no UTF-8, no head, or a row with more values than the head has names.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.read(64_000)
            file.seek(0)
            reader = csv.reader(file, delimiter=_delimiter(sample))
            head = next(reader, [])
            rows = list(islice(reader, MOST_ROWS))
    except UnicodeDecodeError as error:
        raise ContractInvalid(
            f"{path.name} is not UTF-8 at byte {error.start}", hint="Save it as UTF-8; hub text finds the encoding."
        ) from None
    if not any(name.strip() for name in head):
        raise ContractInvalid(f"{path.name} has no head", hint="The first line names the columns.")
    for number, row in enumerate(rows, 2):
        if len(row) > len(head):
            raise ContractInvalid(
                f"{path.name}:{number}: {len(row)} values for {len(head)} columns", hint="Quotes or delimiter?"
            )
    names = named(head, dataset)
    found = [guessed(name, [row[i] if i < len(row) else "" for row in rows]) for i, name in enumerate(names)]
    return DraftSource(f"the file {path.name}, {len(rows)} rows"), found


def _delimiter(sample: str) -> str:
    """The separator of the first line: the one of four that it has most often."""
    line = sample.partition("\n")[0]
    return max(",;\t|", key=line.count)
