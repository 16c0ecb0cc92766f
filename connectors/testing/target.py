"""What a conformance suite is about: a correct system, one promise, and the error of a broken one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from contracts.model import Contract

from .. import open_source
from ..interface import Page, Source, System, Window
from .fault_proxy import Request, Spoil
from .fault_scripts.one_record import RecordFault
from .fault_scripts.script import FaultScript


class Unmet(AssertionError):
    """The connector breaks a promise."""


def demand(kept: bool, promise: str) -> None:
    """Raise Unmet with the promise that is not kept."""
    if not kept:
        raise Unmet(promise)


@dataclass(frozen=True)
class Target:
    """The connector and system under test."""

    system: System
    """With the address of the correct system, and pages so small that there are at least two."""
    contract: Contract
    carries_records: Callable[[Request], bool]
    """Whether a call is answered with records; only such replies are damaged."""
    faults: tuple[FaultScript, ...]
    """Those of the dialect."""
    window: Window = field(default_factory=Window)
    record_faults: tuple[RecordFault, ...] = ()
    """Those that cost one record each."""

    def open(self, address: str | None = None, **options: object) -> Source:
        """The connector under test, at the correct system's address or another."""
        system = replace(
            self.system, address=address or self.system.address, options={**self.system.options, **options}
        )
        return open_source(system, self.contract)

    def spoiling(self, spoil: Spoil) -> Spoil:
        """The same change, of replies that carry records only."""
        return lambda request, answer: spoil(request, answer) if self.carries_records(request) else answer


def read_pages(target: Target) -> list[Page]:
    """All pages of the target's window, by a source that is closed afterwards."""
    source = target.open()
    try:
        return list(source.pages(target.window))
    finally:
        source.close()


@dataclass(frozen=True)
class Check:
    """One promise, and the function that checks it."""

    name: str
    run: Callable[[Target], None]
    """Raises Unmet."""
