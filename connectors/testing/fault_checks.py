"""The check of a scripted fault: it becomes its error, reveals nothing, and lets no broken page out."""

from __future__ import annotations

import polars as pl

from contracts.errors import HubError

from ..errors import TimedOut
from ..interface import Page
from .fault_proxy import FaultProxy
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


def _values(target: Target) -> set[str]:
    """Texts that must not show up in an error: credentials, and the records' longer values."""
    source = target.open()
    found = {*FAULT_TEXTS, *(value for value in target.system.credentials.values() if len(value) > 3)}
    for page in read_pages(target):
        for frame in source.records(page.body, page.media_type).values():
            for column in frame.select(pl.selectors.string()).iter_columns():
                found.update(value for value in column.unique().to_list() if value and len(value) > 7)
    return found
