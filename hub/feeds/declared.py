"""The feeds of a deployment: `feeds/*.yaml`, one file each, checked against contracts, agencies, laws and grants.

A feed says who receives what, why, under which law and agreement. It gives nothing by itself: only fields that a
*bulk* grant of the day gives to its receiver leave the city (`grants.yaml`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from contracts.changes.readers import lives_for
from contracts.deployment.feed import FeedFile
from contracts.model import Contract, Dataset
from contracts.yaml.models import Document, load
from hub.access.grants.agencies import Agency, read_agencies
from hub.access.grants.model import Grant, Grants
from hub.access.grants.signatures import ANYBODY, GrantTrust
from hub.access.legal_bases import LegalBases, read_legal_bases
from hub.core.errors import NotGranted


@dataclass(frozen=True)
class FeedTerms:
    """What a feed may carry on a day."""

    grants: tuple[Grant, ...]
    legal_bases: tuple[str, ...]
    digest: str
    """Hash of receiver, contract, columns, grants and territories: when it changes, the next delivery is a snapshot and
    a person approves it anew."""


@dataclass(frozen=True)
class Feed:
    """A declared feed, with the contract behind it."""

    file: FeedFile
    contract: Contract
    dataset: Dataset
    receiver: Agency
    granted: Grants
    trust: GrantTrust = ANYBODY
    """Who may sign versions of the grants."""

    @property
    def id(self) -> str:
        """Its name."""
        return self.file.id

    @property
    def submitted(self) -> bool:
        """Whether its records are submitted one by one, and no deliveries are built."""
        return self.file.channel == "records"

    def on(self, day: date) -> bool:
        """Whether it is built, or submitted, on a day."""
        first, last = self.file.valid_from or day, self.file.valid_to or day
        return self.file.active and first <= day <= last and self.receiver.on(day)

    def terms(self, day: date) -> FeedTerms:
        """What may leave on a day.

        Raises:
            NotGranted: no bulk grant of that day gives every column to the receiver.
        """
        file = self.file
        held: tuple[Grant, ...] = ()
        for name, columns in {self.dataset.name: file.columns, **file.lists}.items():
            of_it = self.granted.feeding(file.receiver, name, file.purpose, day, file.legal_basis)
            given = frozenset[str]().union(*(grant.fields for grant in of_it))
            given &= self.granted.purposes.needed(file.purpose, name)
            if lacking := [column for column in columns if column not in given]:
                raise NotGranted(
                    f"Feed {self.id}: {', '.join(lacking[:5])} of {name} may not leave on {day}",
                    hint=f"a bulk grant of {file.receiver} for {file.purpose} must be valid that day and in force: hub grants show",
                )
            held += of_it
        said: dict[str, object] = {
            "receiver": file.receiver,
            "contract": [self.contract.name, self.contract.version.partition(".")[0], self.dataset.name],
            "columns": file.columns,
            "grants": sorted(_said(grant, file.columns) for grant in held),
            "purpose": [file.purpose, file.legal_basis, file.agreement],
        }
        if self.submitted:  # the terms of deliveries stay what they were
            said |= {"service": file.service, "lists": dict(file.lists), "states": dict(file.states)}
            said |= {"modules": dict(file.modules)} if file.modules else {}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        laws = tuple(law.articles for grant in held if (law := grant.basis(day)) is not None)
        return FeedTerms(held, tuple(dict.fromkeys(laws)), digest)


def _said(grant: Grant, columns: tuple[str, ...]) -> tuple[str, ...]:
    """A grant as terms name it; with its fields where it gives some of the columns only."""
    if set(columns) <= grant.fields:
        return (grant.id, grant.territory)
    return (grant.id, grant.territory, "only", *sorted(grant.fields.intersection(columns)))


def read_feeds(
    folder: Path, contracts: Mapping[str, Contract], grants: Grants, trust: GrantTrust = ANYBODY
) -> Mapping[str, Feed]:
    """The feeds of a deployment by id, in the order of their files; none without a folder `feeds`.

    Raises:
        DeploymentInvalid: file and line, what is wrong and what is known.
    """
    files = sorted((folder / "feeds").glob("*.yaml"))
    if not files:
        return {}
    agencies, bases = read_agencies(folder), read_legal_bases(folder)
    found: dict[str, Feed] = {}
    for path in files:
        document = load(path, FeedFile)
        if path.name != f"{document.value.id}.yaml":
            raise document.wrong(
                (),
                f"the file of feed {document.value.id} is called otherwise",
                hint=f"call it {document.value.id}.yaml",
            )
        found[document.value.id] = replace(_feed(document, contracts, grants, agencies, bases), trust=trust)
    return found


def _feed(
    document: Document[FeedFile],
    contracts: Mapping[str, Contract],
    grants: Grants,
    agencies: Mapping[str, Agency],
    bases: LegalBases,
) -> Feed:
    file = document.value
    if file.contract not in contracts:
        raise document.wrong(("contract",), f"no contract {file.contract}", hint=f"known are {', '.join(contracts)}")
    contract = contracts[file.contract]
    if file.receiver not in agencies:
        raise document.wrong(
            ("receiver",), f"no agency {file.receiver}", hint="reference/agencies.csv lists the identity codes"
        )
    if (file.channel != "inbox") != bool(file.system):
        raise document.wrong(
            ("channel",),
            f"channel {file.channel} and system {file.system or 'none'} do not go together",
            hint="channel: push and records need the system that it goes to; an inbox that is fetched has none",
        )
    if (file.channel == "records") != bool(file.service) or (file.channel != "records" and (file.lists or file.states)):
        raise document.wrong(
            ("service",) if file.service else ("channel",),
            "service, lists and states stand beside channel: records, and service is needed there",
            hint="the receiver's service that takes the records, DongBoHoSoMC say",
        )
    dataset = _dataset(document, contract)
    _require_version(document, contract, dataset)
    if file.purpose not in grants.purposes.by_id:
        hint = f"purposes.yaml knows {', '.join(sorted(grants.purposes.by_id))}"
        raise document.wrong(("purpose",), f"no purpose {file.purpose}", hint=hint)
    if file.legal_basis not in bases.ids:
        hint = f"legal_bases.csv knows {', '.join(sorted(bases.ids))}"
        raise document.wrong(("legal_basis",), f"no legal basis {file.legal_basis}", hint=hint)
    _require_columns(document, dataset, file.columns, ("columns",), grants)
    children = {each.name: each for each in contract.datasets if each.parent == dataset.name}
    for name, columns in file.lists.items():
        if name not in children:
            raise document.wrong(
                ("lists",), f"{dataset.name} has no list {name}", hint=f"known are {', '.join(children) or 'none'}"
            )
        _require_columns(document, children[name], columns, ("lists", name), grants)
    return Feed(file, contract, dataset, agencies[file.receiver], grants)


def _require_version(document: Document[FeedFile], contract: Contract, dataset: Dataset) -> None:
    """The promised version is the contract's, an earlier one of the same first number, or one that is still kept for
    these columns: two versions are live, until a change breaks a reader of them.
    """
    file = document.value
    promised, there = _numbers(file.version), _numbers(contract.version)
    if promised is None:
        raise document.wrong(("version",), f"{file.version!r} is no version", hint='write version: "1.2.0"')
    if there is not None and promised[0] == there[0] and promised <= there:
        return
    why = "it is newer"
    if there is not None and promised < there:
        lives, why = lives_for(contract, file.version, dataset.name, file.columns)
        if lives:
            return
    raise document.wrong(
        ("version",),
        f"contract {contract.name} is {contract.version}, which does not keep what {file.version} promised: {why}",
        hint="agree on the new version with the receiver, then write it here",
    )


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    return tuple(map(int, parts)) if len(parts) == 3 and all(part.isdecimal() for part in parts) else None


def _dataset(document: Document[FeedFile], contract: Contract) -> Dataset:
    name = document.value.dataset or contract.datasets[0].name
    known = {dataset.name: dataset for dataset in contract.datasets}
    if name not in known:
        raise document.wrong(
            ("dataset",), f"contract {contract.name} has no dataset {name}", hint=f"known are {', '.join(known)}"
        )
    dataset = known[name]
    if dataset.parent or not dataset.version_field:
        raise document.wrong(
            ("dataset",) if document.value.dataset else ("contract",),
            f"{name} cannot be fed: its records {'belong to others' if dataset.parent else 'have no change time'}",
            hint="a feed carries a dataset whose records stand for themselves and are read from a system",
        )
    return dataset


def _require_columns(
    document: Document[FeedFile], dataset: Dataset, columns: Sequence[str], at: tuple[str, ...], grants: Grants
) -> None:
    file, known = document.value, dataset.by_name
    if not columns or len(set(columns)) < len(columns):
        raise document.wrong(at, "columns are none, or one stands twice", hint="name each field once")
    if unknown := [column for column in columns if column not in known]:
        raise document.wrong(
            at, f"{dataset.name} has no field {', '.join(unknown)}", hint="hub contracts show lists its fields"
        )
    if sealed := [column for column in columns if known[column].classification.encrypted]:
        raise document.wrong(
            at,
            f"{', '.join(sealed)} of {dataset.name} rest sealed",
            hint="sensitive fields leave by no grant",
        )
    ever = [
        g
        for g in grants.bulk
        if (g.agency, g.dataset, g.purpose, g.legal_basis)
        == (file.receiver, dataset.name, file.purpose, file.legal_basis)
    ]
    given = frozenset[str]().union(*(grant.fields for grant in ever)) & grants.purposes.needed(
        file.purpose, dataset.name
    )
    if lacking := [column for column in columns if column not in given]:
        raise document.wrong(
            at,
            f"no bulk grant gives {', '.join(lacking[:5])} of {dataset.name} to {file.receiver} for {file.purpose}",
            hint="grants.yaml: an entry with `bulk: true`; purposes.yaml: what the purpose needs",
        )
