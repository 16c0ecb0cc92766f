"""The plan for reading one contract by one operation of a WSDL: data in the system's file, checked against the schema.

operations:
  notary_office:                               # the contract
    operation: danhSachToChuc
    record: danhSach/toChuc                    # the element of the reply that is one record
    map: notary/notary_office.fields.yaml      # contract field: path in the record (`a/b`, `a/@attribute`);
                                               # `/path` begins at the top of the reply
    window: {from: tuNgay, until: denNgay}     # paths in the request; absent: every call returns all records
    days: 7                                    # of one call; default 1
    request: {maTinh: "79"}                    # what else is asked, always the same
    day_format: "%d.%m.%Y"                     # how days are written where the schema calls them plain text
    refusal: response/faultCode                # where a reply that is no Fault says no
    total: tongSo                              # how many records there are; more, last, deleted: see _wsdl_taken.py
    left_out: [ghiChu, /tam]                   # what is left out by decision: of the record, and with / beside it

A name may come twice in a record: `name[1]`, `name[2]`. Where the schema leaves open what stands there, a step is
`{namespace}name`. `text()` is the record's own text beside its elements, `name()` the name under which it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.local_time import NAME
from contracts.model import Contract

from .. import options
from ..interface import System
from ..mapping import read_mapping
from ..wsdl.description import Operation, Wsdl
from ..wsdl.nodes import OWN_NAME, OWN_TEXT, Text, record_of
from ..wsdl.shape import Node, Shapes, way
from ._wsdl_taken import MARKS, Marks, OpenContent, all_taken, read_marks

_KEYS = ("operation", "record", "map", "window", "days", "request", "day_format", "refusal", *MARKS, "left_out")
_NEEDED = ("operation", "record", "map")


@dataclass(frozen=True)
class FieldPath:
    """Path to the text of a field."""

    tags: tuple[str, ...]
    in_record: bool
    """False: the path starts at the top of the reply."""
    default: str | None = None
    """What the schema says for an element that is empty, or an attribute that is absent."""
    whole: bool = False
    """Whether its text is that of all its elements too (mixed content)."""
    kind: Text | None = None
    """What the schema says of the text."""


@dataclass(frozen=True)
class Bound:
    """One end of the window in the request."""

    path: str
    base: str
    """The built-in type that the schema gives it."""


@dataclass(frozen=True)
class Plan:
    """All that the dialect must know."""

    operation: Operation
    asked: Node
    """The shape of the request."""
    record: tuple[str, ...]
    places: Mapping[str, FieldPath | None]
    """Contract field -> path, in the contract's order; None if the service does not have it."""
    key: tuple[str, ...]
    version: str | None
    window: tuple[Bound, Bound] | None
    days: int
    request: Mapping[str, str]
    day_format: str | None
    refusal: tuple[str, ...]
    zone: ZoneInfo
    also: tuple[str, ...]
    """Tags of the elements that may stand in the place of the record."""
    marks: Marks
    open_content: OpenContent | None
    """Where the schema lets anything stand in a record."""

    @property
    def day_is_version(self) -> bool:
        """Whether the requested day orders versions, instead of a field of the record."""
        place = self.places.get(self.version or "")
        return self.window is not None and place is not None and not place.in_record

    def arguments(self, first: date, last: date) -> dict[str, str]:
        """The texts of a request for the days from `first` to `last`, inclusive, by their path in it."""
        values = dict(self.request)
        if self.window is not None:
            since, until = self.window
            values |= {
                since.path: self._written(since, first, time.min),
                until.path: self._written(until, last, time(23, 59, 59)),
            }
        return values

    def moment(self, text: str | None) -> datetime | None:
        """A time of the reply, read as local time if it has no zone; None if it is unreadable."""
        for read in (self._as_written, datetime.fromisoformat):
            try:
                found = read(text or "")
            except ValueError:
                continue
            return found if found.tzinfo else found.replace(tzinfo=self.zone)
        return None

    def _as_written(self, text: str) -> datetime:
        return datetime.strptime(text, self.day_format or "%Y-%m-%d")

    def _written(self, bound: Bound, day: date, at: time) -> str:
        if self.day_format is not None:
            return day.strftime(self.day_format)
        return day.isoformat() if bound.base == "date" else datetime.combine(day, at, self.zone).isoformat()


def read_plan(system: System, contract: Contract, wsdl: Wsdl) -> Plan:
    """The plan of one contract.

    Raises:
        DeploymentInvalid: a setting is missing or unknown, or is not a path in the schema.
        ContractInvalid: the map is wrong, or the contract has no time that orders its versions.
    """
    given = _settings(system, contract)
    operation, shapes = wsdl.operation(str(given["operation"])), Shapes(wsdl)
    _one_port(system, wsdl, operation)
    reply, request = shapes.element(operation.reply), shapes.element(operation.request)
    about = f"{system.id}: operations.{contract.name}"
    _way(reply, str(given["record"]), f"{about}.record")
    found = record_of(reply, str(given["record"]))
    assert not isinstance(found, str)  # the way is one
    record, also = found
    refusal = _way(reply, str(given["refusal"]), f"{about}.refusal") if "refusal" in given else []
    fields = read_mapping(system.folder / str(given["map"]), contract)
    places = {
        name: None if path is None else _place(reply, record[-1], path, f"{about}.map: {name}")
        for name, path in fields.fields
    }
    marks = read_marks(reply, given, about)
    left_out = all_taken(record[-1], reply, str(given["record"]), fields, given, about)
    dataset = contract.datasets[0]
    version = dataset.version_field
    if version is not None and places[version] is None:
        raise ContractInvalid(
            f"{contract.path}: the service does not have {version}, which orders the versions",
            hint=f"map it in {given['map']}",
        )
    return Plan(
        operation=operation,
        asked=request,
        record=tuple(each.tag for each in record),
        places=places,
        key=tuple(field.name for field in dataset.key),
        version=version,
        window=_window(request, given.get("window"), given.get("day_format"), about),
        days=_days(given.get("days", 1), about),
        request=_constants(request, given.get("request", {}), f"{about}.request"),
        day_format=given.get("day_format"),
        refusal=tuple(each.step for each in refusal),
        zone=_zone(system),
        also=also,
        marks=marks,
        open_content=OpenContent(record[-1], fields.wire_names, left_out) if record[-1].is_open else None,
    )


def _settings(system: System, contract: Contract) -> Mapping[str, Any]:
    operations = system.options.get("operations")
    given = operations.get(contract.name) if isinstance(operations, Mapping) else None
    if not isinstance(given, Mapping):
        raise options.wrong(
            system,
            "operations",
            f"the option operations says nothing of the contract {contract.name}",
            hint=f"it takes {', '.join(_KEYS)}",
        )
    if unknown := sorted(set(given) - set(_KEYS)):
        raise options.wrong(
            system,
            "operations",
            f"operations.{contract.name} knows no {', '.join(unknown)}",
            hint=f"known: {', '.join(_KEYS)}",
        )
    if missing := [name for name in _NEEDED if not given.get(name)]:
        raise options.wrong(
            system,
            "operations",
            f"operations.{contract.name} needs {', '.join(missing)}",
            hint="hub contracts init --from-wsdl drafts it",
        )
    return given


def _one_port(system: System, wsdl: Wsdl, operation: Operation) -> None:
    """A person says which port is meant where an operation is called differently at several."""
    if ports := wsdl.ports_of(operation.name):
        what = f"{operation.name} is asked differently at the ports {', '.join(ports)}"
        raise options.wrong(system, "port", what, hint=f"port: {ports[0]}, or another of them, among the options")


def _way(top: Node, path: str, about: str) -> list[Node]:
    found = way(top, path)
    if isinstance(found, str):
        raise DeploymentInvalid(
            f"{about}: {path} is no way through {top.name}: there is no {found}",
            hint=_near(top, found),
        )
    return found


def _near(top: Node, name: str) -> str:
    """The next step after a path that breaks off."""
    numbered = [path for path, _ in top.leaves() if path.rpartition("/")[2].startswith(f"{name}[")]
    if numbered:
        return f"it may come more than once, each with a path of its own: {', '.join(numbered)}"
    return "paths are names of elements, parted by /"


def _place(reply: Node, record: Node, path: str, about: str) -> FieldPath:
    if path in (OWN_TEXT, OWN_NAME):
        return FieldPath((path,), True)
    top = path.startswith("/")
    nodes = _way(reply if top else record, path.removeprefix("/"), about)
    text = nodes[-1].text
    if text is None or any(each.many for each in nodes):
        hint = "a field is one text; a list inside a record needs a contract and a dialect of its own"
        raise DeploymentInvalid(f"{about}: {path} is no single text", hint=hint)
    return FieldPath(tuple(each.step for each in nodes), not top, text.default, whole=nodes[-1].mixed, kind=text)


def _window(request: Node, given: object, day_format: object, about: str) -> tuple[Bound, Bound] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != {"from", "until"}:
        raise DeploymentInvalid(
            f"{about}.window takes from and until, paths in the request",
            hint="leave it out if every call returns all records",
        )
    nodes = [_way(request, str(given[name]), f"{about}.window.{name}")[-1] for name in ("from", "until")]
    for name, node in zip(("from", "until"), nodes, strict=True):
        if day_format is None and (node.text is None or node.text.base not in ("date", "dateTime")):
            hint = f'say how a day is written, e.g. day_format: "%d.%m.%Y"; its pattern: {node.text.pattern if node.text else None}'
            raise DeploymentInvalid(
                f"{about}.window.{name}: {given[name]} is neither date nor dateTime in the schema", hint=hint
            )
    since, until = (
        Bound(str(given[name]), node.text.base if node.text else "")
        for name, node in zip(("from", "until"), nodes, strict=True)
    )
    return since, until


def _days(value: object, about: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 366:
        raise DeploymentInvalid(f"{about}.days must be a whole number from 1 to 366")
    return value


def _constants(request: Node, given: object, about: str) -> Mapping[str, str]:
    if not isinstance(given, Mapping):
        raise DeploymentInvalid(
            f"{about} must be path: value", hint="paths are names of elements of the request, parted by /"
        )
    for path in given:
        if any(each.name.startswith(("{", "@{")) for each in _way(request, str(path), about)):
            hint = (
                "only what the schema declares can be asked; a dialect of its own asks the rest (docs/add-a-system.md)"
            )
            raise DeploymentInvalid(f"{about}: {path} stands where the schema leaves open what comes", hint=hint)
    return {str(path): str(value) for path, value in given.items()}


def _zone(system: System) -> ZoneInfo:
    name = system.options.get("timezone", NAME)
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        raise options.wrong(
            system, "timezone", f"no time zone {name}", hint="a name of the IANA list, e.g. Asia/Ho_Chi_Minh"
        ) from None


def slices(first: date, last: date, days: int) -> Iterable[tuple[date, date]]:
    """Ranges of `days` whole days from `first` to `last`, on a fixed grid: a day is always in the same range."""
    start = date.fromordinal(first.toordinal() - first.toordinal() % days)
    while start <= last:
        yield start, start + timedelta(days=days - 1)
        start += timedelta(days=days)
