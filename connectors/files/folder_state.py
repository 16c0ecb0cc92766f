"""What a listing says: complete deliveries, incomplete ones, and what a stream wants and cannot read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from contracts.errors import HubError, Permanent

from ..errors import Incomplete, Malformed, Refused, TooLarge
from ..interface import Position, Window
from .manifests import is_manifest
from .names import comparable, of_a_program, shown, unfinished
from .stores import StoredFile, StoreListing

NO_TIME = datetime.min.replace(tzinfo=UTC)
"""Of a refused file that could be of any time."""
Promises = Callable[[StoredFile], Mapping[str, StoredFile]]


@dataclass(frozen=True)
class WantedFiles:
    """The files of a stream, by their comparable names."""

    together: Callable[[str], tuple[str, ...]]
    """Names of the delivery that a file belongs to, its naming file first; nothing for an unwanted file."""
    another_form: Callable[[str], str] = lambda name: ""
    """Which forms are read, if the file is the stream's by its name and has none of them; else nothing."""

    nearly: Callable[[str], bool] = lambda name: False
    """Whether a file has the stream's name but for a suffix that the deployment has named: it is left aside, by name."""

    def refusal(self, name: str, seen: str) -> Malformed | None:
        """The error about a file that the stream wants and does not read."""
        if not (forms := self.another_form(name)):
            return None
        hint = (
            "have it saved in one of these forms, or removed; or name the files more narrowly in the system's options"
        )
        return Malformed(f"{seen}: the stream's by its name, and not of a form that is read ({forms})", hint=hint)


@dataclass(frozen=True)
class Delivery:
    """Complete files that belong together, such as a book's workbook and its scans."""

    files: tuple[StoredFile, ...]
    changed: datetime
    """The manifest's time, else the latest of the files'."""

    @property
    def name(self) -> str:
        return self.files[0].name


@dataclass(frozen=True)
class RefusedFile:
    """A file or delivery that is not read, with its time and why."""

    changed: datetime
    error: HubError


@dataclass(frozen=True)
class FolderState:
    """Deliveries of a listing: complete ones, oldest first, and incomplete and refused ones."""

    complete: tuple[Delivery, ...] = ()
    waiting: Mapping[str, datetime] = field(default_factory=dict)
    """Name -> its time."""
    refused: tuple[RefusedFile, ...] = ()
    """Those of the stream: they hold the position."""
    beside: tuple[HubError, ...] = ()
    """What nobody should find in a folder, though no stream wants it."""
    aside: tuple[str, ...] = ()
    """Names of what was left aside, for people: it is no error."""

    def position(self, delivery: Delivery, clock: datetime) -> Position | None:
        """The position after this delivery; None if an older one is incomplete or refused, or if its time is in the
        future.
        """
        held = [*self.waiting.values(), *(each.changed for each in self.refused)]
        if delivery.changed > clock or any(since <= delivery.changed for since in held):
            return None
        return Position(delivery.changed, delivery.name)

    def without(self, delivery: Delivery, error: HubError) -> FolderState:
        """The state after a delivery was refused."""
        left = tuple(each for each in self.complete if each is not delivery)
        return replace(self, complete=left, refused=(*self.refused, RefusedFile(delivery.changed, error)))

    def errors(self, clock: datetime, patience: timedelta) -> list[HubError]:
        """What a reading must end with: what somebody must act on comes first."""
        errors = [*(each.error for each in self.refused), *self.beside]
        overdue = sorted((since, name) for name, since in self.waiting.items() if clock - since > patience)
        if overdue:
            since, name = overdue[0]
            message = f"{name}: not complete since {since:%Y-%m-%d %H:%M} UTC ({len(overdue)} such)"
            errors.append(Incomplete(message, hint="the sender must finish or remove it; the stream goes on then"))
        return sorted(errors, key=lambda each: not isinstance(each, Permanent))


@dataclass(frozen=True)
class Looked:
    """One look at a store: its files by their comparable names, and what is refused whatever completes a delivery."""

    files: Mapping[str, StoredFile]
    refused: tuple[RefusedFile, ...]
    beside: tuple[HubError, ...]
    aside: tuple[str, ...]

    @classmethod
    def at(cls, listing: StoreListing, wanted: WantedFiles) -> Looked:
        files, refused, twice = dict[str, StoredFile](), list[RefusedFile](), set[str]()
        beside, aside = list[HubError](), list[str]()
        for each in listing.files:
            name = comparable(each.name)
            if of_a_program(name) or unfinished(name):
                aside.append(each.name)
            elif name in files or name in twice:
                twice.add(name)
                if wanted.together(name) or wanted.another_form(name):
                    first = files.pop(name, each)
                    what = f"{each.name}: two files have this name, in capitals and not, or in two forms of Unicode"
                    error = Refused(what, hint="have one of them removed", code="name")
                    refused.append(RefusedFile(min(first.changed, each.changed), error))
            else:
                files[name] = each
                if wanted.nearly(name) and not wanted.another_form(name):
                    aside.append(f"{each.name}: the stream's by its name, but for the suffix")
        for entry in listing.unusable:
            name = comparable(entry.name)
            if wanted.together(name) or wanted.another_form(name):
                refused.append(RefusedFile(entry.changed, entry.error))
            elif entry.always:
                beside.append(entry.error)
            else:
                aside.append(entry.error.message)
        return cls(files, tuple(refused), tuple(beside), tuple(aside))


def settling(looked: Looked, wanted: WantedFiles, window: Window) -> bool:
    """Whether there is a delivery that a second look must confirm."""
    return any(_within(_latest(files), names[0], window) for names, files in _deliveries(looked, wanted))


def by_settling(looked: Looked, again: Looked | None, wanted: WantedFiles, window: Window) -> FolderState:
    """Deliveries that are equal in two looks. Those before the window are skipped: they were read before."""
    complete, waiting = list[Delivery](), dict[str, datetime]()
    later = again.files if again is not None else {}
    for names, files in _deliveries(looked, wanted):
        if not _within(_latest(files), names[0], window):
            continue
        if len(files) == len(names) and all(later.get(name) == looked.files[name] for name in names):
            complete.append(Delivery(tuple(files), _latest(files)))
        else:
            waiting[files[0].name] = _latest(files)
    others = [
        RefusedFile(file.changed, error)
        for name, file in looked.files.items()
        if not is_manifest(name) and (error := wanted.refusal(name, file.name))
    ]
    return _state(looked, complete, waiting, others, window)


def by_manifest(looked: Looked, wanted: WantedFiles, window: Window, read: Promises) -> FolderState:
    """Deliveries whose files are there as their manifest promises. A manifest that is none refuses what it promises,
    whatever that is: so the position stays where it is.
    """
    complete, waiting, refused = dict[str, Delivery](), dict[str, datetime](), list[RefusedFile]()
    spoken: dict[str, str] = {}
    """File -> the manifest that promises it."""
    for manifest in sorted(name for name in looked.files if is_manifest(name)):
        try:
            promised = read(looked.files[manifest])
        except (Malformed, TooLarge, Refused, Incomplete) as error:
            refused.append(RefusedFile(NO_TIME, error))
            continue
        there = {name: _as_stored(file, looked) for name, file in promised.items()}
        arrived = all(name in looked.files and looked.files[name].size == file.size for name, file in promised.items())
        for name, file in promised.items():
            if not wanted.together(name) and (another := wanted.refusal(name, file.name)):
                refused.append(RefusedFile(file.changed, another))
        for names in dict.fromkeys(names for file in promised if (names := wanted.together(file))):
            first = next(there[name] for name in names if name in there)
            fault = ""
            if missing := [name for name in names if name not in promised]:
                fault = f"{manifest}: promises a part of a delivery only: {missing[0]} is not in it"
            elif names[0] in spoken:
                fault = f"{manifest}: {first.name} is promised by another manifest as well"
                complete.pop(names[0], None)
                waiting.pop(names[0], None)
            if fault:
                anew = Malformed(fault, hint="the sender must write the manifest anew")
                refused.append(RefusedFile(first.changed, anew))
            elif arrived:
                complete[names[0]] = Delivery(tuple(there[name] for name in names), first.changed)
            else:
                waiting[names[0]] = first.changed
        spoken |= dict.fromkeys(promised, manifest)
    loose = [name for name in looked.files if name not in spoken and not is_manifest(name)]
    for name in loose:
        file = looked.files[name]
        if (names := wanted.together(name)) and names[0] not in complete and _within(file.changed, name, window):
            waiting.setdefault(names[0], file.changed)
    unpromised = tuple(
        f"{looked.files[name].name}: no manifest promises it"
        for name in loose
        if wanted.together(name) or wanted.another_form(name)
    )
    return _state(
        replace(looked, aside=(*looked.aside, *unpromised)), list(complete.values()), waiting, refused, window
    )


def _state(
    looked: Looked,
    complete: list[Delivery],
    waiting: Mapping[str, datetime],
    refused: list[RefusedFile],
    window: Window,
) -> FolderState:
    inside = sorted(
        (each for each in complete if _within(each.changed, each.name, window)), key=lambda d: (d.changed, d.name)
    )
    open_ = {name: since for name, since in waiting.items() if window.until is None or since <= window.until}
    aside = tuple(shown(name) for name in looked.aside)
    return FolderState(tuple(inside), open_, (*looked.refused, *refused), looked.beside, aside)


def _deliveries(looked: Looked, wanted: WantedFiles) -> Iterator[tuple[tuple[str, ...], list[StoredFile]]]:
    for names in dict.fromkeys(names for name in looked.files if (names := wanted.together(name))):
        yield names, [looked.files[name] for name in names if name in looked.files]


def _as_stored(promised: StoredFile, looked: Looked) -> StoredFile:
    """A promised file under the name that it has in the store."""
    there = looked.files.get(comparable(promised.name))
    return promised if there is None else replace(promised, name=there.name, stored=there.stored)


def _latest(files: list[StoredFile]) -> datetime:
    return max(file.changed for file in files)


def _within(changed: datetime, name: str, window: Window) -> bool:
    since = window.since
    after = since is None or (changed, name) >= (since.changed_at.replace(microsecond=0), since.record_id)
    return after and (window.until is None or changed <= window.until)
