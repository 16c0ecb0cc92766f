"""Compares a stream with its source, or a feed with what its receiver holds; signs and keeps what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from connectors.http.body import CallLimits
from connectors.http.client import Http
from contracts.deployment.files import ListingTerms
from contracts.errors import Permanent
from contracts.model import Contract
from hub.cases import departures
from hub.cases.key_listing import NoListing
from hub.cases.listed_keys import ListedKeys
from hub.core import tables
from hub.core.actions import HUB, Actor
from hub.core.errors import NotFound
from hub.feeds import approvals, releases, signing
from hub.feeds.declared import Feed
from hub.feeds.tables import delivery
from hub.load.exchange import Exchange
from hub.load.prefetch import ended
from hub.load.warehouse import has_table
from hub.reconciliation import statement
from hub.reconciliation.comparing import Comparison, Name, compare
from hub.reconciliation.held_rows import HeldRows
from hub.reconciliation.remote import RemoteReceiver
from hub.reconciliation.sides import (
    OF_READING,
    SourceReading,
    of_deliveries,
    of_keys,
    of_listing,
    of_warehouse,
    unit_and_day,
)
from hub.reconciliation.statement import Reconciled, Statement

LIMITS = CallLimits(deadline_s=600.0, max_raw_bytes=1 << 28, max_inflated_bytes=1 << 28)
"""Of a call to a receiver's program: it reads its whole table before the first answer."""


class TooMuchGone(Permanent):
    """A source lacks more than its system's file allows: most likely it answered wrongly. Nothing was noted."""


@dataclass(frozen=True)
class Reconciler:
    """Compares, signs and keeps."""

    engine: sa.Engine
    signing_keys: Path
    sender: str
    """Name of the deployment."""
    now: Callable[[], datetime]

    # -- with a source ------------------------------------------------------------------------------

    def stream(self, exchange: Exchange) -> Reconciled:
        """Read a stream's source whole, and compare it with what the hub holds.

        A record that came while it was read is not judged.

        Raises:
            Transient, Permanent: the source did not answer to the end.
        """
        as_of, validator = self.now(), exchange.validator
        with _session(self.engine) as own, _session(self.engine) as other:
            through, system = _through(own), _system(own, exchange.stream)
            reading = SourceReading(exchange.source, exchange.contract, validator.keys, dict(validator.lists))
            records, unreadable, travelled = reading.read(other)
            there = HeldRows.of(other, OF_READING, {"system": system})
            here = HeldRows.of(own, of_warehouse(exchange.contract), {"system": system, "through": through})
            found = _without_later(own, exchange.contract, compare(here, there), through)
            waiting = _in_cases(other, exchange.stream, exchange.contract, found)
        more = (("records_read", records), ("unreadable", unreadable))
        return Reconciled(exchange.stream, "source", as_of, found, waiting, travelled, more)

    def keys(self, exchange: Exchange) -> Reconciled:
        """Compare keys and change times by the listing of a stream's source: no content is read.

        Raises:
            NoListing: the dialect cannot list its keys.
            Transient, Permanent: the source did not list to the end.
        """
        as_of, dataset = self.now(), exchange.contract.datasets[0]
        pages = exchange.source.listing()
        if pages is None:
            raise NoListing(
                f"The keys of {exchange.stream} cannot be listed: its dialect has no such question",
                hint="without --keys the source is read whole",
            )
        with _session(self.engine) as own, _session(self.engine) as other:
            through, system = _through(own), _system(own, exchange.stream)
            listed = ListedKeys.of(other, exchange.stream, system, exchange.contract, through)
            with ended(pages) as reading:
                number = sum(listed.add(page) for page in reading)
            given = {"system": system, "through": through}
            versions = bool(other.scalar(sa.text("select count(version) > 0 from listed")))
            there = HeldRows.of(other, of_listing(dataset), {"system": system})
            here = HeldRows.of(own, of_keys(dataset, versions=versions), given)
            found = _without_later(own, exchange.contract, compare(here, there), through)
            waiting = _in_cases(other, exchange.stream, exchange.contract, found, parents=False)
        more = (("keys_listed", number), ("change_times", versions))
        return Reconciled(exchange.stream, "source", as_of, found, waiting, 0, more)

    def note_departures(self, exchange: Exchange, found: Reconciled, terms: ListingTerms) -> int:
        """Note records that the source lacks as `record.left-source`; returns how many were not noted before.

        Raises:
            TooMuchGone: more than the system's file allows; nothing is noted.
        """
        dataset = exchange.contract.datasets[0]
        gone = [key for register, _, key in found.comparison.only_here if register == dataset.name]
        most = terms.most_gone * found.comparison.rows_here
        if gone and (len(gone) > max(1, most) or found.comparison.rows_there == 0):
            raise TooMuchGone(
                f"{len(gone)} records of {exchange.stream} are not at their source, and at most"
                f" {100 * terms.most_gone:g} % may leave at once; nothing was noted",
                hint="hub systems check SYSTEM; if they are gone: hub findings left STREAM FILE --because ... --by NAME",
            )
        if not gone:
            return 0
        with self.engine.begin() as connection:
            person = Actor(HUB, "a comparison with the source lacks it")
            return departures.note(connection, exchange.stream, dataset, gone, person, self.now())

    # -- with a receiver ----------------------------------------------------------------------------

    def feed(self, feed: Feed, address: str) -> Reconciled:
        """Ask a receiver's program for digests, and compare with what was delivered up to the delivery it applied last.

        Raises:
            NotFound: nothing was delivered, or the receiver says that it applied what was never sent.
            Transient, Malformed, Untrusted: the receiver does not answer as agreed.
        """
        as_of = self.now()
        with _session(self.engine) as own:
            d = delivery.c
            newest = own.scalar(sa.select(sa.func.max(d.sequence)).where(d.feed == feed.id))
            columns = tuple(releases.row_of(own, feed.id, newest or 0).columns)
            unit, day = unit_and_day(feed.dataset, columns)
            pinned = approvals.signing_keys(own, feed.file.receiver)
            signer = signing.signers(self.signing_keys)[0]
            http = Http(feed.id, LIMITS)
            there = RemoteReceiver(
                http, address, feed.id, feed.dataset.name, columns, unit, day, signer, pinned, self.now
            )
            try:
                here = _delivered_beside(own, feed, columns, there, newest or 0)
                sequence = there.sequence
                found = compare(here, there)
            finally:
                http.close()
        more = (("delivery", sequence), ("columns", list(columns)))
        return Reconciled(feed.id, "receiver", as_of, found, 0, there.travelled, more)

    # -- both ---------------------------------------------------------------------------------------

    def signed(self, found: Reconciled, who: str) -> Statement:
        """The statement of a comparison, signed with the city's newest key, and kept."""
        made = statement.sign(found, self.sender, signing.signers(self.signing_keys)[0])
        with self.engine.begin() as connection:
            statement.keep(connection, found, made, who)
        return made


def _delivered_beside(
    own: sa.Connection, feed: Feed, columns: tuple[str, ...], there: RemoteReceiver, newest: int
) -> HeldRows:
    """What was delivered up to the delivery that the receiver applied last, which is mostly the newest: so both sides
    sum up at once. Where it is another one, or the receiver does not answer, the work beside is broken off.
    """
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(_delivered, own, feed, columns, newest)
        try:
            there.buckets()  # says up to which delivery it holds
            if there.sequence == newest and (here := beside.result()) is not None:
                return here
        finally:
            if not beside.done():
                own.connection.driver_connection.cancel()  # type: ignore[union-attr]  # psycopg's
    own.execute(sa.text("drop table if exists held_rows"))
    sequence = there.sequence
    here = _delivered(own, feed, columns, sequence) if sequence is not None and sequence < newest else None
    if here is None:
        raise NotFound(
            f"The receiver of {feed.id} says that it applied delivery {sequence}, which is none of ours",
            hint=f"hub feed show {feed.id} lists them; the receiver starts again from a snapshot",
        )
    return here


def _delivered(own: sa.Connection, feed: Feed, columns: tuple[str, ...], sequence: int) -> HeldRows | None:
    d = delivery.c
    base = own.scalar(
        sa.select(sa.func.max(d.sequence)).where(d.feed == feed.id, d.kind == "snapshot", d.sequence <= sequence)
    )
    if base is None:
        return None
    values = {"feed": feed.id, "base": base, "sequence": sequence}
    return HeldRows.of(own, of_deliveries(feed.dataset, columns), values)


@contextmanager
def _session(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A session that commits each statement, and ends with its temporary tables: a source may take hours."""
    with engine.connect() as connection:
        try:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")
        finally:
            connection.invalidate()


def _through(connection: sa.Connection) -> int:
    """The newest batch: what it brought, a source that is read from now on has."""
    return int(connection.scalar(sa.text("select coalesce(max(serial), 0) from hub.batch")) or 0)


def _system(connection: sa.Connection, stream: str) -> str:
    return str(connection.scalar(sa.select(tables.stream.c.system).where(tables.stream.c.id == stream)))


def _without_later(connection: sa.Connection, contract: Contract, found: Comparison, through: int) -> Comparison:
    """Without records that a batch brought after the comparison began: the source was read before them, or behind."""
    later: set[Name] = set()
    names = [*found.only_there, *found.otherwise]
    for dataset in contract.datasets:
        keys = [key for register, _, key in names if register == dataset.name]
        if keys and has_table(connection, dataset.table):
            table = sa.table(dataset.table, *map(sa.column, ("_key", "_system", "_batch")), schema="warehouse")
            query = sa.select(table.c["_system"], table.c["_key"]).where(
                table.c["_key"].in_(sa.bindparam("keys", expanding=True)), table.c["_batch"] > through
            )
            for start in range(0, len(keys), 10_000):
                rows = connection.execute(query, {"keys": keys[start : start + 10_000]})
                later |= {(dataset.name, system, key) for system, key in rows}
    return replace(found, only_there=_less(found.only_there, later), otherwise=_less(found.otherwise, later))


def _in_cases(
    connection: sa.Connection, stream: str, contract: Contract, found: Comparison, *, parents: bool = True
) -> int:
    """How many differences are open cases, or belong to a record that is one (`parents`: `read_rows` says to which)."""
    main = contract.datasets[0].name
    owned = """
        or a.register <> :main and c.dataset = :main and c.record_key in (
            select r.parent from read_rows r where r.register = a.register and r.key = a.key)"""
    query = sa.text(f"""
        with asked as (select * from unnest(cast(:registers as text[]), cast(:keys as text[])) a (register, key))
        select count(*) from asked a where exists (
            select from hub."case" c where c.stream = :stream and c.state = 'open' and c.feed is null
               and (c.dataset = a.register and c.record_key = a.key {owned if parents else ""}))""")
    names = [*found.only_there, *found.otherwise]
    given = {"registers": [n[0] for n in names], "keys": [n[2] for n in names], "stream": stream}
    if parents:
        given["main"] = main
    return int(connection.scalar(query, given) or 0) if names else 0


def _less(names: Iterable[Name], later: set[Name]) -> tuple[Name, ...]:
    return tuple(name for name in names if name not in later)
