"""A page of NDJSON that is proved by counts reads as one whose lines are looked at one by one."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.dumps import ndjson

FIELDS = ("a", "b", "ab")
TEXTS = ['"t"', '"u"', '""', '":"', '","', '"{"', '"["', '"null"', '"\\""', '"\\\\"', '"\\ud800"']
OTHERS = ["null", "1", "1e5", "true", "12345678901234567890123", "{}", '{"k":"v"}', '{"k":null}', "[]", '[":"]']
VALUES = st.sampled_from(TEXTS + OTHERS)
NAMES = st.sampled_from([*FIELDS, "unknown", "a\\u0062"])
MEMBERS = st.one_of(
    st.tuples(NAMES, VALUES),
    st.tuples(st.sampled_from(FIELDS), st.sampled_from(['"t"', '"u"'])),
)
MARKS = st.sampled_from(['"{0}":{1}', '"{0}":{1}', '"{0}": {1}', '"{0}" :{1}'])
WHOLE = [("a", '"t"'), ("b", '"t"'), ("ab", '"t"')]
LINES = st.one_of(st.just(WHOLE), st.permutations(WHOLE), st.lists(MEMBERS, max_size=5))


def line(members: list[tuple[str, str]], mark: str = '"{0}":{1}') -> bytes:
    return f"{{{','.join(mark.format(*each) for each in members)}}}".encode()


def read(body: bytes) -> list[tuple[object, ...]]:
    frame = ndjson.read(body, FIELDS, FIELDS, "f")
    columns = (*FIELDS, "_refused", "_raw")
    absent = [pl.lit(None).alias(each) for each in columns if each not in frame.columns]
    return frame.with_columns(absent).select(columns).rows()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(LINES, MARKS), min_size=1, max_size=12))
@example([(WHOLE, '"{0}":{1}'), ([*WHOLE[:2], ("unknown", '"t"')], '"{0}":{1}')])
@example([(WHOLE, '"{0}":{1}'), ([("a", "1"), ("b", "1"), ("ab", '"t"'), ("a", '"t"')], '"{0}":{1}')])
@example([([WHOLE[0], *WHOLE[:2]], '"{0}":{1}'), (WHOLE, '"{0}":{1}'), (WHOLE, '"{0}" :{1}')])
@example([(WHOLE, '"{0}":{1}'), ([("a", '[":"]'), *WHOLE[1:]], '"{0}":{1}')])
@example([(WHOLE, '"{0}":{1}')] * 11 + [([("a", "null"), ("b", '"t"'), ("unknown", "null")], '"{0}":{1}')])
@example([(WHOLE, '"{0}":{1}')] * 11 + [([("a", "null"), *WHOLE[1:]], '"{0}":{1}')])
def test_counts_see_what_a_look_at_each_line_sees(lines: list[tuple[list[tuple[str, str]], str]]) -> None:
    """A field twice, one that nobody knows, a number that is no text as it stands: each in whatever company."""
    body = b"\n".join(line(*each) for each in lines)

    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(ndjson, "_alike", lambda *_: None)
        expected = read(body)

    assert expected == read(body)


def test_half_a_character_beside_another_fault() -> None:
    """It ended the whole reading: what is sure of a refused record held it, and no text can."""
    body = line([("unknown", "1"), ("a", '"\\ud800"'), ("b", '"t"')])

    [(a, b, _, refused, _)] = read(body)

    assert (None, "t") == (a, b)
    assert "unknown" in str(refused)


def test_a_page_of_whole_lines_is_proved() -> None:
    """Nearly every page is read by Polars once and never line by line; a few nulls change nothing."""
    lines = [{"a": "Trần Thị", "b": "1", "ab": "x"}] * 50 + [{"a": None, "b": "2", "ab": "y"}]
    body = b"\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in lines)
    with pytest.MonkeyPatch.context() as fast:
        fast.setattr(ndjson, "_doubtful", None)
        fast.setattr(ndjson, "_counted", None)

        assert [("Trần Thị", "1", "x")] * 50 + [(None, "2", "y")] == [row[:3] for row in read(body)]
