"""Demanded papers of a catalogue of procedures, read from its publisher's files.

Two kinds of CSV are distinguished by their columns, in any order and number:

    procedures   ma_tthc, ten [, linh_vuc]             names, for rules that use them; fields, for shares
    papers       ma_tthc, paper_name, ban_chinh, ban_sao [, group_title, ma_giay_to]
"""

from __future__ import annotations

import csv
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import DeploymentInvalid

PAPERS = {"ma_tthc", "paper_name", "ban_chinh", "ban_sao"}
PROCEDURES = {"ma_tthc", "ten"}


@dataclass(frozen=True)
class Paper:
    """One row of demanded papers."""

    procedure: str
    id: str
    """Its own code, or else `procedure/ordinal` in the order of the file."""
    text: str
    group: str
    """Title of its group of rows."""
    copies: int
    """Originals and copies together."""
    procedure_name: str = ""
    field: str = ""
    """Field of the procedure (lĩnh vực), where the file of procedures has it."""

    @property
    def fingerprint(self) -> str:
        """Identifies the text, see `fingerprint_of`."""
        return fingerprint_of(self.text)


def fingerprint_of(text: str) -> str:
    """Identifies a text without quoting it: 16 hex digits of SHA-256 over its NFC form with single spaces."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()[:16]


def read_papers(files: Iterable[Path]) -> tuple[Paper, ...]:
    """All demanded papers of the files, in their order, with the procedures' names if a file gives them.

    Raises:
        DeploymentInvalid: names file and line of unknown columns or an invalid number of copies.
    """
    names: dict[str, tuple[str, str]] = {}
    rows: list[tuple[Path, int, dict[str, str]]] = []
    for path in files:
        columns, found = _read(path)
        if columns >= PAPERS:
            rows += [(path, line, row) for line, row in found]
        elif columns >= PROCEDURES:
            names |= {row["ma_tthc"]: (row["ten"], row.get("linh_vuc") or "") for _, row in found}
        else:
            raise DeploymentInvalid(
                f"{path}:1: the columns are {', '.join(sorted(columns))}",
                hint=f"papers have {', '.join(sorted(PAPERS))}",
            )
    return tuple(_papers(rows, names))


def _papers(rows: Iterable[tuple[Path, int, dict[str, str]]], names: dict[str, tuple[str, str]]) -> Iterator[Paper]:
    ordinal: Counter[str] = Counter()
    for path, line, row in rows:
        procedure = row["ma_tthc"]
        ordinal[procedure] += 1
        copies = sum(_copies(path, line, column, row[column]) for column in ("ban_chinh", "ban_sao"))
        own = row.get("ma_giay_to") or f"{procedure}/{ordinal[procedure]}"
        yield Paper(
            procedure, own, row["paper_name"], row.get("group_title", ""), copies, *names.get(procedure, ("", ""))
        )


def _copies(path: Path, line: int, column: str, text: str) -> int:
    if text.strip() and not text.strip().isdigit():
        raise DeploymentInvalid(f"{path}:{line}: {column} {text!r} is no number", hint="write 0 or leave it empty")
    return int(text or 0)


def _read(path: Path) -> tuple[set[str], list[tuple[int, dict[str, str]]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            return set(rows.fieldnames or ()), [(rows.line_num, row) for row in rows]
    except OSError as error:
        raise DeploymentInvalid(
            f"{path}:1: cannot be read: {error.strerror}", hint="name the CSV files of the catalogue"
        ) from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise DeploymentInvalid(f"{path}:1: not UTF-8 CSV: {error}", hint="save as UTF-8") from None
