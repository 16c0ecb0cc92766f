"""The statements of a question as SQLAlchemy sends them, and the same as a pgbench script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from bench.reuse.evidence import SAMPLE
from hub.app import Hub


@contextmanager
def listening(engine: sa.Engine) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The statements that an engine sends meanwhile, each with its values, in order; growing."""
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


def script_of(heard: list[tuple[str, dict[str, Any]]], hub: Hub, number: str) -> str:
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
