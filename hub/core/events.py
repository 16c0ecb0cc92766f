"""The list of all log events, and the function that emits one.

An event has a stable name and key-value pairs: counts, ids, seconds. It never has a value of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from contracts.logs import Logger

EVENTS = {
    "run.begun": "a stream was taken over: stream, run, mode, epoch, batches that an earlier try of the run has noted",
    "batch.landed": "bytes are safe: stream, batch, pages, records",
    "batch.judged": "rows are staged: stream, batch, broken, direct (rows on their way past the stage), seconds, gate_seconds",
    "batch.held": "the gate holds it: stream, batch, reasons",
    "batch.passed": "a person lets a held batch through: stream, batch, reasons",
    "batch.applied": "it is visible: stream, batch, the terms of the equation, seconds",
    "records.again": "records are asked for by their keys, because they were quarantined or differ: stream, records",
    "keys.page": "a part of a listing of keys came: stream, place, keys until now",
    "keys.listed": "a listing of keys counted: stream, what it found, seconds",
    "second_opinion.given": "the declared suite was asked about a stream: stream, merged, accepted, staged_again, agreed, seconds",
    "run.finished": "the window was read to its end: stream, run",
    "http.repeated": "a call is repeated (from connectors): system, call, attempt, reason, pause_s",
    "column.old_text": "a column is in an old encoding: stream, dataset, field, encoding, confidence, converted, unclear",
    "request.answered": "a question over HTTP: request, method, route, status, seconds, agency",
    "token.issued": "a system got a token by its certificate: agency, system, purpose",
    "replica.died": "a process of the API ended by itself, and is started again: replica, exit",
    "workbench.fault": "a page of the workbench failed by a fault of ours: path (its pattern), error (its kind)",
    "alert.raised": "an agency reached a limit, asks like a census or is denied often, or a system is unwatched; the first time within an hour: kind, agency",
    "grants.applied": "a version of the grants is written, and is in force with its commit: version, digest",
    "request.failed": "an internal error, reported to the caller by number only: request, error, about",
    "credentials.second": "a system refuses the first credentials; the reading goes on with the second: system, stream",
    "watch.news": "a system has news, announced once: system, streams",
    "watch.failing": "a system cannot be watched: system, error, pause_s; the first time of a row",
    "watch.answering": "it answers again: system",
    "ministry.closed": "the Ministry's SOAP endpoint is not served: path, lacking",
    "page.unknown_fields": "a page has fields that are in no contract (from connectors): system, fields, count",
    "page.ahead_of_clock": "records changed later than our clock or the source's; read now, and again until then: system, request, records",
    "list.entries_broken": "entries of a day's list break its schema (from connectors): system, day, entries, lost",
    "reply.attachments_unread": "attachments that a reply does not refer to are not read (from connectors): system, parts",
}

log = Logger("motlan")
_announce: Callable[[str], None] | None = None


def announce_with(show: Callable[[str], None]) -> None:
    """Let a function show what every screen of this process has to say first. The last function given wins."""
    global _announce  # noqa: PLW0603 - one screen a process
    _announce = show


def announce(line: str) -> None:
    """Show a line that every screen has; a process without a screen says nothing."""
    if _announce is not None:
        _announce(line)


def emit(event: str, facts: Mapping[str, object]) -> None:
    """Log one event of the list."""
    if event not in EVENTS:
        raise KeyError(f"{event} is no event of hub/core/events.py")
    log.info(event, **facts)


def ignore(event: str, facts: Mapping[str, object]) -> None:
    """A handler that ignores events."""
