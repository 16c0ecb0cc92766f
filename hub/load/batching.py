"""From pages to batches: each page is landed as it arrives, and a batch is noted when it is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa

from connectors.interface import Page, Position
from contracts.errors import HubError
from hub.load import batches, repeats
from hub.load.batches import Batch
from hub.load.landing import Landing
from hub.load.stream_state import Run

Landed: TypeAlias = tuple[Batch, list[bytes] | None]
"""A landed batch with the bodies of its pages, where they are at hand."""

BATCH_BYTES = 128 << 20
"""Bytes of pages after which a batch is closed, whatever its records: a page of scans is large and holds few."""


@dataclass(frozen=True)
class Batching:
    """Cuts the pages of one stream into batches."""

    stream: str
    version: str
    """Of the contract."""
    engine: sa.Engine
    landing: Landing
    now: Callable[[], datetime]
    batch_records: int
    on_event: Callable[[str, Mapping[str, object]], None]
    context: bytes
    """Hash of everything that could change a verdict (`hub/load/repeats.py`)."""

    def landed(self, run: Run, fetched: Iterator[Page]) -> Iterator[Landed]:
        """Land each page as it arrives, and close a batch when it is full.

        Whole pages before an error close their batch too: the error is raised when that batch is merged.
        """
        previous, number, pages, end = run.last_batch, run.batches, list[tuple[Page, str]](), run.position
        broken_off: HubError | None = None
        while True:
            try:
                page = next(fetched)
            except StopIteration:
                break
            except HubError as error:
                broken_off = error
                break
            pages.append((page, self.landing.keep(page.body)))
            end = max(filter(None, (end, page.end)), default=None)
            if (
                sum(p.count for p, _ in pages) >= self.batch_records
                or sum(len(p.body) for p, _ in pages) >= BATCH_BYTES
            ):
                number += 1
                batch, bodies = self._note(run, number, previous, pages, end), [[p.body for p, _ in pages]]
                previous, pages = batch.id, []
                yield batch, bodies.pop()
        if pages:
            yield self._note(run, number + 1, previous, pages, end), [p.body for p, _ in pages]
        if broken_off is not None:
            raise broken_off

    def before(self, run: Run, since: datetime | None, until: datetime | None) -> Iterator[Landed]:
        """Batches of pages that lie in the landing already, in the order in which they came."""
        with self.engine.begin() as connection:
            groups = batches.landed_between(connection, self.stream, since, until, self.batch_records)
        previous = run.last_batch
        for number, pages in enumerate(groups, 1):
            with self.engine.begin() as connection:
                batch = batches.note(connection, run, number, previous, pages, None, self.version, self.now())
            yield batch, None
            previous = batch.id

    def _note(
        self, run: Run, number: int, previous: str | None, pages: list[tuple[Page, str]], end: Position | None
    ) -> Batch:
        with self.engine.begin() as connection:
            noted = [batches.note_page(connection, self.stream, page, digest, self.now()) for page, digest in pages]
            # One of an answer by key is nobody's to use; it keeps the chain of answers whole where nothing changed.
            context = self.context + (b"again" if run.mode == "again" else b"")
            answer = repeats.answer_of([digest for _, digest in pages], context)
            batch = batches.note(connection, run, number, previous, noted, end, self.version, self.now(), answer)
        self.on_event(
            "batch.landed",
            {"stream": self.stream, "batch": batch.id, "pages": len(pages), "records": sum(p.records for p in noted)},
        )
        return batch
