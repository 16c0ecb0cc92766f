"""dlt's loader: the same births into PostgreSQL as Arrow tables, merged on the record's id, loaded and loaded again.

    PEERS/bin/python bench/peers/dlt_merge.py DATABASE_URL BIRTHS.ndjson FOLDER

Runs in the peers' environment and imports nothing of the hub. Polars reads the file, as on our
side; COPY from CSV is dlt's fastest way in. Prints one JSON object a load.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt
import polars as pl

SLICE = 100_000
"""Rows an Arrow table."""


def main(url: str, births: Path, folder: Path) -> None:
    """Load twice; print what it took."""
    os.environ["DLT_DATA_DIR"] = str(folder)

    @dlt.resource(name="birth", primary_key="id", write_disposition="merge")
    def birth() -> Iterator[object]:
        for part in pl.read_ndjson(births).iter_slices(SLICE):
            yield part.to_arrow()

    for work in ("first load", "reload"):
        started = time.perf_counter()
        pipeline = dlt.pipeline(
            "peer",
            destination=dlt.destinations.postgres(credentials=url),
            dataset_name="peer",
            pipelines_dir=str(folder / "pipelines"),
        )
        pipeline.run(birth(), loader_file_format="csv")
        seconds = time.perf_counter() - started
        with pipeline.sql_client() as client, client.execute_query("select count(*) from birth") as cursor:
            rows = cursor.fetchone()[0]
        status = Path("/proc/self/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
        print(
            json.dumps(
                {"work": work, "seconds": round(seconds, 3), "peak_mb": peak, "rows": rows, "version": dlt.__version__}
            ),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
