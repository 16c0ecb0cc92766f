"""The needs of each purpose: `purposes.yaml` of a deployment. A grant of more fields discloses no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from contracts.identifiers import PURPOSE
from contracts.model import Contract
from contracts.yaml.faults import Wrong
from contracts.yaml.lines import Steps
from contracts.yaml.models import Document, EmptyList, EmptyMapping, FileModel, Text, load, named
from hub.access.legal_bases import LegalBases

ANSWERS: Mapping[str, str] = {
    "is_married": "marriage",
    "is_deceased": "death",
    "matches": "birth",
    "parent_of": "birth",
}
"""Answers that suffice in place of a record -> the dataset that they are drawn from."""

QUERIED: Mapping[str, frozenset[str]] = {"population": frozenset({"soDinhDanh", "hoTen", "ngaySinh"})}
"""Systems that are asked and never copied -> facts about a person that a question may send to them."""


def _to_answer(value: object) -> object:
    if value not in ANSWERS:
        raise Wrong("no answer {value!r}", hint=f"known are {', '.join(ANSWERS)}")
    return value


FieldsByDataset = Annotated[Mapping[str, tuple[Text, ...]], EmptyMapping]
AnswerNames = Annotated[tuple[Annotated[str, BeforeValidator(_to_answer)], ...], EmptyList]


class PurposeEntry(FileModel):
    """One entry of `purposes.yaml`, as it is written."""

    id: Annotated[str, named(PURPOSE)]
    title: Text
    legal_basis: Text
    """Id in `legal_bases.csv`."""
    needed: FieldsByDataset = Field(examples=["{birth: [nksHoTen, nksNgaySinh]}"])
    """Dataset -> fields."""
    answers: AnswerNames = Field(examples=["[is_married]"])
    break_glass: bool = False


class PurposesFile(FileModel):
    """`purposes.yaml`, as it is written."""

    purposes: tuple[PurposeEntry, ...]


@dataclass(frozen=True)
class Purpose:
    """One purpose of processing (Law 91/2025/QH15 Art. 3.2), with the least that serves it."""

    id: str
    title: str
    legal_basis: str
    """Id in `legal_bases.csv`."""
    needed: Mapping[str, frozenset[str]]
    """Dataset -> fields."""
    answers: frozenset[str]
    break_glass: bool = False
    """Nobody can wait for it: each question is an alert, and reviewed within a day (`hub/access/reviews.py`)."""


@dataclass(frozen=True)
class Purposes:
    """All purposes of a deployment."""

    by_id: Mapping[str, Purpose] = field(default_factory=dict)

    def needed(self, purpose: str, dataset: str) -> frozenset[str]:
        """Fields of a dataset that a purpose needs; none for an unknown one."""
        known = self.by_id.get(purpose)
        return known.needed.get(dataset, frozenset()) if known else frozenset()

    def answers(self, purpose: str) -> frozenset[str]:
        """Answers that a purpose needs."""
        known = self.by_id.get(purpose)
        return known.answers if known else frozenset()


def read_purposes(folder: Path, contracts: Mapping[str, Contract], bases: LegalBases) -> Purposes:
    """The purposes of a deployment; none when it has no `purposes.yaml`: then nothing is needed, and nothing answered.

    Raises:
        DeploymentInvalid: file and line; an unknown dataset, field, answer or legal basis, a purpose that stands twice.
    """
    path = folder / "purposes.yaml"
    if not path.exists():
        return Purposes()
    document = load(path, PurposesFile)
    found: dict[str, Purpose] = {}
    for number, entry in enumerate(document.value.purposes):
        at = ("purposes", number)
        if entry.id in found:
            raise document.wrong(
                at, f"purpose {entry.id} stands for the second time", hint="one entry says all that a purpose needs"
            )
        if entry.legal_basis not in bases.ids:
            raise document.wrong(
                (*at, "legal_basis"),
                f"no legal basis {entry.legal_basis}",
                hint=f"known are {', '.join(sorted(bases.ids))}",
            )
        needed = checked_fields(document, (*at, "needed"), entry.needed, contracts)
        found[entry.id] = Purpose(
            entry.id, entry.title, entry.legal_basis, needed, frozenset(entry.answers), entry.break_glass
        )
    return Purposes(found)


def checked_fields(
    document: Document[Any], at: Steps, given: Mapping[str, tuple[str, ...]], contracts: Mapping[str, Contract]
) -> dict[str, frozenset[str]]:
    """Dataset -> fields, each known and none of them sealed. Raises DeploymentInvalid."""
    datasets = {d.name: d for c in contracts.values() for d in c.datasets}
    for name, fields in given.items():
        if name in QUERIED:
            if unknown := sorted(set(fields) - QUERIED[name]):
                hint = f"known are {', '.join(sorted(QUERIED[name]))}"
                raise document.wrong((*at, name), f"{name} is not asked by {', '.join(unknown)}", hint=hint)
            continue
        if name not in datasets:
            raise document.wrong(
                (*at, name), f"no dataset {name}", hint=f"known are {', '.join(sorted((*datasets, *QUERIED)))}"
            )
        known = datasets[name].by_name
        if unknown := sorted(set(fields) - set(known)):
            raise document.wrong(
                (*at, name), f"{name} has no field {', '.join(unknown)}", hint="hub contracts show lists its fields"
            )
        if sealed := sorted(f for f in fields if known[f].classification.encrypted):
            raise document.wrong(
                (*at, name), f"{', '.join(sealed)} of {name} rest sealed", hint="sensitive fields leave by no grant"
            )
    return {name: frozenset(fields) for name, fields in given.items()}
