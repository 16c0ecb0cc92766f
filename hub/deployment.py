"""A deployment: the systems, streams and reference lists of one province, as data.

Light to import: Airflow reads it each time it parses the DAGs.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from contracts.errors import DeploymentInvalid
from hub.errors import NothingSuch

SYSTEM_KEYS = {"system", "title", "dialect", "address", "unit", "owner", "contact", "schedule", "overlap", "contracts", "options", "pool"}
NEEDED = {"system", "title", "dialect", "address", "owner", "schedule", "contracts"}


@dataclass(frozen=True)
class SystemEntry:
    """One file of `systems/`."""

    id: str
    title: str
    dialect: str
    address: str
    """Base URL; `{twins}` stands for the local twins, `{twins_files}` for the folder into which they deliver files."""
    owner: str
    """Who answers for it."""
    contact: str
    schedule: str
    """Cron expression in the deployment's time zone."""
    overlap: timedelta
    """How far behind its position each reading starts again."""
    contracts: tuple[str, ...]
    options: Mapping[str, Any]
    unit: str
    """Code of the administrative unit it serves, by the units list of the deployment's as_of."""
    pool: str
    """Airflow pool its tasks share."""
    path: Path


@dataclass(frozen=True)
class Stream:
    """One contract read from one system."""

    id: str
    system: SystemEntry
    contract: str


@dataclass(frozen=True)
class Deployment:
    """Everything city-specific."""

    name: str
    title: str
    as_of: datetime
    """When a scenario's clock starts."""
    timezone: str
    folder: Path
    systems: Mapping[str, SystemEntry]
    lists: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Code list -> (file of `reference/`, column)."""

    @property
    def streams(self) -> Mapping[str, Stream]:
        """All streams by id, in the order of the systems."""
        found = (Stream(f"{s.id}.{c}", s, c) for s in self.systems.values() for c in s.contracts)
        return {stream.id: stream for stream in found}

    def stream(self, name: str) -> Stream:
        """A stream by its id, or by its system's when that has only one. Raises NothingSuch."""
        streams = self.streams
        if name in streams:
            return streams[name]
        of_system = [s for s in streams.values() if s.system.id == name]
        if len(of_system) == 1:
            return of_system[0]
        near = [s for s in streams if name.split(".", 1)[0] in s] or list(streams)
        raise NothingSuch(f"No stream {name}", hint=f"known are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}; see hub streams")

    def code_lists(self) -> Mapping[str, frozenset[str]]:
        """The values of each reference list, as strings."""
        return {name: _column(self.folder / "reference" / file, column) for name, (file, column) in self.lists.items()}


def load_deployment(folder: Path, known_contracts: frozenset[str] | None = None) -> Deployment:
    """Read `deployment.yaml` and `systems/*.yaml` of a folder.

    Raises:
        DeploymentInvalid: names file and line, what is wrong and what is known.
    """
    head, lines = _read(folder / "deployment.yaml")
    for key in ("name", "title", "as_of", "timezone"):
        if key not in head:
            raise DeploymentInvalid(f"{_at(folder / 'deployment.yaml', 1)}: {key} is missing")
    systems: dict[str, SystemEntry] = {}
    for path in sorted((folder / "systems").glob("*.yaml")):
        entry = _system(path, known_contracts)
        if entry.id in systems:
            raise DeploymentInvalid(f"{_at(path, 1)}: system {entry.id} is already described by {systems[entry.id].path.name}")
        systems[entry.id] = entry
    lists = {name: (where["file"], where["column"]) for name, where in head.get("lists", {}).items()}
    moment = head["as_of"] if isinstance(head["as_of"], datetime) else datetime.fromisoformat(str(head["as_of"]))
    if moment.tzinfo is None:
        raise DeploymentInvalid(f"{_at(folder / 'deployment.yaml', lines.get('as_of', 1))}: as_of has no time zone", hint="write 2022-06-02T08:00:00+07:00")
    return Deployment(head["name"], head["title"], moment, head["timezone"], folder, systems, lists)


def _system(path: Path, known_contracts: frozenset[str] | None) -> SystemEntry:
    data, lines = _read(path)
    for key in data:
        if key not in SYSTEM_KEYS:
            raise DeploymentInvalid(f"{_at(path, lines[key])}: unknown key {key}", hint=f"known are {', '.join(sorted(SYSTEM_KEYS))}")
    missing = sorted(NEEDED - set(data))
    if missing:
        raise DeploymentInvalid(f"{_at(path, 1)}: {', '.join(missing)} missing", hint="docs/add-a-system.md shows a whole file")
    contracts = tuple(data["contracts"])
    if known_contracts is not None:
        for name in contracts:
            if name not in known_contracts:
                line = next((n for n, text in enumerate(path.read_text().splitlines(), 1) if n >= lines["contracts"] and name in text), lines["contracts"])
                raise DeploymentInvalid(f"{_at(path, line)}: no contract {name}", hint=f"known are {', '.join(sorted(known_contracts))}")
    return SystemEntry(
        id=data["system"], title=data["title"], dialect=data["dialect"], address=data["address"], owner=data["owner"],
        contact=data.get("contact", ""), schedule=data["schedule"], overlap=_minutes(data.get("overlap", "15m"), path, lines.get("overlap", 1)),
        contracts=contracts, options=data.get("options", {}), unit=str(data.get("unit", "")), pool=data.get("pool", data["dialect"]), path=path,
    )


def _read(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """A YAML mapping, and the line of each of its keys."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DeploymentInvalid(f"{path} does not exist", hint="HUB_DEPLOYMENT names the folder of a deployment") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DeploymentInvalid(f"{_at(path, mark.line + 1 if mark else 1)}: not YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(node, yaml.MappingNode):
        raise DeploymentInvalid(f"{_at(path, 1)}: expected key: value lines")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data, {key.value: key.start_mark.line + 1 for key, _ in node.value}


def _minutes(text: str, path: Path, line: int) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if not (text[:-1].isdigit() and text[-1] in units):
        raise DeploymentInvalid(f"{_at(path, line)}: overlap {text!r} is no time", hint="write 15m, 2h or 1d")
    return timedelta(**{units[text[-1]]: int(text[:-1])})


def _column(path: Path, column: str) -> frozenset[str]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if column not in (rows.fieldnames or []):
            raise DeploymentInvalid(f"{_at(path, 1)}: no column {column}", hint=f"it has {', '.join(rows.fieldnames or [])}")
        return frozenset(row[column] for row in rows)


def _at(path: Path, line: int) -> str:
    return f"{path.name}:{line}" if not path.parent.name else f"{path.parent.name}/{path.name}:{line}"
