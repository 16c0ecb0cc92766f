"""Marks the hub's verdicts against the expected ones, one row for each class. Pure functions over frames.

An alarm is one broken rule that the hub reported for one record. It is right if the truth table has a defect of the same
weight in a field of the rule: a quarantine instead of a finding is a false alarm. A defect is found if its record has a
right alarm of its weight. A record that was rejected for another reason therefore counts as missed, and also as a false
alarm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import polars as pl

from proofs.quality.classes import CLASSES, OWNER_HELD, VERSION_CONFLICT, DefectClass, effect_of

RECORD = ["system", "dataset", "record_id"]
ALARMS = dict.fromkeys([*RECORD, "rule", "kind", "effect"], pl.String) | {"fields": pl.List(pl.String)}
"""Columns of alarms; `kind` is the rule's kind, or its id where the exchange itself keeps it; `fields` what it looks at."""


@dataclass(frozen=True)
class Mark:
    """One class of one city, or of several added up."""

    defect: str
    decided: str
    planted: int
    found: int
    missed: int
    false_alarms: int

    def __add__(self, other: Mark) -> Mark:
        counts = {name: value + asdict(other)[name] for name, value in asdict(self).items() if isinstance(value, int)}
        return Mark(self.defect, self.decided, **counts)

    @property
    def fails(self) -> bool:
        """Whether it breaks the promise: only what judgement decides may be missed or mistaken."""
        return self.decided != "judgement" and bool(self.missed or self.false_alarms)


def mark(expected: pl.DataFrame, alarms: pl.DataFrame, stored: pl.DataFrame, again: pl.DataFrame) -> list[Mark]:
    """All classes of a city.

    `expected` is the twins' table; `alarms` has the columns ALARMS; `stored` the records {RECORD} of
    the harmless classes that stand in the warehouse; `again` {system, dataset, counted}: records that
    the ledger counts as received again. A rule kind that raises false alarms and serves no class gets
    a row of its own.

    Raises:
        ValueError: the table names a class that nobody described here.
    """
    if unknown := sorted(set(expected["defect"]) - CLASSES.keys()):
        raise ValueError(f"classes that proofs/quality/classes.py does not describe: {', '.join(unknown)}")
    judged = right(expected, alarms)
    false = judged.filter(~pl.col("right"))
    marks = []
    for defect, of in CLASSES.items():
        planted = expected.filter(pl.col("defect") == defect)
        if of.decided == "records" and not of.rules:
            found, surplus = _counted_again(planted, again)
        elif of.decided == "harmless":
            rejected = judged.filter(pl.col("effect") == "quarantine")
            found = planted.join(stored, on=RECORD, how="semi").join(rejected, on=RECORD, how="anti").height
            surplus = 0  # whatever rejected it is a false alarm of its own class
        else:
            found, surplus = _found(planted, judged, of), _of_class(false, of).height
        marks.append(Mark(defect, of.decided, planted.height, found, planted.height - found, surplus))
    return marks + _of_nobody(false)


def right(expected: pl.DataFrame, alarms: pl.DataFrame) -> pl.DataFrame:
    """The alarms with `right`: whether something was planted there that they are about."""
    both = alarms.with_row_index("_alarm").join(
        expected.select(*RECORD, "field", "defect", "expected"), on=RECORD, how="left"
    )
    due = pl.col("expected")
    about = pl.col("fields").list.contains(pl.col("field"))
    fits = (
        pl.when(pl.col("rule") == VERSION_CONFLICT)
        .then(due == "conflict")
        .when(pl.col("rule") == OWNER_HELD)
        .then(pl.col("defect") == "held-with-its-dossier")
        .when(pl.col("effect") == "finding")
        .then(about & due.is_in(["finding", "quarantine"]))
        .otherwise(about & (due == "quarantine"))
    )
    judged = both.group_by("_alarm").agg(fits.fill_null(False).any().alias("right")).sort("_alarm")
    return alarms.with_columns(judged["right"] if alarms.height else pl.Series("right", [], pl.Boolean))


def add(one: list[Mark], other: list[Mark]) -> list[Mark]:
    """Marks of two cities, class by class."""
    total: dict[tuple[str, str], Mark] = {(m.defect, m.decided): m for m in one}
    for each in other:
        key = (each.defect, each.decided)
        total[key] = total[key] + each if key in total else each
    return list(total.values())


def precision(each: Mark) -> float | None:
    """Of the alarms of this class's rules, the share that is right; None when there was none."""
    alarms = each.found + each.false_alarms
    return each.found / alarms if alarms else None


def recall(each: Mark) -> float | None:
    """Of the planted ones, the share that was found; None when none was planted."""
    return each.found / each.planted if each.planted else None


def _found(planted: pl.DataFrame, judged: pl.DataFrame, of: DefectClass) -> int:
    """Records of a class with a right alarm of its weight, by a rule for this class."""
    wanted = judged.filter(
        pl.col("right") & (pl.col("effect") == effect_of(of.decided)) & pl.col("kind").is_in(list(of.rules))
    )
    about = planted.join(wanted, on=RECORD).filter(
        pl.col("fields").list.contains(pl.col("field")) | pl.col("rule").is_in([VERSION_CONFLICT, OWNER_HELD])
    )
    if effect_of(of.decided) == "finding":  # a finding on a record that was rejected after all helps nobody
        about = about.join(judged.filter(pl.col("effect") == "quarantine"), on=RECORD, how="anti")
    return about.unique([*RECORD, "field"]).height


def _of_class(false: pl.DataFrame, of: DefectClass) -> pl.DataFrame:
    return false.filter((pl.col("effect") == effect_of(of.decided)) & pl.col("kind").is_in(list(of.rules)))


def _counted_again(planted: pl.DataFrame, again: pl.DataFrame) -> tuple[int, int]:
    """Found and surplus of the records that come twice alike: the ledger counts them by table, it names none."""
    due = planted.group_by("system", "dataset").agg(pl.len().cast(pl.Int64).alias("due"))
    both = due.join(again, on=["system", "dataset"], how="full", coalesce=True).with_columns(
        pl.col("due", "counted").fill_null(0)
    )
    return int(both.select(pl.min_horizontal("due", "counted").sum()).item() or 0), int(
        both.select((pl.col("counted") - "due").clip(0).sum()).item() or 0
    )


def _of_nobody(false: pl.DataFrame) -> list[Mark]:
    """False alarms of rules that serve no class, a row a kind of rule and weight."""
    served = {(kind, effect_of(of.decided)) for of in CLASSES.values() for kind in of.rules}
    counts: Mapping[tuple[str, str], int] = {
        (k, e): n for k, e, n in false.group_by("kind", "effect").len().sort("kind", "effect").rows()
    }
    return [
        Mark(f"(nothing planted) {kind}", "judgement" if effect == "finding" else "record", 0, 0, 0, count)
        for (kind, effect), count in counts.items()
        if (kind, effect) not in served
    ]
