"""The verdict on single records."""

from __future__ import annotations

import polars as pl
import pytest

from contracts.checks import ROW_KINDS
from contracts.model import Effect, Kind
from quality import judge
from quality.errors import FrameMismatch, ListMissing, NoEngine
from quality.polars_rules import ROW_ENGINES, SEE_NULL
from quality.rows import compile_rules
from quality.values import cells


def test_every_kind_has_an_engine():
    """No kind of row rule is without an engine, and none is there for a kind that does not exist."""
    assert set(ROW_KINDS) == set(ROW_ENGINES)


def test_every_kind_has_examples(spec):
    """The examples leave no kind out."""
    assert set(ROW_KINDS) == {case["kind"] for case in spec}


def test_examples(spec_case, case, lists):
    """Each record of spec.yaml is judged as it says there."""
    number, example = spec_case
    dataset, frame, broken = case(example, number)

    verdict = judge(dataset, frame, lists)

    expected = [None] * len(example["keeps"]) + [f"case.{example['kind']}"] * len(example["breaks"])
    assert expected == verdict.frame["_broken"].to_list()
    assert {f"case.{example['kind']}": broken} == dict(verdict.broken)


def test_only_a_required_value_is_missed(spec_case, case, lists):
    """A record without any value breaks no rule but those that see null: what `judge` leaves out where a column is empty."""
    number, example = spec_case
    dataset, frame, _ = case(example, number)
    empty = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in frame.columns)

    flags = cells.read(dataset, empty).select(compile_rules(dataset, lists).values())

    assert (frame.height if example["kind"] in SEE_NULL else 0) == flags.to_series().sum()


def test_company_changes_no_verdict(spec_case, case, lists):
    """A record is judged alone, where most columns are empty, as among others."""
    number, example = spec_case
    dataset, frame, _ = case(example, number)

    alone = [judge(dataset, one, lists).frame.row(0) for one in frame.iter_slices(1)]

    assert judge(dataset, frame, lists).frame.rows() == alone


def test_every_broken_rule_is_reported(dataset, field, rule):
    """A record that breaks several rules names all of them; findings stand apart."""
    sample = dataset(
        [field("a"), field("b")],
        [
            rule("required", "a"),
            rule("max_length", "b", length=2),
            rule("pattern", "b", pattern="x+"),
            rule("code", "b", codes=["x"], effect=Effect.FINDING),
        ],
    )
    frame = pl.DataFrame({"a": [None, "1", "1"], "b": ["yyy", "x", "xx"]}, schema={"a": pl.String, "b": pl.String})

    verdict = judge(sample, frame, {})

    assert ["a.required,b.max_length,b.pattern", None, None] == verdict.frame["_broken"].to_list()
    assert ["b.code", None, "b.code"] == verdict.frame["_findings"].to_list()
    assert {"a.required": 1, "b.max_length": 1, "b.pattern": 1, "b.code": 2} == dict(verdict.broken)


def test_values_become_canonical(dataset, field):
    """What can be read is written one way, what cannot stays as it came, and rows keep their order and marks."""
    sample = dataset(
        [
            field("t"),
            field("d", Kind.PARTIAL_DATE),
            field("m", Kind.TIMESTAMP),
            field("i", Kind.INTEGER),
            field("p", Kind.DECIMAL),
        ],
        [],
    )
    frame = pl.DataFrame(
        {
            "t": ["Nguye\u0302\u0303n", " x ", ""],
            "d": ["02/1990", "31.02.1990", "05.06.1990"],
            "m": ["20220531080000", "2022-05-31T08:00:00.5+07:00", "hôm qua"],
            "i": ["007", "-0", "7.0"],
            "p": ["1.50", "100", "1,5"],
            "_row": [1, 2, 3],
        }
    )

    judged = judge(sample, frame, {}).frame

    assert ["c_t", "c_d", "c_m", "c_i", "c_p", "_row", "_broken", "_findings"] == judged.columns
    assert ["Nguyễn", "x", None] == judged["c_t"].to_list()
    assert ["1990-02", "31.02.1990", "1990-06-05"] == judged["c_d"].to_list()
    assert ["2022-05-31T01:00:00+00:00", "2022-05-31T01:00:00.500000+00:00", "hôm qua"] == judged["c_m"].to_list()
    assert ["7", "0", "7.0"] == judged["c_i"].to_list()
    assert ["1.5", "100", "1,5"] == judged["c_p"].to_list()
    assert [1, 2, 3] == judged["_row"].to_list()


def test_judging_twice_changes_nothing(spec_case, case, lists):
    """What was judged can be judged again: the canonical form is its own canonical form."""
    number, example = spec_case
    dataset, frame, _ = case(example, number)
    names = {f.column: f.name for f in dataset.fields}

    once = judge(dataset, frame, lists)
    twice = judge(dataset, once.frame.select(*names).rename(names), lists)

    assert once.frame.equals(twice.frame)
    assert once.broken == twice.broken


def test_empty_batch(spec, case, lists):
    """A page without records gives a verdict without records, every rule counted 0."""
    for number, example in enumerate(spec):
        dataset, frame, _ = case(example, number)

        verdict = judge(dataset, frame.clear(), lists)

        assert 0 == verdict.frame.height
        assert {f"case.{example['kind']}": 0} == dict(verdict.broken)


def test_rule_of_unknown_kind(dataset, field, rule):
    """A rule that this engine does not know stops the judging: a gap is never silent."""
    with pytest.raises(NoEngine, match=r"a\.smells"):
        judge(dataset([field("a")], [rule("smells", "a")]), pl.DataFrame({"a": ["x"]}), {})


def test_rule_on_a_field_of_another_kind(dataset, field, rule):
    """A comparison of dates over a plain text has no meaning, and says so."""
    with pytest.raises(NoEngine, match=r"a-a\.not_after"):
        judge(dataset([field("a")], [rule("not_after", "a", "a")]), pl.DataFrame({"a": ["x"]}), {})


def test_list_that_was_not_given(dataset, field, rule):
    """A code list that nobody loaded is an error, not a batch full of unknown codes."""
    with pytest.raises(ListMissing, match="units"):
        judge(dataset([field("a")], [rule("code_list", "a", list="units")]), pl.DataFrame({"a": ["760"]}), {})


def test_other_lists_other_verdict(dataset, field, rule):
    """Compiled rules are kept, but never with the lists of another day."""
    sample = dataset([field("a")], [rule("code_list", "a", list="units")])
    frame = pl.DataFrame({"a": ["760"]})

    assert 0 == judge(sample, frame, {"units": frozenset({"760"})}).broken["a.code_list"]
    assert 1 == judge(sample, frame, {"units": frozenset({"761"})}).broken["a.code_list"]


@pytest.mark.parametrize("columns", [["a"], ["a", "b", "c"]])
def test_columns_that_are_not_the_contracts(dataset, field, columns):
    """A frame with a field too few or too many is refused."""
    with pytest.raises(FrameMismatch):
        judge(dataset([field("a"), field("b")], []), pl.DataFrame({c: ["x"] for c in columns}), {})
