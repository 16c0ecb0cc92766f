"""The conformance suite of a file Source: the checks of `plain_checks`, and each fault of files.

The target's address is a folder (`file:///...`) of correct deliveries with manifests. Faults are applied to copies of it.
A reading yields the pages of all unchanged deliveries, and then ends with the fault's error. A fault of single records
is no error: these come as refused, and all others as they were.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl

from contracts.errors import HubError
from contracts.refused import REFUSED

from ..interface import Page, Source
from .dump_faults import CSV_DUMP_FAULTS, NDJSON_FAULTS, PARQUET_FAULTS
from .file_faults import ARCHIVE_FAULTS, CSV_FAULTS, FILE_FAULTS, SCAN_FAULTS, FileFault
from .plain_checks import PLAIN
from .target import Check, Target, demand
from .workbook_faults import WORKBOOK_FAULTS

FAULTS = {
    ".csv": (*FILE_FAULTS, *CSV_FAULTS),
    ".zip": (*FILE_FAULTS, *ARCHIVE_FAULTS, *SCAN_FAULTS),
    ".xlsx": (*FILE_FAULTS, *ARCHIVE_FAULTS, *WORKBOOK_FAULTS),
    ".ndjson": (*FILE_FAULTS, *NDJSON_FAULTS),
    ".parquet": (*FILE_FAULTS, *PARQUET_FAULTS),
}
"""By the kind of file that the stream reads."""
DUMP_FAULTS = {**FAULTS, ".csv": (*FILE_FAULTS, *CSV_DUMP_FAULTS)}
"""Of a register's dump: its CSV is read in parts."""


def file_checks_for(
    file: str, faults: Mapping[str, tuple[FileFault, ...]] = FAULTS, *, of: str = ""
) -> Iterator[Check]:
    """Every check that applies, plain ones first. `file` is the name of the one to spoil: one that the stream reads,
    with two records at least. `of`: the file by which its delivery is called, where that is another.
    """
    yield from PLAIN
    for fault in faults[Path(file).suffix]:
        yield Check(fault.name, lambda target, fault=fault: _becomes(target, fault, file, of or file))  # type: ignore[misc]  # a default binds it now


def _becomes(target: Target, fault: FileFault, file: str, delivery: str) -> None:
    """The fault must become its error or its refused records, reveal nothing, and cost nothing beside it."""
    honest = target.open()
    pages = list(honest.pages(target.window))
    bodies = {page.body for page in pages}
    values = _values(target)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "folder"
        shutil.copytree(unquote(urlsplit(target.system.address).path), folder)
        fault.spoil(folder, file)
        source = target.open(folder.as_uri(), **fault.options)
        came: list[Page] = []
        try:
            for page in source.pages(target.window):
                came.append(page)
            demand(fault.error is None, f"{fault.error and fault.error.__name__} was due, and all was read")
            _same_but_refused(target, pages, came, source, fault.refused)
        except HubError as error:
            demand(
                type(error) is fault.error,
                f"{fault.error.__name__ if fault.error else 'no error'} was due, {type(error).__name__} came: {error.message}",
            )
            demand(
                not any(value in f"{error!r} {error}" for value in values), "the error's text holds a value of a record"
            )
            demand(error.__cause__ is None, "the error carries a library's error on, with values inside")
            demand(error.message.startswith(f"{target.system.id}: "), "the error names the system")
            demand(bool(error.hint), "the error says what to do next")
            demand({page.body for page in came} <= bodies, "a page of a spoiled delivery came out")
            others = {page.body for page in pages if f'"{delivery}"' not in page.media_type}
            demand(
                _options_spoil_all(fault) or others <= {page.body for page in came},
                "a delivery beside it did not come in",
            )
        finally:
            source.close()


def _options_spoil_all(fault: FileFault) -> bool:
    """Whether a fault is one of the system's options, which hold for every delivery."""
    return bool(fault.options)


def _same_but_refused(target: Target, honest: list[Page], came: list[Page], source: Source, refused: int) -> None:
    """All records are as they were, but for so many that come as refused."""
    name = target.contract.datasets[0].name
    fields = [field.name for field in target.contract.datasets[0].fields]
    before = pl.concat(source.records(page.body, page.media_type)[name].select(fields) for page in honest)
    frames = [source.records(page.body, page.media_type)[name] for page in came]
    demand([page.count for page in came] == [frame.height for frame in frames], "a page counts its refused records too")
    refusals = pl.concat(frame[REFUSED] for frame in frames).drop_nulls()
    found = refusals.len()
    demand(found == refused, f"{refused} refused records were due, {found} came")
    good = pl.concat(frames).filter(pl.col(REFUSED).is_null()).select(fields)
    names = [field for field in fields if field not in ("id", "goi")]  # a suffix in capitals is part of a scan's name
    old, new = before.select(names), good.select(names)
    demand(new.join(old, on=names, how="anti", nulls_equal=True).is_empty(), "a good record is not as it was")
    lost = old.join(new, on=names, how="anti", nulls_equal=True).height
    demand(lost <= refused, f"{lost} good records did not come")
    values = _values(target)
    demand(
        not any(value in text for text in refusals for value in values), "a place or clause holds a value of a record"
    )


def _values(target: Target) -> set[str]:
    """Longer values of personal fields. File names and keys may be shown, because they say where to look."""
    source = target.open()
    personal = {
        field.name
        for dataset in target.contract.datasets
        for field in dataset.fields
        if field.classification.value != "none"
    }
    found: set[str] = set()
    for page in source.pages(target.window):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.by_name(*personal, require_all=False)).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 5)
    return found
