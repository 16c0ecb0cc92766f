"""What can go wrong while judging, apart from broken rules: those are values, not errors."""

from __future__ import annotations

from contracts.errors import Permanent, Transient


class NoEngine(Permanent):
    """A rule that nothing executes. Raised when rules are compiled: a gap is never silent."""


class ListMissing(Permanent):
    """A rule names a reference list that was not given."""


class FrameMismatch(Permanent):
    """A frame whose columns are not the fields of its contract."""


class GateFailed(Permanent):
    """The declared suite could not be computed, so nobody knows whether the two engines agree."""


class GateUnreachable(Transient):
    """The database did not answer the declared suite."""
