"""The road of a record in these tests: a source on a socket, landing, rules, merge, all in one real PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import sqlalchemy as sa

from connectors import Source
from contracts.model import Contract
from contracts.refused import RAW
from hub.core.crypto import Keys
from hub.core.deployment import load_deployment
from hub.core.settings import Settings
from hub.load import batches, stream_state
from hub.load.batches import Batch
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from hub.operations.reference_merge import ReferenceMerge, staged_again

Rows: TypeAlias = "dict[str, tuple[object, ...]]"
"""Key -> change time, and the fingerprint of all that a record says."""


class RowsOnly(Validator):
    """The declared suite takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@dataclass(frozen=True)
class Case:
    """A case as a person sees it."""

    key: str | None
    rules: tuple[str, ...]
    detail: str | None
    received: bytes
    """The record as received, from the landed bytes."""


@dataclass
class Road:
    """Streams of a database, each over another source."""

    engine: sa.Engine
    folder: Path
    keys: Keys = field(default_factory=lambda: Keys(b"k" * 32))
    lists: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: load_deployment(Settings().deployment).code_lists()
    )
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def exchange(self, source: Source, contract: Contract, now: datetime) -> Exchange:
        """A new stream, of a system of its own."""
        system = f"system-{next(self._numbers)}"
        stream = f"{system}.{contract.name}"
        with self.engine.begin() as connection:
            ensure_tables(connection, contract)
            stream_state.register(connection, stream, system, contract.name)
        landing = Landing(self.folder / system, self.keys)
        validator = RowsOnly(source, contract, self.engine, landing, self.keys, self.lists, 0.0)
        return Exchange(
            stream,
            source,
            contract,
            self.engine,
            landing,
            validator,
            now=lambda: now,
            overlap=timedelta(days=1),
            batch_records=10_000,
            on_event=lambda event, facts: None,
        )

    def held(self, exchange: Exchange) -> Rows:
        """What the warehouse has of a stream."""
        table = exchange.contract.datasets[0].table
        query = f"select _key, _version, _hash from warehouse.{table} where _system = :system"
        return {row._key: (row._version, row._hash) for row in self._asked(query, exchange)}

    def position(self, exchange: Exchange) -> object:
        """Where a stream stands."""
        return self._asked("select position from hub.stream where id = :stream", exchange)[0].position

    def batch(self, exchange: Exchange) -> Batch:
        """The only batch of a stream."""
        [row] = self._asked("select id, serial, number from hub.batch where stream = :stream", exchange)
        with self.engine.connect() as connection:
            return Batch(row.id, row.serial, row.number, None, None, None, batches.pages_of(connection, row.id))

    def counted_again(self, exchange: Exchange) -> Mapping[str, Counts]:
        """The terms of the ledger, as another engine counts them."""
        replica = ReferenceMerge(exchange.contract)
        return replica.apply(staged_again(exchange.validator, self.batch(exchange)))

    def cases(self, exchange: Exchange) -> list[Case]:
        """The open cases of a stream's records, without those of what they own."""
        dataset = exchange.contract.datasets[0].name
        found = self._asked(
            """select c.record_key, c.rules, c.detail, c.record, l.sha256, l.media_type
               from hub."case" c join hub.landing l on l.id = c.landing
               where c.stream = :stream and c.dataset = :dataset and c.state = 'open'""",
            exchange,
            dataset=dataset,
        )
        frames = {
            row.sha256: exchange.source.records(exchange.landing.read(row.sha256), row.media_type)[dataset]
            for row in found
        }
        cases = []
        for row in found:
            here = frames[row.sha256].row(row.record - 1, named=True)
            received = here[RAW] or "|".join(str(each) for each in here.values()).encode()
            cases.append(Case(row.record_key, tuple(row.rules), row.detail, received))
        return cases

    def sealed(self, exchange: Exchange, texts: Sequence[bytes]) -> bool:
        """Whether none of these can be read from the landing as it lies on the disk."""
        files = [path.read_bytes() for path in exchange.landing.folder.rglob("*") if path.is_file()]
        return bool(files) and not any(text in body for body in files for text in texts)

    def _asked(self, query: str, exchange: Exchange, **values: object) -> Sequence[sa.Row[tuple[object, ...]]]:
        system = exchange.stream.partition(".")[0]
        given = {
            name: v
            for name, v in {"system": system, "stream": exchange.stream, **values}.items()
            if f":{name}" in query
        }
        with self.engine.connect() as connection:
            return connection.execute(sa.text(query), given).all()
