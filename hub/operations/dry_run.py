"""A dry run of a sync: fetches and validates, and writes nothing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from connectors.interface import Position, Window
from hub.core import tables
from hub.load import stream_state
from hub.load.exchange import Exchange
from quality.rows import judge


def dry_run_counts(exchange: Exchange, window: Window | None = None) -> list[dict[str, Any]]:
    """Number of records that a sync would receive and quarantine, by dataset.

    Without a window, it starts at the stream's position. Neither the landing nor the database is written.
    """
    if window is None:
        with exchange.engine.connect() as connection:
            position = connection.scalar(
                sa.select(tables.stream.c.position).where(tables.stream.c.id == exchange.stream)
            )
        window = stream_state.behind(Window(), Position.from_json(position) if position else None, exchange.overlap)
    seen: dict[str, dict[str, Any]] = {
        d.name: {"dataset": d.name, "received": 0, "would_quarantine": 0, "would_note": 0}
        for d in exchange.contract.datasets
    }
    for page in exchange.source.pages(window):
        frames = exchange.source.records(page.body, page.media_type)
        for dataset in exchange.contract.datasets:
            judged = judge(dataset, frames[dataset.name], exchange.validator.lists).frame
            row = seen[dataset.name]
            row["received"] += judged.height
            row["would_quarantine"] += judged.height - judged["_broken"].null_count()
            row["would_note"] += judged.height - judged["_findings"].null_count()
    return list(seen.values())
