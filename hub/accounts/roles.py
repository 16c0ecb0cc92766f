"""Roles of the workbench and their rights: the only place that says what a role may see and do."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class AccountRole(StrEnum):
    """What a person is in the workbench. A clerk is held to one unit."""

    ENGINEER = "engineer"
    AUDITOR = "auditor"
    CLERK = "clerk"
    JURIST = "jurist"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"


class AccountRight(StrEnum):
    """What a page or an act demands."""

    OWN = "own"
    """The own account: everybody who is signed in."""
    STATE = "state"
    """Systems, streams, runs, batches, datasets: no person and no record."""
    CASES = "cases"
    """Cases and findings by key; no value."""
    HANDLE = "handle"
    """Assign, classify, close, ask for a correction, acknowledge a finding."""
    SIGN = "sign"
    """Sign a waiver."""
    LOOK = "look"
    """See a record as it was received, with a reason, which is noted."""
    CITY = "city"
    """What concerns the whole city: conflicts between systems, feeds, requirements."""
    REVIEW = "review"
    """Confirm or reject what the grammar proposed, as a jurist."""
    ANSWERS = "answers"
    """Decisions and the once-only meter."""
    SUPERVISE = "supervise"
    """The audit log and the grants."""
    ACCOUNTS = "accounts"
    """The list of accounts."""


_R = AccountRight
RIGHTS: Mapping[AccountRole, frozenset[AccountRight]] = {
    AccountRole.ENGINEER: frozenset({_R.OWN, _R.STATE, _R.CASES, _R.HANDLE, _R.CITY}),
    AccountRole.AUDITOR: frozenset({*_R} - {_R.REVIEW, _R.ACCOUNTS}),
    AccountRole.CLERK: frozenset({_R.OWN, _R.STATE, _R.CASES, _R.HANDLE, _R.LOOK}),
    AccountRole.JURIST: frozenset({_R.OWN, _R.STATE, _R.CITY, _R.REVIEW, _R.ANSWERS}),
    AccountRole.LEADER: frozenset({_R.OWN, _R.STATE, _R.CASES, _R.SIGN, _R.CITY, _R.ANSWERS}),
    AccountRole.ADMINISTRATOR: frozenset({_R.OWN, _R.STATE, _R.SUPERVISE, _R.ACCOUNTS}),
}
