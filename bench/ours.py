"""The hub's loader: births from a dump through the shipped path into PostgreSQL, loaded and loaded again.

    python -m bench.ours DATABASE_URL BIRTHS.ndjson FOLDER

It is a process of its own, so that its peak memory is the hub's alone. Prints one JSON object for each load. Nothing is
left out: the source is the shipped `register_dumps`, opened as `hub sync` opens it, with all rules of the shipped
contract, quarantine, encrypted and synced landing, ledger, and the declared suite over its share of the batches.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from bench import deployment
from hub.app import Hub, open_hub
from hub.core.settings import read_settings


@contextmanager
def opened(url: str, births: Path, folder: Path) -> Iterator[Hub]:
    """The hub of the measurement: a fresh database, and the dump's file as a register of its own."""
    apart = folder / "dump" / births.name
    apart.parent.mkdir()
    apart.hardlink_to(births)
    given = deployment.make(folder / "deployment", apart)
    settings = read_settings(
        home=folder,
        deployment=Path(given["HUB_DEPLOYMENT"]),
        secrets_file=Path(given["HUB_SECRETS_FILE"]),
        scenario=given["HUB_SCENARIO"],
        database_url=SecretStr(url),
    )
    with open_hub(settings) as hub:
        yield hub


def main(url: str, births: Path, folder: Path) -> None:
    """Load twice; print what it took."""
    times = Counter[str]()

    def on_event(event: str, facts: Mapping[str, object]) -> None:
        for name in ("seconds", "gate_seconds"):
            times[f"{event} {name}"] += float(str(facts.get(name) or 0))  # type: ignore[assignment]  # seconds

    with opened(url, births, folder) as hub:
        exchange = hub.exchange(deployment.DUMP_STREAM, on_event=on_event)
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


def peak_mb() -> int:
    """The most memory this process ever held (VmHWM), in MB; getrusage would inherit its parent's."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
