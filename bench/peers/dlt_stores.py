"""dlt's loader, once: a table of another database by `sql_table`, or a file of births as Arrow tables, merged on the key.

    PEERS/bin/python bench/peers/dlt_stores.py sql   DATABASE_URL SOURCE_URL FOLDER
    PEERS/bin/python bench/peers/dlt_stores.py arrow DATABASE_URL BIRTHS.ndjson FOLDER

Runs in the peers' environment and imports nothing of the hub. A second run with the same folder is a reload. COPY from
CSV is dlt's fastest way in. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}

import dlt

SLICE = 100_000
"""Rows an Arrow table."""
TABLE = "HT_KHAISINH"


def of_table(source: str) -> object:
    """The table, as dlt's documentation reads one (`BACKEND` names another way than its default)."""
    from dlt.sources.sql_database import sql_table

    table = sql_table(credentials=source, table=TABLE, backend=os.environ.get("BACKEND", "sqlalchemy"))  # type: ignore[arg-type]
    table.apply_hints(primary_key="ID", write_disposition="merge")
    return table


def of_file(births: str) -> object:
    """The file's records as Arrow tables. Polars reads the file, as on our side."""
    import polars as pl

    @dlt.resource(name="birth", primary_key="id", write_disposition="merge")
    def birth() -> Iterator[object]:
        for part in pl.read_ndjson(births).iter_slices(SLICE):
            yield part.to_arrow()

    return birth()


def main(what: str, url: str, source: str, folder: Path) -> None:
    """Load once; print how many rows are there."""
    os.environ["DLT_DATA_DIR"] = str(folder)
    pipeline = dlt.pipeline(
        "peer",
        destination=dlt.destinations.postgres(credentials=url),
        dataset_name="peer",
        pipelines_dir=str(folder / "pipelines"),
    )
    pipeline.run({"sql": of_table, "arrow": of_file}[what](source), loader_file_format="csv")
    name = {"sql": "ht_khaisinh", "arrow": "birth"}[what]
    with pipeline.sql_client() as client, client.execute_query(f"select count(*) from {name}") as cursor:
        print(json.dumps({"rows": cursor.fetchone()[0], "version": dlt.__version__}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
