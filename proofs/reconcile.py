"""A receiver that lost, altered and invented records: exactly these are found, and few bytes travel for it.

    python -m proofs.reconcile [--records 1000000] [--differences 1000] [--seed 1]

A snapshot of births is built, sealed and signed, and loaded by the kit into the receiver's own database. Of the differences, four
tenths are lost there, four altered in one value, two invented. The receiver's program answers over
a socket in a process of its own. Before that, both sides are compared unaltered: one question, no row. The cost at 12.8
million, all of the city's registrations, is reckoned from the rate. Writes proofs/reconcile.json.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import warehouse_births
from bench.loaders import free_port
from bench.measures import machine
from hub.app import Hub, open_hub
from hub.core.settings import ROOT, read_settings
from hub.reconciliation.reconciler import Reconciler
from hub.reconciliation.statement import Reconciled
from hub.terminal import show_one
from proofs.departures import Differs

RESULTS = Path(__file__).parent / "reconcile.json"
KIT = ROOT / "kit"
CITY = 12_800_000
MOST_S = 30.0
"""Promised for one million against one million."""


def main() -> None:
    """Build, load, plant, compare, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.reconcile", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--differences", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_hub(read_settings(home=folder / "home", port_base=free_port())) as hub:
            found = _proved(hub, folder, asked.records, asked.differences, asked.seed)
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    show_one(found, as_json=False)
    if found["seconds"] > MOST_S and asked.records == 1_000_000:
        raise SystemExit(f"{found['seconds']} s, and {MOST_S:g} are promised")


def _proved(hub: Hub, folder: Path, records: int, differences: int, seed: int) -> dict[str, Any]:
    warehouse_births.fill(hub, records)
    receiver = folder / "receiver"
    warehouse_births.enrol(hub, receiver)
    hub.delivery_builder().build(hub.feed(warehouse_births.FEED))
    database = f"sqlite:///{receiver}/city.db"
    load = ["load.py", str(hub.scenario.folder / "deliveries" / warehouse_births.FEED), "--private", "opening.pem"]
    _kit(receiver, *load, "--into", database, "--now", hub.scenario.now().isoformat())
    equal, _ = _compared(hub, receiver, database)
    if not equal.equal or equal.comparison.rounds:
        raise Differs("what was loaded unaltered differs")
    lost, altered, invented = _planted(receiver / "city.db", differences, seed)
    found, seconds = _compared(hub, receiver, database)
    comparison = found.comparison
    names = [
        {key for _, _, key in part} for part in (comparison.only_here, comparison.otherwise, comparison.only_there)
    ]
    if names != [lost, altered, invented]:
        raise Differs(f"planted {len(lost)}, {len(altered)}, {len(invented)}; found {[len(each) for each in names]}")
    return {
        "records": records,
        "differences": len(lost) + len(altered) + len(invented),
        "found": sum(map(len, names)),
        "seconds": round(seconds, 1),
        "bytes": found.travelled,
        "bytes_when_equal": equal.travelled,
        "bytes_of_a_listing": records * 80,
        "rounds": comparison.rounds,
        "buckets": comparison.buckets,
        "at_12_8_million": {
            "seconds": round(seconds * CITY / records),
            "megabytes": round(found.travelled / 1e6, 1),
            "by": "the rate of this run; bytes follow the buckets and the differences, not the records",
        },
        "with": machine(),
    }


def _planted(file: Path, differences: int, seed: int) -> tuple[set[str], set[str], set[str]]:
    """What is lost, altered and invented in the receiver's database."""
    chance = random.Random(seed)
    with sqlite3.connect(file) as connection:
        keys = [key for (key,) in connection.execute("select _key from birth order by _key")]
        part = differences * 4 // 10
        chosen = chance.sample(keys, differences)
        lost, altered, template = chosen[:part], chosen[part : 2 * part], chosen[2 * part :]
        invented = [f"invented-{key}" for key in template]
        connection.executemany("delete from birth where _key = ?", [(key,) for key in lost])
        connection.executemany(
            "update birth set nksHoTen = nksHoTen || ' ' where _key = ?", [(key,) for key in altered]
        )
        columns = [row[1] for row in connection.execute("pragma table_info(birth)") if row[1] != "_key"]
        listed = ", ".join(columns)
        connection.executemany(
            f"insert into birth (_key, {listed}) select ?, {listed} from birth where _key = ?",
            list(zip(invented, template, strict=True)),
        )
    return set(lost), set(altered), set(invented)


def _compared(hub: Hub, receiver: Path, database: str) -> tuple[Reconciled, float]:
    """A comparison from the first question, to a program that has read nothing yet, to the signed statement."""
    reconciler = Reconciler(hub.engine, hub.scenario.folder / "feed-keys", hub.deployment.name, _now)
    with _answering(receiver, database) as address:
        began = time.monotonic()
        found = reconciler.feed(hub.feed(warehouse_births.FEED), address)
        reconciler.signed(found, "proof")
        return found, time.monotonic() - began


def _now() -> datetime:
    """The real time: the receiver answers no question of another day."""
    return datetime.now(UTC)


@contextmanager
def _answering(receiver: Path, database: str) -> Iterator[str]:
    port = free_port()
    arguments = ["serve", "--into", database, "--keys", "keys", "--sign", "signing.pem", "--port", str(port)]
    command = [sys.executable, str(KIT / "digests.py"), *arguments]
    with subprocess.Popen(command, cwd=receiver, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "answering" not in line:
                raise Differs("the receiver's program did not start")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def _kit(receiver: Path, program: str, *arguments: str) -> None:
    command = [sys.executable, str(KIT / program), *arguments, "--keys", "keys"]
    subprocess.run(command, cwd=receiver, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
