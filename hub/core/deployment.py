"""A deployment: the systems, streams and reference lists of one province, as data.

Light to import: Airflow reads it each time it parses the DAGs. More than 300 lines stand here on purpose: what a
deployment is on a day, and how its files become one, are one idea.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import ConfigDict

from contracts.deployment.files import CodeList, DeploymentFile, SystemFile
from contracts.errors import DeploymentInvalid
from contracts.yaml.lines import Located
from contracts.yaml.models import Document, load
from hub.core.cells import read_list
from hub.core.errors import NotFound


class SystemEntry(SystemFile):
    """One system of a deployment, and where it is described."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: Located
    """The file that describes it, with the line of each value."""
    route: str = ""
    """Id of the system by whose wire it is read (`routes` in deployment.yaml); empty: by its own."""
    described: SystemEntry | None = None
    """The system as its own file describes it, if it is read by another's wire."""

    @property
    def path(self) -> Path:
        """Where it is described."""
        return self.file.path

    @property
    def credentials_of(self) -> str:
        """Id under which its credentials stand in the secrets."""
        return self.route or self.id

    def by(self, other: SystemEntry) -> SystemEntry:
        """This system, read by another one's wire: streams, records and the page of the person on duty stay its own."""
        names = ("dialect", "address", "options", "overlap", "again", "watch", "maintenance", "listing", "pool", "file")
        wire = {name: getattr(other, name) for name in names}
        return self.model_copy(update={**wire, "route": other.id, "described": self})

    @property
    def last_read(self) -> date | None:
        """The last day on which it is read: what was entered on its own last day is read after it."""
        return self.valid_to + self.closing if self.valid_to else None

    def on(self, day: date) -> bool:
        """Whether it is read on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.last_read is None or day <= self.last_read)


@dataclass(frozen=True)
class Stream:
    """One contract read from one system."""

    id: str
    system: SystemEntry
    contract: str


class SystemsOfDay(NamedTuple):
    """The systems that are there on a day, by id."""

    systems: Mapping[str, SystemEntry]
    other_ways: Mapping[str, SystemEntry] = {}


@dataclass(frozen=True)
class Deployment:
    """Everything city-specific. Systems and dated lists are those of the clock's day, whenever they are asked for."""

    name: str
    title: str
    as_of: datetime | None
    """When the clock of a scenario started; None: the deployment runs on the real day."""
    timezone: str
    folder: Path
    described: Mapping[str, SystemEntry]
    """All systems, whatever the day."""
    there: Callable[[date], SystemsOfDay]
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    reuse: Mapping[str, Any] = field(default_factory=dict)
    """Terms for decisions (`hub/answers/decisions/decide.py: Terms`)."""
    registry: str = ""
    """Id of the system that is the Ministry's registry; empty: there is none."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    """What time it is for this deployment. `load_deployment` lets it stand at `as_of`; a scenario's clock runs."""

    @property
    def zone(self) -> ZoneInfo:
        """Its local time."""
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        """The local day of the clock, now."""
        return self.clock().astimezone(self.zone).date()

    @property
    def systems(self) -> Mapping[str, SystemEntry]:
        """The systems of today."""
        return self.there(self.today).systems

    @property
    def other_ways(self) -> Mapping[str, SystemEntry]:
        """Systems with the same records as another one (`instead_of`): they can be checked and compared; no stream
        reads them."""
        return self.there(self.today).other_ways

    def only(
        self, systems: Mapping[str, SystemEntry], other_ways: Mapping[str, SystemEntry] | None = None, **more: Any
    ) -> Deployment:
        """This deployment with these systems on every day; `more` as in `dataclasses.replace`."""
        fixed = SystemsOfDay(systems, other_ways or {})
        return replace(self, described={**fixed.systems, **fixed.other_ways}, there=lambda _: fixed, **more)

    def unchanged_since(self) -> datetime:
        """The start of the day since which systems and dated lists are those of today."""
        days = [date(1900, 1, 1)]
        for system in self.described.values():
            days += [system.valid_from] if system.valid_from else []
            days += [system.last_read + timedelta(days=1)] if system.last_read else []
        for each in self.lists.values():
            if each.dated:
                rows = read_list(self.folder / "reference" / each.file, (each.column, "valid_from", "valid_to"))
                days += {day for row in rows if (day := row.day("valid_from"))}
        return datetime.combine(max(day for day in days if day <= self.today), time(), self.zone)

    def local_day(self, moment: datetime) -> date:
        """The day of a moment in the deployment's time zone."""
        return moment.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def read(self) -> Mapping[str, SystemEntry]:
        """The systems that are read. The others have no streams; a decision asks them when needed."""
        return {name: system for name, system in self.systems.items() if system.contracts}

    @property
    def streams(self) -> Mapping[str, Stream]:
        """All streams by id, in the order of the systems."""
        found = (Stream(f"{s.id}.{c}", s, c) for s in self.systems.values() for c in s.contracts)
        return {stream.id: stream for stream in found}

    @property
    def pools(self) -> Mapping[str, int]:
        """Airflow pool -> slots: at first one for each stream that shares it, on whatever day.

        An operator lowers it to spare a source.
        """
        every = (self.systems.get(name, entry) for name, entry in self.described.items() if not entry.instead_of)
        return Counter(entry.pool for entry in every for _ in entry.contracts)

    def stream(self, name: str) -> Stream:
        """A stream by its id, or by its system's when that has only one. Raises NotFound."""
        streams = self.streams
        if name in streams:
            return streams[name]
        if (way := self.other_ways.get(name.split(".", 1)[0])) is not None:
            hint = f"both in one warehouse would hold each record twice; routes: {{{way.instead_of}: {way.id}}} in deployment.yaml reads it so"
            raise NotFound(f"No stream {name}: {way.id} is another way to {way.instead_of}", hint=hint)
        if name.split(".", 1)[0] in self.described and name.split(".", 1)[0] not in self.systems:
            raise self.unknown(name.split(".", 1)[0])
        of_system = [s for s in streams.values() if s.system.id == name]
        if len(of_system) == 1:
            return of_system[0]
        near = [s for s in streams if name.split(".", 1)[0] in s] or list(streams)
        raise NotFound(
            f"No stream {name}", hint=f"known are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}; see hub streams"
        )

    def unknown(self, system: str) -> NotFound:
        """The error for a system that is not there today; of one with other days it says which."""
        if (entry := self.described.get(system)) is None:
            return NotFound(f"No system {system}", hint="hub systems list shows them")
        days = " ".join(f"{word} {day}" for word, day in (("from", entry.valid_from), ("to", entry.last_read)) if day)
        return NotFound(f"System {system} is not read on {self.today}: its file says {days}", hint="hub systems list")

    def streams_of(self, name: str) -> tuple[Stream, ...]:
        """The stream of an id, or all streams of a system, in the order of its file. Raises NotFound."""
        of_system = tuple(each for each in self.streams.values() if each.system.id == name)
        return of_system or (self.stream(name),)

    def code_lists(self) -> Mapping[str, frozenset[str]]:
        """The values of each reference list, as strings; of a dated one those that were valid on some day until today.

        Values that are no longer valid stay: a book of 2010 names the district of 2010. Whether a code was valid on the
        record's own date is another rule (`valid_on`), for which a dated list is also given as `<name>@days`:
        `code|first day|last day`.
        """
        folder, lists, today = self.folder / "reference", dict[str, frozenset[str]](), self.today.isoformat()
        for name, each in self.lists.items():
            if each.dated:
                rows = [
                    row
                    for row in read_list(folder / each.file, (each.column, "valid_from", "valid_to"))
                    if row["valid_from"] <= today
                ]
                lists[f"{name}@days"] = frozenset(
                    f"{row[each.column]}|{row['valid_from']}|{row['valid_to']}" for row in rows
                )
            else:
                rows = list(read_list(folder / each.file, (each.column,)))
            lists[name] = frozenset(row[each.column] for row in rows)
        return lists


def pool_purpose(pool: str) -> str:
    """What a pool is for, as Airflow's screen shows it."""
    return f"streams read at once from systems of pool {pool}"


def load_deployment(
    folder: Path,
    known_contracts: frozenset[str] | None = None,
    as_of: datetime | Literal["now"] | None = None,
    *,
    data: bool = False,
) -> Deployment:
    """Read `deployment.yaml` and `systems/*.yaml`. The clock stands at `as_of` (by default the deployment's own); it is
    the machine's for `now`, or where neither names a moment.

    With `data` also `data/*.yaml`: lists that are read from a folder given by hand.

    Raises:
        DeploymentInvalid: names file and line, what is wrong and what is known.
    """
    _require_there(folder / "deployment.yaml")
    document = load(folder / "deployment.yaml", DeploymentFile)
    head = document.value
    systems: dict[str, SystemEntry] = {}
    for path in sorted([*(folder / "systems").glob("*.yaml"), *((folder / "data").glob("*.yaml") if data else ())]):
        described = load(path, SystemFile)
        entry = _system(described, known_contracts)
        if entry.id in systems:
            what = f"system {entry.id} is already described by {systems[entry.id].path.name}"
            raise described.wrong(("system",), what, hint="describe it once")
        if path.name != f"{entry.id}.yaml":  # `hub systems new` would write a second file of it
            raise described.wrong(
                (), f"the file of system {entry.id} is called otherwise", hint=f"call it {entry.id}.yaml"
            )
        systems[entry.id] = entry
    moment = None if as_of == "now" else as_of or head.as_of
    if moment is not None and moment.tzinfo is None:
        raise DeploymentInvalid(
            f"as_of {moment.isoformat()} has no time zone", hint="write HUB_AS_OF=2026-01-01T08:00:00+07:00"
        )
    _require_ways(document, systems)
    days: dict[date, SystemsOfDay] = {}

    def there(day: date) -> SystemsOfDay:
        if day not in days:
            days[day] = _on(day, systems, head.routes)
        return days[day]

    given = {name: getattr(head.reuse, name) for name in head.reuse.model_fields_set}
    whole = Deployment(
        head.name, head.title, moment, head.timezone, folder, systems, there, head.lists, given, head.registry
    )
    return whole if moment is None else replace(whole, clock=lambda: moment)


def _require_ways(document: Document[DeploymentFile], systems: Mapping[str, SystemEntry]) -> None:
    """Whatever names another way to a system names one that is described."""
    for entry in systems.values():
        if entry.instead_of and (entry.instead_of not in systems or systems[entry.instead_of].instead_of):
            what = f"instead_of {entry.instead_of} names no system that is read"
            raise DeploymentInvalid(
                f"{entry.path.parent.name}/{entry.path.name}:1: {what}", hint="it names the `system` of another file"
            )
    for name, route in document.value.routes.items():
        if name in systems and route in systems and systems[route].instead_of != name:
            hint = f"known are {', '.join(n for n, s in systems.items() if s.instead_of == name) or 'none'}"
            raise document.wrong(("routes", name), f"{route} is no other way to {name}", hint=hint)
        if name not in systems or route not in systems:
            missing = route if name in systems else name
            raise document.wrong(("routes", name), f"no system {missing}", hint="routes: {system: another way to it}")


def _on(day: date, systems: Mapping[str, SystemEntry], routes: Mapping[str, str]) -> SystemsOfDay:
    """What is read on a day, each by its route, and the other ways to it."""
    there = {name: system for name, system in systems.items() if system.on(day)}
    read = {name: system for name, system in there.items() if not system.instead_of}
    ways = {name: system for name, system in there.items() if system.instead_of in read}
    for name, route in routes.items():
        if name in read and route in ways:
            read[name] = read[name].by(ways.pop(route))
    return SystemsOfDay(read, ways)


def _system(document: Document[SystemFile], known_contracts: frozenset[str] | None) -> SystemEntry:
    """A system's file with what is filled in for it; its contracts must be known."""
    for index, name in enumerate(document.value.contracts):
        if known_contracts is not None and name not in known_contracts:
            raise document.wrong(
                ("contracts", index), f"no contract {name}", hint=f"known are {', '.join(sorted(known_contracts))}"
            )
    given = dict(document.value)
    return SystemEntry.model_construct(**{**given, "pool": given["pool"] or given["dialect"], "file": document.file})


def _require_there(path: Path) -> None:
    if not path.exists():
        raise DeploymentInvalid(f"{path} does not exist", hint="HUB_DEPLOYMENT names the folder of a deployment")
