"""Opinions on record: whether the two engines agree on a stream, since which batch, and what stops it if they do not.

A disagreement stops all merges of its stream. The batches that no agreement covers are doubted from then on: decisions
that rest on their records are *confirm*. A later agreement over all that was merged ends it, or a person by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from hub.core import actions
from hub.core.actions import HUB, Actor
from hub.core.errors import EnginesDisagree, NotFound
from hub.load import repeats
from hub.load.second_opinion.tables import doubted_batch, second_opinion

Occasion = Literal["first", "sample", "held", "daily", "settled"]

SHOWN = 5
"""Batches, and rules, that an error names; `hub second-opinion list` names all."""


@dataclass(frozen=True)
class Opinion:
    """What the declared suite said beside the row engine."""

    occasion: Occasion
    rules: str
    """Digest of the rules and lists (`quality.identity`)."""
    engines: str
    batches: tuple[str, ...] = ()
    """Batches whose records both engines judged."""
    rows: int = 0
    through: int | None = None
    """Serial of the last merged batch that it speaks for; None: it speaks for its own batch only."""
    disagreements: tuple[str, ...] = ()


def agreed_under(connection: sa.Connection, rules: str, engines: str) -> bool:
    """Whether both engines have judged a batch alike under these rules and in these releases.

    Any stream of the contract counts: the first batch of 22 districts need not wait for the suite 22 times.
    """
    o = second_opinion.c
    query = sa.select(o.id).where(o.rules == rules, o.engines == engines)
    compared = sa.func.cardinality(o.batches) > 0
    return connection.scalar(query.where(compared, sa.func.cardinality(o.disagreements) == 0).limit(1)) is not None


def record(connection: sa.Connection, stream: str, opinion: Opinion, now: datetime) -> None:
    """Put an opinion on record, under the stream's row lock, with what follows from it.

    A disagreement stops the stream and doubts its batches. An agreement over all merged batches ends a disagreement,
    if every batch in dispute was judged again.
    """
    row = sa.insert(second_opinion).values(
        stream=stream,
        given_at=now,
        occasion=opinion.occasion,
        rules=opinion.rules,
        engines=opinion.engines,
        batches=list(opinion.batches),
        rows=opinion.rows,
        through=opinion.through,
        disagreements=list(opinion.disagreements),
    )
    number = connection.scalar(row.returning(second_opinion.c.id))
    if opinion.disagreements:
        repeats.forget(connection, stream)
        doubted = [
            {"opinion": number, "batch": serial, "since": now}
            for serial in uncovered(connection, stream, opinion.batches)
        ]
        if doubted:
            connection.execute(sa.insert(doubted_batch), doubted)
    elif opinion.through is not None and disagreements(connection, stream):
        if not set(disputed_batches(connection, stream)) <= set(opinion.batches):
            return  # a batch came into dispute while others were judged: this opinion says nothing of it
        _end(connection, stream, Actor(HUB, f"second opinion {number}: both engines agree"), now)


def require_agreement(connection: sa.Connection, stream: str) -> None:
    """Raises EnginesDisagree if the engines disagree on the stream and nobody has settled it."""
    standing = disagreements(connection, stream)
    if standing:
        raise stopped(stream, standing, doubted(connection, stream))


def stopped(stream: str, standing: Sequence[str], batches: Sequence[str]) -> EnginesDisagree:
    """The error of a stopped stream: the rules, the batches in doubt, the next step."""
    named = _first([batch[:12] for batch in batches], ", ")
    since = f"Merged since they last agreed, to be confirmed: {named}" if batches else "No merged batch is in doubt"
    return EnginesDisagree(
        f"Stream {stream} is stopped, because the two engines disagree: {_first(standing, '; ')}. {since}",
        hint=f"one engine is wrong: repair it, then hub second-opinion run {stream}; "
        f"hub second-opinion settle {stream} --because ... ends it on your responsibility",
    )


def settle(connection: sa.Connection, stream: str, rules: str, engines: str, person: Actor, now: datetime) -> None:
    """End a disagreement on a person's responsibility: the stream goes on, its batches are doubted no longer.

    Raises:
        NotFound: the engines do not disagree on the stream.
    """
    lock(connection, stream)
    if not disagreements(connection, stream):
        raise NotFound(f"The engines do not disagree on {stream}", hint="hub second-opinion list shows where they do")
    _end(connection, stream, person, now)
    record(connection, stream, Opinion("settled", rules, engines, through=last_merged(connection, stream)), now)


def lock(connection: sa.Connection, stream: str) -> None:
    """Lock the head of the stream, so that no batch is merged until the transaction ends. Raises NotFound."""
    locked = sa.text("select id from hub.stream where id = :stream for no key update")
    if connection.scalar(locked, {"stream": stream}) is None:
        raise NotFound(f"Nothing was ever read from {stream}", hint=f"hub sync {stream} reads it")


def disagreements(connection: sa.Connection, stream: str) -> list[str]:
    """Where the engines disagree on the stream now; empty: it may go on."""
    return list(dict.fromkeys(line for row in _open(connection, stream) for line in row.disagreements))


def disputed_batches(connection: sa.Connection, stream: str) -> list[str]:
    """The batches, merged or not, over which the engines disagree."""
    return sorted({batch for row in _open(connection, stream) for batch in row.batches})


def doubted(connection: sa.Connection, stream: str) -> list[str]:
    """Ids of the merged batches in doubt, in the order of their merge."""
    query = sa.text("""
        select distinct b.serial, b.id from hub.doubted_batch d join hub.batch b on b.serial = d.batch
        where b.stream = :stream and d.until is null order by b.serial""")
    return [row.id for row in connection.execute(query, {"stream": stream})]


def uncovered(connection: sa.Connection, stream: str, own: Sequence[str] = ()) -> list[int]:
    """Serials of the merged batches that no agreement covers, and of those among `own`."""
    query = sa.text("""
        select b.serial from hub.batch b
        where b.stream = :stream and b.state = 'applied' and (b.id = any(:own) or b.serial > :through and not exists (
            select from hub.second_opinion o where o.stream = b.stream and o.disagreements = '{}' and b.id = any(o.batches)))
        order by b.serial""")
    values = {"stream": stream, "own": list(own), "through": covered(connection, stream)}
    return list(connection.scalars(query, values))


def covered(connection: sa.Connection, stream: str) -> int:
    """Serial of the last merged batch that an agreement covers; 0 before the first."""
    o = second_opinion.c
    query = sa.select(sa.func.max(o.through)).where(o.stream == stream, sa.func.cardinality(o.disagreements) == 0)
    return int(connection.scalar(query) or 0)


def last_merged(connection: sa.Connection, stream: str) -> int:
    """Serial of the newest merged batch of the stream; 0: there is none."""
    query = sa.text("select max(serial) from hub.batch where stream = :stream and state = 'applied'")
    return int(connection.scalar(query, {"stream": stream}) or 0)


def _first(names: Sequence[str], separator: str) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return separator.join(names[:SHOWN]) + more


def _open(connection: sa.Connection, stream: str) -> Sequence[Any]:
    query = sa.text("""
        select batches, disagreements from hub.second_opinion
        where stream = :stream and disagreements <> '{}' and ended_at is null order by id""")
    return connection.execute(query, {"stream": stream}).all()


def _end(connection: sa.Connection, stream: str, person: Actor, now: datetime) -> None:
    ended = sa.text("""
        with over as (
            update hub.second_opinion set ended_at = :now
            where stream = :stream and disagreements <> '{}' and ended_at is null returning id)
        update hub.doubted_batch set until = :now where until is null and opinion in (select id from over)""")
    connection.execute(ended, {"stream": stream, "now": now})
    actions.append(connection, actions.STREAMS, (stream,), "settled", person, now)
