"""The conformance suite of a Sink: checks against a correct receiver, and through a proxy that damages its replies.

A `SinkTarget` is any correct receiver of the dialect that holds nothing of the target's deliveries yet (a twin, a test
endpoint of the real receiver):

    for check in sink_checks():
        check.run(target)      # raises Unmet; each check needs a receiver of its own
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from contracts.errors import HubError

from .. import open_sink
from ..errors import TimedOut
from ..interface import System
from ..outgoing.sink import Parcel, ParcelMissing, ReceiverHolds, Sink, SinkReply
from .fault_proxy import FaultProxy, Request, ScriptedReply
from .fault_scripts.http import HTTP_FAULTS
from .fault_scripts.script import FAULT_TEXTS, FaultScript
from .target import demand


@dataclass(frozen=True)
class SinkTarget:
    """The connector and the receiver under test."""

    system: System
    parcels: tuple[Parcel, ...]
    """Two deliveries at least, in their order, that the receiver accepts."""

    def open(self, address: str | None = None, **options: object) -> Sink:
        """The connector under test, at the correct receiver's address or another."""
        given = {**self.system.options, **options}
        return open_sink(replace(self.system, address=address or self.system.address, options=given))


@dataclass(frozen=True)
class SinkCheck:
    """One promise, and the function that checks it."""

    name: str
    run: Callable[[SinkTarget], None]
    """Raises Unmet."""


def sink_checks() -> Iterator[SinkCheck]:
    """Every check, plain ones first."""
    yield SinkCheck("nothing is held before", _nothing_before)
    yield SinkCheck("an answer is the same when asked again", _asked_again)
    yield SinkCheck("twice is once", _twice_is_once)
    yield SinkCheck("the same bytes each time", _same_bytes)
    yield SinkCheck("nothing of a missing payload leaves", _missing)
    yield SinkCheck("a delivery is handed over once a call", _one_try)
    for fault in HTTP_FAULTS:
        yield SinkCheck(fault.name, lambda target, fault=fault: _becomes(target, fault))  # type: ignore[misc]  # a default binds it now


def _nothing_before(target: SinkTarget) -> None:
    held = target.open().ask(target.parcels[0].id).held
    demand(held is ReceiverHolds.NOTHING, "an empty receiver holds nothing")


def _asked_again(target: SinkTarget) -> None:
    sink = target.open()
    for parcel in target.parcels:
        given = sink.deliver(parcel)
        demand(
            given.held is not ReceiverHolds.NOTHING,
            "a receiver that took a delivery does not say that it holds nothing",
        )
        demand(
            given.held is ReceiverHolds.TAKEN or sink.ask(parcel.id) == given, "the answer is the same when asked again"
        )


def _twice_is_once(target: SinkTarget) -> None:
    sink = target.open()
    demand(
        sink.deliver(target.parcels[0]) == sink.deliver(target.parcels[0]),
        "a delivery that comes again is answered alike",
    )


def _same_bytes(target: SinkTarget) -> None:
    with FaultProxy(target.system.address, _honest) as proxy:
        for _ in range(2):
            target.open(proxy.address).deliver(target.parcels[0])
    first, second = (call.body for call in proxy.calls)
    demand(first == second, "a delivery travels in the same bytes each time")
    demand(target.parcels[0].payload.read_bytes() in first, "the payload travels whole")


def _missing(target: SinkTarget) -> None:
    lost = replace(target.parcels[0], payload=target.parcels[0].payload.with_name("payload.gone"))
    with FaultProxy(target.system.address, _honest) as proxy:
        try:
            target.open(proxy.address).deliver(lost)
        except ParcelMissing:
            pass
        else:
            demand(False, "ParcelMissing was due")
    demand(proxy.calls == [], "nothing of a delivery without payload leaves")


def _one_try(target: SinkTarget) -> None:
    """Whether it may be repeated is known only after asking, and who sends must note that it was tried."""
    busy = lambda request, answer: replace(answer.with_body(b"").with_headers(Retry_After="0"), status=503)  # noqa: E731
    with FaultProxy(target.system.address, busy) as proxy:
        try:
            target.open(proxy.address).deliver(target.parcels[0])
        except HubError:
            pass
        demand(len(proxy.calls) == 1, f"one call was due, and {len(proxy.calls)} were made")


def _becomes(target: SinkTarget, fault: FaultScript) -> None:
    """A damaged reply is its error and no answer, reveals nothing; asked without the damage, the receiver says the truth."""
    parcel = target.parcels[0]
    with FaultProxy(target.system.address, fault.script()) as proxy:
        calls: dict[str, Callable[[Sink], SinkReply]] = {
            "deliver": lambda sink: sink.deliver(parcel),
            "ask": lambda sink: sink.ask(parcel.id),
        }
        for what, call in calls.items():
            sink = target.open(proxy.address, attempts=1, deadline_s=1.0 if fault.error is TimedOut else 30.0)
            try:
                came = call(sink)
            except HubError as error:
                _is_due(target, fault, what, error)
            else:
                demand(False, f"{what}: an error was due, and {came.held} came")
            finally:
                sink.close()
    demand(
        target.open().ask(parcel.id).held is not ReceiverHolds.NOTHING,
        "asked afterwards, the receiver says that it holds it",
    )


def _is_due(target: SinkTarget, fault: FaultScript, what: str, error: HubError) -> None:
    due = fault.error
    assert due is not None
    demand(type(error) is due, f"{what}: {due.__name__} was due, {type(error).__name__} came: {error.message}")
    shown = f"{error!r} {error}"
    secrets = [*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)]
    demand(not any(text in shown for text in secrets), "the error's text holds a value or a credential")
    demand(error.__cause__ is None, "the error carries a library's error on, with headers and bodies inside")


def _honest(_: Request, answer: ScriptedReply) -> ScriptedReply:
    return answer
