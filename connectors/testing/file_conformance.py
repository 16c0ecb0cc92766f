"""The conformance suite of a file Source: the checks of `plain_checks`, and each fault of files.

The target's address is a folder (`file:///...`) of correct deliveries with manifests. Faults are applied to copies of it.
A reading may yield pages of unchanged deliveries, and must then end with the fault's error.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import polars as pl

from contracts.errors import HubError

from .dump_faults import CSV_DUMP_FAULTS, NDJSON_FAULTS, PARQUET_FAULTS
from .file_faults import ARCHIVE_FAULTS, FILE_FAULTS, WORKBOOK_FAULTS, FileFault
from .plain_checks import PLAIN
from .target import Check, Target, demand

FAULTS = {
    ".csv": FILE_FAULTS,
    ".zip": (*FILE_FAULTS, *ARCHIVE_FAULTS),
    ".xlsx": (*FILE_FAULTS, *ARCHIVE_FAULTS, *WORKBOOK_FAULTS),
    ".ndjson": (*FILE_FAULTS, *NDJSON_FAULTS),
    ".parquet": (*FILE_FAULTS, *PARQUET_FAULTS),
}
"""By the kind of file that the stream reads."""
DUMP_FAULTS = {**FAULTS, ".csv": (*FILE_FAULTS, *CSV_DUMP_FAULTS)}
"""Of a register's dump: its CSV is read in parts."""


def file_checks_for(file: str, faults: Mapping[str, tuple[FileFault, ...]] = FAULTS) -> Iterator[Check]:
    """Every check that applies, plain ones first. `file` is the name of the one to spoil: one that the stream reads, with two records at least."""
    yield from PLAIN
    for fault in faults[Path(file).suffix]:
        yield Check(fault.name, lambda target, fault=fault: _becomes(target, fault, file))  # type: ignore[misc]  # a default binds it now


def _becomes(target: Target, fault: FileFault, file: str) -> None:
    """The fault must become its error, reveal nothing, and let no damaged page out."""
    honest = target.open()
    bodies = {page.body for page in honest.pages(target.window)}
    values = _values(target)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "folder"
        shutil.copytree(unquote(urlsplit(target.system.address).path), folder)
        fault.spoil(folder, file)
        source = target.open(folder.as_uri(), **fault.options)
        try:
            for page in source.pages(target.window):
                demand(page.body in bodies, "a page of a spoiled delivery came out")
        except HubError as error:
            demand(
                type(error) is fault.error,
                f"{fault.error.__name__} was due, {type(error).__name__} came: {error.message}",
            )
            demand(
                not any(value in f"{error!r} {error}" for value in values), "the error's text holds a value of a record"
            )
            demand(error.__cause__ is None, "the error carries a library's error on, with values inside")
        else:
            demand(False, f"{fault.error.__name__} was due, and all was read")
        finally:
            source.close()


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
