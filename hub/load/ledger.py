"""Publishes or holds a batch in one transaction, and writes its rows of the ledger: one for each dataset."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from contracts.model import Contract
from hub.core import tables
from hub.core.errors import Unbalanced
from hub.load import batches, behind, closing, direct_copy, findings, outbox, repeats, stream_state, waivers
from hub.load.bad_records import with_conflicts
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.merge import Merge, Merged
from hub.load.second_opinion import record
from hub.load.stage import drop_stage, require_staged
from hub.load.staged_batch import StagedBatch
from hub.load.staged_rows import StagedRows
from hub.load.stream_state import Run

CASE_DAYS = 5
"""Days a case may stay open, unless the contract's service level sets `case_days`."""


def publish(
    engine: sa.Engine,
    run: Run,
    batch: Batch,
    contract: Contract,
    staged: StagedBatch,
    now: datetime,
    basis: str | None = None,
    excused: Collection[str] = (),
) -> Mapping[str, Counts]:
    """Publish a batch in one transaction: rows, history, cases, ledger and position. Returns the counts by dataset.

    `basis`: what it was judged with (`hub.basis`). `excused`: reasons of the gate for which a person released it.

    Raises:
        Fenced: a newer run claimed the stream.
        Unbalanced: an equation does not hold; the transaction is rolled back.
        ConcurrentChange: rows that the batch was compared with have changed since; the transaction is rolled back.
        EnginesDisagree: the stream was stopped.
        StageLost: a crash of the database emptied its stage; the transaction is rolled back.
        TooManyConflicts: too many of its records contradict what is here for their versions; it is rolled back.
    """
    with engine.begin() as connection:
        position = stream_state.lock(connection, run, batch.previous)
        record.require_agreement(connection, run.stream)
        if staged.direct is None:
            require_staged(connection, staged.tables, staged.rows)
        merged = {name: _merge(connection, run, batch, contract, staged, name, now) for name in staged.tables}
        counts = {name: each.counts for name, each in merged.items()}
        conflicts = {name: each.conflicts for name, each in merged.items() if each.conflicts}
        if conflicts and run.mode != "again":  # some records by their keys say nothing about the stream
            bad = with_conflicts(connection, run.stream, contract, staged.bad, staged.received, conflicts, excused)
            staged = replace(staged, bad=bad)
        decided = staged.direct is not None and staged.direct.decided
        fates = {} if decided else {name: f"fate_{name}" for name in merged}
        if run.mode == "full" and any(each.counts.outdated for each in merged.values()):
            for name in fates:
                behind.note(connection, run, contract.dataset(name), staged.place(name), fates)
        closing.close_good(connection, run, batch.id, batch.serial, contract, fates, staged.unchanged, now)
        changed = not all(each.idle for each in merged.values())
        settles = repeats.settles(staged.span, counts, changed=changed) and not any(m.waived for m in merged.values())
        answer = batch.answer if settles else None
        _write(connection, batch, "applied", counts)
        stream_state.advance(connection, run, batch.id, max(filter(None, (position, batch.end)), default=None))
        rules = staged.gate.rules or None
        batches.mark(
            connection,
            batch.id,
            "applied",
            settled_at=now,
            verdict=staged.verdict,
            rules=rules,
            answer=answer,
            basis=basis,
            least_key=staged.span.least,
            greatest_key=staged.span.greatest,
            changed=changed,
        )
        if changed:
            outbox.note(connection, contract.name, batch.serial, now)
        if staged.gate.opinion is not None:
            record.record(connection, run.stream, staged.gate.opinion, now)
        if staged.direct is None:
            drop_stage(connection, list(staged.tables.values()))
    return counts


def hold(engine: sa.Engine, run: Run, batch: Batch, contract: Contract, staged: StagedBatch, now: datetime) -> None:
    """Record a held batch. Its stage tables stay for the person who examines it. No row and no position changes.

    If the engines disagree on it, the stream stops with the same transaction.
    """
    with engine.begin() as connection:
        stream_state.lock(connection, run, batch.previous)
        _write(connection, batch, "held", {name: Counts(received=staged.received[name]) for name in staged.tables})
        batches.mark(connection, batch.id, "held", settled_at=now)
        if staged.gate.opinion is not None:
            record.record(connection, run.stream, staged.gate.opinion, now)


def terms(counts: Mapping[str, Counts]) -> Mapping[str, int]:
    """The terms of the equation, summed over the datasets."""
    return vars(sum(counts.values(), Counts()))


def of_run(connection: sa.Connection, run: Run) -> dict[str, Counts]:
    """The counts of a run's applied batches, by dataset."""
    t, b = tables.ledger, tables.batch
    summed = [sa.cast(sa.func.sum(t.c[term.name]), sa.BigInteger) for term in fields(Counts)]
    query = (
        sa.select(t.c.dataset, *summed)
        .join(b, b.c.id == t.c.batch)
        .where(b.c.run == run.id, t.c.state == "applied")
        .group_by(t.c.dataset)
    )
    return {name: Counts(*terms) for name, *terms in connection.execute(query)}


def add(total: dict[str, Counts], counts: Mapping[str, Counts]) -> None:
    """Add the counts of a batch to a running total by dataset."""
    for name, each in counts.items():
        total[name] = total.get(name, Counts()) + each


def _merge(
    connection: sa.Connection, run: Run, batch: Batch, contract: Contract, staged: StagedBatch, name: str, now: datetime
) -> Merged:
    dataset = contract.dataset(name)
    days = int(contract.service_level.get("case_days", CASE_DAYS))
    new, same = 0, 0
    if staged.direct:
        new = direct_copy.write(connection, dataset, staged.direct.new[name], now) if staged.direct.counts[name] else 0
        if not staged.direct.decided:
            direct_copy.stage_rest(connection, dataset, staged.direct.rest[name])
    if staged.detector and staged.unchanged:
        same = staged.unchanged.counts[name]
        if not dataset.parent:
            staged.detector.check(connection, run.system, staged.unchanged)
    merge = Merge(
        connection,
        dataset,
        staged.place(name),
        owners=f"warehouse.{contract.dataset(dataset.parent).table}" if dataset.parent else "",
        staged_owners=staged.place(dataset.parent) if dataset.parent else "",
        system=run.system,
        stream=run.stream,
        batch=batch.id,
        serial=batch.serial,
        now=now,
        owner=contract.owner,
        due=now + timedelta(days=days),
        again=run.mode == "again",
    )
    decided = staged.direct is not None and staged.direct.decided
    if decided:
        merged, waived = Merged(Counts(), idle=True), 0
    else:
        here = StagedRows(connection, dataset, staged.place(name), run.system, run.stream, batch.id, batch.serial, now)
        waived = waivers.take(here) if any(staged.broken[name].values()) else 0
        merged = merge.run()
        findings.settle(here)
    counts = Counts(received=staged.received[name], accepted=new, unchanged=same) + merged.counts
    if not counts.balances:
        raise Unbalanced(
            f"Batch {batch.id[:12]} of {run.stream}, {name}: {vars(counts)} does not add up; nothing was published"
        )
    return replace(merged, counts=counts, idle=merged.idle and not new and not waived, waived=waived)


def _write(connection: sa.Connection, batch: Batch, state: str, counts: Mapping[str, Counts]) -> None:
    rows = [{"batch": batch.id, "dataset": name, "state": state, **vars(each)} for name, each in counts.items()]
    connection.execute(
        sa.delete(tables.ledger).where(tables.ledger.c.batch == batch.id, tables.ledger.c.state == "held")
    )
    connection.execute(sa.insert(tables.ledger), rows)
