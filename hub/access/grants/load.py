"""`grants.yaml` of a deployment: read, checked against contracts, agencies, purposes and laws, or refused with file and line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contracts.errors import DeploymentInvalid
from contracts.model import Contract
from contracts.yaml_lines import Located
from hub.access.grants.allowance import Limits
from hub.access.grants.model import CITY, WITHOUT_GRANT, Grant, Grants
from hub.access.grants.purposes import ANSWERS, Purposes, checked_answers, checked_fields, invalid, located_list, read_purposes
from hub.access.grants.territory import PLACE
from hub.access.legal_bases import LegalBases, read_legal_bases
from hub.core.units import Unit, Units, read_units

KEYS = frozenset({"id", "agencies", "datasets", "answers", "purpose", "legal_basis", "territory", "valid_from", "valid_to", "hourly_limit", "approver"})
OPTIONAL = frozenset({"valid_to", "datasets", "answers"})
WITHOUT, MISSES, ANSWERS_A_DAY, BY_AGENCY = "hourly_limit_without_grant", "hourly_misses", "daily_answers", "agency_limits"
LAID_DOWN = (WITHOUT, MISSES, ANSWERS_A_DAY, BY_AGENCY)
"""What the file lays down beside the grants."""

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class _Known:
    """What an entry is checked against."""

    contracts: Mapping[str, Contract]
    purposes: Purposes
    bases: LegalBases
    units: Units
    agencies: Mapping[str, tuple[date | None, date | None]]


def read_grants(folder: Path, contracts: Mapping[str, Contract]) -> Grants:
    """The grants of a deployment; none when it has no `grants.yaml`: then everything is denied.

    One entry names several agencies and datasets to stay readable; it becomes one grant for each pair. A grant ends with its agency at the latest.

    Raises:
        DeploymentInvalid: file and line, what is wrong and what is known.
    """
    path = folder / "grants.yaml"
    if not path.exists():
        return Grants(())
    located = located_list(path, "grants")
    bases = read_legal_bases(folder)
    known = _Known(contracts, read_purposes(folder, contracts, bases), bases, read_units(folder / "reference"), _agencies(folder))
    ids: set[str] = set()
    found: list[Grant] = []
    for number, entry in enumerate(located.data["grants"]):
        at = ("grants", number)
        found += _grants(located, at, entry, known)
        if entry["id"] in ids:
            raise invalid(located, at, f"id {entry['id']} stands for the second time", "each grant is quoted by its id")
        ids.add(entry["id"])
    if unknown := sorted(set(located.data) - {"grants", *LAID_DOWN}):
        raise invalid(located, (), f"unknown: {', '.join(unknown)}", f"known are grants, {', '.join(LAID_DOWN)}")
    every = _limits(located, (), located.data, Limits())
    without = _limit(located, (), located.data.get(WITHOUT, WITHOUT_GRANT), WITHOUT)
    return Grants(tuple(found), known.purposes, without, every, _of_agencies(located, every, known))


def _of_agencies(located: Located, every: Limits, known: _Known) -> dict[str, Limits]:
    """The limits of agencies that have their own; what one leaves out is everybody's."""
    given = located.data.get(BY_AGENCY) or {}
    if not isinstance(given, dict):
        raise invalid(located, (BY_AGENCY,), "it is no mapping", f"agency: {{{MISSES}: 300, {ANSWERS_A_DAY}: 20000}}")
    for agency, own in given.items():
        if agency not in known.agencies:
            raise invalid(located, (BY_AGENCY, agency), f"no agency {agency}", "reference/agencies.csv lists the identity codes")
        if not isinstance(own, dict) or not own or set(own) - {MISSES, ANSWERS_A_DAY}:
            raise invalid(located, (BY_AGENCY, agency), "it names no limits, or unknown ones", f"known are {MISSES} and {ANSWERS_A_DAY}")
    return {agency: _limits(located, (BY_AGENCY, agency), own, every) for agency, own in given.items()}


def _limits(located: Located, at: Steps, given: Mapping[str, Any], usual: Limits) -> Limits:
    return Limits(*(_limit(located, at, given.get(name, getattr(usual, name)), name) for name in (MISSES, ANSWERS_A_DAY)))


def _grants(located: Located, at: Steps, entry: Any, known: _Known) -> list[Grant]:
    if not isinstance(entry, dict) or set(entry) - KEYS or KEYS - OPTIONAL - set(entry):
        wrong = sorted((set(entry) - KEYS) | (KEYS - OPTIONAL - set(entry))) if isinstance(entry, dict) else ["no mapping"]
        raise invalid(located, at, f"unknown or missing: {', '.join(wrong)}", f"a grant has {', '.join(sorted(KEYS))}")
    fields = checked_fields(located, (*at, "datasets"), entry.get("datasets") or {}, known.contracts)
    answers = checked_answers(located, (*at, "answers"), entry.get("answers") or [])
    if not fields and not answers:
        raise invalid(located, at, "it gives neither fields nor answers", "name datasets with fields, or answers")
    if entry["purpose"] not in known.purposes.by_id:
        raise invalid(located, (*at, "purpose"), f"no purpose {entry['purpose']}", f"purposes.yaml knows {', '.join(sorted(known.purposes.by_id))}")
    first, last = (_day(located, (*at, key), entry.get(key)) for key in ("valid_from", "valid_to"))
    first = first or date.min
    _checked_law(located, (*at, "legal_basis"), entry["legal_basis"], first, known.bases)
    datasets = {**fields, **{ANSWERS[a]: fields.get(ANSWERS[a], frozenset()) for a in answers}}
    _checked_territory(located, (*at, "territory"), str(entry["territory"]), first, datasets, known)
    law = tuple(v for v in known.bases.versions if v.id == entry["legal_basis"])
    return [
        Grant(f"{entry['id']}/{agency}", agency, dataset, names, entry["purpose"], entry["legal_basis"], str(entry["territory"]), first,
              _last(located, (*at, "agencies"), agency, first, last, known), _limit(located, at, entry["hourly_limit"]), entry["approver"],
              frozenset(a for a in answers if ANSWERS[a] == dataset), law)
        for agency in entry["agencies"] for dataset, names in datasets.items()
    ]  # fmt: skip


def _checked_law(located: Located, at: Steps, basis: str, first: date, bases: LegalBases) -> None:
    if basis not in bases.ids:
        raise invalid(located, at, f"no legal basis {basis}", f"legal_bases.csv knows {', '.join(sorted(bases.ids))}")
    version = bases.on(basis, first)
    if version is None or not version.in_force:
        raise invalid(located, at, f"{basis} is not in force on {first}", "let the grant begin with its law, or name the law of that day")


def _checked_territory(located: Located, at: Steps, territory: str, first: date, datasets: Mapping[str, Any], known: _Known) -> None:
    if territory == CITY:
        return
    if not isinstance(known.units.at(territory, first), Unit):
        raise invalid(located, at, f"no unit {territory} on {first}", f"write {CITY}, or the code of a unit of that day")
    described = {d.name: d for c in known.contracts.values() for d in c.datasets}
    if placeless := sorted(name for name in datasets if name not in described or PLACE not in described[name].by_name):
        raise invalid(located, at, f"{', '.join(placeless)} tells no place of registration", f"such a dataset is granted for the whole {CITY}, or not")


def _last(located: Located, at: Steps, agency: str, first: date, last: date | None, known: _Known) -> date | None:
    if agency not in known.agencies:
        raise invalid(located, at, f"no agency {agency}", "reference/agencies.csv lists the identity codes")
    begins, ends = known.agencies[agency]
    if (begins and first < begins) or (ends and first > ends):
        raise invalid(located, at, f"{agency} was no agency on {first}", "reference/agencies.csv says from when to when it is")
    return min((day for day in (last, ends) if day), default=None)


def _limit(located: Located, at: Steps, value: Any, name: str = "hourly_limit") -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise invalid(located, (*at, name), f"{value!r} is no limit", "questions an hour, at least 1")
    return value


def _day(located: Located, at: Steps, value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except (TypeError, ValueError):
        raise invalid(located, at, f"{value!r} is no day", "write 2022-01-01") from None


def _agencies(folder: Path) -> dict[str, tuple[date | None, date | None]]:
    path = folder / "reference" / "agencies.csv"
    if not path.exists():
        raise DeploymentInvalid(f"{path.parent.name}/{path.name} does not exist", hint="grants name the agencies that stand in it")
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (_csv_day(row["valid_from"]), _csv_day(row["valid_to"])) for row in csv.DictReader(file)}


def _csv_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
