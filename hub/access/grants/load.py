"""`grants.yaml` of a deployment: read, checked against contracts, agencies, purposes and laws, or refused with file and
line.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from contracts.identifiers import GRANT
from contracts.model import Contract
from contracts.yaml.faults import Wrong
from contracts.yaml.lines import Steps
from contracts.yaml.models import Code, Count, Day, Document, EmptyMapping, FileModel, Flag, Text, load, named
from hub.access.grants.agencies import Agency, read_agencies
from hub.access.grants.allowance import QuestionLimits
from hub.access.grants.model import CITY, WITHOUT_GRANT, Grant, Grants
from hub.access.grants.purposes import ANSWERS, AnswerNames, FieldsByDataset, Purposes, checked_fields, read_purposes
from hub.access.legal_bases import LegalBases, read_legal_bases
from hub.core.units import Unit, Units, read_units


def _to_limit(value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise Wrong("{value!r} is no limit for {key}", hint="write {key}: 60; a whole number, at least 1")
    return value


Limit = Annotated[int, BeforeValidator(_to_limit, json_schema_input_type=Count)]


class GrantEntry(FileModel):
    """One entry of `grants.yaml`, as it is written: one grant for each pair of agency and dataset."""

    id: Annotated[str, named(GRANT)]
    agencies: tuple[Text, ...]
    datasets: FieldsByDataset = Field(default_factory=dict, examples=["{birth: [nksHoTen, nksNgaySinh]}"])
    answers: AnswerNames = ()
    purpose: Text
    legal_basis: Text
    territory: Code
    valid_from: Day | None
    valid_to: Day | None = None
    hourly_limit: Limit
    approver: Text
    bulk: Flag = Field(default=False, examples=["true, or leave it out"])
    """It serves feeds, and no question."""


class AgencyLimits(FileModel):
    """Limits of one agency; a missing one is that of all agencies."""

    hourly_misses: Limit | None = None
    daily_answers: Limit | None = None
    hourly_denied: Limit | None = None
    officer_hourly: Limit | None = None
    officer_subjects: Limit | None = None
    subject_daily: Limit | None = None


class GrantsFile(FileModel):
    """`grants.yaml`, as it is written."""

    grants: tuple[GrantEntry, ...]
    hourly_limit_without_grant: Limit = WITHOUT_GRANT
    hourly_misses: Limit = QuestionLimits().hourly_misses
    daily_answers: Limit = QuestionLimits().daily_answers
    hourly_denied: Limit = QuestionLimits().hourly_denied
    officer_hourly: Limit = QuestionLimits().officer_hourly
    officer_subjects: Limit = QuestionLimits().officer_subjects
    subject_daily: Limit = QuestionLimits().subject_daily
    agency_limits: Annotated[Mapping[str, AgencyLimits], EmptyMapping] = Field(
        default_factory=dict, examples=["{000.00.16.H99: {hourly_misses: 300}}"]
    )


@dataclass(frozen=True)
class _Known:
    """The known names that an entry is checked against."""

    contracts: Mapping[str, Contract]
    purposes: Purposes
    bases: LegalBases
    agencies: Mapping[str, Agency]
    folder: Path

    @cached_property
    def units(self) -> Units:
        """Read for a territory that is a unit only: the lists are long."""
        return read_units(self.folder / "reference")


def read_grants(folder: Path, contracts: Mapping[str, Contract], path: Path | None = None) -> Grants:
    """The grants of a deployment; none without a `grants.yaml`, so that everything is denied.

    `path`: another file in the place of the deployment's; purposes, laws and agencies are the deployment's all the same.

    One entry may name several agencies and datasets; it becomes one grant for each pair. A grant ends with its agency
    at the latest.

    Raises:
        DeploymentInvalid: file and line, what is wrong and what is known.
    """
    path = path or folder / "grants.yaml"
    if not path.exists():
        return Grants(())
    document = load(path, GrantsFile)
    file, bases = document.value, read_legal_bases(folder)
    known = _Known(
        contracts,
        read_purposes(folder, contracts, bases),
        bases,
        read_agencies(folder),
        folder,
    )
    ids: set[str] = set()
    found: list[Grant] = []
    for number, entry in enumerate(file.grants):
        at = ("grants", number)
        found += _grants(document, at, entry, known)
        if entry.id in ids:
            raise document.wrong(at, f"id {entry.id} stands for the second time", hint="each grant is quoted by its id")
        ids.add(entry.id)
    every = QuestionLimits(**{each.name: getattr(file, each.name) for each in dataclasses.fields(QuestionLimits)})
    return Grants(
        tuple(grant for grant in found if not grant.bulk),
        known.purposes,
        file.hourly_limit_without_grant,
        every,
        _of_agencies(document, every, known),
        tuple(grant for grant in found if grant.bulk),
    )


def _of_agencies(document: Document[GrantsFile], every: QuestionLimits, known: _Known) -> dict[str, QuestionLimits]:
    """The limits of agencies that have their own."""
    for agency, own in document.value.agency_limits.items():
        at = ("agency_limits", agency)
        if agency not in known.agencies:
            raise document.wrong(at, f"no agency {agency}", hint="reference/agencies.csv lists the identity codes")
        if not own.model_fields_set:
            raise document.wrong(
                at, f"{agency} has no limits", hint=f"known are {', '.join(AgencyLimits.model_fields)}"
            )
    return {
        agency: replace(every, **own.model_dump(exclude_none=True))
        for agency, own in document.value.agency_limits.items()
    }


def _grants(document: Document[Any], at: Steps, entry: GrantEntry, known: _Known) -> list[Grant]:
    fields = checked_fields(document, (*at, "datasets"), entry.datasets, known.contracts)
    if not fields and not entry.answers:
        raise document.wrong(at, "it gives neither fields nor answers", hint="name datasets with fields, or answers")
    if entry.bulk and entry.answers:
        raise document.wrong(
            at, "a bulk grant gives answers", hint="feeds carry fields: put answers into another entry"
        )
    if entry.purpose not in known.purposes.by_id:
        hint = f"purposes.yaml knows {', '.join(sorted(known.purposes.by_id))}"
        raise document.wrong((*at, "purpose"), f"no purpose {entry.purpose}", hint=hint)
    first = entry.valid_from or date.min
    _require_law(document, (*at, "legal_basis"), entry.legal_basis, first, known.bases)
    datasets = {**fields, **{ANSWERS[a]: fields.get(ANSWERS[a], frozenset()) for a in entry.answers}}
    _require_territory(document, (*at, "territory"), entry.territory, first, datasets, known)
    law = tuple(v for v in known.bases.versions if v.id == entry.legal_basis)
    return [
        Grant(
            f"{entry.id}/{agency}",
            agency,
            dataset,
            names,
            entry.purpose,
            entry.legal_basis,
            entry.territory,
            first,
            _last(document, (*at, "agencies"), agency, first, entry.valid_to, known),
            entry.hourly_limit,
            entry.approver,
            frozenset(a for a in entry.answers if ANSWERS[a] == dataset),
            law,
            entry.bulk,
        )
        for agency in entry.agencies
        for dataset, names in datasets.items()
    ]


def _require_law(document: Document[Any], at: Steps, basis: str, first: date, bases: LegalBases) -> None:
    if basis not in bases.ids:
        raise document.wrong(
            at, f"no legal basis {basis}", hint=f"legal_bases.csv knows {', '.join(sorted(bases.ids))}"
        )
    version = bases.on(basis, first)
    if version is None or not version.in_force:
        raise document.wrong(
            at,
            f"{basis} is not in force on {first}",
            hint="let the grant begin with its law, or name the law of that day",
        )


def _require_territory(
    document: Document[Any], at: Steps, territory: str, first: date, datasets: Mapping[str, Any], known: _Known
) -> None:
    if territory == CITY:
        return
    if not isinstance(known.units.at(territory, first), Unit):
        raise document.wrong(
            at, f"no unit {territory} on {first}", hint=f"write {CITY}, or the code of a unit of that day"
        )
    described = {d.name: d for c in known.contracts.values() for d in c.datasets}
    if placeless := sorted(name for name in datasets if name not in described or not described[name].place_field):
        hint = f"such a dataset is granted for the whole {CITY}, or not"
        raise document.wrong(at, f"{', '.join(placeless)} has no place of registration", hint=hint)


def _last(
    document: Document[Any], at: Steps, agency: str, first: date, last: date | None, known: _Known
) -> date | None:
    """The last day of a grant: its own, or its agency's."""
    if agency not in known.agencies:
        raise document.wrong(at, f"no agency {agency}", hint="reference/agencies.csv lists the identity codes")
    holder = known.agencies[agency]
    if not holder.on(first):
        raise document.wrong(
            at, f"{agency} was no agency on {first}", hint="reference/agencies.csv says from when to when it is"
        )
    return min((day for day in (last, holder.valid_to) if day), default=None)
