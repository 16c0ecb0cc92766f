"""Checks of scripted faults: a reply's becomes its error and reveals nothing; a record's costs that record alone."""

from __future__ import annotations

import polars as pl

from contracts.errors import HubError

from ..errors import TimedOut
from ..interface import Page, Source
from .fault_proxy import FaultProxy
from .fault_scripts.one_record import RecordFault
from .fault_scripts.script import FAULT_TEXTS, FaultScript
from .target import Target, demand, read_pages


def becomes(target: Target, fault: FaultScript) -> None:
    """The fault must become its error, reveal nothing, and let no broken page out."""
    honest = {page.body for page in read_pages(target)}
    texts = _values(target)
    script = fault.script()
    with FaultProxy(target.system.address, target.spoiling(script)) as proxy:
        # One try: the budget of repeats is the business of `recoveries`.
        source = target.open(proxy.address, attempts=1, deadline_s=1.0 if fault.error is TimedOut else 30.0)
        came: list[Page] = []
        try:
            for page in source.pages(target.window):
                came.append(page)
                demand(len(came) <= len(honest) + 1, "the reading never ends")
        except HubError as error:
            demand(
                type(error) is fault.error,
                f"{fault.error.__name__} was due, {type(error).__name__} came: {error.message}",
            )
            shown = f"{error!r} {error}"
            demand(
                not any(text in shown for text in texts), "the error's text holds a value of a record or a credential"
            )
            demand(error.__cause__ is None, "the error carries a library's error on, with headers and bodies inside")
        else:
            demand(False, f"{fault.error.__name__} was due, and {len(came)} page(s) came")
        finally:
            source.close()


def costs_one(target: Target, fault: RecordFault) -> None:
    """The damaged record must be a refused row with its bytes; every other record must come as without the damage."""
    name = target.contract.datasets[0].name
    honest = _frame_of(target.open(), target, name)
    texts = _values(target)
    with FaultProxy(target.system.address, target.spoiling(fault.script())) as proxy:
        came = _frame_of(target.open(proxy.address, attempts=1, deadline_s=30.0), target, name)
    demand("_refused" in came.columns, "the damaged record was due as a refused row, and none came")
    good = came.filter(pl.col("_refused").is_null()).drop("_refused", "_raw")
    bad = came.filter(pl.col("_refused").is_not_null())
    lost = honest.height - good.height
    demand(lost == 1, f"one record was damaged, and {lost} are missing among the readable ones")
    demand(good.join(honest, on=honest.columns, how="anti", nulls_equal=True).is_empty(), "the others come unchanged")
    demand(bad["_raw"].n_unique() == 1, "the damaged record is refused once, or as one and the same")
    demand(all(bad["_raw"]), "a refused record has its bytes")
    demand(not any(text in line for line in bad["_refused"] for text in texts), "the refusal holds a value")


def _frame_of(source: Source, target: Target, dataset: str) -> pl.DataFrame:
    """The records of a reading, each page read by a source that did not fetch it too."""
    frames = []
    try:
        for page in source.pages(target.window):
            frame = source.records(page.body, page.media_type)[dataset]
            again = target.open().records(page.body, page.media_type)[dataset]
            demand(frame.equals(again), "a landed page is read as it was when it came")
            demand(frame.height == page.count, f"a page says {page.count} records and holds {frame.height}")
            frames.append(frame)
    finally:
        source.close()
    return pl.concat(frames, how="diagonal")


def _values(target: Target) -> set[str]:
    """Texts that must not show up in an error: credentials, and the records' longer values."""
    source = target.open()
    found = {*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)}
    for page in read_pages(target):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.string()).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 7)
    return found
