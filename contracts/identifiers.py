"""What a name in a contract or deployment may be made of, before it becomes part of SQL, of a path or of an id.

    table, dataset, contract    [a-z][a-z0-9_]*                    birth, dossier_component
    field                       [A-Za-z][A-Za-z0-9_]*              nksHoTen, DinhDanhCHS_CCCD: as on the wire
    system, deployment          [a-z][a-z0-9]*(-[a-z0-9]+)*        one-stop-760: also the name of its file
    rule                        [A-Za-z0-9][A-Za-z0-9_.-]*         registered-after-born: listed with commas between

SQL is composed from the names of tables and columns, since a statement cannot bind them. Nothing below this check
asks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.model import Dataset

LONGEST = 63
"""PostgreSQL cuts names off after so many bytes, and two long names become one."""
LONGEST_TABLE = 29
"""A stage table is called `e<epoch>_<16 hex digits>_<dataset>_same`; ten digits are left for the epoch."""
LOOKUP = "_hmac"
"""Ending of the look-up column of an identity number, and of its index."""
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Every PostgreSQL table has these already (PostgreSQL manual, 5.6 System Columns)."""


@dataclass(frozen=True)
class Shape:
    """How one sort of name is written."""

    what: str
    pattern: re.Pattern[str]
    longest: int
    hint: str

    def fault(self, name: object) -> str | None:
        """What is wrong with a name, in words that do not repeat it; None: nothing."""
        if not isinstance(name, str) or not self.pattern.fullmatch(name):
            return f"no name that a {self.what} may have"
        if len(name) > self.longest:
            return f"the name of a {self.what} is longer than {self.longest} characters"
        return None


_PLAIN = "Lower-case letters a to z, digits and _, a letter first."
TABLE = Shape(
    "dataset or table",
    re.compile("[a-z][a-z0-9_]*"),
    LONGEST_TABLE,
    f"{_PLAIN} At most {LONGEST_TABLE}: PostgreSQL cuts longer names of stage tables.",
)
CONTRACT = Shape("contract", re.compile("[a-z][a-z0-9_]*"), LONGEST, _PLAIN)
FIELD = Shape(
    "field",
    re.compile("[A-Za-z][A-Za-z0-9_]*"),
    LONGEST,
    "Letters a to z, digits and _, a letter first; as the wire calls it.",
)
SYSTEM = Shape(
    "system",
    re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    LONGEST,
    "Lower-case letters a to z and digits, parts joined by hyphens: one-stop-760.",
)
DEPLOYMENT = Shape("deployment", SYSTEM.pattern, LONGEST, SYSTEM.hint)
RULE = Shape(
    "rule",
    re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*"),
    200,
    "Letters a to z, digits, hyphens: cases list rules with commas between.",
)
FILE = Shape("file", re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*"), 200, "A name alone, without a folder.")


def column_faults(dataset: Dataset) -> Iterator[tuple[int, str, str]]:
    """The columns that PostgreSQL would refuse or not hold apart: index of the field, what is wrong, what to do."""
    taken = {field.column: index for index, field in enumerate(dataset.fields)}
    for index, field in enumerate(dataset.fields):
        if field.column in SYSTEM_COLUMNS:
            what = f"field `{field.name}` becomes the column {field.column}, which PostgreSQL keeps for itself"
            yield index, what, "Call the field otherwise; a map says what the wire calls it."
        # Checks and indexes are called <table>_<column>, that of an identity number <table>_<column>_hmac.
        longest = len(f"{dataset.table}_{field.column}{LOOKUP if field.identity else ''}")
        if longest > LONGEST:
            what = f"field `{field.name}` has too long a name for PostgreSQL in the table {dataset.table}"
            yield index, what, f"Shorten one of both by {longest - LONGEST} characters."
        lookup = f"{field.column}{LOOKUP}"
        if field.identity and lookup in taken:
            yield taken[lookup], f"a column {lookup} exists: the look-up of `{field.name}`", "Call the field otherwise."
