"""The proof's answer: one table for people, the same as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from proofs.quality.marks import Mark, precision, recall

ORDER = ("record", "records", "registers", "judgement", "harmless")
MEANING = {
    "record": "one record decides: quarantined",
    "records": "several records decide",
    "registers": "two registers together decide: finding",
    "judgement": "a person decides: finding",
    "harmless": "lawful: accepted",
}


def table(usual: Sequence[Mark], unseen: Sequence[Mark], seeds: int) -> Table:
    """The usual city beside all unseen ones added up."""
    shown = Table(header_style="bold", caption_justify="left")
    shown.add_column("defect class")
    for title in ("planted", "found", "missed", "false"):
        shown.add_column(f"{title}\nseed 1", justify="right")
    for title in ("planted", "found", "missed", "false"):
        shown.add_column(f"{title}\n{seeds} unseen", justify="right")
    shown.add_column("precision\nall", justify="right")
    shown.add_column("recall\nall", justify="right")
    here, there = {m.defect: m for m in usual}, {m.defect: m for m in unseen}
    every = {m.defect: m for m in (*usual, *unseen)}
    for decided in ORDER:
        shown.add_section()
        shown.add_row(f"[bold]{MEANING[decided]}[/]")
        for defect, kind in every.items():
            if kind.decided == decided:
                name = f"{'[red]' if kind.fails else ''}{defect}"
                shown.add_row(
                    name, *_counts(here.get(defect)), *_counts(there.get(defect)), *_shares(here, there, defect)
                )
    return shown


def as_json(
    cities: Sequence[dict[str, object]],
    *,
    records: int,
    dossiers: int,
    names: bool,
    seconds: float,
    failures: Sequence[str],
) -> str:
    """Everything, city by city."""
    report = {
        "records": records,
        "dossiers": dossiers,
        "names": names,
        "seconds": round(seconds, 1),
        "failures": list(failures),
        "cities": list(cities),
    }
    return json.dumps(report, ensure_ascii=False, indent=1)


def failures(marks: Sequence[Mark]) -> list[str]:
    """What breaks the promise, in words."""
    return [f"{m.defect}: {m.missed} of {m.planted} missed, {m.false_alarms} false alarms" for m in marks if m.fails]


def say(text: object) -> None:
    """To stdout, wide where no terminal sets the width."""
    console = Console(highlight=False)
    (console if console.is_terminal else Console(width=160, highlight=False)).print(text)


def _counts(each: Mark | None) -> list[str]:
    return ["-"] * 4 if each is None else [f"{n:,}" for n in (each.planted, each.found, each.missed, each.false_alarms)]


def _shares(here: dict[str, Mark], there: dict[str, Mark], defect: str) -> list[str]:
    """Precision and recall over all cities, where judgement decides."""
    both = [side[defect] for side in (here, there) if defect in side]
    total = both[0] if len(both) == 1 else both[0] + both[1]
    if total.decided != "judgement":
        return ["", ""]
    return ["-" if share is None else f"{100 * share:.1f} %" for share in (precision(total), recall(total))]
