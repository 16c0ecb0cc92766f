"""An answer that came before: a batch whose pages changed nothing last time, and after which nothing was changed.

A poll that finds nothing new gets the same bytes again. The fate of a record depends on its content, on the rules and
on the rows of its stream in the warehouse, and on nothing else. If all three are those of an earlier batch, so are all
terms of the ledger: the batch is neither parsed nor validated, and its terms are that batch's, quarantined records
included.

    answer     hash of a batch's pages, and of everything that could change a verdict
    idle       a batch that accepted, removed and touched no row; only its answer is remembered
    known      answers of the idle batches at the end of the stream's chain: since the first of them no row has changed

The chain is looked up again in the transaction of the merge, under the lock of the stream. A replay is asked for in
order to judge again, and a batch that a person released was judged by a person: neither uses or leaves an answer. An
answer by key (mode `again`) uses none, and leaves one that fits no other reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hub.core import tables
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.stream_state import Run

LOOKED_BACK = 32
"""How many batches of the chain are looked at: more than the batches of any overlap."""


def answer_of(pages: Sequence[str], context: bytes) -> bytes:
    """The answer of a batch: its pages by their SHA-256, in order, in the context that judges them."""
    return hashlib.sha256(b"|".join([context, *(page.encode() for page in pages)])).digest()


def fingerprint(folder: Path) -> bytes:
    """Hash of all files of a folder: a deployment's decide which wire is read, and how."""
    files = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        files.update(f"{path.relative_to(folder)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return files.digest()


def forget(connection: sa.Connection, stream: str) -> None:
    """Remember no answer of a stream: one of the engines that gave them is wrong, and its repair may change no rule."""
    b = tables.batch.c
    connection.execute(sa.update(tables.batch).where(b.stream == stream, b.answer.is_not(None)).values(answer=None))


def known(connection: sa.Connection, stream: str) -> Mapping[bytes, str]:
    """Answer -> the newest idle batch that gave it, as far back as no row of the stream has changed since."""
    chain = connection.execute(
        sa.text("""
        with recursive chain as (
            select b.id, b.previous, b.answer, 1 as back
            from hub.stream s join hub.batch b on b.id = s.last_batch where s.id = :stream and b.answer is not null
            union all
            select b.id, b.previous, b.answer, chain.back + 1
            from chain join hub.batch b on b.id = chain.previous where b.answer is not null and chain.back < :most)
        select answer, id from chain order by back desc"""),
        {"stream": stream, "most": LOOKED_BACK},
    )
    return {bytes(answer): batch for answer, batch in chain}


def publish(engine: sa.Engine, run: Run, batch: Batch, now: datetime) -> Mapping[str, Counts] | None:
    """Publish a batch whose answer came before, in one transaction. Returns the counts by dataset.

    None: something changed in between, so that it must be validated; nothing was written.

    Raises:
        Fenced: a newer run claimed the stream.
    """
    with engine.begin() as connection:
        position = stream_state.lock(connection, run, batch.previous)
        earlier = known(connection, run.stream).get(batch.answer or b"")
        if earlier is None:
            return None
        counts = _of_batch(connection, earlier)
        quarantined = sum(each.quarantined for each in counts.values())
        if quarantined and not _see_again(connection, run.stream, earlier, batch.id, quarantined):
            return None
        _repeat(connection, earlier, batch.id)
        stream_state.advance(connection, run, batch.id, max(filter(None, (position, batch.end)), default=None))
        b = tables.batch.c
        # Its bad records are known by now: they count once (`hub/load/bad_records.py`).
        verdict = sa.select(b.verdict.op("||")(sa.literal({"bad": {}}, JSONB))).where(b.id == earlier).scalar_subquery()
        basis = sa.select(b.basis).where(b.id == earlier).scalar_subquery()
        batches.mark(connection, batch.id, "applied", settled_at=now, verdict=verdict, answer=batch.answer, basis=basis)
    return counts


def _of_batch(connection: sa.Connection, batch: str) -> dict[str, Counts]:
    t = tables.ledger
    query = sa.select(t.c.dataset, *(t.c[term.name] for term in fields(Counts)))
    found = connection.execute(query.where(t.c.batch == batch, t.c.state == "applied"))
    return {name: Counts(*terms) for name, *terms in found}


def _see_again(connection: sa.Connection, stream: str, earlier: str, batch: str, quarantined: int) -> bool:
    """Note that the cases of the earlier batch were seen again, as its merge would.

    False: another batch has seen some of them since, or some are closed; nothing is noted.
    """
    c = tables.case.c
    mine = sa.and_(c.stream == stream, c.last_batch == earlier, c.state != "closed")
    if connection.scalar(sa.select(sa.func.count()).select_from(tables.case).where(mine)) != quarantined:
        return False
    connection.execute(sa.update(tables.case).where(mine).values(last_batch=batch, seen=c.seen + 1))
    return True


def _repeat(connection: sa.Connection, earlier: str, batch: str) -> None:
    """Write the rows of the ledger: those of the earlier batch."""
    t = tables.ledger
    terms = [t.c.dataset, t.c.state, *(t.c[term.name] for term in fields(Counts))]
    connection.execute(sa.delete(t).where(t.c.batch == batch, t.c.state == "held"))
    rows = sa.select(sa.literal(batch), *terms).where(t.c.batch == earlier, t.c.state == "applied")
    connection.execute(sa.insert(t).from_select(["batch", *(each.name for each in terms)], rows))
