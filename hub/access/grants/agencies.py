"""The agencies of a deployment: `reference/agencies.csv`, the one place where it is read.

Codes are identity codes (mã định danh, QCVN 102:2016/BTTTT). `contracts/reference/agencies.odcs.yaml` says what the
columns mean.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid


@dataclass(frozen=True)
class Agency:
    """One agency, on the days on which it is one."""

    code: str
    name: str
    unit: str
    """Code of the administrative unit that it serves."""
    valid_from: date | None
    """First day; None: before any record of ours."""
    valid_to: date | None
    """Last day; None: still is."""
    registers: bool = False
    """It keeps civil-status registers, so it answers the Ministry's questions about entries of its unit."""

    def on(self, day: date) -> bool:
        """Whether it is an agency on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def read_agencies(folder: Path) -> Mapping[str, Agency]:
    """The agencies of a deployment by code, in the order of the list.

    Raises:
        DeploymentInvalid: no such list, a column that is missing, a day or a mark that is none, a code twice.
    """
    path = folder / "reference" / "agencies.csv"
    at = f"{path.parent.name}/{path.name}"
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError:
        raise DeploymentInvalid(f"{at} does not exist", hint="grants name the agencies that stand in it") from None
    found: dict[str, Agency] = {}
    with file:
        rows = csv.DictReader(file)
        needed = ("code", "name", "unit_code", "valid_from", "valid_to")
        if missing := [column for column in needed if column not in (rows.fieldnames or ())]:
            raise DeploymentInvalid(f"{at}:1: no column {', '.join(missing)}", hint=f"the list has {', '.join(needed)}")
        for row in rows:
            where = f"{at}:{rows.line_num}"
            if row["code"] in found:
                raise DeploymentInvalid(f"{where}: a second row of {row['code']}", hint="one row an agency")
            first, last = (_day(row[column], column, where) for column in ("valid_from", "valid_to"))
            found[row["code"]] = Agency(
                row["code"], row["name"], row["unit_code"], first, last, _mark(row.get("registers"), where)
            )
    return found


def _day(text: str | None, column: str, where: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DeploymentInvalid(f"{where}: {column} {text!r} is no day", hint="write 2025-06-30, or nothing") from None


def _mark(text: str | None, where: str) -> bool:
    if text not in (None, "", "true", "false"):
        raise DeploymentInvalid(
            f"{where}: registers {text!r} is neither true nor false",
            hint="true where the agency keeps civil-status registers",
        )
    return text == "true"
