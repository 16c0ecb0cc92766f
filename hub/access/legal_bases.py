"""The law of a duty on a day: `reference/legal_bases.csv` of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from contracts.errors import DeploymentInvalid
from hub.core.cells import read_cells
from hub.core.errors import NotFound

LEGAL_BASES = "legal_bases.csv"
BASIS_COLUMNS = ("id", "name", "articles", "valid_from", "valid_to", "status", "source")


@dataclass(frozen=True)
class LegalBasis:
    """One version of a legal basis: the law of one duty over a span of days."""

    id: str
    name: str
    """The duty, in Vietnamese."""
    articles: str
    """Law, article and clause."""
    valid_from: date | None
    """First day; None: before any record of ours."""
    valid_to: date | None
    in_force: bool
    """False: its status on those days is unverified."""
    source: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names that a question may use: the duty (its version on that day), or duty and first day,
        `once-held@2020-05-25`.
        """
        return (self.id, f"{self.id}@{self.valid_from}") if self.valid_from else (self.id,)


class LegalBases:
    """The versioned list of legal bases: the law of a duty depends on the day."""

    def __init__(self, versions: tuple[LegalBasis, ...]) -> None:
        self.versions = versions
        self.ids = frozenset(v.id for v in versions)

    def on(self, name: str, day: date) -> LegalBasis | None:
        """The law of a duty on a day; None when there was none then. Raises NotFound for an unknown id."""
        if name not in self.ids:
            raise NotFound(f"No legal basis {name}", hint=f"known are {', '.join(sorted(self.ids))}")
        spans = (v for v in self.versions if v.id == name)
        return next(
            (
                v
                for v in spans
                if (v.valid_from is None or v.valid_from <= day) and (v.valid_to is None or day <= v.valid_to)
            ),
            None,
        )


def duty(named: str) -> str:
    """Id of the legal basis in a name with or without a version."""
    return named.partition("@")[0]


def read_legal_bases(folder: Path) -> LegalBases:
    """The versioned list of legal bases.

    Raises DeploymentInvalid: file and line; two versions of one id that share a day.
    """
    path = folder / "reference" / LEGAL_BASES
    versions: list[LegalBasis] = []
    for cells in read_cells(path, BASIS_COLUMNS):
        each = LegalBasis(
            cells.filled("id"),
            cells.filled("name"),
            cells.filled("articles"),
            cells.day("valid_from"),
            cells.day("valid_to"),
            cells.one_of("status", ("in force", "unverified")) == "in force",
            cells.filled("source"),
        )
        if any(v.id == each.id and _overlap(v, each) for v in versions):
            raise DeploymentInvalid(
                f"{path}:{cells.line}: two versions of {each.id} on one day",
                hint="let the earlier one end the day before",
            )
        versions.append(each)
    return LegalBases(tuple(versions))


def _overlap(one: LegalBasis, other: LegalBasis) -> bool:
    first, last = date.min, date.max
    return (one.valid_from or first) <= (other.valid_to or last) and (other.valid_from or first) <= (
        one.valid_to or last
    )
