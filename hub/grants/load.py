"""`grants.yaml` of a deployment: read, checked against contracts and agencies, or refused with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.located import Located, read_located
from contracts.model import Contract
from hub.grants.model import Grant, Grants

KEYS = frozenset({"id", "agencies", "datasets", "purpose", "legal_basis", "territory", "valid_from", "valid_to", "hourly_limit", "approver"})
OPTIONAL = frozenset({"valid_to"})


def read_grants(folder: Path, contracts: Mapping[str, Contract]) -> Grants:
    """The grants of a deployment; none when it has no `grants.yaml`: then everything is denied.

    One entry names several agencies and datasets to stay readable; it becomes one grant for each pair.

    Raises:
        DeploymentInvalid: file and line, what is wrong and what is known.
    """
    path = folder / "grants.yaml"
    if not path.exists():
        return Grants(())
    try:
        located = read_located(path)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    entries = located.data.get("grants") if isinstance(located.data, dict) else None
    if not isinstance(entries, list):
        raise _invalid(located, (), "expected `grants:` with a list", "grants:\n  - id: …")
    fields = {d.name: {f.name for f in d.fields} for c in contracts.values() for d in c.datasets}
    ids: set[str] = set()
    found: list[Grant] = []
    for number, entry in enumerate(entries):
        at = ("grants", number)
        found += _grants(located, at, entry, fields)
        if entry["id"] in ids:
            raise _invalid(located, at, f"id {entry['id']} stands for the second time", "each grant is quoted by its id")
        ids.add(entry["id"])
    return Grants(tuple(found))


def _grants(located: Located, at: tuple[str | int, ...], entry: Any, fields: Mapping[str, set[str]]) -> list[Grant]:
    if not isinstance(entry, dict) or set(entry) - KEYS or KEYS - OPTIONAL - set(entry):
        wrong = sorted((set(entry) ^ KEYS) - OPTIONAL) if isinstance(entry, dict) else ["no mapping"]
        raise _invalid(located, at, f"unknown or missing: {', '.join(wrong)}", f"a grant has {', '.join(sorted(KEYS))}")
    for dataset, names in entry["datasets"].items():
        if dataset not in fields:
            raise _invalid(located, (*at, "datasets", dataset), f"no dataset {dataset}", f"known are {', '.join(sorted(fields))}")
        if unknown := sorted(set(names) - fields[dataset]):
            raise _invalid(located, (*at, "datasets", dataset), f"{dataset} has no field {', '.join(unknown)}", "hub contracts show lists its fields")
    days = [_day(located, (*at, key), entry.get(key)) for key in ("valid_from", "valid_to")]
    return [
        Grant(f"{entry['id']}/{agency}", agency, dataset, frozenset(names), entry["purpose"], entry["legal_basis"], entry["territory"],
              days[0] or date.min, days[1], int(entry["hourly_limit"]), entry["approver"])
        for agency in entry["agencies"] for dataset, names in entry["datasets"].items()
    ]  # fmt: skip


def _day(located: Located, at: tuple[str | int, ...], value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except (TypeError, ValueError):
        raise _invalid(located, at, f"{value!r} is no day", "write 2022-01-01") from None


def _invalid(located: Located, at: tuple[str | int, ...], what: str, hint: str) -> DeploymentInvalid:
    return DeploymentInvalid(f"{located.path.parent.name}/{located.path.name}:{located.line(at)}: {what}", hint=hint)
