"""Checks of trouble that passes: the connector asks again, waits as it is asked to, and gives up in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from contracts.errors import HubError

from ..errors import Throttled
from ..interface import Page, Source
from .fault_proxy import FaultProxy, Request, ScriptedReply
from .target import Check, Target, demand, read_pages


def _recovers(target: Target, spoil: Callable[[int, ScriptedReply], ScriptedReply]) -> None:
    """Spoil the first answers only: the same pages must come as without."""
    seen: list[Request] = []

    def first_ones(request: Request, answer: ScriptedReply) -> ScriptedReply:
        seen.append(request)
        return spoil(len(seen), answer)

    with FaultProxy(target.system.address, target.spoiling(first_ones)) as proxy:
        source = target.open(proxy.address)
        try:
            came = list(source.pages(target.window))
        finally:
            source.close()
    # By their records: the bytes of an answer may name the message that they answer, and no two messages are one.
    same = len(came) == len(honest := read_pages(target)) and all(
        _same(source, one, other) for one, other in zip(came, honest, strict=True)
    )
    demand(same, "after the trouble the same pages come as without it")


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
    always = target.spoiling(
        lambda request, answer: replace(answer.with_body(b"").with_headers(Retry_After="120"), status=429)
    )
    with FaultProxy(target.system.address, always) as proxy:
        source = target.open(proxy.address)
        try:
            list(source.pages(target.window))
            demand(False, "Throttled was due")
        except Throttled as error:
            demand(error.retry_after_s == 120, "Throttled says how long the source asks to wait")
        finally:
            source.close()
        asked = sum(1 for call in proxy.calls if target.carries_records(call))
        demand(asked == 1, f"a wait beyond the deadline is not sat out, nor ignored ({asked} calls)")


def _tries_are_few(target: Target) -> None:
    always = target.spoiling(lambda request, answer: replace(answer.with_body(b""), status=502))
    with FaultProxy(target.system.address, always) as proxy:
        source = target.open(proxy.address, attempts=2)
        try:
            list(source.pages(target.window))
        except HubError:
            pass
        finally:
            source.close()
        asked = sum(1 for call in proxy.calls if target.carries_records(call))
        demand(asked == 2, f"`attempts` bounds the tries of one call: 2 were allowed, {asked} were made")


RECOVERIES = (
    Check("recovers from 503 twice", lambda target: _recovers(target, _busy_twice)),
    Check("recovers from a 502", lambda target: _recovers(target, _gateway_once)),
    Check("recovers from a closed connection", lambda target: _recovers(target, _closed_once)),
    Check("says how long to wait", _patience_is_reported),
    Check("tries are few", _tries_are_few),
)
