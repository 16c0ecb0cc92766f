"""Shared parts of all file dialects: options of a store, the stamp of a landed file, probes.

A file does not contain its name and time, and `records` may read only bytes and media type. Therefore the page's
media type holds both as parameters: `text/csv; name="units.csv"; changed=2022-06-01T01:00:00+00:00`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field, StrictBool

from contracts.errors import ContractInvalid, DeploymentInvalid, Transient
from contracts.model import Contract, Dataset

from .. import options, probe
from ..errors import Malformed
from ..interface import Page, Probe, Source, System, Window
from ..key_pages import KeyPage, of_pages
from . import archive
from .inbox import Delivery, Inbox, InboxRules, WantedFiles
from .manifests import is_manifest
from .names import comparable, suffix_of
from .stores import FileStore, Folder

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ZIP = "application/zip"
CSV = "text/csv"
TABLES = {".csv": CSV, ".xlsx": XLSX}
"""Suffix -> media type of a table."""
_STAMP = re.compile(r'([\w.+/-]+); name="([^"]+)"; changed=([^\s;]+)(?:; stray=([0-9,]+))?(?:; parts=([0-9,]+))?')
_PACKED = frozenset((".gz", ".zip", ".7z", ".rar", ".bz2", ".xz", ".zst", ".tgz", ".p7m", ".pgp", ".gpg", ".asc"))
"""Suffixes that packing, signing and encrypting programs add to a name."""
_MOST_NAMED = 20
"""Files that `hub systems check` names one by one."""
OPTIONS = frozenset(
    {
        "manifests",
        "settle_s",
        "patience_h",
        "max_file_bytes",
        "max_files",
        "max_rows",
        "sheet",
        "header_row",
        "host_key",
        "merged",
        "full_list",
    }
    | {each.name for each in fields(archive.ArchiveLimits)}
)
"""Options of every file dialect."""


def place(system: System) -> FileStore:
    """The store at the system's address: `file:///folder` or `sftp://host:port/folder`.

    Raises:
        DeploymentInvalid: another address, or one with a name or password in it.
    """
    try:
        address = urlsplit(system.address)
        there = address.scheme, address.hostname or "", bool(address.username or address.password)
        _ = address.port
    except ValueError:
        there = "", "", False
    if there[2]:
        raise DeploymentInvalid(f"{system.id}: the address holds a login", hint="credentials stand in the secrets file")
    if there[0] == "file" and not there[1]:
        return Folder(Path(unquote(address.path)))
    if there[0] == "sftp" and there[1]:
        from .sftp import Sftp  # paramiko is slow to import: folders do without

        return Sftp(system)
    raise DeploymentInvalid(
        f"{system.id}: files are read from file:///folder or sftp://host:port/folder, not from this address"
    )


def only_dataset(system: System, contract: Contract) -> Dataset:
    """The only table of a contract that is read from files: a file holds rows of one kind.

    Raises:
        ContractInvalid: the contract has several.
    """
    if len(contract.datasets) != 1:
        names = ", ".join(each.name for each in contract.datasets)
        raise ContractInvalid(
            f"{contract.path}: {system.id} reads one table a file; the contract {contract.name} has several: {names}"
        )
    return contract.datasets[0]


def inbox(system: System, wanted: WantedFiles, *, max_file_bytes: int = InboxRules.max_file_bytes) -> Inbox:
    """The system's place, read by the rules that its options name. `max_file_bytes`: the option's default."""
    default = InboxRules()
    manifests = options.value(system, "manifests", StrictBool, default=default.manifests)
    seconds = Annotated[float, Field(gt=0, le=600, strict=True)]
    settle = options.value(system, "settle_s", seconds, default=default.settle_s, hint="a number of seconds up to 600")
    rules = InboxRules(
        manifests,
        float(settle),
        timedelta(hours=options.number(system, "patience_h", default=24, most=24 * 366)),
        options.number(system, "max_file_bytes", default=max_file_bytes, most=max(1 << 30, max_file_bytes)),
        options.number(system, "max_files", default=default.max_files, most=1_000_000),
    )
    return Inbox(place(system), rules, wanted, system=system.id)


def by_pattern(pattern: str, suffixes: Collection[str]) -> WantedFiles:
    """The files whose names fit a pattern (fnmatch), in capitals or not, each a delivery of its own, where it has one of
    the suffixes; with another suffix a file is refused by its name, and so is one that a program has packed.

    Of a pattern that names its suffix, a file with another one is left aside by its name: a notice of the same name may
    lie beside a list.
    """
    fitting = comparable(pattern).casefold()
    stem, _, suffix = fitting.rpartition(".")

    def fits(name: str) -> bool:
        return not is_manifest(name) and fnmatchcase(name.casefold(), fitting)

    def read(name: str) -> bool:
        return suffix_of(name) in suffixes

    def packed(name: str) -> bool:
        return suffix_of(name) in _PACKED and fits(name.rpartition(".")[0])

    def nearly(name: str) -> bool:
        alike = f".{suffix}" in suffixes and not is_manifest(name) and not fits(name)
        return alike and any(fnmatchcase(each.casefold(), stem) for each in (name.rpartition(".")[0], name))

    return WantedFiles(
        lambda name: (name,) if fits(name) and read(name) else (),
        lambda name: ", ".join(suffixes) if (fits(name) and not read(name)) or packed(name) else "",
        nearly,
    )


def newest_is_all(system: System, default: str = "") -> bool | None:
    """What the option `full_list` says of the folder: `newest`: each delivery is everything (True); `all`: what lies
    there together is everything (False); None: nothing says so.
    """
    if "full_list" not in system.options and not default:
        return None
    return options.one_of(system, "full_list", ("newest", "all"), default) == "newest"


def listing(
    source: Source,
    contract: Contract,
    inbox: Inbox,
    read: Callable[[Delivery], Generator[Page]],
    newest: bool | None,
    *,
    version: bool = True,
) -> Iterator[KeyPage] | None:
    """The keys of all rows of what is everything; None: the deployment does not say what is."""
    if newest is None:
        return None
    return of_pages(source, contract, inbox.whole(read, newest=newest), version=version)


def layout(system: System) -> tuple[int, str, int, str]:
    """Header row, name of the sheet (empty: the only one), most rows of a table, and what becomes of merged cells."""
    sheet = options.text(system, "sheet") if "sheet" in system.options else ""
    return (
        options.number(system, "header_row", default=1, most=100),
        sheet,
        options.number(system, "max_rows", default=100_000, most=2_000_000),
        options.one_of(system, "merged", ("fill", "case"), "fill"),
    )


def stamped(
    media_type: str, name: str, changed: datetime, stray: Collection[int] = (), parts: Collection[int] = ()
) -> str:
    """The media type, with the file's name and time as parameters, the numbers, from 1, of its stray members, and the
    sizes of the files that a page of several holds, one behind the other.
    """
    strays = f"; stray={','.join(map(str, stray))}" if stray else ""
    sizes = f"; parts={','.join(map(str, parts))}" if parts else ""
    return f'{media_type}; name="{name}"; changed={changed.isoformat()}{strays}{sizes}'


def stamp(media_type: str, *due: str) -> tuple[str, str, datetime]:
    """Media type, name and time of a landed file. Raises Malformed for another media type than those due."""
    match = _STAMP.fullmatch(media_type)
    if match is None or match[1] not in due:
        raise Malformed(f"a page of this dialect is {' or '.join(due)}, with name and time")
    return match[1], match[2], datetime.fromisoformat(match[3])


def strays(media_type: str) -> frozenset[int]:
    """The numbers of a landed file's stray members."""
    match = _STAMP.fullmatch(media_type)
    return frozenset(map(int, match[4].split(","))) if match is not None and match[4] else frozenset()


def parts(body: bytes, media_type: str, due: int) -> tuple[bytes, ...]:
    """The files of a page, each as received. Raises Malformed: they are not as many as are due."""
    match = _STAMP.fullmatch(media_type)
    sizes = [int(each) for each in match[5].split(",")] if match is not None and match[5] else [len(body)]
    if len(sizes) != due or sum(sizes) != len(body):
        hint = "the declaration of the system's children has changed since: have the delivery sent again"
        raise Malformed(f"a page of {len(sizes)} file(s) where {due} are due", hint=hint)
    ends = list(accumulate(sizes, initial=0))
    return tuple(body[start:end] for start, end in pairwise(ends))


def probes(system: System, place_of: Inbox, read: Callable[[Delivery], str]) -> Iterator[Probe]:
    """Steps of `hub systems check` for every file dialect; `read` tries the newest delivery."""
    found = []

    def look() -> str:
        found.append(place_of.find(Window()))
        waiting = found[0].waiting
        oldest = (
            f"; not complete: {len(waiting)}, the oldest since {min(waiting.values()):%Y-%m-%d %H:%M} UTC"
            if waiting
            else ""
        )
        return f"{len(found[0].complete)} complete deliveries{oldest}"

    yield probe.attempt("folder" if system.address.startswith("file:") else "host key, login, folder", look)
    if found:
        for error in [*(each.error for each in found[0].refused), *found[0].beside][:_MOST_NAMED]:
            yield Probe("file", False, f"{error.message}; {error.hint}", isinstance(error, Transient))
        if aside := found[0].aside:
            more = f" and {len(aside) - _MOST_NAMED} more" if len(aside) > _MOST_NAMED else ""
            yield Probe("left aside", None, "; ".join(aside[:_MOST_NAMED]) + more)
    if found and found[0].complete:
        newest = found[0].complete[-1]
        yield probe.attempt("sample", lambda: read(newest))
        ahead = newest.changed - system.now()
        age = f"the newest delivery is {abs(ahead.total_seconds()) / 3600:.1f} h {'ahead' if ahead > timedelta() else 'old'}"
        yield Probe("clock", ahead <= timedelta(minutes=5), age)
    elif found:
        yield Probe("sample", None, "nothing lies there")
