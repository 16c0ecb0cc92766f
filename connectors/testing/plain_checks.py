"""Checks of a connector against a correct system: what it reads is whole, pure, and goes on where it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from contracts.refused import RAW, REFUSED

from ..interface import Position, Window
from .target import Check, Target, demand, read_pages


def _pages_are_whole(target: Target) -> None:
    pages = read_pages(target)
    demand(len(pages) >= 2, "the target must hold records for two pages at least")
    source = target.open()
    main = target.contract.datasets[0].name
    for number, page in enumerate(pages, 1):
        height = source.records(page.body, page.media_type)[main].height
        demand(height == page.count, f"page {number} says {page.count} records and holds {height}")


def _frames_follow_the_contract(target: Target) -> None:
    source, together = target.open(), set[tuple[str, ...]]()
    for page in read_pages(target):
        frames = source.records(page.body, page.media_type)
        demand(
            set(frames) == {dataset.name for dataset in target.contract.datasets},
            "a frame for each dataset, and no other",
        )
        for dataset in target.contract.datasets:
            frame = frames[dataset.name]
            named = [each.name for each in dataset.fields]
            beside = [["_owner"]] if dataset.parent else [[REFUSED, RAW], []]
            demand(
                frame.columns in [named + each for each in beside],
                f"{dataset.name}: the contract's fields, in its order, then the owner of a child or why a record is refused",
            )
            together.add((dataset.name, *frame.columns))
            fields = frame.select(each.name for each in dataset.fields)
            demand(set(fields.dtypes) <= {pl.String}, f"{dataset.name}: every column is text")
            empty = fields.select((pl.all() == "").any()).row(0) if fields.height else ()
            demand(not any(empty), f"{dataset.name}: an empty text is null")
    demand(len(together) <= len(target.contract.datasets), "the frames of all pages have the same columns")


def _reading_is_pure(target: Target) -> None:
    one, other = target.open(), target.open()
    for page in read_pages(target):
        first, second = one.records(page.body, page.media_type), other.records(page.body, page.media_type)
        demand(all(first[name].equals(second[name]) for name in first), "the same bytes give the same frames")


def _positions_are_the_sources(target: Target) -> None:
    pages = read_pages(target)
    ends = [page.end for page in pages if page.end is not None]
    demand(bool(ends), "an honest page has a position")
    for page in pages:
        demand(
            page.source_time is None or page.end is None or page.end.changed_at <= page.source_time,
            "no position beyond the source's clock",
        )


def _reading_on_is_inclusive(target: Target) -> None:
    end = max(page.end for page in read_pages(target) if page.end is not None)
    again = read_pages(replace(target, window=Window(since=end)))
    demand(
        any(page.end == end for page in again), "reading on from a position brings the record at that position again"
    )


def _nothing_after_the_last(target: Target) -> None:
    demand(not read_pages(replace(target, window=_far_future())), "a window without records gives no page")


def _requests_are_clean(target: Target) -> None:
    secrets = [value for value in target.system.credentials.values() if len(value) > 3]
    for page in read_pages(target):
        demand(not any(value in page.request for value in secrets), "a page's request holds no credential")
    demand(not any(value in repr(target.system) for value in secrets), "a system prints no credential")


def _far_future() -> Window:
    return Window(since=Position(datetime(2199, 1, 1, tzinfo=UTC)))


PLAIN = (
    Check("pages are whole", _pages_are_whole),
    Check("frames follow the contract", _frames_follow_the_contract),
    Check("reading is pure", _reading_is_pure),
    Check("positions are the source's", _positions_are_the_sources),
    Check("reading on is inclusive", _reading_on_is_inclusive),
    Check("nothing after the last", _nothing_after_the_last),
    Check("requests are clean", _requests_are_clean),
)
