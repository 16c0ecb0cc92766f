"""The agencies of a deployment: `reference/agencies.csv`, the one place where it is read.

Codes are identity codes (mã định danh, QCVN 102:2016/BTTTT). `contracts/reference/agencies.odcs.yaml` says what the
columns mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hub.core.cells import read_list

COLUMNS = ("code", "name", "unit_code", "valid_from", "valid_to")


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
    found: dict[str, Agency] = {}
    for cells in read_list(path, COLUMNS, missing="grants name the agencies that stand in it"):
        code = cells.matching("code", r"[0-9A-Za-z]+([.-][0-9A-Za-z]+)*", "000.00.16.H99, without blanks")
        if code in found:
            raise cells.wrong("code", "stands for the second time", hint="one row an agency")
        registers = "registers" in cells.row and cells.one_of("registers", ("", "true", "false")) == "true"
        found[code] = Agency(
            code, cells["name"], cells["unit_code"], cells.day("valid_from"), cells.day("valid_to"), registers
        )
    return found
