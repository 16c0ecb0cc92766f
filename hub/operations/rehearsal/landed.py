"""What a changed contract would do, tried on the bytes that lie in the landing already.

    rehearse(hub, contract, since)    each stream of the contract, page by page, judged under both versions

Nothing is written: no batch, no run, no case. The records of a page are read twice, as the contract of today reads them
and as the new one does, and judged by the row engine; a record that is accepted today and would be rejected is newly
rejected. A page that landed twice counts once, and of a record's versions the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from connectors.interface import Source
from contracts.model import Contract, Dataset, Effect
from hub.app import Hub
from hub.core.deployment import Stream
from hub.core.errors import NotFound, Unbalanced
from hub.load import batches
from hub.load.batches import Landed
from quality import batch_rules
from quality.coverage import coverage
from quality.rows import judge


@dataclass
class RehearsedDataset:
    """What would become of the records of one dataset of one stream."""

    stream: str
    dataset: str
    records: int = 0
    rejected_today: int = 0
    rejected_then: int = 0
    newly_accepted: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    """Rule -> newly rejected records that break it."""
    holds: Counter[str] = field(default_factory=Counter)
    """Rule about the batch -> groups of pages that keep it today, and would be held."""
    budget: tuple[str, ...] = ()
    """Budgets of bad records that the whole would not keep."""
    rejected_keys: dict[tuple[object, ...], tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def newly_rejected(self) -> int:
        return len(self.rejected_keys)


@dataclass(frozen=True)
class Rehearsal:
    """The whole of it."""

    since: datetime
    pages: int
    datasets: tuple[RehearsedDataset, ...]


def rehearse(hub: Hub, contract: Contract, since: datetime) -> Rehearsal:
    """Judge what landed since then under a changed contract too.

    Raises:
        NotFound: the hub has no contract of that name, or no stream of it.
        NoEngine: the changed contract says what nothing executes.
        DeploymentInvalid: a system's file does not say where a new field comes from.
        Unbalanced: under the two versions a page holds another number of records, so that none can be compared.
    """
    coverage(contract)
    if contract.name not in hub.contracts:
        raise NotFound(f"No contract {contract.name}", hint=f"known are {', '.join(hub.contracts)}")
    streams = [each for each in hub.deployment.streams.values() if each.contract == contract.name]
    if not streams:
        raise NotFound(f"No stream of the contract {contract.name}", hint="hub streams lists those of the deployment")
    changed = replace(hub, contracts={**hub.contracts, contract.name: contract})
    pages, found = 0, []
    for stream in streams:
        tried = _RehearsedStream(hub, changed, stream, contract)
        pages += tried.walk(since)
        found += list(tried.datasets.values())
    return Rehearsal(since, pages, tuple(found))


class _RehearsedStream:
    """One stream under both versions."""

    def __init__(self, hub: Hub, changed: Hub, stream: Stream, contract: Contract) -> None:
        self.hub, self.stream = hub, stream
        self.versions = (hub.contracts[contract.name], contract)
        self.sources: tuple[Source, Source] = (hub.source(stream), changed.source(stream))
        self.datasets = {each.name: RehearsedDataset(stream.id, each.name) for each in contract.datasets}

    def walk(self, since: datetime) -> int:
        """Judge each group of pages; returns the number of pages."""
        try:
            return sum(self._group(pages) for pages in self._landed(since))
        finally:
            for source in self.sources:
                source.close()
            self._budgets()

    def _landed(self, since: datetime) -> Iterator[list[Landed]]:
        seen = set[str]()
        with self.hub.engine.connect() as connection:
            size = self.hub.settings.batch_records
            groups = batches.landed_between(connection, self.stream.id, since, None, size)
        for group in groups:
            fresh = [page for page in group if page.sha256 not in seen]
            seen.update(page.sha256 for page in fresh)
            if fresh:
                yield fresh

    def _group(self, pages: list[Landed]) -> int:
        bodies = [self.hub.landing.read(page.sha256) for page in pages]
        today, then = (
            [source.records(body, page.media_type) for body, page in zip(bodies, pages, strict=True)]
            for source in self.sources
        )
        for dataset in self.versions[1].datasets:
            name = dataset.name
            new = _joined(name, then)
            known = next((each for each in self.versions[0].datasets if each.name == name), None)
            self._judged(known, _joined(name, today) if known else None, dataset, new)
        return len(pages)

    def _judged(self, known: Dataset | None, old: pl.DataFrame | None, dataset: Dataset, new: pl.DataFrame) -> None:
        tally, lists = self.datasets[dataset.name], self.hub.lists
        then = judge(dataset, new, lists).frame
        tally.records += then.height
        tally.rejected_then += then.height - then["_broken"].null_count()
        if known is None or old is None:
            before = pl.repeat(None, then.height, dtype=pl.String, eager=True)
        else:
            if old.height != new.height:
                raise Unbalanced(
                    f"{self.stream.id}: pages hold {old.height} records of {dataset.name} today, and {new.height} under"
                    " the changed contract: none of them can be compared",
                    hint="compare the fields by which the system's file finds records: key, parent, versionField",
                )
            before = judge(known, old, lists).frame["_broken"]
            failed = set(batch_rules.failed(known, old))
            tally.holds.update(each for each in batch_rules.failed(dataset, new) if each not in failed)
        tally.rejected_today += before.len() - before.null_count()
        tally.newly_accepted += int((before.is_not_null() & then["_broken"].is_null()).sum())
        self._note(tally, dataset, before, then)

    def _note(self, tally: RehearsedDataset, dataset: Dataset, before: pl.Series, then: pl.DataFrame) -> None:
        """Newly rejected records by key: what is rejected again counts once, what came right since does not count."""
        keys = then.select(each.column for each in dataset.key).rows() if dataset.key else []
        broken, was = then["_broken"].to_list(), before.to_list()
        for row in range(then.height):
            key = keys[row] if keys and None not in keys[row] else (tally.records, row)
            if was[row] is None and broken[row] is not None:
                tally.rejected_keys[key] = tuple(broken[row].split(","))
            else:
                tally.rejected_keys.pop(key, None)

    def _budgets(self) -> None:
        for dataset in self.versions[1].datasets:
            tally = self.datasets[dataset.name]
            for rules in tally.rejected_keys.values():
                tally.rules.update(rules)
            tally.budget = tuple(
                f"{each.id}: {tally.rejected_then} of {tally.records} records, allowed {each.limit(tally.records)}"
                for each in dataset.budgets
                if each.effect is Effect.QUARANTINE and not each.keeps(tally.rejected_then, tally.records)
            )


def _joined(name: str, pages: list[Mapping[str, pl.DataFrame]]) -> pl.DataFrame:
    """The records of a dataset in several pages."""
    return pl.concat([each[name] for each in pages], how="diagonal")
