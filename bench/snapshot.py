"""A snapshot of a feed beside PostgreSQL's own copy of the same columns, through the same compressor and hash.

    python -m bench snapshot [--records N] [--pairs N]

Ours is `hub feed build --snapshot`: what may leave is chosen and noted, and written as JSON Lines, compressed, sealed for
the receiver, hashed, synced, with manifest and signature. The peer is `COPY (SELECT the same columns ... ORDER BY key) TO
STDOUT`, through the same zlib at the same level, SHA-256, and a file that is synced. Both in this process, in turns; wall
seconds, since PostgreSQL works in both.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
import zlib
from pathlib import Path

import psycopg

from bench import warehouse_births
from bench.loaders import free_port
from bench.measures import Row, machine
from hub.app import Hub, open_hub
from hub.core.database import identifier
from hub.core.settings import read_settings
from hub.feeds.forms import LEVEL
from hub.feeds.forms.lines import blocks

WORK = "snapshot of a feed, records a second"
MUST, AIM = 0.5, 1.0


def rows(state: Path, records: int = 1_000_000, pairs: int = 3) -> list[Row]:
    """One row; its state is made in a folder below `state`."""
    ours, peers = list[float](), list[float]()
    with tempfile.TemporaryDirectory(dir=state) as folder:
        with open_hub(read_settings(home=Path(folder) / "home", port_base=free_port())) as hub:
            warehouse_births.fill(hub, records)
            warehouse_births.enrol(hub, Path(folder) / "receiver")
            for _ in range(pairs):
                ours.append(_built(hub))
                peers.append(_copied(hub, Path(folder) / "copy.csv.gz"))
            version = hub.engine.connect().connection.driver_connection.info.server_version  # type: ignore[union-attr]
    speed, theirs = (records / statistics.median(each) for each in (ours, peers))
    return [
        Row(
            work=WORK,
            ours=round(speed),
            peer=round(theirs),
            peer_version=f"COPY, PostgreSQL {version // 10_000}",
            ratio=speed / theirs,
            n=pairs,
            with_={**machine(), "records": records, "zlib level": LEVEL},
            must=MUST,
            aim=AIM,
        )
    ]


def _built(hub: Hub) -> float:
    began = time.monotonic()
    hub.delivery_builder().build(hub.feed(warehouse_births.FEED), snapshot=True)
    return time.monotonic() - began


def _copied(hub: Hub, file: Path) -> float:
    feed = hub.feed(warehouse_births.FEED)
    names = ", ".join(f"w.{identifier(feed.dataset.by_name[name].column)}" for name in feed.file.columns)
    query = f"copy (select w._system, w._key, w._known_from, {names} from warehouse.birth w order by w._key) to stdout"
    squeeze, digest = zlib.compressobj(LEVEL, zlib.DEFLATED, 31), hashlib.sha256()
    url = hub.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    began = time.monotonic()
    with file.open("wb") as out, psycopg.connect(url) as connection, connection.cursor().copy(query) as copy:
        for block in blocks(bytes(row) for row in copy):
            part = squeeze.compress(block)
            digest.update(part)
            out.write(part)
        part = squeeze.flush()
        digest.update(part)
        out.write(part)
        out.flush()
        os.fsync(out.fileno())
    return time.monotonic() - began
