"""Reference lists as files: one complete CSV or workbook (.xlsx) for each list, read into one contract.

Examples are the national portal's export of procedures, a ministry's code list, an agency's register of units. Senders
differ, so the deployment declares:

    files      {national_procedures: "tthc_*.csv"}: contract -> pattern of its files' names (fnmatch)
    columns    {units: {ma: code, ten: name, ghi_chu: null}}: every title of the header, in its order -> the
               contract's field; null: known, and not taken. A plain list where titles and fields are the same
    constants  {units: {source: "Cổng DVCQG"}}: fields that no column gives
    when_empty {units: {ma_xa: {ma: ma_huyen, ten: ten_huyen}}}: where this column is empty, the row is of another
               kind, and these fields come from other columns (a district without communes in a list of communes)
    values     {units: {level: {"Cấp xã": "commune"}}}: words of the file -> the contract's; others stay
    times      {units: {from: "dd/MM/yyyy HH:mm"}}: times and dates in a form of the sender's own
               (`connectors.declared_times`)
    delimiter, encoding (CSV), sheet, header_row, merged (workbooks)
    children   where the contract's other datasets stand: in a second file, or in columns that repeat
               (`connectors/systems/_table_children.py`)

A list is one page, as received. A row that cannot be read is a case, and none beside it is. A file of the pattern with
another suffix than .csv and .xlsx, in small letters or capitals, is refused by its name. Options and limits of the
store are those of `connectors.files.file_source`.
"""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack

import polars as pl

from contracts.errors import ContractInvalid
from contracts.model import Contract
from contracts.refused import RAW, REFUSED

from .. import declared_times, options
from ..files import file_source
from ..files.archive import ArchiveLimits
from ..files.file_source import CSV, TABLES, XLSX
from ..files.inbox import Delivery, cut_for_good
from ..files.names import suffix_of
from ..files.paired_names import fault_in_pairs, name_beside, paired
from ..interface import Page, Probe, Source, System, Window
from ..key_pages import KeyPage
from ..workbooks.workbook import SheetLayout, Table, csv_table, xlsx_table
from ._table_children import TableChildren

_OPTIONS = file_source.OPTIONS | {
    "files",
    "columns",
    "constants",
    "values",
    "when_empty",
    "times",
    "children",
    "delimiter",
    "encoding",
}


def source(system: System, contract: Contract) -> TableFiles:
    """One list of a place."""
    return TableFiles(system, contract)


class TableFiles(Source):
    """The files of one list."""

    def __init__(self, system: System, contract: Contract) -> None:
        options.check_names(system, _OPTIONS)
        self._dataset = contract.datasets[0]
        self._system, self._caps = system, options.limits(system, ArchiveLimits)
        pattern = _of(system, "files", contract.name)
        if not isinstance(pattern, str):
            raise options.wrong(
                system,
                "files",
                f"the option files names no pattern for {contract.name}",
                hint='files: {national_procedures: "tthc_*.csv"}',
            )
        self._columns = _mapping(system, "columns", contract.name)
        self._constants = _mapping(system, "constants", contract.name)
        self._when_empty = {
            title: _words(system, title, fields)
            for title, fields in _mapping(system, "when_empty", contract.name).items()
        }
        self._values = {
            field: _words(system, field, words) for field, words in _mapping(system, "values", contract.name).items()
        }
        self._require_fields(contract)
        self._children = TableChildren.declared(system, contract, self._columns)
        self._times = declared_times.declared(system, contract.name, self._dataset)
        self._sheet = self._layout(system)
        self._delimiter, self._encoding = (
            options.text(system, "delimiter", ","),
            options.text(system, "encoding", "utf-8"),
        )
        _require_text(system, self._delimiter, self._encoding)
        self._beside = tuple(name for name, plan in self._children.plans.items() if plan.file)
        self._contract, self._newest = contract, file_source.newest_is_all(system, default="newest")
        self._patterns = (pattern, *self._children.files)
        if beside := self._children.files:
            if fault := fault_in_pairs(self._patterns):
                hint = 'files: {...: "hkd_*.csv"} and file: "tv_*.csv": the * stands for the same text'
                raise options.wrong(system, "children", fault, hint=hint, within=(contract.name,))
            wanted = paired(pattern, beside, TABLES)
        else:
            wanted = file_source.by_pattern(pattern, TABLES)
        self._inbox = file_source.inbox(system, wanted)

    def pages(self, window: Window) -> Iterator[Page]:
        """One page for each complete file, oldest first."""
        yield from self._inbox.pages(window, self._system.now(), self._page)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        tables = self._tables(body, media_type)
        rows, beside = tables[0].frame, dict(zip(self._beside, (each.frame for each in tables[1:]), strict=True))
        changed = file_source.stamp(media_type, CSV, XLSX)[2]
        given: dict[str, pl.Expr] = {
            str(field): pl.col(title) for title, field in self._columns.items() if field is not None
        }
        for title, instead in self._when_empty.items():
            given |= {
                field: pl.when(pl.col(title).is_null()).then(pl.col(other)).otherwise(given[field])
                for field, other in instead.items()
            }
            # Whether the column is empty is not sure of a refused row.
            given |= {field: pl.when(pl.col(REFUSED).is_null()).then(given[field]) for field in instead}
        given |= {field: pl.lit(str(value), pl.String) for field, value in self._constants.items()}
        for field, words in self._values.items():
            given[field] = given[field].replace(words)
        for field, form in self._times.items():
            given[field] = declared_times.in_iso(given[field], form, self._dataset, field)
        if (version := self._dataset.version_field) is not None and version not in given:
            given[version] = pl.lit(changed.isoformat(), pl.String)
        absent = pl.lit(None, pl.String)
        chosen = [given.get(f.name, absent).alias(f.name) for f in self._dataset.fields]
        return self._children.frames(rows, rows.select(*chosen, REFUSED, RAW), beside)

    def listing(self) -> Iterator[KeyPage] | None:
        return file_source.listing(self, self._contract, self._inbox, self._page, self._newest)

    def check(self) -> Iterable[Probe]:
        yield from file_source.probes(self._system, self._inbox, self._sample)

    def close(self) -> None:
        self._inbox.close()

    def _page(self, each: Delivery) -> Generator[Page]:
        bodies = tuple(map(self._inbox.read, each.files))
        body, media = b"".join(bodies), self._media(each, bodies)
        with ExitStack() as cut:
            for file in each.files:
                cut.enter_context(cut_for_good(file))
            table = self._tables(body, media)[0]
            # Rows of a second file that belong to no record are counted with the records.
            count = self.records(body, media)[self._dataset.name].height if self._beside else table.frame.height
        yield Page(body, media, count, table.size(each.name, sum(file.size for file in each.files)), None)

    def _media(self, each: Delivery, bodies: Sequence[bytes]) -> str:
        sizes = tuple(map(len, bodies)) if len(bodies) > 1 else ()
        return file_source.stamped(TABLES[suffix_of(each.name)], each.name, each.changed, parts=sizes)

    def _tables(self, body: bytes, media_type: str) -> Sequence[Table]:
        """The main file's table, and those of the files beside it, in the order of `_beside`."""
        _, name, _ = file_source.stamp(media_type, CSV, XLSX)
        main, *others = file_source.parts(body, media_type, len(self._patterns))
        beside = zip(self._beside, self._patterns[1:], others, strict=True)
        return [
            self._table(main, name, self._sheet),
            *(
                self._table(
                    part, name_beside(self._patterns[0], pattern, name), self._children.layout(each, self._system)
                )
                for each, pattern, part in beside
            ),
        ]

    def _table(self, body: bytes, name: str, sheet: SheetLayout) -> Table:
        if TABLES[suffix_of(name)] == XLSX:
            return xlsx_table(body, name, sheet, self._caps)
        return csv_table(body, name, sheet, delimiter=self._delimiter, encoding=self._encoding)

    def _sample(self, newest: Delivery) -> str:
        bodies = tuple(map(self._inbox.read, newest.files))
        tables = self._tables(b"".join(bodies), self._media(newest, bodies))
        table, refused = tables[0], sum(int(each.frame[REFUSED].is_not_null().sum()) for each in tables)
        unread = f", {refused} of which cannot be read" if refused else ""
        blank = f", {table.blank} without any value left out" if table.blank else ""
        beside = "".join(
            f", {each.frame.height} of {name}" for name, each in zip(self._beside, tables[1:], strict=True)
        )
        return f"{newest.name}: {table.frame.height} rows{beside}{unread}{blank}, the header as declared"

    def _layout(self, system: System) -> SheetLayout:
        by_name = self._dataset.by_name
        taken = {title: by_name[str(field)] for title, field in self._columns.items() if field is not None}
        taken |= {other: by_name[field] for instead in self._when_empty.values() for field, other in instead.items()}
        for title, child in self._children.titles.items():
            of_child = self._children.datasets[child].by_name
            taken.setdefault(title, of_child[self._children.plans[child].by_title[title]])
        skipped = frozenset(self._columns) - set(taken) - set(self._when_empty)
        return SheetLayout(tuple(self._columns), *file_source.layout(system), fields=taken, skipped=skipped)

    def _require_fields(self, contract: Contract) -> None:
        """Check that every field has at most one column or constant, and every required field exactly one."""
        given = [str(each) for each in (*(f for f in self._columns.values() if f is not None), *self._constants)]
        known = set(self._dataset.by_name)
        if self._dataset.version_field is None:
            raise ContractInvalid(
                f"{contract.path}: a list that is read needs a versionField; the contract {contract.name} has none"
            )
        wrong = [f"{each}: no field of the contract" for each in sorted({*given, *self._values} - known)]
        wrong += [f"{each}: given twice" for each in sorted({g for g in given if given.count(g) > 1})]
        due = {f.name for f in self._dataset.fields if f.required} - {self._dataset.version_field or ""}
        wrong += [f"{each}: required and not given" for each in sorted(due - set(given))]
        others = [name for title, instead in self._when_empty.items() for name in (title, *instead.values())]
        wrong += [f"{each}: no column of the file" for each in sorted(set(others) - set(self._columns))]
        replaced = {each for instead in self._when_empty.values() for each in instead}
        wrong += [
            f"{each}: in when_empty and given by no column" for each in sorted(replaced - set(self._columns.values()))
        ]
        wrong += [
            f"{each}: has words in values and is not given" for each in sorted(set(self._values) & known - set(given))
        ]
        if wrong:
            message = (
                f"{contract.path}: {self._system.id} does not fit the contract {contract.name}; {'; '.join(wrong)}"
            )
            raise ContractInvalid(message, hint="mend columns or constants")


def _of(system: System, option: str, contract: str) -> object:
    held = system.options.get(option, {})
    if not isinstance(held, Mapping):
        raise options.wrong(system, option, f"the option {option} must map contracts")
    return held.get(contract)


def _mapping(system: System, option: str, contract: str) -> Mapping[str, object]:
    held = _of(system, option, contract)
    if option == "columns" and isinstance(held, list):
        held = {each: each for each in held}
    if held is None and option != "columns":
        return {}
    if not isinstance(held, Mapping) or not held or not all(isinstance(key, str) for key in held):
        raise options.wrong(
            system,
            option,
            f"the option {option} must map names of {contract}",
            hint="see connectors/systems/table_files.py",
        )
    return dict(held)


def _require_text(system: System, delimiter: str, encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise options.wrong(system, "encoding", f"no encoding {encoding} is known") from None
    if len(delimiter) != 1:
        raise options.wrong(system, "delimiter", "the delimiter must be one character")


def _words(system: System, field: str, words: object) -> dict[str, str]:
    if (
        not isinstance(words, Mapping)
        or not words
        or not all(isinstance(each, str) for pair in words.items() for each in pair)
    ):
        raise options.wrong(
            system, "values", f"values of {field} must map texts to texts", hint='quote them: {"0": "false"}'
        )
    return dict(words)
