"""The conformance suite of a RecordSink: checks against a correct receiver, and through a proxy that damages its replies.

A `RecordTarget` is any correct receiver of the dialect that holds nothing of the target's records yet:

    for check in record_checks():
        check.run(target)      # raises Unmet; each check needs a receiver of its own
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from contracts.errors import HubError

from .. import open_record_sink
from ..errors import AuthenticationFailed, Malformed, Refused, TimedOut
from ..interface import System
from ..outgoing.records import OutgoingRecord, RecordHeld, RecordReply, RecordSink
from .fault_proxy import FaultProxy, Request, ScriptedReply
from .fault_scripts.http import HTTP_FAULTS
from .fault_scripts.script import FAULT_TEXTS, FaultScript, in_json
from .target import demand

HELD = (RecordHeld.TAKEN, RecordHeld.ACCEPTED)
PORTAL_INTAKE_FAULTS = (
    FaultScript("code 0 beside a failure", Refused, in_json(lambda e: e.update(message="Lỗi hệ thống"))),
    FaultScript("no error_code", Malformed, in_json(lambda e: e.pop("error_code"))),
    FaultScript("no result", Malformed, in_json(lambda e: e.pop("result"))),
    FaultScript("a result that is no list", Malformed, in_json(lambda e: e.update(result={"MaHoSo": "1"}))),
    FaultScript(
        "a session that never lasts",
        AuthenticationFailed,
        in_json(lambda e: e.update(error_code="-1", message="Phiên làm việc hết hạn", result=[])),
    ),
)


@dataclass(frozen=True)
class RecordTarget:
    """The connector and the receiver under test."""

    system: System
    service: str
    records: tuple[OutgoingRecord, ...]
    """Two at least, that the receiver accepts."""
    refused: OutgoingRecord
    """One that it refuses by rule."""
    carries: Callable[[Request], bool] = lambda request: True
    """Whether a call is about records; a login is not damaged."""
    changed: OutgoingRecord | None = None
    """The first record with another content; None: its content never changes."""
    faults: tuple[FaultScript, ...] = HTTP_FAULTS

    def open(self, address: str | None = None, **options: object) -> RecordSink:
        """The connector under test, at the correct receiver's address or another."""
        given = {**self.system.options, **options}
        return open_record_sink(
            replace(self.system, address=address or self.system.address, options=given), self.service
        )


@dataclass(frozen=True)
class RecordCheck:
    """One promise, and the function that checks it."""

    name: str
    run: Callable[[RecordTarget], None]
    """Raises Unmet."""


def record_checks(faults: tuple[FaultScript, ...] = HTTP_FAULTS) -> Iterator[RecordCheck]:
    """Every check, plain ones first."""
    yield RecordCheck("nothing is held before", _nothing_before)
    yield RecordCheck("what was submitted is held", _held_after)
    yield RecordCheck("twice is once, whatever the caller knows", _twice)
    yield RecordCheck("another content supersedes", _superseded)
    yield RecordCheck("a refusal is a value, by codes", _refusal)
    yield RecordCheck("a record is submitted once a call", _one_try)
    for fault in faults:
        yield RecordCheck(fault.name, lambda target, fault=fault: _becomes(target, fault))  # type: ignore[misc]  # a default binds it now


def _nothing_before(target: RecordTarget) -> None:
    demand(target.open().ask(target.records[0]).held is RecordHeld.NOTHING, "an empty receiver holds nothing")


def _held_after(target: RecordTarget) -> None:
    sink = target.open()
    for record in target.records:
        [reply] = sink.put([record], known=False)
        demand(reply.held in HELD, f"a record was to be taken, and is {reply.held}: {reply.reasons}")
        demand(sink.ask(record).held is reply.held, "asked, the receiver says the same")


def _twice(target: RecordTarget) -> None:
    sink, record = target.open(), target.records[0]
    replies = [sink.put([record], known=known)[0] for known in (True, False, True)]
    demand(all(reply.held in HELD for reply in replies), "what is submitted again is taken alike")


def _superseded(target: RecordTarget) -> None:
    if target.changed is None:
        return
    sink = target.open()
    sink.put([target.records[0]], known=False)
    sink.put([target.changed], known=True)
    demand(sink.ask(target.changed).held in HELD, "the newer content is held")
    demand(sink.ask(target.records[0]).held is RecordHeld.OTHER, "the older content is not held any more")


def _refusal(target: RecordTarget) -> None:
    [reply] = target.open().put([target.refused], known=False)
    demand(reply.held is RecordHeld.REFUSED, f"a refusal was due, and {reply.held} came")
    demand(bool(reply.reasons), "a refusal has a reason")
    values = [str(value) for value in target.refused.content.values() if isinstance(value, str) if len(value) > 5]
    demand(not any(value in reason for value in values for reason in reply.reasons), "a reason holds no value")


def _one_try(target: RecordTarget) -> None:
    """Whether it may be repeated is known only after asking, and who sends must note that it was tried."""

    def busy(request: Request, answer: ScriptedReply) -> ScriptedReply:
        if not target.carries(request):
            return answer
        return replace(answer.with_body(b"").with_headers(Retry_After="0"), status=503)

    with FaultProxy(target.system.address, busy) as proxy:
        try:
            target.open(proxy.address).put([target.records[0]], known=False)
        except HubError:
            pass
        made = [call for call in proxy.calls if target.carries(call)]
        demand(len(made) == 1, f"one call was due, and {len(made)} were made")


def _becomes(target: RecordTarget, fault: FaultScript) -> None:
    """A damaged reply is its error, reveals nothing; asked without the damage, the receiver says the truth."""
    record, spoil = target.records[0], fault.script()

    def damaged(request: Request, answer: ScriptedReply) -> ScriptedReply:
        return spoil(request, answer) if target.carries(request) else answer

    with FaultProxy(target.system.address, damaged) as proxy:
        calls: dict[str, Callable[[RecordSink], RecordReply]] = {
            "put": lambda sink: sink.put([record], known=False)[0],
            "ask": lambda sink: sink.ask(record),
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
    demand(target.open().ask(record).held in HELD, "asked afterwards, the receiver says that it holds it")


def _is_due(target: RecordTarget, fault: FaultScript, what: str, error: HubError) -> None:
    due = fault.error
    assert due is not None
    demand(type(error) is due, f"{what}: {due.__name__} was due, {type(error).__name__} came: {error.message}")
    shown = f"{error!r} {error}"
    secrets = [*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)]
    demand(not any(text in shown for text in secrets), "the error's text holds a value or a credential")
    demand(error.__cause__ is None, "the error carries a library's error on, with headers and bodies inside")
