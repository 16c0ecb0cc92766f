"""An answer that came before: the same pages as those of an earlier batch, whose records nothing has changed since.

A poll that finds nothing new gets the same bytes again, and so does most of a full reading. The fate of a record depends
on its content, on the rules, and on the row of its key, and on nothing else. If all of these are as an earlier batch
left them, none of its records changes anything: the batch is neither parsed nor validated. What that batch accepted is
unchanged, and every other term of the ledger is that batch's, quarantined records included.

    answer     hash of a batch's pages, and of everything that could change a verdict
    span       the least and the greatest key of a batch's records, and whether it has each key once
    known      the newest batch of the answer, if no batch after it changed a row and has a span that meets its own

This is looked up again in the transaction of the merge, under the lock of the stream. A replay is asked for in order to
judge again, and a batch that a person released was judged by a person: neither uses or leaves an answer. An answer by
key (mode `again`) uses none, and leaves one that fits no other reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from contracts.model import Contract
from hub.core import tables
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.stage import key_of
from hub.load.stream_state import Run


@dataclass(frozen=True)
class KeySpan:
    """Which keys the records of a batch have."""

    least: str | None
    """The least key; None: no record has one."""
    greatest: str | None
    settles: bool
    """Whether the batch changes nothing if it comes again right after its merge: no key is in it twice. Of two versions
    of a record the older one has another fate once the newer one is stored.
    """


ALL_KEYS = KeySpan("", "\U0010ffff", settles=False)
"""The span of a batch whose records could change rows of other keys."""


@dataclass(frozen=True)
class KnownAnswers:
    """The answers of a stream that change nothing when they come again, as the database knows them when asked."""

    engine: sa.Engine
    stream: str

    def __contains__(self, answer: object) -> bool:
        if not isinstance(answer, bytes):
            return False
        with self.engine.connect() as connection:
            return known(connection, self.stream, answer) is not None


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


def span_of(contract: Contract, received: pl.DataFrame, staged: Mapping[str, pl.DataFrame]) -> KeySpan:
    """The span of a batch.

    `received` is the frame of all records that nobody owns, `staged` those that were validated, by dataset.
    """
    owner, *children = contract.datasets
    parts = received.select(pl.col(f.name).alias(f.column) for f in owner.key)
    keys = parts.select(key_of(owner).alias("_key")).to_series()
    both = pl.concat([keys, staged[owner.name]["_key"]])
    least, greatest = both.min(), both.max()
    single = _single(keys) and all(_single(staged[each.name]["_key"]) for each in (owner, *children))
    return KeySpan(_stored(least), _stored(greatest), single)


def _single(keys: pl.Series) -> bool:
    return keys.n_unique() == keys.len() - max(keys.null_count() - 1, 0)


def _stored(key: object) -> str | None:
    return str(key).replace("\0", "\1") if key is not None else None


def settles(span: KeySpan, counts: Mapping[str, Counts], *, changed: bool) -> bool:
    """Whether a batch leaves its answer.

    A record that is older than its row becomes a finding if the reading is a full one, so the next answer is judged.
    """
    return (span.settles or not changed) and not any(each.outdated for each in counts.values())


def known(connection: sa.Connection, stream: str, answer: bytes | None) -> str | None:
    """The newest batch that gave this answer, if the rows of all keys in its span are as it left them."""
    query = sa.text("""
        with earlier as (
            select id, serial, least_key, greatest_key from hub.batch
            where stream = :stream and answer = :answer and state = 'applied' order by serial desc limit 1)
        select id from earlier e where not exists (
            select from hub.batch b where b.stream = :stream and b.state = 'applied' and b.changed is not false
            and b.serial > e.serial
            -- a batch without a span is of the time before there were spans, or has no record with a key
            and (b.changed is null or b.least_key <= e.greatest_key and b.greatest_key >= e.least_key))
        -- a record that became a case since may have come good: the merge closes its case
        and not exists (
            select from hub."case" c where c.stream = :stream and c.state = 'open' and c.feed is null and c.last_batch <> e.id
            and coalesce(c.record_owner, c.record_key) between e.least_key and e.greatest_key)""")
    found: str | None = connection.scalar(query, {"stream": stream, "answer": answer})
    return found


def publish(engine: sa.Engine, run: Run, batch: Batch, now: datetime) -> Mapping[str, Counts] | None:
    """Publish a batch whose answer came before, in one transaction. Returns the counts by dataset.

    None: something changed in between, so that it must be validated; nothing was written.

    Raises:
        Fenced: a newer run claimed the stream.
    """
    with engine.begin() as connection:
        position = stream_state.lock(connection, run, batch.previous)
        earlier = known(connection, run.stream, batch.answer)
        if earlier is None:
            return None
        counts = _again(connection, earlier)
        quarantined = sum(each.quarantined for each in counts.values())
        if quarantined and not _see_again(connection, run.stream, earlier, batch.id, quarantined):
            return None
        _write(connection, batch.id, counts)
        stream_state.advance(connection, run, batch.id, max(filter(None, (position, batch.end)), default=None))
        b = tables.batch.c
        same = {
            each.name: sa.select(each).where(b.id == earlier).scalar_subquery()
            for each in (b.basis, b.least_key, b.greatest_key)
        }
        # Its bad records are known by now: they count once (`hub/load/bad_records.py`).
        same["verdict"] = (
            sa.select(b.verdict.op("||")(sa.literal({"bad": {}}, JSONB))).where(b.id == earlier).scalar_subquery()
        )
        batches.mark(connection, batch.id, "applied", settled_at=now, answer=batch.answer, changed=False, **same)
    return counts


def _again(connection: sa.Connection, batch: str) -> dict[str, Counts]:
    """The terms of a batch that came before, by dataset: its accepted records are unchanged now."""
    t = tables.ledger
    query = sa.select(t.c.dataset, *(t.c[term.name] for term in fields(Counts)))
    found = connection.execute(query.where(t.c.batch == batch, t.c.state == "applied"))
    counts = {name: Counts(*terms) for name, *terms in found}
    return {
        name: replace(each, accepted=0, unchanged=each.unchanged + each.accepted, removed=0, findings=0)
        for name, each in counts.items()
    }


def _see_again(connection: sa.Connection, stream: str, earlier: str, batch: str, quarantined: int) -> bool:
    """Note that the cases of the earlier batch were seen again, as its merge would.

    False: another batch has seen some of them since, or some are closed; nothing is noted.
    """
    c = tables.case.c
    mine = sa.and_(c.stream == stream, c.last_batch == earlier, c.state != "closed", c.feed.is_(None))
    if connection.scalar(sa.select(sa.func.count()).select_from(tables.case).where(mine)) != quarantined:
        return False
    connection.execute(sa.update(tables.case).where(mine).values(last_batch=batch, seen=c.seen + 1))
    return True


def _write(connection: sa.Connection, batch: str, counts: Mapping[str, Counts]) -> None:
    """Write the rows of the ledger."""
    t = tables.ledger
    connection.execute(sa.delete(t).where(t.c.batch == batch, t.c.state == "held"))
    rows = [{"batch": batch, "dataset": name, "state": "applied", **vars(each)} for name, each in counts.items()]
    connection.execute(sa.insert(t), rows)
