"""Checks of scripted faults: a reply's becomes its error and reveals nothing; a record's costs that record alone."""

from __future__ import annotations

import polars as pl

from contracts.errors import HubError
from contracts.refused import RAW, REFUSED

from ..errors import TimedOut
from ..interface import Page, Source
from .fault_proxy import FaultProxy, Spoil
from .fault_scripts.one_record import RecordFault
from .fault_scripts.script import FAULT_TEXTS, FaultScript
from .target import Target, demand, read_pages


def becomes(target: Target, fault: FaultScript) -> None:
    """The fault must become its error, reveal nothing, and let no broken page out; or cost its records only."""
    if fault.error is None:
        costs_its_records(target, fault)
        return
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
    honest, good, bad = _came(target, fault.script())
    demand(not bad.is_empty(), "the damaged record was due as a refused row, and none came")
    lost = honest.height - good.height
    demand(lost == 1, f"one record was damaged, and {lost} are missing among the readable ones")
    demand(bad[RAW].n_unique() == 1, "the damaged record is refused once, or as one and the same")


def costs_its_records(target: Target, fault: FaultScript) -> None:
    """Each record must come, right or refused."""
    honest, good, bad = _came(target, fault.script(), again=fault.more)
    came = good.height + bad.height
    if fault.more:
        demand(came > honest.height, f"{honest.height} records are there, more rows were due, and {came} came")
        demand(good.unique().height == honest.height, "each record that is there was due")
    else:
        demand(came == honest.height, f"{honest.height} records are there, and {came} came")


def _came(target: Target, spoil: Spoil, *, again: bool = False) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The records of the source, those that came right through a damage, and those refused.

    The right ones must be exact, and each its own, or (`again`) told again; the refused ones must have their bytes and
    show no value.
    """
    name = target.contract.datasets[0].name
    honest = _frame_of(target.open(), target, name).drop(REFUSED, RAW, strict=False)
    texts = _values(target)
    with FaultProxy(target.system.address, target.spoiling(spoil)) as proxy:
        came = _frame_of(target.open(proxy.address, attempts=1, deadline_s=30.0), target, name)
    good = came.filter(pl.col(REFUSED).is_null()).drop(REFUSED, RAW)
    bad = came.filter(pl.col(REFUSED).is_not_null())
    demand(_without(good, honest).is_empty(), "a record that is not refused is as without the damage")
    lost = honest.height - (good.unique() if again else good).height
    demand(_without(honest, good).height == lost, "no record comes in the place of another")
    demand(all(bad[RAW]), "a refused record has its bytes as received")
    demand(not any(text in line for line in bad[REFUSED] for text in texts), "the refusal holds a value")
    return honest, good, bad


def _without(these: pl.DataFrame, those: pl.DataFrame) -> pl.DataFrame:
    return these.join(those, on=these.columns, how="anti", nulls_equal=True)


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
