"""Output of commands: a table for people, JSON for programs, a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import getpass
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from contracts.errors import HubError
from contracts.local_time import LOCAL

if TYPE_CHECKING:
    from rich.progress import Progress

console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Because = Annotated[
    str, typer.Option(help="The reason, for the auditor. It is kept, so it must not hold a value of a record.")
]


def login() -> str:
    """The login of whoever runs the command; empty where the machine knows no name for it, so that `--by` is asked for."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""


By = Annotated[str, typer.Option(help="Who decides.", default_factory=login, show_default="your login")]
"""The two options of every command by which a person decides: both are kept for the auditor."""


def dump(value: object) -> str:
    """JSON of a report; times in ISO 8601, Vietnamese letters unescaped."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def show(
    rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str = "", columns: Sequence[str] | None = None
) -> None:
    """Print rows as a table (or as a JSON list)."""
    if as_json:
        print(dump(list(rows)))
        return
    if not rows:
        console.print(f"{title or 'Result'}: nothing to show")
        return
    from rich.table import Table

    names = list(columns or rows[0])
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in names:
        numeric = all(isinstance(r.get(name), int) and not isinstance(r.get(name), bool) for r in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell(row.get(name))) for name in names))
    console.print(table)


def show_one(row: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one item, one line for each fact."""
    if as_json:
        print(dump(dict(row)))
        return
    width = max(map(len, row))
    for name, value in row.items():
        console.print(f"[bold]{name:<{width}}[/]  {escape(cell(value))}")


def cell(value: Any) -> str:
    """A value as text for a person; times in Vietnam's time."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
        case list():
            return ", ".join(cell(v) for v in value)
        case dict():
            return ", ".join(f"{k}: {cell(v)}" for k, v in value.items())
        case _:
            return str(value)


def failed(error: HubError) -> int:
    """Print an error on stderr and return its exit code."""
    Console(stderr=True, highlight=False).print(f"[red]{type(error).__name__}[/]: ", end="")
    print(error, file=sys.stderr)
    return error.exit_code


class EventPrinter:
    """A handler for events of a sync that shows progress: a bar on a terminal, lines elsewhere."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._started = time.monotonic()
        self._records = 0
        self._tasks: dict[str, Any] = {}

    def __call__(self, event: str, facts: Mapping[str, Any]) -> None:
        if event == "batch.landed":
            self._records += facts["records"]
            rate = self._records / max(time.monotonic() - self._started, 0.001)
            self._say(facts["stream"], f"{self._records:,} landed, {rate:,.0f} a second")
        elif event == "keys.page":
            self._say(facts["stream"], f"{facts['keys']:,} keys listed, to {facts['place']}")
        elif event == "batch.applied":
            counts = f"{facts['accepted']:,} accepted, {facts['unchanged']:,} unchanged, {facts['quarantined']:,} quarantined"
            self._say(facts["stream"], f"batch {facts['batch'][:12]}: {counts}")
        elif event == "batch.held":
            self._say(facts["stream"], f"batch {facts['batch'][:12]} HELD: {'; '.join(facts['reasons'])}")

    def _say(self, stream: str, text: str) -> None:
        if self._progress is None:
            print(f"{stream}: {text}", file=sys.stderr, flush=True)
            return
        if stream not in self._tasks:
            self._tasks[stream] = self._progress.add_task(stream, total=None, note="")
        self._progress.update(self._tasks[stream], note=text)


@contextmanager
def event_printer() -> Iterator[EventPrinter]:
    """Progress during a sync."""
    if not sys.stderr.isatty():
        yield EventPrinter(None)
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )
    with bar:
        yield EventPrinter(bar)


@contextmanager
def counting(what: str, total: int | None = None) -> Iterator[Any]:
    """A bar with rate and remaining time for work of a known length; `step(done, of)` advances it."""
    if not sys.stderr.isatty():
        last = [time.monotonic()]

        def plain(done: int, of: int) -> None:
            if time.monotonic() - last[0] > 5 or done == of:
                last[0] = time.monotonic()
                print(f"{what}: {done:,} of {of:,}", file=sys.stderr, flush=True)

        yield plain
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)
