"""First load and reload from a store: a contractor's database beside dlt's `sql_database`, a register's dump beside
dlt's Arrow merge.

    python -m bench.stores [--records N] [--pairs N]

Ours is `hub sync --full`, a process of its own, over a system file of the shipped dialects: all rules, quarantine,
encrypted landing, history, ledger. The sides take turns, each into a fresh database of one server; medians of records a
CPU second (user and system, imports included, PostgreSQL apart) are compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import rich

from bench import births, deployment, loaders
from bench.loaders import PEERS, database, free_port
from bench.measures import Row, Spent, machine, spent
from hub.core.settings import ROOT
from hub.local.embedded import EmbeddedServer

HUB = Path(sys.executable).with_name("hub")
SQL, FIRST, RELOAD = "first load of an SQL store", "first load of a dump", "reload of a dump"
PROMISED: Mapping[str, tuple[float, float]] = {SQL: (3, 6), FIRST: (4, 7), RELOAD: (8, 12)}
"""Work -> least ratio that is promised, and the one that is wanted later."""
PEER = {SQL: "sql_database", FIRST: "Arrow merge", RELOAD: "Arrow merge"}
MEMORY_MB = 512


def rows(state: Path, records: int = 1_000_000, pairs: int = 3) -> list[Row]:
    """One row a work; files, and the database server of both sides, are made in `state`."""
    server = EmbeddedServer(state / "postgres", free_port())
    server.start()
    try:
        return _measured(server, state, records, pairs)
    finally:
        server.stop()


def _measured(server: EmbeddedServer, state: Path, records: int, pairs: int) -> list[Row]:
    ndjson, csv = births.make(state, records)
    ours: dict[str, list[Spent]] = {work: [] for work in PROMISED}
    peers: dict[str, list[Spent]] = {work: [] for work in PROMISED}
    python, store = loaders.peers(state), deployment.fill_store(server, csv)
    for _ in range(pairs):
        for stream, works in ((deployment.STORE_STREAM, (SQL,)), (deployment.DUMP_STREAM, (FIRST, RELOAD))):
            with database(server) as url, tempfile.TemporaryDirectory(dir=state) as folder:
                environment = deployment.environment(Path(folder), ndjson, url, store)
                spent([HUB, "ledger", "--json"], environment)  # creates the tables
                for work in works:
                    ours[work].append(_ours(stream, environment, records, again=work == RELOAD))
            with database(server) as url, tempfile.TemporaryDirectory(dir=state) as folder:
                what, source = ("sql", _login(store)) if works == (SQL,) else ("arrow", str(ndjson))
                for work in works:
                    peers[work].append(spent([python, PEERS / "dlt_stores.py", what, url, source, folder]))
    server.drop(deployment.STORE)
    return [_row(work, ours[work], peers[work], records) for work in PROMISED]


def _ours(stream: str, environment: Mapping[str, str], records: int, *, again: bool) -> Spent:
    done = spent([HUB, "sync", stream, "--full", "--json"], environment)
    total = json.loads(done.output)["total"]
    if total["received"] != records or again != (total["unchanged"] > total["accepted"]):
        raise AssertionError(f"{stream}: the work was another one: {total}")
    return done


def _login(address: str) -> str:
    return address.replace("://", "://{username}:{password}@".format(**deployment.READER))


def _row(work: str, ours: list[Spent], peers: list[Spent], records: int) -> Row:
    speed, theirs = (records / statistics.median(each.cpu for each in side) for side in (ours, peers))
    least, wanted = PROMISED[work]
    version = json.loads(peers[0].output.splitlines()[-1])["version"]
    return Row(
        f"{work}, records a CPU second",
        round(speed),
        round(theirs),
        f"dlt {version}, {PEER[work]}",
        round(speed / theirs, 2),
        len(ours),
        {
            "records": records,
            "peak_mb": round(max(each.peak_mb for each in ours)),
            "peak_mb_limit": MEMORY_MB,
            "peer_peak_mb": round(max(each.peak_mb for each in peers)),
            "wall_s": round(statistics.median(each.wall for each in ours), 1),
            "peer_wall_s": round(statistics.median(each.wall for each in peers), 1),
            **machine(),
        },
        must=least,
        aim=wanted,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.stores")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    given = parser.parse_args()
    state = ROOT / "var" / "bench"
    for row in rows(state, given.records, given.pairs):
        kept = "met" if (row.ratio or 0) >= (row.must or 0) else "MISSED"
        rich.print(
            f"{row.work}: {row.ours}; {row.peer_version}: {row.peer}; ratio {row.ratio}, least {row.must}: {kept}"
        )
        rich.print(dict(row.with_))


if __name__ == "__main__":
    main()
