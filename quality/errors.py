"""Errors of the rule engines. A broken rule is not an error: it is a value in the result."""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class NoEngine(Permanent):
    """No engine executes a rule. Raised when rules are compiled, so that a gap is never silent."""


class ListMissing(Permanent):
    """A rule uses a reference list that was not given."""


class FrameMismatch(Permanent):
    """The columns of a frame are not the fields of its contract."""


class GateFailed(Permanent):
    """The declared suite could not be computed, so it is unknown whether the two engines agree."""


class GateUnreachable(Transient):
    """The database did not answer the declared suite."""
