"""The conformance suite of a Source: checks against a correct system, and against a faulty one.

A `Target` is any correct system of the dialect that does not change during the checks (a twin, a test endpoint of the
real system), with enough records for two pages. The checks read it directly, then through a proxy that damages its
replies in one way after another. The tests run them for every dialect. Against a test endpoint:

    for check in checks_for(target):
        check.run(target)      # raises Unmet
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import polars as pl

from contracts.errors import HubError
from contracts.model import Contract

from .. import open_source
from ..errors import Throttled, TimedOut
from ..interface import Page, Source, System, Window
from .fault_proxy import FaultProxy, Request, ScriptedReply, Spoil
from .fault_scripts.http import HTTP_FAULTS
from .fault_scripts.json_envelope import E_IDENTIFICATION_FAULTS, ONE_STOP_FAULTS, PORTAL_FAULTS
from .fault_scripts.registry_rest import REST_JSON_FAULTS, REST_XML_FAULTS
from .fault_scripts.registry_soap import SOAP_FAULTS
from .fault_scripts.script import FAULT_TEXTS, FaultScript
from .fault_scripts.wsdl import WSDL_FAULTS


class Unmet(AssertionError):
    """The connector breaks a promise."""


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

    def open(self, address: str | None = None, **options: object) -> Source:
        """The connector under test, at the correct system's address or another."""
        system = replace(
            self.system, address=address or self.system.address, options={**self.system.options, **options}
        )
        return open_source(system, self.contract)


@dataclass(frozen=True)
class Check:
    """One promise, and the function that checks it."""

    name: str
    run: Callable[[Target], None]
    """Raises Unmet."""


DIALECT_FAULTS = {
    "one_stop": ONE_STOP_FAULTS,
    "moj_registry": SOAP_FAULTS,
    "e_identification": E_IDENTIFICATION_FAULTS,
    "national_portal": PORTAL_FAULTS,
    "wsdl_operation": WSDL_FAULTS,
    "moj_registry_rest": REST_XML_FAULTS,
    "moj_registry_rest as JSON": REST_JSON_FAULTS,
}
"""Known faults of a dialect, or of a form of its records, beyond those of HTTP."""


def checks_for(target: Target) -> Iterator[Check]:
    """Every check that applies, plain ones first."""
    yield from PLAIN
    for fault in (*HTTP_FAULTS, *target.faults):
        yield Check(fault.name, lambda target, fault=fault: _becomes(target, fault))  # type: ignore[misc]  # a default binds it now
    yield from RECOVERIES


# -- plain reading ---------------------------------------------------------------------------------


def _read(target: Target) -> list[Page]:
    source = target.open()
    try:
        return list(source.pages(target.window))
    finally:
        source.close()


def _pages_are_whole(target: Target) -> None:
    pages = _read(target)
    _demand(len(pages) >= 2, "the target must hold records for two pages at least")
    source = target.open()
    main = target.contract.datasets[0].name
    for number, page in enumerate(pages, 1):
        height = source.records(page.body, page.media_type)[main].height
        _demand(height == page.count, f"page {number} says {page.count} records and holds {height}")


def _frames_follow_the_contract(target: Target) -> None:
    source = target.open()
    for page in _read(target):
        frames = source.records(page.body, page.media_type)
        _demand(
            set(frames) == {dataset.name for dataset in target.contract.datasets},
            "a frame for each dataset, and no other",
        )
        for dataset in target.contract.datasets:
            frame = frames[dataset.name]
            named = [each.name for each in dataset.fields] + (["_owner"] if dataset.parent else [])
            _demand(
                frame.columns == named, f"{dataset.name}: the contract's fields, in its order, and the owner of a child"
            )
            fields = frame.select(each.name for each in dataset.fields)
            _demand(set(fields.dtypes) <= {pl.String}, f"{dataset.name}: every column is text")
            empty = fields.select((pl.all() == "").any()).row(0) if fields.height else ()
            _demand(not any(empty), f"{dataset.name}: an empty text is null")


def _reading_is_pure(target: Target) -> None:
    one, other = target.open(), target.open()
    for page in _read(target):
        first, second = one.records(page.body, page.media_type), other.records(page.body, page.media_type)
        _demand(all(first[name].equals(second[name]) for name in first), "the same bytes give the same frames")


def _positions_are_the_sources(target: Target) -> None:
    pages = _read(target)
    ends = [page.end for page in pages if page.end is not None]
    _demand(bool(ends), "an honest page has a position")
    for page in pages:
        _demand(
            page.source_time is None or page.end is None or page.end.changed_at <= page.source_time,
            "no position beyond the source's clock",
        )


def _reading_on_is_inclusive(target: Target) -> None:
    end = max(page.end for page in _read(target) if page.end is not None)
    again = _read(replace(target, window=Window(since=end)))
    _demand(
        any(page.end == end for page in again), "reading on from a position brings the record at that position again"
    )


def _nothing_after_the_last(target: Target) -> None:
    _demand(not _read(replace(target, window=_far_future())), "a window without records gives no page")


def _requests_are_clean(target: Target) -> None:
    secrets = [value for value in target.system.credentials.values() if len(value) > 3]
    for page in _read(target):
        _demand(not any(value in page.request for value in secrets), "a page's request holds no credential")
    _demand(not any(value in repr(target.system) for value in secrets), "a system prints no credential")


def _far_future() -> Window:
    from ..interface import Position

    return Window(since=Position(datetime(2199, 1, 1, tzinfo=UTC)))


PLAIN = (
    Check("pages are whole", _pages_are_whole),
    Check("frames follow the contract", _frames_follow_the_contract),
    Check("reading is pure", _reading_is_pure),
    Check("positions are the source's", _positions_are_the_sources),
    Check("reading on is inclusive", _reading_on_is_inclusive),
    Check("nothing after the last", _nothing_after_the_last),
    Check("requests are clean", _requests_are_clean),
)


# -- spoiled answers -------------------------------------------------------------------------------


def _becomes(target: Target, fault: FaultScript) -> None:
    """The fault must become its error, reveal nothing, and let no broken page out."""
    honest = {page.body for page in _read(target)}
    texts = _values(target)
    script = fault.script()
    with FaultProxy(target.system.address, _only(target, script)) as proxy:
        # One try: the budget of repeats is the business of the recoveries below.
        source = target.open(proxy.address, attempts=1, deadline_s=1.0 if fault.error is TimedOut else 30.0)
        came: list[Page] = []
        try:
            for page in source.pages(target.window):
                came.append(page)
                _demand(len(came) <= len(honest) + 1, "the reading never ends")
        except HubError as error:
            _demand(
                type(error) is fault.error,
                f"{fault.error.__name__} was due, {type(error).__name__} came: {error.message}",
            )
            shown = f"{error!r} {error}"
            _demand(
                not any(text in shown for text in texts), "the error's text holds a value of a record or a credential"
            )
            _demand(error.__cause__ is None, "the error carries a library's error on, with headers and bodies inside")
        else:
            _demand(False, f"{fault.error.__name__} was due, and {len(came)} page(s) came")
        finally:
            source.close()


def _recovers(target: Target, spoil: Callable[[int, ScriptedReply], ScriptedReply]) -> None:
    """Spoil the first answers only: the same pages must come as without."""
    seen: list[Request] = []

    def first_ones(request: Request, answer: ScriptedReply) -> ScriptedReply:
        seen.append(request)
        return spoil(len(seen), answer)

    with FaultProxy(target.system.address, _only(target, first_ones)) as proxy:
        source = target.open(proxy.address)
        try:
            came = list(source.pages(target.window))
        finally:
            source.close()
    # By their records: the bytes of an answer may name the message that they answer, and no two messages are one.
    same = len(came) == len(honest := _read(target)) and all(
        _same(source, one, other) for one, other in zip(came, honest, strict=True)
    )
    _demand(same, "after the trouble the same pages come as without it")


def _same(source: Source, one: Page, other: Page) -> bool:
    first, second = (source.records(page.body, page.media_type) for page in (one, other))
    return all(first[name].equals(second[name]) for name in first)


def _busy_twice(number: int, answer: ScriptedReply) -> ScriptedReply:
    return replace(answer.with_body(b"").with_headers(Retry_After="0"), status=503) if number <= 2 else answer


def _gateway_once(number: int, answer: ScriptedReply) -> ScriptedReply:
    return replace(answer.with_body(b""), status=502) if number == 1 else answer


def _closed_once(number: int, answer: ScriptedReply) -> ScriptedReply:
    return replace(answer, silence_s=0.01) if number == 1 else answer


def _patience_is_reported(target: Target) -> None:
    always = _only(
        target, lambda request, answer: replace(answer.with_body(b"").with_headers(Retry_After="120"), status=429)
    )
    with FaultProxy(target.system.address, always) as proxy:
        source = target.open(proxy.address)
        try:
            list(source.pages(target.window))
            _demand(False, "Throttled was due")
        except Throttled as error:
            _demand(error.retry_after_s == 120, "Throttled says how long the source asks to wait")
        finally:
            source.close()
        asked = sum(1 for call in proxy.calls if target.carries_records(call))
        _demand(asked == 1, f"a wait beyond the deadline is not sat out, nor ignored ({asked} calls)")


def _tries_are_few(target: Target) -> None:
    always = _only(target, lambda request, answer: replace(answer.with_body(b""), status=502))
    with FaultProxy(target.system.address, always) as proxy:
        source = target.open(proxy.address, attempts=2)
        try:
            list(source.pages(target.window))
        except HubError:
            pass
        finally:
            source.close()
        asked = sum(1 for call in proxy.calls if target.carries_records(call))
        _demand(asked == 2, f"`attempts` bounds the tries of one call: 2 were allowed, {asked} were made")


RECOVERIES = (
    Check("recovers from 503 twice", lambda target: _recovers(target, _busy_twice)),
    Check("recovers from a 502", lambda target: _recovers(target, _gateway_once)),
    Check("recovers from a closed connection", lambda target: _recovers(target, _closed_once)),
    Check("says how long to wait", _patience_is_reported),
    Check("tries are few", _tries_are_few),
)


def _only(target: Target, spoil: Spoil) -> Spoil:
    return lambda request, answer: spoil(request, answer) if target.carries_records(request) else answer


def _values(target: Target) -> set[str]:
    """Texts that must not show up in an error: credentials, and the records' longer values."""
    source = target.open()
    found = {*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)}
    for page in _read(target):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.string()).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 7)
    return found


def _demand(kept: bool, promise: str) -> None:
    if not kept:
        raise Unmet(promise)
