"""Too many bad records: whether a batch keeps the budgets of its contract (`contracts/budget.py`), before its merge.

A record is bad when a rule that rejects, or its reader, refused it, or when it has another content than is here for its
version; that is seen by the merge, which is rolled back then. One whose case is open already counts no more, in whatever
version it comes again: known bad records in each overlap would hold their stream for ever. A child of a quarantined
record is not counted: its owner is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl
import sqlalchemy as sa

from contracts.budget import VIEW, Budget
from contracts.errors import Permanent
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

    @property
    def reason(self) -> str:
        """As the gate says it."""
        return f"{self.rule} failed"

    def __str__(self) -> str:
        return f"{self.bad} of the stream's last {self.records} are bad, {self.limit} may be"


@dataclass(frozen=True)
class BadRecords:
    """The bad records of a batch: those that nobody knows yet, and the budgets that they break."""

    fresh: Mapping[str, int]
    """Dataset -> number, where there are any."""
    excess: tuple[Excess, ...] = ()
    known: Mapping[str, int] = field(default_factory=dict)
    """Dataset -> rows of bad records that have an open case."""


NONE_BAD = BadRecords({})


class TooManyConflicts(Permanent):
    """The merge of a batch found more records of contradictory versions than its contract allows: it is to be held."""

    def __init__(self, bad: BadRecords) -> None:
        super().__init__("; ".join(f"{each.rule}: {each}" for each in bad.excess), hint="hub held list")
        self.bad = bad


def with_conflicts(
    connection: sa.Connection,
    stream: str,
    contract: Contract,
    bad: BadRecords,
    received: Mapping[str, int],
    conflicts: Mapping[str, int],
    excused: Collection[str],
) -> BadRecords:
    """The bad records of a batch together with those that its merge found.

    `conflicts`: dataset -> keys for whose version another content came, without those that have an open case.
    `excused`: reasons for which a person released the batch.

    Raises:
        TooManyConflicts: a budget is not kept, and nobody has excused that.
    """
    fresh, excess = dict(bad.fresh), list[Excess]()
    for name, found in conflicts.items():
        fresh[name] = fresh.get(name, 0) + found
        for budget in contract.dataset(name).budgets:
            if budget.effect is Effect.QUARANTINE:
                records = received[name] - bad.known.get(name, 0)
                excess += _excess(connection, stream, name, budget, fresh[name], records)
    together = BadRecords(fresh, tuple(excess), bad.known)
    if any(each.reason not in excused for each in excess):
        raise TooManyConflicts(together)
    return together


def _excess(
    connection: sa.Connection, stream: str, dataset: str, budget: Budget, bad: int, records: int
) -> Iterator[Excess]:
    """The budget, if so many bad records of this batch, with those before it, do not keep it."""
    bad_before, before = _before(connection, stream, dataset, budget, VIEW - records)
    if not budget.keeps(bad + bad_before, records + before):
        limit = budget.limit(records + before)
        yield Excess(f"{dataset}/{budget.id}", bad + bad_before, records + before, limit)


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
    fresh, excess, seen = dict[str, int](), list[Excess](), dict[str, int]()
    for dataset in contract.datasets:
        for budget in dataset.budgets:
            bad, known = _bad(connection, stream, dataset, budget, staged[dataset.name])
            if budget.effect is Effect.QUARANTINE:
                seen[dataset.name] = known
            if not bad:
                continue
            if budget.effect is Effect.QUARANTINE:
                fresh[dataset.name] = bad
            excess += _excess(connection, stream, dataset.name, budget, bad, received[dataset.name] - known)
    return BadRecords(fresh, tuple(excess), seen)


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
                         and c.feed is null and c.record_key = bad.key)
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
