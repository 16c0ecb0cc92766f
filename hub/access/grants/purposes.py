"""What each purpose needs: `purposes.yaml` of a deployment. A grant of more gives no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.model import Contract
from contracts.yaml_lines import Located, read_located
from hub.access.legal_bases import LegalBases

ANSWERS: Mapping[str, str] = {"is_married": "marriage", "is_deceased": "death", "matches": "birth", "parent_of": "birth"}
"""Answers that suffice in place of a record -> the dataset that they are drawn from."""

QUERIED: Mapping[str, frozenset[str]] = {"population": frozenset({"soDinhDanh", "hoTen", "ngaySinh"})}
"""Systems that are asked and never held -> the facts about a person that a question may tell them."""

KEYS = frozenset({"id", "title", "legal_basis", "needed", "answers"})


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
    located = located_list(path, "purposes")
    found: dict[str, Purpose] = {}
    for number, entry in enumerate(located.data["purposes"]):
        at = ("purposes", number)
        if not isinstance(entry, dict) or set(entry) != KEYS:
            wrong = sorted(set(entry) ^ KEYS) if isinstance(entry, dict) else ["no mapping"]
            raise invalid(located, at, f"unknown or missing: {', '.join(wrong)}", f"a purpose has {', '.join(sorted(KEYS))}")
        if entry["id"] in found:
            raise invalid(located, at, f"purpose {entry['id']} stands for the second time", "one entry says all that a purpose needs")
        if entry["legal_basis"] not in bases.ids:
            raise invalid(located, (*at, "legal_basis"), f"no legal basis {entry['legal_basis']}", f"known are {', '.join(sorted(bases.ids))}")
        needed = checked_fields(located, (*at, "needed"), entry["needed"] or {}, contracts)
        answers = checked_answers(located, (*at, "answers"), entry["answers"] or [])
        found[entry["id"]] = Purpose(entry["id"], entry["title"], entry["legal_basis"], needed, answers)
    return Purposes(found)


def checked_fields(located: Located, at: tuple[str | int, ...], given: Any, contracts: Mapping[str, Contract]) -> dict[str, frozenset[str]]:
    """Dataset -> fields, each known and none of them sealed. Raises DeploymentInvalid."""
    datasets = {d.name: d for c in contracts.values() for d in c.datasets}
    if not isinstance(given, dict) or not all(isinstance(names, list) for names in given.values()):
        raise invalid(located, at, "expected dataset: [field, ...] lines", "birth: [nksHoTen, nksNgaySinh]")
    for name, fields in given.items():
        if name in QUERIED:
            if unknown := sorted(set(fields) - QUERIED[name]):
                raise invalid(located, (*at, name), f"{name} is not asked by {', '.join(unknown)}", f"known are {', '.join(sorted(QUERIED[name]))}")
            continue
        if name not in datasets:
            raise invalid(located, (*at, name), f"no dataset {name}", f"known are {', '.join(sorted((*datasets, *QUERIED)))}")
        known = datasets[name].by_name
        if unknown := sorted(set(fields) - set(known)):
            raise invalid(located, (*at, name), f"{name} has no field {', '.join(unknown)}", "hub contracts show lists its fields")
        if sealed := sorted(f for f in fields if known[f].classification.encrypted):
            raise invalid(located, (*at, name), f"{', '.join(sealed)} of {name} rest sealed", "sensitive fields leave by no grant")
    return {name: frozenset(fields) for name, fields in given.items()}


def checked_answers(located: Located, at: tuple[str | int, ...], given: Any) -> frozenset[str]:
    """Names of answers. Raises DeploymentInvalid."""
    if not isinstance(given, list) or set(given) - set(ANSWERS):
        wrong = ", ".join(sorted(map(str, set(given) - set(ANSWERS)))) if isinstance(given, list) else repr(given)
        raise invalid(located, at, f"no answer {wrong}", f"known are {', '.join(ANSWERS)}")
    return frozenset(given)


def located_list(path: Path, name: str) -> Located:
    """A YAML file that is a list under one name. Raises DeploymentInvalid."""
    try:
        located = read_located(path)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    if not isinstance(located.data, dict) or not isinstance(located.data.get(name), list):
        raise invalid(located, (), f"expected `{name}:` with a list", f"{name}:\n  - id: …")
    return located


def invalid(located: Located, at: tuple[str | int, ...], what: str, hint: str) -> DeploymentInvalid:
    """The error to raise about a value: file and line."""
    return DeploymentInvalid(f"{located.path.parent.name}/{located.path.name}:{located.line(at)}: {what}", hint=hint)
