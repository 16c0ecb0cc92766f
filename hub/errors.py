"""The hub's own branches of the error tree.

    Transient
    ├── DatabaseAway       the hub's own database is down, restarts, or a lock was not free in time
    ├── Moved              what a batch was compared with has changed meanwhile
    ├── StreamBusy         another process works on the stream right now
    └── LandingFull        the disk did not take a page
    Permanent
    ├── DatabaseRefused    a statement broke a constraint of the database, or a right is missing
    │   └── KeyTaken       a row with this key is there already
    ├── Fenced             another run took the stream over: this one may write nothing more
    ├── StreamPaused       somebody paused its system
    ├── BatchHeld          the gate holds the batch: a person decides
    ├── LandingDamaged     landed bytes are missing or do not match their hash
    ├── NothingSuch        an unknown stream, batch, record or case
    │   └── NotGranted     no grant allows it: to who asks the same as what is not there
    ├── OutcomeMissing     a question was let in, and its answer has no outcome
    ├── NotSaid            a decision without a name or a reason
    └── Unbalanced         an equation does not hold: nothing was published
"""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class DatabaseAway(Transient):
    """The hub's own database is down, restarts, or a lock was not free in time; the transaction was rolled back."""


class DatabaseRefused(Permanent):
    """The hub's own database refused a statement; the transaction was rolled back. Names table and constraint, never a value."""


class KeyTaken(DatabaseRefused):
    """A row with this key is there already (unique_violation)."""


class LandingFull(Transient):
    """The landing's disk did not take a page: none of it is used."""


class StreamBusy(Transient):
    """Another process works on the stream right now."""


class Fenced(Permanent):
    """Another run took the stream over; this one stops and has written nothing."""

    exit_code = 76


class Moved(Transient):
    """What a batch was compared with when it was judged is not there any more; judged again in full, it goes on."""


class StreamPaused(Permanent):
    """Somebody paused the system; it is read again when somebody resumes it."""

    exit_code = 5


class BatchHeld(Permanent):
    """The gate holds a batch: nothing of it is merged and the position stays."""

    exit_code = 3


class LandingDamaged(Permanent):
    """Landed bytes are missing, or are not the bytes that were landed."""


class NothingSuch(Permanent):
    """A name or number that does not exist; the message lists what does."""

    exit_code = 2
    outcome = "nothing"
    """How the question that it ends stands in the audit log."""
    missed = True
    """Whether that counts towards the hourly misses."""

    @classmethod
    def unsearched(cls, message: str, *, hint: str = "") -> NothingSuch:
        """One that counts as no miss: nothing was searched for."""
        error = cls(message, hint=hint)
        error.missed = False
        return error


class NotGranted(NothingSuch):
    """No grant allows it. Whoever asks is answered as if it were not there; the audit row says denied."""

    outcome = "denied"
    missed = False


class OutcomeMissing(Permanent):
    """A question was let in and its answer has no outcome, or two: a fault of ours, and nothing is given out."""


class NotSaid(Permanent):
    """A decision of a person without a name or a reason."""

    exit_code = 2


class Unbalanced(Permanent):
    """The counts of a batch do not add up; its transaction was rolled back."""

    exit_code = 4
