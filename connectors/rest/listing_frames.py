"""Frames of a declared listing's records: fields by their paths, and a frame for each list inside a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from contracts.logs import Logger
from contracts.model import Contract, Dataset

from .. import declared_times
from ..interface import RecordRefusal
from ..refusals import with_refusals
from .json_envelope import Record, Row
from .json_text import shown
from .listing_plan import NUMBER, OWNER, ListingPlan

log = Logger()


@dataclass(frozen=True)
class ListingFrames:
    """Makes the frames of one listing's records."""

    about: str
    plan: ListingPlan
    contract: Contract
    times: Mapping[str, Mapping[str, str]]
    """Dataset -> field -> form of its times."""
    values: Mapping[str, Mapping[str, Mapping[str, str]]]
    """Dataset -> field -> word of the source -> the contract's."""

    def flaw(self, record: Record) -> tuple[str, str] | None:
        """Place and clause of what a declared path does not lead to: a text, a number, a list of objects."""
        for path in self.plan.fields.values():
            if path is not None and (clause := _leaf(record, path)[1]):
                return path, clause
        for child in self.plan.children.values():
            held, clause = _at(record, child.records)
            if clause or not (held is None or (isinstance(held, list) and all(isinstance(e, dict) for e in held))):
                return child.records, "no list of objects"
            for each in held or ():
                for path in child.fields.values():
                    if path is not None and path != NUMBER and (clause := _of_child(record, each, path)[1]):
                        return f"{child.records}.{path.removeprefix(OWNER)}", clause
        return None

    def __call__(self, rows: Sequence[Row]) -> dict[str, pl.DataFrame]:
        """Dataset -> frame, in the order of the page. A refused record has its sure fields and no children."""
        refused = {at: row for at, row in enumerate(rows) if isinstance(row, RecordRefusal)}
        records = [dict(row.known) if isinstance(row, RecordRefusal) else row for row in rows]
        self._name_unknown(records)
        main, *others = self.contract.datasets
        made = self._frame(main, self.plan.fields, len(records), lambda path: [_leaf(r, path)[0] for r in records])
        frames = {main.name: with_refusals(made, refused)}
        for each in others:
            child = self.plan.children[each.name]
            held = [
                (owner, number, item)
                for owner, record in enumerate(records)
                for number, item in enumerate(_at(record, child.records)[0] or (), 1)
            ]

            def column(path: str, held: list[tuple[int, int, Record]] = held) -> list[str | None]:
                if path == NUMBER:
                    return [str(number) for _, number, _ in held]
                return [_of_child(records[owner], item, path)[0] for owner, _, item in held]

            owners = pl.Series("_owner", [owner + 1 for owner, _, _ in held], dtype=pl.Int64)
            frames[each.name] = self._frame(each, child.fields, len(held), column).with_columns(owners)
        return frames

    def _frame(
        self, dataset: Dataset, paths: Mapping[str, str | None], height: int, column: Callable[[str], list[str | None]]
    ) -> pl.DataFrame:
        nothing: list[str | None] = [None] * height
        given = {name: nothing if (path := paths[name]) is None else column(path) for name in dataset.by_name}
        frame = pl.DataFrame({n: pl.Series(n, texts, dtype=pl.String) for n, texts in given.items()}, height=height)
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
        words, forms = self.values.get(dataset.name, {}), self.times.get(dataset.name, {})
        return frame.with_columns(
            *(pl.col(name).replace(dict(each)) for name, each in words.items()),
            *(declared_times.in_iso(pl.col(name), form, dataset, name).alias(name) for name, form in forms.items()),
        )

    def _name_unknown(self, records: Sequence[Record]) -> None:
        """Log the names that no field takes. They are landed; once the plan has them, a replay loads them."""
        children = {child.records.split(".")[0]: child for child in self.plan.children.values()}
        known = {path.split(".")[0] for path in self.plan.fields.values() if path} | set(children)
        known |= {
            path[1:].split(".")[0]
            for child in children.values()
            for path in child.fields.values()
            if path and path.startswith(OWNER)
        }
        if unknown := set().union(*records) - known - set(self.plan.left_out):
            _name_once(self.about, tuple(sorted(map(shown, unknown))))


@cache
def _name_once(about: str, names: tuple[str, ...]) -> None:
    log.warning("page.unknown_fields", system=about, fields=list(names[:10]), count=len(names))


def _at(record: Record, path: str) -> tuple[Any, str]:
    """What stands at a path, and what is wrong on the way to it; a part that is absent or null leads to nothing."""
    value: Any = record
    for name in path.split("."):
        if value is None:
            return None, ""
        if not isinstance(value, dict):
            return None, "no object around it"
        value = value.get(name)
    return value, ""


def _leaf(record: Record, path: str) -> tuple[str | None, str]:
    value, clause = _at(record, path)
    if clause or value is None or isinstance(value, str):
        return value, clause
    if isinstance(value, bool):
        return str(value).lower(), ""
    return (str(value), "") if isinstance(value, int) else (None, "neither text nor number")


def _of_child(owner: Record, child: Record, path: str) -> tuple[str | None, str]:
    return _leaf(owner, path[1:]) if path.startswith(OWNER) else _leaf(child, path)
