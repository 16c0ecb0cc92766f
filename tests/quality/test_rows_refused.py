"""A record that could not be read breaks one rule: that it could not be read."""

from __future__ import annotations

import polars as pl

from connectors.interface import RecordRefusal
from connectors.refusals import with_refusals
from contracts.model import Effect
from quality import judge


def test_a_refused_record_breaks_that_rule_alone(dataset, field, rule) -> None:
    """Its empty fields say nothing; the records beside it are judged as ever."""
    sample = dataset(
        [field("name"), field("note")],
        [rule("required", "name"), rule("max_length", "note", length=2, effect=Effect.FINDING)],
    )
    frame = pl.DataFrame(
        {"name": [None, "a", None], "note": ["long", "long", None]}, schema_overrides={"name": pl.String}
    )
    refused = with_refusals(frame, {0: RecordRefusal(b"{", "name", "a number for a text")})

    judged = judge(sample, refused, {}).frame

    assert judged["_broken"].to_list() == ["record.unreadable", None, "name.required"]
    assert judged["_findings"].to_list() == [None, "note.max_length", None]
