"""Too many bad records: whether a batch keeps the budgets of its contract (`contracts/budget.py`), before its merge.

A record is bad when a rule that rejects, or its reader, refused it. One whose case is open already counts no more, in
whatever version it comes again: known bad records in each overlap would hold their stream for ever. What only the merge
finds (another content of a known version, a child of a quarantined record) is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from contracts.budget import VIEW, Budget
from contracts.model import Contract, Dataset, Effect
from hub.load.changes import Frames

LOOKED_BACK = 5_000
"""Most applied batches of a stream in which its last records are looked for."""


@dataclass(frozen=True)
class Excess:
    """A budget that a batch does not keep."""

    rule: str
    """`dataset/rule`."""
    bad: int
    records: int
    limit: str

    def __str__(self) -> str:
        return f"{self.bad} of the stream's last {self.records} are bad, {self.limit} may be"


@dataclass(frozen=True)
class BadRecords:
    """The bad records of a batch: those that nobody knows yet, and the budgets that they break."""

    fresh: Mapping[str, int]
    """Dataset -> number, where there are any."""
    excess: tuple[Excess, ...] = ()


NONE_BAD = BadRecords({})


def suspicious(contract: Contract, staged: Frames) -> bool:
    """Whether a batch has any record that a budget counts; most have none, and cost no statement."""
    return any(
        staged[dataset.name][_COUNTED[budget.effect]].null_count() < staged[dataset.name].height
        for dataset in contract.datasets
        for budget in dataset.budgets
    )


_COUNTED = {Effect.QUARANTINE: "_broken", Effect.FINDING: "_findings"}


def counted(
    connection: sa.Connection, stream: str, contract: Contract, staged: Frames, received: Mapping[str, int]
) -> BadRecords:
    """The bad records of a batch, by its staged frames."""
    fresh, excess = dict[str, int](), list[Excess]()
    for dataset in contract.datasets:
        for budget in dataset.budgets:
            bad, known = _bad(connection, stream, dataset, budget, staged[dataset.name])
            if not bad:
                continue
            if budget.effect is Effect.QUARANTINE:
                fresh[dataset.name] = bad
            records = received[dataset.name] - known
            before_bad, before = _before(connection, stream, dataset.name, budget, VIEW - records)
            if not budget.keeps(bad + before_bad, records + before):
                limit = budget.limit(records + before)
                excess.append(Excess(f"{dataset.name}/{budget.id}", bad + before_bad, records + before, limit))
    return BadRecords(fresh, tuple(excess))


def _bad(
    connection: sa.Connection, stream: str, dataset: Dataset, budget: Budget, frame: pl.DataFrame
) -> tuple[int, int]:
    """Number of bad records that have no open case, and number of rows of those that have one."""
    if budget.effect is Effect.FINDING:
        return frame.filter(pl.col("_findings").is_not_null() & pl.col("_broken").is_null()).height, 0
    rows = frame.filter(pl.col("_broken").is_not_null()).select(
        pl.col("_key").str.replace_all("\0", "\ufffd", literal=True), "_version", "_hash"
    )
    if not rows.height:
        return 0, 0
    found = connection.execute(
        _FRESH,
        {
            "stream": stream,
            "dataset": dataset.name,
            "keys": rows["_key"].to_list(),
            "versions": rows["_version"].to_list(),
            "hashes": rows["_hash"].to_list(),
        },
    ).one()
    return int(found.fresh), int(found.known)


_FRESH = sa.text(r"""
    select count(distinct coalesce(bad.key, cast(bad.content as text))) filter (where not known.is) as fresh,
           count(*) filter (where known.is) as known
    from (select k.key, cast(md5(concat_ws('|', k.key, cast(k.version as timestamptz), '\x' || k.hash)) as uuid) as content
          from unnest(cast(:keys as text[]), cast(:versions as text[]), cast(:hashes as text[])) k(key, version, hash)) bad
    cross join lateral (
        select exists (select from hub."case" c where c.stream = :stream and c.dataset = :dataset and c.state = 'open'
                         and c.record_key = bad.key)
            or exists (select from hub."case" c where c.stream = :stream and c.dataset = :dataset and c.content = bad.content
                         and c.state <> 'closed') as is) known""")


def _before(connection: sa.Connection, stream: str, dataset: str, budget: Budget, records: int) -> tuple[int, int]:
    """Bad and all records of a stream before this batch, as far back as `records` of them: those that came unchanged,
    twice or as known bad ones are left out. The oldest batch that is needed in part counts by its share.
    """
    if records <= 0:
        return 0, 0
    values = {"stream": stream, "dataset": dataset, "batches": LOOKED_BACK, "records": records}
    bad, seen = 0.0, 0
    for row in connection.execute(_HISTORY, values):
        n = min(int(row.records), records - seen)
        bad += (row.bad if budget.effect is Effect.QUARANTINE else row.findings) * n / row.records
        seen += n
    return round(bad), seen


_HISTORY = sa.text("""
    with each as (
        select b.serial, bad.n as bad, l.findings, l.accepted + l.outdated + bad.n as records
        from (select id, serial, verdict from hub.batch where stream = :stream and state = 'applied'
              order by serial desc limit :batches) b
        join hub.ledger l on l.batch = b.id and l.dataset = :dataset and l.state = 'applied'
        cross join lateral (
            select coalesce(cast(b.verdict -> 'bad' ->> :dataset as bigint),
                            case when jsonb_exists(b.verdict, 'bad') then 0 else l.quarantined end) as n) bad
        where l.accepted + l.outdated + bad.n > 0
    ), summed as (select *, sum(records) over (order by serial desc) - records as newer from each)
    select bad, findings, records from summed where newer < :records order by serial desc""")
