"""Converts old encodings of Vietnamese to Unicode NFC, for systems that declare `old_text: detect`.

The landing keeps the bytes as received; the warehouse gets NFC. Nothing is guessed: an unclear value stays as
received, and its record gets the finding `record.unclear-encoding`. The encoding of a column is detected page by
page (a page of books is one book), so a replay detects the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import polars as pl

from connectors.interface import Fingerprint, Page, Probe, SoughtRecord, Source, TimesAnswer, Window
from connectors.key_pages import KeyPage
from contracts.model import Contract, Dataset, Kind
from hub.core import events
from quality.legacy_encoding import Encoding, convert, detect

UNCLEAR = "record.unclear-encoding"
FLAG = "_unclear"
"""Column of the frames of `records`: whether a value of the record is unclear."""


class TranscodingSource(Source):
    """A source whose text is converted to NFC."""

    def __init__(self, source: Source, contract: Contract, stream: str) -> None:
        self._source, self._contract, self._stream = source, contract, stream

    def pages(self, window: Window) -> Iterator[Page]:
        """The source's pages; their bytes are not changed."""
        return self._source.pages(window)

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        """The source's records with text in NFC, and `_unclear`."""
        return {
            name: self._clear(self._contract.dataset(name), frame)
            for name, frame in self._source.records(body, media_type).items()
        }

    def fingerprint(self, window: Window) -> Fingerprint | None:
        """The source's own: it is made of ids and times, as received."""
        return self._source.fingerprint(window)

    def again(self, wanted: Sequence[SoughtRecord]) -> Iterator[Page] | None:
        """The source's own: keys are not converted."""
        return self._source.again(wanted)

    def at_times(self, times: Sequence[datetime]) -> TimesAnswer | None:
        """The source's own."""
        return self._source.at_times(times)

    def listing(self) -> Iterator[KeyPage] | None:
        """The source's own: keys are not converted."""
        return self._source.listing()

    def check(self) -> Iterable[Probe]:
        """The source's own."""
        return self._source.check()

    def close(self) -> None:
        """The source's own."""
        self._source.close()

    def _clear(self, dataset: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
        unclear = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
        clear: list[pl.Series] = []
        for field in dataset.fields:
            if field.kind is not Kind.TEXT or field.key_position is not None:
                continue  # a key is compared letter by letter with the source's
            verdict = detect(frame[field.name])
            if verdict.encoding is Encoding.NFC:
                continue
            text, doubt = convert(frame[field.name], verdict)
            clear.append(text.alias(field.name))
            unclear = unclear | doubt
            events.emit(
                "column.old_text",
                {
                    "stream": self._stream,
                    "dataset": dataset.name,
                    "field": field.name,
                    "encoding": verdict.encoding.value,
                    "confidence": round(verdict.confidence, 3),
                    "converted": int((text != frame[field.name]).sum() or 0),
                    "unclear": int(doubt.sum()),
                },
            )
        return frame.with_columns(*clear, unclear.alias(FLAG))


def with_findings(judged: pl.DataFrame) -> pl.DataFrame:
    """The validated frame, with a finding for each unclear record."""
    if FLAG not in judged.columns:
        return judged
    added = pl.when(pl.col(FLAG)).then(pl.lit(UNCLEAR))
    return judged.with_columns(
        pl.concat_str(["_findings", added], separator=",", ignore_nulls=True).replace("", None).alias("_findings")
    )
