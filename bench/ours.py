"""The hub's loader: births from NDJSON through the real loading path into PostgreSQL, loaded and loaded again.

    python -m bench.ours DATABASE_URL BIRTHS.ndjson FOLDER

It is a process of its own, so that its peak memory is the hub's alone. Prints one JSON object for each load. Nothing is
left out: all rules of the shipped contract, quarantine, encrypted and synced landing, ledger, and the declared suite
over its share of the batches.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from bench.births import COLUMNS
from connectors.interface import Page, Position, Probe, Source, Window
from contracts.load import load_contracts
from contracts.model import Contract
from hub.core.crypto import Keys
from hub.core.database import connect, migrate
from hub.core.deployment import load_deployment
from hub.core.settings import ROOT, Settings
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from quality.gate import load_suite_engine

STREAM = "bench.birth"
AS_OF = datetime(2022, 6, 2, 1, tzinfo=UTC)
PAGE = 7_400_000
"""Bytes a page, and the rest of the line: about 10,000 births."""


class NdjsonFile(Source):
    """A file of births, read as pages of whole lines."""

    def __init__(self, path: Path, contract: Contract) -> None:
        self._path = path
        self._absent = [f.name for f in contract.datasets[0].fields if f.name not in COLUMNS]

    def pages(self, window: Window) -> Iterator[Page]:
        with self._path.open("rb") as file:
            number, start, last = 0, 0, file.seek(0, 2)
            while start < last:
                file.seek(start + PAGE)
                file.readline()  # to the end of a line: pages are whole lines
                end = min(file.tell(), last)
                file.seek(start)
                body, number, start = file.read(end - start), number + 1, end
                yield Page(
                    body,
                    "application/x-ndjson",
                    body.count(b"\n"),
                    f"page {number} of {self._path.name}",
                    Position(AS_OF),
                )

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        frame = pl.read_ndjson(body, schema=dict.fromkeys(COLUMNS, pl.String))
        return {"birth": frame.with_columns(pl.lit(None, pl.String).alias(name) for name in self._absent)}

    def check(self) -> Iterable[Probe]:
        return ()


def main(url: str, births: Path, folder: Path) -> None:
    """Load twice; print what it took."""
    times: dict[str, float] = {}

    def on_event(event: str, facts: Mapping[str, object]) -> None:
        for name in ("seconds", "gate_seconds"):
            times[f"{event} {name}"] = times.get(f"{event} {name}", 0.0) + float(str(facts.get(name) or 0))

    load_suite_engine()  # an import, like the peer's own: outside of the time on either side
    exchange = exchange_of(url, births, folder, on_event)
    for work in ("first load", "reload"):
        times.clear()
        started = time.perf_counter()
        _, counts = exchange.sync(mode="full")
        seconds = time.perf_counter() - started
        print(
            json.dumps(
                {
                    "work": work,
                    "seconds": round(seconds, 3),
                    "gate_seconds": round(times["batch.judged gate_seconds"], 3),
                    "judge_seconds": round(times["batch.judged seconds"], 3),
                    "merge_seconds": round(times["batch.applied seconds"], 3),
                    "peak_mb": peak_mb(),
                    "counts": vars(counts["birth"]),
                }
            ),
            flush=True,
        )
    exchange.engine.dispose()


def exchange_of(
    url: str, births: Path, folder: Path, on_event: Callable[[str, Mapping[str, object]], None]
) -> Exchange:
    """The loading path of a file of births, into a fresh database."""
    contract = load_contracts()["birth"]
    lists = load_deployment(ROOT / "deployments" / "hcmc").code_lists()
    engine = connect(url)
    migrate(engine)
    keys = Keys.from_file(folder / "keys.json")
    landing = Landing(folder / "landing", keys)
    source = NdjsonFile(births, contract)
    with engine.begin() as connection:
        ensure_tables(connection, contract)
        stream_state.register(connection, STREAM, "bench", contract.name)
    share, batch = (Settings.model_fields[name].default for name in ("gate_share", "batch_records"))
    judge = Validator(
        source, contract, engine, landing, keys, lists, share, docs=folder / "data-docs", on_event=on_event
    )
    return Exchange(
        STREAM, source, contract, engine, landing, judge, lambda: AS_OF, timedelta(0), batch - batch // 10, on_event
    )  # a page a batch


def peak_mb() -> int:
    """The most memory this process ever held (VmHWM), in MB; getrusage would inherit its parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
