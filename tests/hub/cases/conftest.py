"""A stream of papers of which some break a rule that people may answer for, merged by the real path."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.model import Dataset, Effect
from hub.cases import agreement
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.load import batches, stream_state, waivers
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.warehouse import ensure_tables
from hub.operations.reference_merge import ReferenceMerge, staged_again
from tests.databases import Databases
from tests.hub.conftest import CONTRACT, NOW, PARENT, ListSource, UngatedValidator, record, rule_of

LAN, MINH = Actor("Lan", "Đã đối chiếu sổ giấy."), Actor("Minh", "Đồng ý với người thứ nhất.")
KNOWN_PLACES = rule_of("SoDinhDanh.pattern", "pattern", "SoDinhDanh", pattern="0[0-9]{11}")
"""A rule that nothing in the warehouse relies on: two people may answer for a record that breaks it."""
PAPER: Dataset = replace(
    PARENT,
    rules=(
        *(rule for rule in PARENT.rules if rule.effect is Effect.QUARANTINE),
        KNOWN_PLACES,
        *(rule for rule in PARENT.rules if rule.effect is not Effect.QUARANTINE),
    ),
)
FAULTY = "179190000001"
"""Breaks `SoDinhDanh.pattern`."""
GOOD = "079190000001"


@dataclass
class Office:
    """One stream, its clock, and what stands in the database."""

    engine: sa.Engine
    exchange: Exchange
    source: ListSource
    now: datetime = NOW

    def sync(self, *records: dict[str, object], mode: str = "full") -> Counts:
        """Read these records, as one page."""
        self.source.served = [list(records)]
        _, counts = self.exchange.sync(mode=mode)  # type: ignore[arg-type]
        return counts["paper"]

    def replay(self) -> Counts:
        _, counts = self.exchange.replay(None, None)
        return counts["paper"]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def act(self, act: Callable[..., object], *values: object, **more: object) -> object:
        """Commit one act of the room; connection and clock are given."""
        with self.engine.begin() as connection:
            return act(connection, *values, self.now, **more)

    def later(self, days: float) -> None:
        self.now += timedelta(days=days)

    @property
    def case(self) -> int:
        """Number of the only case."""
        [(number,)] = self.rows('select id from hub."case"')
        return int(str(number))

    def state(self) -> str:
        [(state,)] = self.rows('select state from hub."case"')
        return str(state)

    def acts(self) -> list[str]:
        return [str(what) for (what,) in self.rows('select what from hub.act where "case" is not null order by id')]

    def faults(self) -> list[str]:
        """What `hub doctor` would find: of the cases, and of every term of the ledger counted again."""
        with self.engine.connect() as connection:
            found = [f"{what}: {names}" for what, names in agreement.broken(connection, self.now).items()]
            again = ReferenceMerge(self.exchange.contract)
            for batch in connection.execute(
                sa.text("""
                    select b.id, b.serial, b.number, r.mode from hub.batch b join hub.run r on r.id = b.run
                    where b.state = 'applied' order by b.serial""")
            ).all():
                pages = Batch(
                    batch.id, batch.serial, batch.number, None, None, None, batches.pages_of(connection, batch.id)
                )
                staged = waivers.taken_again(connection, batch.serial, staged_again(self.exchange.validator, pages))
                terms = again.apply(staged, again=batch.mode == "again")["paper"]
                counted = list(vars(terms).values())[:6]
                ledger = connection.execute(
                    sa.text(
                        "select received, accepted, unchanged, duplicate, outdated, quarantined from hub.ledger where batch = :b"
                    ),
                    {"b": batch.id},
                ).one()
                if counted != list(ledger):
                    found.append(f"batch {batch.number}: {counted} again, {list(ledger)} in the ledger")
        return found


def office_alone(stack: ExitStack, databases: Databases) -> Office:
    """An office on a fresh database and folder of its own, which go with the stack."""
    folder = Path(tempfile.mkdtemp())
    stack.callback(shutil.rmtree, folder)
    engine = connect(stack.enter_context(databases.fresh()))
    stack.callback(engine.dispose)
    return office_of(engine, folder)


def office_of(engine: sa.Engine, folder: Path) -> Office:
    """An office on a database that has no table of papers yet."""
    contract = replace(CONTRACT, datasets=(PAPER,))
    source, keys = ListSource(), Keys(b"k" * 32)
    landing = Landing(folder / "landing", keys)
    with engine.begin() as connection:
        ensure_tables(connection, contract)
        stream_state.register(connection, "test.paper", "test", "paper")
    judge = UngatedValidator(source, contract, engine, landing, keys, {}, 0.01)
    exchange = Exchange(
        "test.paper",
        source,
        contract,
        engine,
        landing,
        judge,
        now=lambda: office.now,
        overlap=timedelta(minutes=15),
        batch_records=100,
    )
    office = Office(engine, exchange, source)
    return office


@pytest.fixture
def office(engine: sa.Engine, tmp_path: Path) -> Office:
    return office_of(engine, tmp_path)


@pytest.fixture
def faulty(office: Office) -> Office:
    """The office with one good paper and one case."""
    office.sync(paper("A"), paper("B", number=FAULTY))
    return office


def paper(id: str, at: str = "20220601080000", number: str = GOOD, **more: str) -> dict[str, object]:
    return record(id, at, SoDinhDanh=number, **more)


def papers(ids: Iterable[str], number: str) -> list[dict[str, object]]:
    return [paper(each, number=number) for each in ids]
