"""The grants in force: a version of `hub.grants_version`, read anew in each transaction that depends on it.

    pin        in a transaction: the version in force, which cannot change until the transaction ends
    LiveGrants the grants of that version; a version that this process has seen is not read twice

`hub.hold` pins too, in the statement that takes the reader's role on (`hub/access/row_security.py`). So the policies of
the database, the rule in Python and the audit row of an answer go by one version. `hub grants apply` waits until the
answers in work are committed; what begins after it goes by the new one, in every process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import sqlalchemy as sa

from contracts.errors import Permanent
from contracts.local_time import local_day
from hub.access.grants.document import digest_of, from_document
from hub.access.grants.model import Grants
from hub.access.grants.signatures import ANYBODY, GrantStatement, GrantTrust, VersionHead


class GrantsBroken(Permanent):
    """The kept document of a version is not the one that was applied."""


@dataclass(frozen=True)
class InForce:
    """One version with its grants."""

    mark: str
    """Number and digest: 3/9f2c..."""
    grants: Grants = field(repr=False)

    @property
    def number(self) -> int:
        """0: nothing was ever applied, and everything is denied."""
        return int(self.mark.partition("/")[0])


NOTHING = InForce("0/", Grants(()))
_pinned: ContextVar[InForce | None] = ContextVar("grants", default=None)


def pin(connection: sa.Connection) -> str:
    """The mark of the version in force; it stays in force until the transaction ends."""
    return str(connection.scalar(sa.text("select hub.pin_grants()")))


class LiveGrants:
    """The grants in force, for one database."""

    def __init__(self, trust: GrantTrust = ANYBODY) -> None:
        """`trust`: who may have signed them, and whether somebody must have."""
        self._newest, self._trust = NOTHING, trust

    @property
    def in_force(self) -> InForce:
        """The version of this thread's answer; outside of an answer, the last one that this process read."""
        return _pinned.get() or self._newest

    @property
    def grants(self) -> Grants:
        """The grants of `in_force`."""
        return self.in_force.grants

    def read(self, connection: sa.Connection) -> InForce:
        """The version in force, which stays so until the transaction ends."""
        return self.known(connection, pin(connection))

    def known(self, connection: sa.Connection, mark: str) -> InForce:
        """The version of a mark.

        Raises:
            GrantsBroken: its document was changed.
            GrantsUnsigned, GrantsForged: its signature lacks, or does not prove it.
        """
        if self._newest.mark != mark:
            self._newest = _loaded(connection, mark, self._trust)
        return self._newest

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Around an answer: what `settle` sets holds inside, in this thread."""
        token = _pinned.set(self._newest)
        try:
            yield
        finally:
            _pinned.reset(token)

    def settle(self, connection: sa.Connection, mark: str) -> bool:
        """The answer of this thread goes by the version of a mark. Returns whether it did so already."""
        if self.in_force.mark == mark:
            return True
        _pinned.set(self.known(connection, mark))
        return False


def _loaded(connection: sa.Connection, mark: str, trust: GrantTrust) -> InForce:
    number, _, digest = mark.partition("/")
    if number == "0":
        return NOTHING
    document = connection.scalar(sa.text("select hub.grants_document(:number)"), {"number": int(number)})
    if document is None or digest_of(document) != digest:
        raise GrantsBroken(
            f"Version {number} of the grants is not as it was applied: its document has another digest",
            hint="hub grants history shows who applied what; hub grants apply --deployment writes a whole version",
        )
    signature = sa.text("select statement, signature, applied_at from hub.grants_signature(:number)")
    row = connection.execute(signature, {"number": int(number)}).one()
    given = None if row.statement is None else GrantStatement(row.statement, row.signature)
    trust.signer(VersionHead(int(number), digest, "", ""), given, local_day(row.applied_at), chained=False)
    return InForce(mark, from_document(document))
