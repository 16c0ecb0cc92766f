"""Children of the rows of a table file: in a second file beside it, or in columns of the row that repeat.

    children:
      household_business:                         # the contract
        household_member:                         # its dataset
          file: "tv_*.csv"                        # the * stands for the same text as in the pattern of `files`
          columns: {ma_hkd: maSo, stt: thuTu, ho_ten: hoTen, ghi_chu: null}
          owner: {ma_hkd: maSo}                   # column of this file: field of the record that it belongs to
          given: {ngayCapNhat: ^ngayCapNhat}      # ^: a field of the record; #: its number among the record's
        household_place:
          repeated: [{dia_diem_1: diaChi}, {dia_diem_2: diaChi}]
          given: {maSo: ^maSo, thuTu: "#", ngayCapNhat: ^ngayCapNhat}

A row of the second file that cannot be read refuses the record that it names: without that row the record would lose
a member unseen. A row that belongs to no record of the delivery is a refused record of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import polars as pl
from pydantic import Field, StrictStr, model_validator

from contracts.model import Contract, Dataset
from contracts.refused import RAW, REFUSED
from contracts.yaml.faults import Wrong
from contracts.yaml.models import FileModel, Text

from .. import declared_times, options
from ..files import file_source
from ..interface import System
from ..workbooks.layout import SheetLayout

OWNER, NUMBER = "^", "#"
_AT = "_at"
Given = Annotated[StrictStr, Field(pattern=r"^(#|\^[^\s^#]+)$")]
_WORDS = re.compile(r"[\s,;|\t\"]+")


class ChildColumns(FileModel):
    """Where the children of one dataset stand."""

    file: Text = Field(default="", examples=['"tv_*.csv"'])
    """Pattern of the second file's name; empty: in the row of the record."""
    columns: Mapping[Text, Text | None] = Field(default_factory=dict)
    """Second file: every title of its header, in its order -> the field; null: known, and not taken."""
    owner: Mapping[Text, Text] = Field(default_factory=dict, examples=["owner: {ma_hkd: maSo}"])
    """Second file: title -> field of the record that a row belongs to."""
    repeated: tuple[Mapping[Text, Text], ...] = ()
    """In the row: for the first child, the second ..., title -> field. All empty: there is none."""
    given: Mapping[Text, Given] = Field(default_factory=dict, examples=['given: {maSo: ^maSo, thuTu: "#"}'])
    """Field -> `^` and a field of the record, or `#`, its number among the record's."""

    @model_validator(mode="after")
    def _one_place(self) -> ChildColumns:
        hint = "file with columns and owner, or repeated: see connectors/systems/_table_children.py"
        if bool(self.file) == bool(self.repeated):
            raise Wrong("children stand in a second file or in repeated columns, in one of the two", hint=hint)
        if self.file and not (self.columns and self.owner):
            raise Wrong("a second file lacks columns or owner", hint=hint)
        if self.repeated and (self.columns or self.owner):
            raise Wrong("repeated columns have no columns and no owner of their own", hint=hint)
        if strange := sorted(set(self.owner) - set(self.columns)):
            raise Wrong(f"owner names {strange[0]}, which is no column of the second file", hint=hint)
        return self

    @property
    def by_title(self) -> Mapping[str, str]:
        """Title -> field, of all that is taken."""
        taken = {title: field for title, field in self.columns.items() if field is not None}
        return taken | {title: field for each in self.repeated for title, field in each.items()}


@dataclass(frozen=True)
class TableChildren:
    """The children of one contract's rows: plans by dataset, in the contract's order."""

    main: Dataset
    datasets: Mapping[str, Dataset]
    plans: Mapping[str, ChildColumns]
    times: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, Mapping[str, str]]]

    @classmethod
    def declared(cls, system: System, contract: Contract, columns: Mapping[str, object]) -> TableChildren:
        """What a system's file declares. `columns`: those of the record.

        Raises:
            DeploymentInvalid: a dataset without children, a field without a column, a column that is none.
        """
        kind = dict[str, dict[str, ChildColumns]]
        found: Mapping[str, ChildColumns] = options.value(system, "children", kind, default={}).get(contract.name, {})
        main, *others = contract.datasets
        datasets = {each.name: each for each in others}
        wrong = [f"{name}: no dataset below {main.name}" for name in found if name not in datasets]
        wrong += [f"{name}: nothing says where its rows stand" for name in datasets if name not in found]
        for name in set(datasets) & set(found):
            wrong += [f"{name}: {each}" for each in _misfits(found[name], main, datasets[name], columns)]
        if wrong:
            hint = "children: {contract: {dataset: {file: ..., columns: ..., owner: ...}}}"
            what = f"the children do not fit the contract {contract.name}; {'; '.join(sorted(wrong))}"
            raise options.wrong(system, "children", what, hint=hint, within=(contract.name,))
        words = dict[str, dict[str, dict[str, str]]]
        values = options.value(system, "values", words, default={}) if datasets else {}
        times = {name: declared_times.declared(system, name, each) for name, each in datasets.items()}
        for name, each in datasets.items():
            if strange := sorted(set(values.get(name, {})) - set(each.by_name)):
                what = f"values names {name}.{strange[0]}, which is no field"
                raise options.wrong(system, "values", what, within=(name, strange[0]))
        return cls(main, datasets, {name: found[name] for name in datasets}, times, values)

    @property
    def files(self) -> tuple[str, ...]:
        """Patterns of the files beside the main one."""
        return tuple(plan.file for plan in self.plans.values() if plan.file)

    @property
    def titles(self) -> Mapping[str, str]:
        """Titles of the record's own row that are a child's -> its dataset."""
        return {title: name for name, plan in self.plans.items() if plan.repeated for title in plan.by_title}

    def layout(self, name: str, system: System) -> SheetLayout:
        """The layout of a second file. `sheet` is the main file's."""
        plan, fields = self.plans[name], self.datasets[name].by_name
        taken = {title: fields[field] for title, field in plan.by_title.items()}
        skipped = frozenset(plan.columns) - set(taken) - set(plan.owner)
        row, _, most, merged = file_source.layout(system)
        return SheetLayout(
            tuple(plan.columns), row, "", most, merged, fields=taken, keys=frozenset(plan.owner), skipped=skipped
        )

    def frames(
        self, rows: pl.DataFrame, records: pl.DataFrame, beside: Mapping[str, pl.DataFrame]
    ) -> Mapping[str, pl.DataFrame]:
        """The records, with those refused whose children cannot be read, and a frame for each dataset.

        `rows`: the main file's, by title; `records`: the same, by field; `beside`: rows of the second files, by title.
        """
        children = dict[str, pl.DataFrame]()
        for name, plan in self.plans.items():
            if plan.file:
                records, children[name] = self._linked(name, records, beside[name])
            else:
                children[name] = self._repeated(name, rows, records)
        refused = records.get_column(REFUSED).is_not_null().arg_true() + 1
        return {
            self.main.name: records,
            **{
                name: frame.filter(~pl.col("_owner").is_in(refused.cast(pl.Int64).implode()))
                for name, frame in children.items()
            },
        }

    def _repeated(self, name: str, rows: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
        plan = self.plans[name]
        numbered = rows.with_row_index("_owner", 1).with_columns(pl.col("_owner").cast(pl.Int64))
        parts = [
            numbered.select(
                *(pl.col(title).alias(field) for title, field in group.items()),
                pl.col("_owner"),
                pl.lit(number, pl.Int64).alias(_AT),
            ).filter(pl.any_horizontal(pl.col(*group.values()).is_not_null()))
            for number, group in enumerate(plan.repeated, 1)
        ]
        found = pl.concat(parts, how="diagonal").sort("_owner", _AT)
        return self._child(name, found, records)

    def _linked(self, name: str, records: pl.DataFrame, beside: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        plan = self.plans[name]
        titles, fields = list(plan.owner), list(plan.owner.values())
        owners = defaultdict[tuple[str | None, ...], list[int]](list)
        for at, key in enumerate(records.select(fields).iter_rows(), 1):
            if None not in key:
                owners[key].append(at)
        refused, strays = dict[int, tuple[str, bytes]](), list[tuple[str, bytes]]()
        numbers = list[list[int]]()
        lost = [set(_WORDS.split(raw.decode(errors="replace"))) for raw in records[RAW] if raw is not None]
        for row in beside.iter_rows(named=True):
            key, why, raw = tuple(row[title] for title in titles), row[REFUSED], row[RAW] or b""
            found = owners.get(key, [])
            numbers.append(found if why is None else [])
            if why is None:
                # Where the record's own row could not be read, that is a case already.
                if not found and not any(set(key) <= words for words in lost):
                    missing = f"{name}: no record of this delivery owns this row: have it sent with its record"
                    strays.append((missing, ";".join(row[title] or "" for title in plan.columns).encode()))
                continue
            if not found:
                words = set(_WORDS.split(raw.decode(errors="replace")))
                found = [at for each, places in owners.items() if words >= set(each) for at in places]
            refused |= {at: (why, raw) for at in found if at not in refused}
            strays += [] if found else [(why, raw)]
        linked = (
            beside.with_columns(pl.Series("_owner", numbers, dtype=pl.List(pl.Int64)))
            .explode("_owner")
            .filter(pl.col("_owner").is_not_null())
            .with_columns(pl.int_range(1, pl.len() + 1).over("_owner").alias(_AT))
            .select(*(pl.col(title).alias(field) for title, field in plan.by_title.items()), "_owner", _AT)
        )
        return _refusing(records, refused, strays), self._child(name, linked, records)

    def _child(self, name: str, found: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
        """The dataset's fields, from found ones and those given."""
        plan, dataset = self.plans[name], self.datasets[name]
        places = (found.get_column("_owner") - 1).cast(pl.UInt32)
        given = {
            field: found.get_column(_AT).cast(pl.String) if what == NUMBER else records[what[1:]].gather(places)
            for field, what in plan.given.items()
        }
        frame = found.with_columns(each.alias(field) for field, each in given.items())
        absent = [each for each in dataset.by_name if each not in frame.columns]
        frame = frame.with_columns(pl.lit(None, pl.String).alias(each) for each in absent)
        words, forms = self.values.get(name, {}), self.times[name]
        return frame.with_columns(
            *(pl.col(field).replace(dict(each)) for field, each in words.items()),
            *(declared_times.in_iso(pl.col(field), form, dataset, field).alias(field) for field, form in forms.items()),
        ).select(*dataset.by_name, "_owner")


def _refusing(
    records: pl.DataFrame, refused: Mapping[int, tuple[str, bytes]], strays: Sequence[tuple[str, bytes]]
) -> pl.DataFrame:
    """The records with some of them refused, and with refused rows for what belongs to none."""
    known = {at: each for at, each in refused.items() if records[REFUSED][at - 1] is None}
    numbers = pl.int_range(1, pl.len() + 1)
    for column, part, kind in ((REFUSED, 0, pl.String), (RAW, 1, pl.Binary)):
        marked = pl.Series(
            [known[at][part] if at in known else None for at in range(1, records.height + 1)], dtype=kind
        )
        records = records.with_columns(pl.when(numbers.is_in(list(known))).then(marked).otherwise(column).alias(column))
    more = pl.DataFrame(strays, schema={REFUSED: pl.String, RAW: pl.Binary}, orient="row")
    return pl.concat([records, more], how="diagonal") if strays else records


def _misfits(plan: ChildColumns, main: Dataset, child: Dataset, columns: Mapping[str, object]) -> list[str]:
    """What a plan lacks, or has too much."""
    known, wrong = set(child.by_name), list[str]()
    groups = plan.repeated or (dict(plan.by_title),)
    for group in groups:
        fields = [*group.values(), *plan.given]
        wrong += [f"{each}: no field of the contract" for each in sorted(set(fields) - known)]
        wrong += [f"{each}: given twice" for each in sorted({f for f in fields if fields.count(f) > 1})]
        due = {each.name for each in child.fields if each.required or each.key_position is not None}
        wrong += [f"{each}: required and not given" for each in sorted(due - set(fields))]
        if plan.repeated:
            wrong += [f"{each}: no column of the file" for each in sorted(set(group) - set(columns))]
    parents = [what[1:] for what in plan.given.values() if what != NUMBER]
    strange = sorted({*parents, *plan.owner.values()} - set(main.by_name))
    wrong += [f"{each}: no field of {main.name}" for each in strange]
    return list(dict.fromkeys(wrong))


__all__ = ["ChildColumns", "TableChildren"]
