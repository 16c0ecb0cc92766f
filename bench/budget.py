"""The CPU budget of one new birth: what each step of a first load costs, in microseconds of our process.

    python -m bench.budget [--records N] [--write]

The path is the shipped one, on one thread, so that each step's CPU (user and system, all threads of Polars included) is
its own. PostgreSQL's own CPU stands apart. `--write` renews the table in docs/cpu-budget.md.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import rich
from rich.table import Table

from bench import births, deployment, loaders
from connectors.systems.register_dumps import RegisterDumps
from hub.app import open_hub
from hub.core import events
from hub.core.crypto import Keys
from hub.core.settings import ROOT
from hub.load import direct_copy, ledger, stage, validation
from hub.load.changes import ChangeDetector
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.merge import Merge
from hub.local.embedded import EmbeddedServer

PAGE = ROOT / "docs" / "cpu-budget.md"
STEPS: tuple[tuple[str, Any, str], ...] = (
    ("land: SHA-256, AES-256-GCM, sync to disk", Landing, "keep"),
    ("parse: bytes to a frame of text", RegisterDumps, "records"),
    ("hash as received", ChangeDetector, "mark"),
    ("look up the keys in the warehouse", ChangeDetector, "look"),
    ("judge: all rules of the contract, in Polars", validation, "judge"),
    ("key, version, columns", validation, "staged_frame"),
    ("fingerprint of the content: keyed BLAKE2b", Keys, "fingerprints"),
    ("look-up values of identity numbers: HMAC-SHA256", Keys, "lookups"),
    ("encrypt sensitive fields: AES-256-GCM", stage, "_sealed"),
    ("split: new and faultless, or not", direct_copy, "_simple"),
    ("render the lines of COPY", direct_copy, "rows_of"),
    ("render the lines of COPY", direct_copy, "direct"),
    ("COPY into the warehouse", direct_copy, "write"),
    ("decide the rest: table, merge, cases", direct_copy, "stage_rest"),
    ("decide the rest: table, merge, cases", Merge, "run"),
    ("fetch: read the file, cut it into pages", RegisterDumps, "pages"),
    ("ledger, position, commit", ledger, "publish"),
)
"""Step -> where it is done. A step within another one is not counted twice."""
REST = "batches, events, the walk itself"


class Stopwatch:
    """CPU seconds by step; what a step calls counts for the step called."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._open = [REST]
        self._since = time.process_time()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._turn()
        self._open.append(name)
        try:
            yield
        finally:
            self._turn()
            self._open.pop()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed; of a generator each of its turns."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.step(name):
                result = function(*args, **kwargs)
            return self._turns(name, result) if isinstance(result, Iterator) else result

        return timed

    def _turns(self, name: str, items: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.step(name):
                item = next(items, None)
            if item is None:
                return
            yield item


def measured(records: int) -> tuple[dict[str, float], float, int]:
    """Step -> CPU microseconds a birth; PostgreSQL's; the number of births accepted."""
    state = ROOT / "var" / "bench"
    ndjson, _ = births.make(state, records)
    server = EmbeddedServer(state / "postgres", loaders.free_port())
    server.start()
    try:
        with loaders.database(server) as url, tempfile.TemporaryDirectory(dir=state) as folder, ExitStack() as stack:
            given = deployment.environment(Path(folder), ndjson, url)
            stack.enter_context(patch.dict(os.environ, given))
            hub = stack.enter_context(open_hub())
            exchange = _without_suite(hub.exchange(deployment.DUMP_STREAM, on_event=events.ignore))
            watch, before = Stopwatch(), postgres_seconds(server)
            for step, place, name in STEPS:
                stack.enter_context(patch.object(place, name, watch.around(step, getattr(place, name))))
            _, counts = exchange.sync(mode="full")
            with watch.step(""):
                pass
            database = postgres_seconds(server) - before
    finally:
        server.stop()
    watch.seconds.pop("", None)
    return (
        {step: s / records * 1e6 for step, s in watch.seconds.items()},
        database / records * 1e6,
        counts["birth"].accepted,
    )


def postgres_seconds(server: EmbeddedServer) -> float:
    """CPU seconds of the server's processes, ended sessions included."""
    master = int((server.data / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        mine = int(stat.parent.name) == master
        if mine or int(fields[1]) == master:  # fields[1] is the parent; 11 to 14: user and system, own and of children
            ticks += sum(map(int, fields[11:15] if mine else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _without_suite(exchange: Exchange) -> Exchange:
    """One thread, and without Great Expectations, which has a budget of its own."""
    judge = exchange.validator
    given = {name: getattr(judge, name) for name in judge.__dataclass_fields__}
    alone = type("Alone", (type(judge),), {"suite_is_due": lambda self, run, batch: None})(**given)
    return replace(exchange, validator=alone, ahead=0)


def lines(steps: dict[str, float], database: float) -> list[tuple[str, str, str]]:
    """The table: step, microseconds, share; dearest first."""
    total = sum(steps.values())
    rows = [(step, f"{us:.1f}", f"{us / total:.0%}") for step, us in sorted(steps.items(), key=lambda each: -each[1])]
    return [*rows, ("all steps", f"{total:.1f}", "100%"), ("PostgreSQL, apart", f"{database:.1f}", "")]


def write(rows: list[tuple[str, str, str]], records: int) -> None:
    """Renew the table of the page, between its two marks."""
    table = ["| step | µs of CPU | share |", "|---|---:|---:|", *(f"| {' | '.join(row)} |" for row in rows)]
    begin, end = "<!-- measured -->", "<!-- end -->"
    what = f"{records:,} births, {os.cpu_count()} cores, `python -m bench.budget --write`:"
    text = "\n".join([begin, "", what, "", *table, "", end])
    PAGE.write_text(re.sub(f"{begin}.*{end}", lambda _: text, PAGE.read_text(), flags=re.DOTALL))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.budget", description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--write", action="store_true", help="renew docs/cpu-budget.md")
    given = parser.parse_args()
    steps, database, accepted = measured(given.records)
    rows = lines(steps, database)
    table = Table("step", "µs of CPU", "share", title=f"one new birth; {accepted:,} of {given.records:,} accepted")
    for row in rows:
        table.add_row(*row)
    rich.print(table)
    if given.write:
        write(rows, given.records)


if __name__ == "__main__":
    main()
