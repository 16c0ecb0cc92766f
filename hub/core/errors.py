"""The hub's own branches of the error tree.

Transient
├── DatabaseUnavailable    the hub's own database is down or restarts, or a lock was not released in time
│   └── DatabaseFull       its disk has no room
├── ConcurrentChange       the warehouse changed since a batch was compared with it
├── StageLost              a crash of the database emptied the stage of a batch
├── StreamBusy             another process works on the stream
├── LandingFull            the disk refused a page
└── NoRoom                 a command needs more disk, memory or time than there is
Permanent
├── DatabaseRefused        a statement broke a constraint of the database, or a right was missing
│   └── KeyTaken           a row with this key exists
├── Fenced                 a newer run claimed the stream: this one may write nothing more
├── FileRefused            the machine refused a file or folder
├── StreamPaused           somebody paused the system
├── BatchHeld              the gate holds the batch: a person decides
├── EnginesDisagree        the two rule engines disagree: the stream is stopped
├── LandingDamaged         landed bytes are missing or do not match their hash
├── AlertsOpen             an alert waits for somebody to acknowledge it
├── NotFound               an unknown stream, batch, record or case
│   └── NotGranted         no grant allows it: the asker gets the answer of NotFound
├── OutcomeMissing         a question was admitted, and its answer has no outcome
├── ReasonMissing          a person's act lacks a name or a reason
└── Unbalanced             an equation does not hold: nothing was published
"""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class DatabaseUnavailable(Transient):
    """The hub's own database is down, or a lock was not released in time; the transaction is rolled back."""


class DatabaseFull(DatabaseUnavailable):
    """The disk of the hub's own database is full; the transaction is rolled back."""


class DatabaseRefused(Permanent):
    """The hub's own database refused a statement; the transaction is rolled back.

    The message names table and constraint, never a value.
    """


class KeyTaken(DatabaseRefused):
    """A row with this key exists (unique_violation)."""


class LandingFull(Transient):
    """The landing's disk refused a page; no part of the page is used."""


class NoRoom(Transient):
    """A command needs more disk, memory or time than there is. What was merged before stays."""


class StreamBusy(Transient):
    """Another process works on the stream."""


class Fenced(Permanent):
    """A newer run claimed the stream; this one stops and writes nothing more."""

    exit_code = 76


class ConcurrentChange(Transient):
    """The warehouse changed since a batch was compared with it. The batch is validated again in full, and continues."""


class StageLost(Transient):
    """A crash of the database emptied the stage of a batch: it is no verdict. The batch is staged again."""


class FileRefused(Permanent):
    """The machine refused a file or folder of the hub's state: rights, a read-only or a broken disk."""


class StreamPaused(Permanent):
    """Somebody paused the system; it is not read until somebody resumes it."""

    exit_code = 5


class BatchHeld(Permanent):
    """The gate holds a batch: none of it is merged, and the position stays."""

    exit_code = 3


class EnginesDisagree(Permanent):
    """The two rule engines count differently: nothing more of the stream is merged until they agree or a person acts."""

    exit_code = 7


class LandingDamaged(Permanent):
    """Landed bytes are missing, or are not the bytes that were landed."""


class NotFound(Permanent):
    """A name or number that does not exist; the message lists those that do."""

    exit_code = 2
    outcome = "nothing"
    """Outcome in the audit row of the question that this error ends."""
    missed = True
    """Whether the question counts towards the hourly misses."""

    @classmethod
    def unsearched(cls, message: str, *, hint: str = "") -> NotFound:
        """An error that counts as no miss, because nothing was searched."""
        error = cls(message, hint=hint)
        error.missed = False
        return error


class NotGranted(NotFound):
    """No grant allows it. The asker gets the same answer as if nothing were held; the audit row says denied."""

    outcome = "denied"
    missed = False


class OutcomeMissing(Permanent):
    """A question was admitted, and its answer has no outcome, or two: a defect of the hub. No answer is given."""


class ReasonMissing(Permanent):
    """A person's act lacks a name or a reason."""

    exit_code = 2


class AlertsOpen(Permanent):
    """Alerts wait for somebody to acknowledge them with a reason; `hub audit --alerts` lists them."""

    exit_code = 6


class Unbalanced(Permanent):
    """The counts of a batch do not add up; its transaction is rolled back."""

    exit_code = 4
