"""The registers that hold evidence, as their contracts declare them (`evidence`, `placeField`, `dayField`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts.errors import DeploymentInvalid
from contracts.model import Contract, Dataset, EvidenceRole

Role = EvidenceRole
TYPE = "register:"
"""Prefix of evidence types that are entries of a register: `register:birth`."""


@dataclass(frozen=True)
class Register:
    """A register as evidence."""

    type: str
    """Its name in `requirements.csv`: `register:` and its dataset."""
    contract: str
    """Name of its contract: its streams are `<system>.<contract>`."""
    dataset: str
    """Name of the dataset."""
    title: str
    """Title of the copy (trích lục)."""
    roles: tuple[Role, ...]
    result_code: str
    """Type code of the result paper that it replaces (MaKetQuaThayThe): the code of the registering procedure in the
    national catalogue."""
    place: str
    """Field of the registering unit's code."""
    day: str
    """Field of the day of registration, partial."""
    parents: tuple[str, ...] = ()
    """Fields with the parents' names."""
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> values that end the entry as evidence; no values: any value does."""
    entry: str = ""
    """Field of the number in a book; empty: it has no books, and is not found by them."""
    book: str = ""

    def in_contract(self, contracts: Mapping[str, Contract]) -> Dataset:
        """The dataset in the contracts."""
        return contracts[self.contract].dataset(self.dataset)

    @property
    def sources(self) -> Mapping[str, str]:
        """Fact of an item of evidence -> the field that it is taken from."""
        given = {"registered": self.day, "place": self.place, "book": self.book, "entry": self.entry}
        return {fact: name for fact, name in given.items() if name}


def registers_of(contracts: Mapping[str, Contract]) -> dict[str, Register]:
    """Evidence type -> register, of every dataset whose contract says what it proves."""
    return {register.type: register for contract in contracts.values() for register in _of(contract)}


def register_of(contracts: Mapping[str, Contract], type_: str) -> Register:
    """The register of an evidence type.

    Raises:
        DeploymentInvalid: no contract declares it.
    """
    known = registers_of(contracts)
    if type_ not in known:
        hint = f"known are {', '.join(sorted(known))}; the property evidence of a contract makes another one"
        raise DeploymentInvalid(f"No contract says that {type_} proves anything", hint=hint)
    return known[type_]


def _of(contract: Contract) -> Iterable[Register]:
    for each in contract.datasets:
        if (kind := each.evidence) is not None:
            yield Register(
                TYPE + each.name, contract.name, each.name, kind.title, kind.roles, kind.result_code,
                each.place_field, each.day_field, kind.parents, kind.ended, kind.entry, kind.book,
            )  # fmt: skip


DEATH = "register:death"
COMPONENT = "dossier_component"
"""Dataset of the papers handed in with dossiers."""
RESULT = "result:"
"""Prefix of evidence types that are result papers of dossiers: `result:KQ.G15.000038`."""


def plain_result_code(code: str) -> str:
    """A result code in one form: `000.00.00.G15-KQ000031` becomes `KQ.G15.000031` (live data has both)."""
    agency, dash, number = code.strip().rpartition("-KQ")
    return f"KQ.{agency.rsplit('.', 1)[-1]}.{number}" if dash else code.strip()
