"""Which names a contract or deployment may use: a name becomes part of SQL, of a path or of an id.

    table, dataset, contract    [a-z][a-z0-9_]*                    birth, dossier_component
    field                       [A-Za-z][A-Za-z0-9_]*              nksHoTen, DinhDanhCHS_CCCD: as on the wire
    system, deployment          [a-z][a-z0-9]*(-[a-z0-9]+)*        one-stop-760: the name of its file, too
    rule                        [A-Za-z0-9][A-Za-z0-9_.-]*         registered-after-born: lists separate rules by commas

SQL is composed from the names of tables and columns, because a statement cannot bind them. No later code checks a name
again. Every name may be a word of SQL: it is quoted, or stands behind a schema, wherever it is used. Names that are
composed of others, of checks, indexes and stage tables, are shortened where PostgreSQL would cut them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from contracts.model import Dataset

LONGEST = 63
"""PostgreSQL truncates names after so many bytes, so two long names may become one."""
LONGEST_TABLE = 58
"""The merge's own tables are named `fate_<dataset>` and `rest_<dataset>`."""
LONGEST_STAGED = 29
"""A stage table is named `e<epoch>_<16 hex digits>_<dataset>_same`; this leaves ten digits for the epoch."""
LOOKUP = "_hmac"
"""Ending of the look-up column of an identity number, and of its index."""
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Columns of every PostgreSQL table (PostgreSQL manual, 5.6 System Columns)."""


@dataclass(frozen=True)
class Shape:
    """How one kind of name is written."""

    what: str
    pattern: re.Pattern[str]
    longest: int
    hint: str

    def fault(self, name: object) -> str | None:
        """What is wrong with a name, without repeating it; None if it is valid."""
        if not isinstance(name, str) or not self.pattern.fullmatch(name):
            return f"no name that a {self.what} may have"
        if len(name) > self.longest:
            return f"the name of a {self.what} is longer than {self.longest} characters"
        return None


_PLAIN = "Lower-case letters a to z, digits and _; the first is a letter."
TABLE = Shape(
    "dataset or table",
    re.compile("[a-z][a-z0-9_]*"),
    LONGEST_TABLE,
    f"{_PLAIN} At most {LONGEST_TABLE} characters: PostgreSQL truncates longer names.",
)
CONTRACT = Shape("contract", re.compile("[a-z][a-z0-9_]*"), LONGEST, _PLAIN)
FIELD = Shape(
    "field",
    re.compile("[A-Za-z][A-Za-z0-9_]*"),
    LONGEST,
    "Letters a to z, digits and _; the first is a letter. Use the name of the wire.",
)
SYSTEM = Shape(
    "system",
    re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*"),
    LONGEST,
    "Lower-case letters a to z and digits, with hyphens between the parts: one-stop-970.",
)
DEPLOYMENT = Shape("deployment", SYSTEM.pattern, LONGEST, SYSTEM.hint)
GRANT = Shape(
    "grant", SYSTEM.pattern, LONGEST, "Lower-case letters a to z and digits, with hyphens: civil-status-desks."
)
PURPOSE = Shape("purpose", SYSTEM.pattern, LONGEST, GRANT.hint)
RULE = Shape(
    "rule",
    re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*"),
    200,
    "Letters a to z, digits, dots, _ and hyphens; no comma, because lists of rules use it.",
)
FILE = Shape("file", re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*"), 200, "The file's name, without a folder.")


def shortened(name: str, longest: int = LONGEST) -> str:
    """A composed name that PostgreSQL does not cut; two long names stay two, by a digest at their end."""
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - len(digest) - 1]}_{digest}"


def column_faults(dataset: Dataset) -> Iterator[tuple[int, str, str]]:
    """Columns that PostgreSQL would refuse or confuse: index of the field, what is wrong, what to do."""
    taken = {field.column: index for index, field in enumerate(dataset.fields)}
    for index, field in enumerate(dataset.fields):
        if field.column in SYSTEM_COLUMNS:
            what = f"field `{field.name}` becomes the column {field.column}, which PostgreSQL reserves"
            yield index, what, "Give the field another name; a map keeps the name of the wire."
        lookup = f"{field.column}{LOOKUP}"
        longest = len(lookup if field.identity else field.column)
        if longest > LONGEST:
            what = f"field `{field.name}` has too long a name for PostgreSQL: its column has {longest} characters"
            yield index, what, f"Shorten it by {longest - LONGEST} characters; a map keeps the name of the wire."
        if field.identity and lookup in taken:
            yield (
                taken[lookup],
                f"the look-up column of `{field.name}` has this name: {lookup}",
                "Give the field another name.",
            )
