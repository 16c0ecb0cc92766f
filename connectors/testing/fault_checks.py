"""The checks of a scripted fault: it becomes its error, or costs its records; it reveals nothing."""

from __future__ import annotations

import polars as pl

from contracts.errors import HubError

from ..errors import TimedOut
from ..interface import RAW, REFUSED, Page, Source
from .fault_proxy import FaultProxy
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


def costs_its_records(target: Target, fault: FaultScript) -> None:
    """Each record comes, right or refused: the right ones exact, the refused ones with their bytes and without a value."""
    honest = [row for page in read_pages(target) for row in _rows(target.open(), page)]
    texts = _values(target)
    with FaultProxy(target.system.address, target.spoiling(fault.script())) as proxy:
        source = target.open(proxy.address, attempts=1)
        try:
            pages = list(source.pages(target.window))
            came = [row for page in pages for row in _rows(source, page)]
        finally:
            source.close()
    again = [row for page in pages for row in _rows(target.open(), page)]
    demand(came == again, "a page is read again from its bytes as it was fetched")
    demand(sum(page.count for page in pages) == len(came), "the pages count refused records too")
    demand(len(came) == len(honest), f"{len(honest)} records are there, and {len(came)} came")
    right = [row for row in came if row.get(REFUSED) is None]
    bare = [{name: value for name, value in row.items() if name not in (REFUSED, RAW)} for row in right]
    demand(all(row in honest for row in bare), "a record that is not refused is the record of the source")
    refused = [row for row in came if row.get(REFUSED) is not None]
    demand(all(row[RAW] for row in refused), "a refused record has its bytes as received")
    said = " ".join(str(row[REFUSED]) for row in refused)
    demand(not any(text in said for text in texts), "the place and clause of a refusal hold no value of a record")


def _rows(source: Source, page: Page) -> list[dict[str, object]]:
    frames = source.records(page.body, page.media_type)
    return next(iter(frames.values())).to_dicts()


def _values(target: Target) -> set[str]:
    """Texts that must not show up in an error: credentials, and the records' longer values."""
    source = target.open()
    found = {*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)}
    for page in read_pages(target):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.string()).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 7)
    return found
