"""A deployment: the systems, streams and reference lists of one province, as data.

Light to import: Airflow reads it each time it parses the DAGs.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.identifiers import CONTRACT, DEPLOYMENT, FILE, SYSTEM, Shape
from contracts.yaml_lines import Located, Steps, read_located
from hub.core.errors import NotFound

NEEDED = {"system", "title", "dialect", "address", "owner", "schedule", "contracts"}
SYSTEM_KEYS = NEEDED | {"instead_of", "old_text", "unit", "contact", "overlap", "options", "pool", "valid_from", "valid_to", "repeats"}


@dataclass(frozen=True)
class SystemEntry:
    """One file of `systems/`."""

    id: str
    title: str
    dialect: str
    address: str
    """Base URL; `{twins}` stands for the local twins, `{twins_files}` for the folder into which they deliver files,
    `{twins_store}` for their database of digitised books, `{data}` for the folder of full lists given by hand, `{reference}` for the deployment's own."""
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
    valid_from: date | None = None
    """First day on which it is there; None: always was."""
    valid_to: date | None = None
    """Last day on which it is there; None: still is."""
    repeats: bool = False
    """It tells dossiers that other systems handle and tell themselves: where both tell one, theirs counts (`hub/evidence/dossier_links.py`)."""
    old_text: bool = False
    """Its text may be in an encoding of the years before Unicode: columns are looked at (`hub/load/transcoding.py`)."""

    instead_of: str = ""
    """The system that it is another way to: it tells the same records, so the two are never read into one warehouse."""

    def on(self, day: date) -> bool:
        """Whether it is there on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class CodeList:
    """Where the values of a code list stand."""

    file: str
    """In `reference/`."""
    column: str
    dated: bool = False
    """Its rows have `valid_from` and `valid_to`: a row that begins after the deployment's as_of is not known yet."""


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
    """When a scenario's clock starts; systems and dated lists are those of its day."""
    timezone: str
    folder: Path
    systems: Mapping[str, SystemEntry]
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    reuse: Mapping[str, Any] = field(default_factory=dict)
    """What it lays down for decisions (`hub/answers/decisions/decide.py: Terms`)."""
    other_ways: Mapping[str, SystemEntry] = field(default_factory=dict)
    """Systems that tell what another one tells (`instead_of`): they can be checked and compared, and no stream reads them."""

    @property
    def today(self) -> date:
        """The local day of as_of."""
        return self.as_of.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def read(self) -> Mapping[str, SystemEntry]:
        """The systems that are read; the others are asked when a decision needs them, and have no streams."""
        return {name: system for name, system in self.systems.items() if system.contracts}

    @property
    def streams(self) -> Mapping[str, Stream]:
        """All streams by id, in the order of the systems."""
        found = (Stream(f"{s.id}.{c}", s, c) for s in self.systems.values() for c in s.contracts)
        return {stream.id: stream for stream in found}

    def stream(self, name: str) -> Stream:
        """A stream by its id, or by its system's when that has only one. Raises NotFound."""
        streams = self.streams
        if name in streams:
            return streams[name]
        if (way := self.other_ways.get(name.split(".", 1)[0])) is not None:
            hint = f"both in one warehouse would tell each record twice: put its dialect and options into {way.instead_of}'s file to read it so"
            raise NotFound(f"No stream {name}: {way.id} is another way to {way.instead_of}", hint=hint)
        of_system = [s for s in streams.values() if s.system.id == name]
        if len(of_system) == 1:
            return of_system[0]
        near = [s for s in streams if name.split(".", 1)[0] in s] or list(streams)
        raise NotFound(f"No stream {name}", hint=f"known are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}; see hub streams")

    def code_lists(self) -> Mapping[str, frozenset[str]]:
        """The values of each reference list, as strings; of a dated one those that were valid on some day until as_of.

        Values that are no longer valid stay: a book of 2010 names the district of 2010. Whether a code was valid on the record's own
        date is another rule (`valid_on`), for which a dated list is also given as `<name>@days`: `code|first day|last day`.
        """
        folder, lists = self.folder / "reference", dict[str, frozenset[str]]()
        for name, each in self.lists.items():
            if each.dated:
                rows = [row for row in _rows(folder / each.file, each.column, "valid_from", "valid_to") if row["valid_from"] <= self.today.isoformat()]
                lists[f"{name}@days"] = frozenset(f"{row[each.column]}|{row['valid_from']}|{row['valid_to']}" for row in rows)
            else:
                rows = _rows(folder / each.file, each.column)
            lists[name] = frozenset(row[each.column] for row in rows)
        return lists


def load_deployment(folder: Path, known_contracts: frozenset[str] | None = None, as_of: datetime | None = None, *, data: bool = False) -> Deployment:
    """Read `deployment.yaml` and those of `systems/*.yaml` that are there at `as_of` (by default the deployment's own).

    With `data` also `data/*.yaml`: lists that are read from a folder given by hand.

    Raises:
        DeploymentInvalid: names file and line, what is wrong and what is known.
    """
    file = _read(folder / "deployment.yaml")
    head = file.data
    for key in ("name", "title", "as_of", "timezone"):
        if key not in head:
            raise DeploymentInvalid(f"{_at(file.path, 1)}: {key} is missing")
    _named(file, ("name",), head["name"], DEPLOYMENT)  # its state folder is called after it
    systems: dict[str, SystemEntry] = {}
    for path in sorted([*(folder / "systems").glob("*.yaml"), *((folder / "data").glob("*.yaml") if data else ())]):
        entry = _system(path, known_contracts)
        if entry.id in systems:
            raise DeploymentInvalid(f"{_at(path, 1)}: system {entry.id} is already described by {systems[entry.id].path.name}")
        if path.name != f"{entry.id}.yaml":  # `hub systems new` would write a second file of it
            raise DeploymentInvalid(f"{_at(path, 1)}: the file of system {entry.id} is called otherwise", hint=f"call it {entry.id}.yaml")
        systems[entry.id] = entry
    lists = {name: _list(file, name, where) for name, where in head.get("lists", {}).items()}
    moment = as_of or _moment(file, head["as_of"])
    if moment.tzinfo is None:
        raise DeploymentInvalid(f"as_of {moment.isoformat()} has no time zone", hint="write HUB_AS_OF=2026-01-01T08:00:00+07:00")
    whole = Deployment(head["name"], head["title"], moment, head["timezone"], folder, systems, lists, head.get("reuse", {}))
    there = {name: system for name, system in systems.items() if system.on(whole.today)}
    for entry in systems.values():
        if entry.instead_of and (entry.instead_of not in systems or systems[entry.instead_of].instead_of):
            what = f"instead_of {entry.instead_of} names no system that is read"
            raise DeploymentInvalid(f"{_at(entry.path, 1)}: {what}", hint="it names the `system` of another file")
    read = {name: system for name, system in there.items() if not system.instead_of}
    return replace(whole, systems=read, other_ways={name: system for name, system in there.items() if system.instead_of in read})


def _system(path: Path, known_contracts: frozenset[str] | None) -> SystemEntry:
    file = _read(path)
    data, lines = file.data, {key: file.line((key,)) for key in file.data}
    for key in data:
        if key not in SYSTEM_KEYS:
            raise DeploymentInvalid(f"{_at(path, lines[key])}: unknown key {key}", hint=f"known are {', '.join(sorted(SYSTEM_KEYS))}")
    missing = sorted(NEEDED - set(data))
    if missing:
        raise DeploymentInvalid(f"{_at(path, 1)}: {', '.join(missing)} missing", hint="docs/add-a-system.md shows a whole file")
    _named(file, ("system",), data["system"], SYSTEM)
    if not isinstance(data["contracts"], list):
        raise DeploymentInvalid(f"{_at(path, lines['contracts'])}: contracts is no list", hint="write contracts: [dossier], or [] for a system that is asked")
    for index, name in enumerate(data["contracts"]):
        _named(file, ("contracts", index), name, CONTRACT)
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
        valid_from=_day(data, "valid_from", path, lines), valid_to=_day(data, "valid_to", path, lines), old_text=_old_text(data, path, lines),
        instead_of=str(data.get("instead_of", "")),
        repeats=_flag(data, "repeats", path, lines),
    )


def _read(path: Path) -> Located:
    """A YAML mapping, and the line of each of its values."""
    if not path.exists():
        raise DeploymentInvalid(f"{path} does not exist", hint="HUB_DEPLOYMENT names the folder of a deployment")
    try:
        file = read_located(path)
    except ContractInvalid as error:
        raise DeploymentInvalid(error.message, hint=error.hint) from None
    if not isinstance(file.data, dict):
        raise DeploymentInvalid(f"{_at(path, 1)}: expected key: value lines")
    return file


def _named(file: Located, steps: Steps, name: object, shape: Shape) -> None:
    """Refuse a name that must not become part of a path, an id or SQL."""
    if what := shape.fault(name):
        raise DeploymentInvalid(f"{_at(file.path, file.line(steps))}: {what}", hint=shape.hint)


def _list(file: Located, name: str, where: Mapping[str, Any]) -> CodeList:
    if not isinstance(where, dict) or not {"file", "column"} <= set(where):
        hint = f"{name}: {{file: units.csv, column: code}}"
        raise DeploymentInvalid(f"{_at(file.path, file.line(('lists', name)))}: the list {name} names no file and column", hint=hint)
    _named(file, ("lists", name, "file"), where["file"], FILE)
    return CodeList(where["file"], where["column"], where.get("dated", False))


def _moment(file: Located, text: object) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        what = "as_of is no moment" if found == datetime.min else "as_of has no time zone"
        raise DeploymentInvalid(f"{_at(file.path, file.line(('as_of',)))}: {what}", hint="write 2022-06-02T08:00:00+07:00")
    return found


def _minutes(text: str, path: Path, line: int) -> timedelta:
    units = {"m": "minutes", "h": "hours", "d": "days"}
    if not (text[:-1].isdigit() and text[-1] in units):
        raise DeploymentInvalid(f"{_at(path, line)}: overlap {text!r} is no time", hint="write 15m, 2h or 1d")
    return timedelta(**{units[text[-1]]: int(text[:-1])})


def _day(data: Mapping[str, Any], key: str, path: Path, lines: Mapping[str, int]) -> date | None:
    found = data.get(key)
    try:
        return None if found is None else date.fromisoformat(found)
    except (TypeError, ValueError):
        raise DeploymentInvalid(f"{_at(path, lines[key])}: {key} {found!r} is no day", hint="write 2025-06-30") from None


def _flag(data: Mapping[str, Any], key: str, path: Path, lines: Mapping[str, int]) -> bool:
    found = data.get(key, False)
    if not isinstance(found, bool):
        raise DeploymentInvalid(f"{_at(path, lines[key])}: {key} {found!r} is neither true nor false", hint=f"write {key}: true, or leave it out")
    return found


def _old_text(data: Mapping[str, Any], path: Path, lines: Mapping[str, int]) -> bool:
    if data.get("old_text") not in (None, "detect"):
        raise DeploymentInvalid(f"{_at(path, lines['old_text'])}: old_text {data['old_text']!r} is unknown", hint="write old_text: detect, or leave it out")
    return data.get("old_text") == "detect"


def _rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a list that must have these columns."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        for column in columns:
            if column not in (rows.fieldnames or []):
                raise DeploymentInvalid(f"{_at(path, 1)}: no column {column}", hint=f"it has {', '.join(rows.fieldnames or [])}")
        return list(rows)


def _at(path: Path, line: int) -> str:
    return f"{path.name}:{line}" if not path.parent.name else f"{path.parent.name}/{path.name}:{line}"
