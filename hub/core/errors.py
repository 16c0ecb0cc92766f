"""The hub's own branches of the error tree.

Transient
├── DatabaseUnavailable    the hub's own database is down or restarts, or a lock was not free in time
├── ConcurrentChange       the warehouse changed since a batch was compared with it
├── StreamBusy             another process works on the stream
└── LandingFull            the disk refused a page
Permanent
├── DatabaseRefused        a statement broke a constraint of the database, or a right is missing
│   └── KeyTaken           a row with this key exists
├── Fenced                 another run claimed the stream: this one may write nothing more
├── StreamPaused           somebody paused its system
├── BatchHeld              the gate holds the batch: a person decides
├── LandingDamaged         landed bytes are missing or do not match their hash
├── AlertsOpen             an agency reached a limit, and nobody has acknowledged it yet
├── NotFound               an unknown stream, batch, record or case
│   └── NotGranted         no grant allows it: to the asker the same as what is not there
├── OutcomeMissing         a question was admitted, and its answer has no outcome
├── ReasonMissing          a decision without a name or a reason
└── Unbalanced             an equation does not hold: nothing was published
"""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class DatabaseUnavailable(Transient):
    """The hub's own database is down, restarts, or a lock was not free in time; the transaction was rolled back."""


class DatabaseRefused(Permanent):
    """The hub's own database refused a statement; the transaction was rolled back.

    Names table and constraint, never a value.
    """


class KeyTaken(DatabaseRefused):
    """A row with this key exists (unique_violation)."""


class LandingFull(Transient):
    """The landing's disk refused a page; nothing of the page is used."""


class StreamBusy(Transient):
    """Another process works on the stream."""


class Fenced(Permanent):
    """Another run claimed the stream; this one stops and has written nothing."""

    exit_code = 76


class ConcurrentChange(Transient):
    """The warehouse changed since a batch was compared with it; the batch is validated again in full, and continues."""


class StreamPaused(Permanent):
    """Somebody paused the system; it is not read until somebody resumes it."""

    exit_code = 5


class BatchHeld(Permanent):
    """The gate holds a batch: nothing of it is merged and the position stays."""

    exit_code = 3


class LandingDamaged(Permanent):
    """Landed bytes are missing, or are not the bytes that were landed."""


class NotFound(Permanent):
    """A name or number that does not exist; the message lists those that do."""

    exit_code = 2
    outcome = "nothing"
    """How the question that it ends stands in the audit log."""
    missed = True
    """Whether that counts towards the hourly misses."""

    @classmethod
    def unsearched(cls, message: str, *, hint: str = "") -> NotFound:
        """One that counts as no miss: nothing was searched for."""
        error = cls(message, hint=hint)
        error.missed = False
        return error


class NotGranted(NotFound):
    """No grant allows it. Whoever asks is answered as if it were not there; the audit row says denied."""

    outcome = "denied"
    missed = False


class OutcomeMissing(Permanent):
    """A question was let in and its answer has no outcome, or two: a fault of ours, and nothing is given out."""


class ReasonMissing(Permanent):
    """A decision of a person without a name or a reason."""

    exit_code = 2


class AlertsOpen(Permanent):
    """Alerts wait to be acknowledged with a reason; `hub audit --alerts` lists them."""

    exit_code = 6


class Unbalanced(Permanent):
    """The counts of a batch do not add up; its transaction was rolled back."""

    exit_code = 4
