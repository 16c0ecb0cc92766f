"""A contract, narrowed from ODCS to the parts the hub acts on: small frozen values.

`load.py` reads the files; everything below and above works on these values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contracts.budget import Budget


class Classification(StrEnum):
    """How a field must be protected (Law 91/2025/QH15, Decree 356/2025 Art. 3-4)."""

    NONE = "none"
    PERSONAL_BASIC = "personal basic"
    PERSONAL_SENSITIVE = "personal sensitive"
    RESTRICTED = "restricted"

    @property
    def encrypted(self) -> bool:
        """Whether the value rests encrypted in stage and warehouse (decision 11)."""
        return self in (Classification.PERSONAL_SENSITIVE, Classification.RESTRICTED)


class Kind(StrEnum):
    """What the text of a field means, which decides how it is parsed and stored."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    TIMESTAMP = "timestamp"
    """`yyyyMMddHHmmss` or ISO 8601 on the wire, Asia/Ho_Chi_Minh unless it says otherwise; UTC and aware at rest."""
    PARTIAL_DATE = "partial date"
    """`dd.MM.yyyy`, `MM.yyyy`, `yyyy` (dots or slashes) on the wire; `yyyy-MM-dd`, `yyyy-MM`, `yyyy` at rest."""


class Effect(StrEnum):
    """What a broken rule does."""

    QUARANTINE = "quarantine"
    """The record is wrong in itself: it becomes a case and stays out of the warehouse."""
    FINDING = "finding"
    """Two facts disagree: the record is accepted and a finding waits for a person (decision 6)."""
    HOLD = "hold"
    """The whole batch is suspicious: nothing of it is merged, the position does not move."""


@dataclass(frozen=True)
class Code:
    """One entry of a code list in the contract itself (ODCS `enum`)."""

    value: str
    label: str


@dataclass(frozen=True)
class Field:
    """One field of a dataset."""

    name: str
    """Name on the wire and in law, e.g. `nksHoTen`."""
    column: str
    """Its column in stage and warehouse, e.g. `nks_ho_ten`."""
    title: str
    """Vietnamese name that a ward clerk uses."""
    meaning: str
    """Its meaning and its pitfalls."""
    kind: Kind
    classification: Classification
    required: bool = False
    key_position: int | None = None
    """Its place in the record's key, from 1; None when it is no part of it."""
    max_length: int | None = None
    """In characters of NFC text."""
    pattern: str | None = None
    """A regular expression the whole value must match; the part that POSIX, Rust and Python share."""
    codes: tuple[Code, ...] = ()
    """The allowed values; empty when any value is."""
    code_list: str | None = None
    """Name of the reference list (a dataset of `contracts/reference`) that holds the allowed values."""
    minimum: float | None = None
    maximum: float | None = None
    identity: bool = False
    """Whether it is a personal identity number, which is also stored as a keyed HMAC for look-up."""
    transport: bool = False
    """Whether it says how or when the record was sent, not what it means; such fields are not in the content hash."""


@dataclass(frozen=True)
class Rule:
    """One checkable promise about a dataset, neutral of the engine that executes it."""

    id: str
    """Stable and readable: `nksHoTen.required`, `birth.registered-after-born`."""
    kind: str
    """One of `contracts.checks.ROW_KINDS` or `DATASET_KINDS`."""
    fields: tuple[str, ...]
    sentence: str
    """One Vietnamese sentence that a ward clerk understands."""
    effect: Effect
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class EvidenceRole:
    """A person whom an entry is about, by the fields that identify the person."""

    name: str
    """The word for this side of the entry: child, deceased, owner."""
    number: str
    """Field of the identity number: 12 digits, or 9 of an old card."""
    full_name: str
    born: str
    """Field of the birth date, a partial date."""


@dataclass(frozen=True)
class EvidenceKind:
    """What an entry of a register proves, and about whom: it answers a requirement `register:<dataset>`."""

    title: str
    """Title of the copy."""
    result_code: str
    """Type code of the result paper that it replaces (MaKetQuaThayThe)."""
    roles: tuple[EvidenceRole, ...]
    parents: tuple[str, ...] = ()
    """Fields with the parents' names."""
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> values that end the entry as evidence; no values: any value does."""
    entry: str = ""
    """Field of the number in a book; empty: an entry is not found by its place in a book."""
    book: str = ""


@dataclass(frozen=True)
class Dataset:
    """One table of a contract."""

    name: str
    """English, as in the hub's words: `birth`, `dossier_component`."""
    table: str
    title: str
    meaning: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    version_field: str | None
    """The field that orders the versions of one record: the source's change time (decision 10)."""
    parent: str | None = None
    """The dataset whose records own these; they are replaced as a set with their owner (decision 9)."""
    parent_key: tuple[str, ...] = ()
    """Fields of the parent's key, in its order; they are part of this key too, and say which record owns a row."""
    budgets: tuple[Budget, ...] = ()
    """How many bad records a stream may bring before a batch is held, by severity; none: no batch is held for them."""
    unit_fields: tuple[str, ...] = field(default=(), repr=False)  # no part of the digest of rules
    """Fields with the code of the unit whose record it is; the first that names one counts. Empty: its system's."""
    unit_day: str = field(default="", repr=False)
    """The field with the day as of which those codes are meant."""
    place_field: str = field(default="", repr=False)
    """The field with the code of the registering unit: a grant for a territory goes by it. Empty: it has none."""
    day_field: str = field(default="", repr=False)
    """The field with the day of registration, as of which that code is meant."""
    evidence: EvidenceKind | None = field(default=None, repr=False)
    """What its records prove; None: they answer no requirement."""

    @cached_property
    def key(self) -> tuple[Field, ...]:
        """The fields that identify a record within its system, in order."""
        parts = [f for f in self.fields if f.key_position is not None]
        return tuple(sorted(parts, key=lambda f: f.key_position or 0))

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def row_rules(self) -> tuple[Rule, ...]:
        """Rules about a single record."""
        return tuple(r for r in self.rules if r.effect is not Effect.HOLD)

    @cached_property
    def dataset_rules(self) -> tuple[Rule, ...]:
        """Rules about a batch as a whole: a broken one holds the batch."""
        return tuple(r for r in self.rules if r.effect is Effect.HOLD)


@dataclass(frozen=True)
class Gap:
    """A clause of a contract's file that is valid ODCS and that the hub does not carry out."""

    clause: str
    """Its owner and its name: `birth.row-count`, `nksHoTen.unique`."""
    line: int
    what: str
    hint: str
    refused: bool = False
    """Whether the hub takes no contract that says so (`contracts.load.load_contract`); others may be read and compared."""


@dataclass(frozen=True)
class Contract:
    """What one or several tables promise, who is responsible, and under which law."""

    id: str
    name: str
    """Short English name, unique among contracts: `birth`, `dossier`."""
    version: str
    title: str
    meaning: str
    misleads: str
    """Pitfalls for readers of this data."""
    owner: str
    legal_basis: str
    retention: str
    service_level: Mapping[str, str]
    datasets: tuple[Dataset, ...]
    """Parents before their children."""
    path: Path
    domain: str = ""
    """What kind of data it is: `civil_registry`, `dossier`, `reference`."""
    gaps: tuple[Gap, ...] = ()
    """What it says and nothing executes: `quality.coverage` makes an error of each, before the first record is read."""

    def dataset(self, name: str) -> Dataset:
        """The dataset of that name; KeyError lists the known ones."""
        for each in self.datasets:
            if each.name == name:
                return each
        raise KeyError(f"{name}; contract {self.name} has {', '.join(d.name for d in self.datasets)}")
