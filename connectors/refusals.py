"""Frames of records of which some cannot be read: each of these is a row too, so that the ledger counts it as received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from contracts.refused import RAW, REFUSED

from .interface import RecordRefusal
from .leaf_rows import Texts, text_frame


def record_frame(names: Sequence[str], rows: Sequence[Texts | RecordRefusal]) -> pl.DataFrame:
    """A row for each record or refusal, in their order; columns `names`, all `pl.String`, then `_refused` and `_raw`."""
    refused = {at: row for at, row in enumerate(rows) if isinstance(row, RecordRefusal)}
    texts = [
        tuple(row.known.get(name) or None for name in names) if isinstance(row, RecordRefusal) else row for row in rows
    ]
    return with_refusals(text_frame(names, texts), refused)


def with_refusals(frame: pl.DataFrame, refused: Mapping[int, RecordRefusal]) -> pl.DataFrame:
    """A frame with its refused rows marked; `refused` is by the number of the row, from 0.

    It has both columns (`contracts/refused.py`) without a refusal too, so that the frames of all pages fit together.
    """
    if not refused:
        return frame.with_columns(pl.lit(None, pl.String).alias(REFUSED), pl.lit(None, pl.Binary).alias(RAW))
    rows = [refused.get(at) for at in range(frame.height)]
    return frame.with_columns(
        pl.Series(REFUSED, [each and f"{each.place}: {each.clause}" for each in rows], dtype=pl.String),
        pl.Series(RAW, [each and each.content for each in rows], dtype=pl.Binary),
    )
