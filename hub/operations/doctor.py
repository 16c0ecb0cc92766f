"""`hub doctor`: checks the hub's own records against each other and against the landed bytes. It repairs nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import sqlalchemy as sa

from contracts.errors import ContractInvalid, DeploymentInvalid
from hub.access import row_security
from hub.app import Hub
from hub.cases import agreement
from hub.core.database import literal
from hub.core.errors import LandingDamaged, NotFound
from hub.load import basis, batches, waivers
from hub.load.batches import Batch
from hub.load.validation import Validator
from hub.load.warehouse import has_table
from hub.operations.reference_merge import ReferenceMerge, staged_again
from hub.sending import expiry


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check."""

    check: str
    ok: bool
    detail: str


def examine(hub: Hub, progress: Callable[[int, int], None] = lambda done, of: None) -> Iterator[Diagnosis]:
    """Check the whole state, the most basic things first."""
    yield _none(
        hub,
        "ledger: every equation holds",
        """
        select batch || ' ' || dataset from hub.ledger
        where state = 'applied' and received <> accepted + unchanged + duplicate + outdated + quarantined""",
    )
    yield _none(
        hub,
        "chain: each applied batch has one successor at most, and the head is the last",
        """
        select s.id from hub.stream s where s.last_batch is distinct from
          (select b.id from hub.batch b where b.stream = s.id and b.state = 'applied'
             and not exists (select from hub.batch n where n.previous = b.id and n.state = 'applied' and n.stream = b.stream))""",
    )
    yield _none(
        hub,
        "stage: no table without a live or held batch",
        """
        select tablename from pg_tables t where schemaname = 'stage' and t.tablename not like 'opinion\\_%' and not exists (
          select from hub.batch b where b.state in ('landed', 'staged', 'held') and t.tablename like 'e' || b.epoch || '\\_' || left(b.id, 16) || '\\_%')""",
    )
    yield _none(
        hub,
        "ledger: every applied batch has a row for every table",
        """
        select b.id from hub.batch b where b.state = 'applied' and not exists (select from hub.ledger l where l.batch = b.id)""",
    )
    with hub.engine.connect() as connection:
        down = row_security.drift(connection, row_security.policies(hub.contracts))
    yield Diagnosis(
        "row security: every table has it, and nobody may read sealed columns", not down, "; ".join(down[:5])
    )
    yield _cases(hub)
    yield _deliveries(hub)
    yield from _rows_of_batches(hub)
    yield from _recount(hub, progress)


def _cases(hub: Hub) -> Diagnosis:
    with hub.engine.connect() as connection:
        broken = agreement.broken(connection, hub.scenario.now())
    detail = "; ".join(f"not so: {sentence}: {', '.join(names[:5])}" for sentence, names in broken.items())
    return Diagnosis("cases: they agree with the ledger, and with what people did", not broken, detail)


def _deliveries(hub: Hub) -> Diagnosis:
    with hub.engine.connect() as connection:
        counted, broken = expiry.standing(connection, hub.scenario.folder / "deliveries", hub.scenario.now())
    said = f"{counted['whole']} whole, {counted['expired']} expired" if any(counted.values()) else ""
    check = "deliveries: bytes are as signed until their retention ends, then deleted with a proof"
    return Diagnosis(check, not broken, "; ".join(broken[:5]) or said)


def _rows_of_batches(hub: Hub) -> Iterator[Diagnosis]:
    """Accepted rows in the ledger against the rows of the batch: current, superseded or removed since."""
    for contract in hub.contracts.values():
        for dataset in contract.datasets:
            if not _exists(hub, dataset.table):
                continue
            yield _none(
                hub,
                f"{dataset.name}: accepted rows are all there, once",
                f"""
                with entered as (select b.serial, l.accepted from hub.ledger l join hub.batch b on b.id = l.batch
                              where l.dataset = {literal(dataset.name)} and l.state = 'applied'),
                     there as (select _batch, count(*) n from (
                                 select _batch from warehouse.{dataset.table}
                                 union all select _batch from history.{dataset.table} where _end <> 'outdated') r group by 1)
                select coalesce(t.serial, h._batch)::text from entered t full join there h on h._batch = t.serial
                where coalesce(t.accepted, 0) <> coalesce(h.n, 0)""",
            )


def _recount(hub: Hub, progress: Callable[[int, int], None]) -> Iterator[Diagnosis]:
    """Every term of every applied batch in the ledger, against a new count from the landed bytes: each batch with what
    it was judged with.
    """
    with hub.engine.connect() as connection, ExitStack() as stack:
        sums = connection.execute(
            sa.text("""
            select b.id, b.stream, b.basis, b.number, b.serial, b.epoch, r.mode,
                   jsonb_object_agg(l.dataset, jsonb_build_array(l.received, l.accepted, l.unchanged, l.duplicate, l.outdated, l.quarantined)) as terms
            from hub.batch b join hub.ledger l on l.batch = b.id join hub.run r on r.id = b.run where l.state = 'applied'
            group by 1, 2, 3, 4, 5, 6, 7 order by b.stream, b.epoch, b.number""")
        ).all()
        judges = PastJudges(hub, connection, stack)
        replicas: dict[str, ReferenceMerge] = {}
        wrong, unkept, records = [], 0, 0
        for done, batch in enumerate(sums, 1):
            unkept += batch.basis is None
            try:
                judge = judges.of(batch.stream, batch.basis)
                pages = Batch(
                    batch.id, batch.serial, batch.number, None, None, None, batches.pages_of(connection, batch.id)
                )
                staged = waivers.taken_again(connection, batch.serial, staged_again(judge, pages))
            except (LandingDamaged, ContractInvalid, DeploymentInvalid, NotFound) as error:
                wrong.append(f"{batch.id[:12]}: {error.message}")
                continue
            replica = replicas.setdefault(batch.stream, ReferenceMerge(judge.contract))
            replica.contract = judge.contract
            counted = replica.apply(staged, again=batch.mode == "again")
            for name, terms in batch.terms.items():
                again = list(vars(counted[name]).values())[:6]
                records += again[0]
                if again != terms:
                    wrong.append(
                        f"{batch.id[:12]} of {batch.stream}, {name}: landing gives {again}, the ledger says {terms}"
                    )
            progress(done, len(sums))
    note = f"; {unkept} batches were judged with what an earlier release did not keep" if unkept else ""
    yield Diagnosis(
        "landing: bytes are whole, and every term of the ledger comes out again",
        not wrong,
        "; ".join(wrong[:5]) or f"{records:,} records of {len(sums)} batches counted again{note}",
    )


class PastJudges:
    """The validators of earlier times: contract, lists and reading options as they were."""

    def __init__(self, hub: Hub, connection: sa.Connection, stack: ExitStack) -> None:
        """`stack` holds the folders of what was kept, as long as they are read."""
        self._hub, self._connection, self._stack = hub, connection, stack
        self._past: dict[str, Hub] = {}
        self._judges: dict[tuple[str, str | None], Validator] = {}

    def of(self, stream: str, kept: str | None) -> Validator:
        """The validator of a stream with what was kept under an id; with that of today, where nothing was.

        Raises:
            LandingDamaged, ContractInvalid, DeploymentInvalid: what was kept cannot be read.
            NotFound: nothing was kept, and the stream is no longer one.
        """
        if (stream, kept) not in self._judges:
            hub = self._hub if kept is None else self._opened(kept)
            described = hub.deployment.stream(stream)
            contract = hub.contracts[described.contract]
            self._judges[stream, kept] = Validator(
                hub.source(described), contract, hub.engine, hub.landing, hub.keys, hub.lists, hub.settings.gate_share
            )
        return self._judges[stream, kept]

    def _opened(self, kept: str) -> Hub:
        if kept not in self._past:
            hub = self._hub
            found = self._stack.enter_context(
                basis.opened(self._connection, hub.landing, kept, data=hub.settings.data is not None)
            )
            contracts = {**hub.contracts, found.contract.name: found.contract}
            self._past[kept] = replace(hub, deployment=found.deployment, contracts=contracts)
        return self._past[kept]


def _none(hub: Hub, check: str, query: str) -> Diagnosis:
    with hub.engine.connect() as connection:
        found = connection.execute(sa.text(query.replace("::", "\\:\\:"))).scalars().all()
    return Diagnosis(check, not found, f"{len(found)} break it: {', '.join(map(str, found[:5]))}" if found else "")


def _exists(hub: Hub, table: str) -> bool:
    with hub.engine.connect() as connection:
        return has_table(connection, table)
