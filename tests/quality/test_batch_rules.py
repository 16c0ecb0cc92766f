"""Rules about a batch as a whole by the row engine, and its agreement with the declared suite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.load import load_contracts
from contracts.model import Classification, Dataset, Effect, Rule
from quality import batch_rules, judge, run_gate
from quality.errors import FrameMismatch, NoEngine
from tests.databases import Databases
from tests.quality.conftest import commit_to_stage

HOLDING = [d for c in load_contracts().values() for d in c.datasets if d.dataset_rules]
RUNS = itertools.count()
"""Names of the tables of an example."""
ODD = [None, "", " ", "1 ", "01", "Nguye\u0302\u0303n", "a\u0000b", "20220531080000", "31.02.1990", "3"]


def test_every_shipped_rule_about_a_batch_is_taken_part_in() -> None:
    """The property below says something: there are rules of each kind, and no contract hides one elsewhere."""
    of_the_library = {"metric"}  # test_metrics.py asks these of both engines
    assert {r.kind for d in HOLDING for r in d.dataset_rules} == {*batch_rules.BATCH_ENGINES} - of_the_library


def test_shares_of_encrypted_fields_are_counted(dataset, field, rule) -> None:
    """What rests encrypted has no SQL form, but the row engine sees it before it is encrypted."""
    cause = field("cause", classification=Classification.RESTRICTED)
    share = rule("null_share", "cause", id="n", effect=Effect.HOLD, maximum_percent=49, minimum_rows=2)
    sample = dataset([field("a"), cause], [share])

    assert batch_rules.failed(sample, pl.DataFrame({"cause": ["x", ""]})) == ("n",)
    assert batch_rules.failed(sample, pl.DataFrame({"cause": ["x", "y"]})) == ()


def test_a_value_is_compared_as_the_stage_has_it(dataset, field, rule) -> None:
    """In NFC, character by character: what a sender decomposes is the same value."""
    said = {"value": "Nguyễn", "minimum_percent": 50, "maximum_percent": 100, "minimum_rows": 1}
    sample = dataset([field("a")], [rule("share", "a", id="s", effect=Effect.HOLD, **said)])

    assert batch_rules.failed(sample, pl.DataFrame({"a": ["Nguye\u0302\u0303n", "x"]})) == ()
    assert batch_rules.failed(sample, pl.DataFrame({"a": ["Nguyen", "x"]})) == ("s",)


def test_a_share_at_its_bound_keeps_the_rule(dataset, field, rule) -> None:
    """0.29 % of 10,000 are 29 records, although 0.29 has no exact binary form."""
    said = {"maximum_percent": 0.29, "minimum_rows": 1}
    sample = dataset([field("a")], [rule("null_share", "a", id="n", effect=Effect.HOLD, **said)])
    values = [None] * 29 + ["x"] * 9_971

    assert batch_rules.failed(sample, pl.DataFrame({"a": values})) == ()
    assert batch_rules.failed(sample, pl.DataFrame({"a": [*values[:-1], None]})) == ("n",)


def test_no_rule_is_passed_over(dataset, field, rule) -> None:
    """A kind that this engine does not know, or a field that the frame lacks, is an error, never a pass."""
    unknown = dataset([field("a")], [rule("median", "a", effect=Effect.HOLD)])
    share = dataset([field("a")], [rule("null_share", "a", effect=Effect.HOLD, maximum_percent=1, minimum_rows=1)])

    with pytest.raises(NoEngine):
        batch_rules.failed(unknown, pl.DataFrame({"a": ["x"]}))
    with pytest.raises(FrameMismatch):
        batch_rules.failed(share, pl.DataFrame({"b": ["x"]}))


def bounds(rule: Rule, least: int) -> list[int]:
    """Counts at which a rule about `least` rows may change its mind."""
    shares = [rule.arguments.get(name, 0) for name in ("minimum_percent", "maximum_percent")]
    near = {int(least * share / 100) + step for share in shares for step in (-1, 0, 1)}
    return sorted(n for n in near if 0 <= n <= least)


@st.composite
def columns(draw: st.DrawFn, dataset: Dataset) -> pl.DataFrame:
    """A batch whose shares lie about the bounds of the dataset's rules, odd values among them."""
    asked = [rule.arguments["minimum_rows"] for rule in dataset.dataset_rules if rule.fields]
    rows = draw(st.sampled_from(sorted({0, 1, 2, *(n + step for n in asked for step in (-1, 0, 1, 200))})))
    values = dict.fromkeys((f.name for f in dataset.fields), ["x"] * rows)
    for rule in dataset.dataset_rules:
        if rule.fields and rows:
            some = min(rows, draw(st.sampled_from(bounds(rule, rows))))
            odd = draw(st.lists(st.sampled_from(ODD), max_size=min(3, rows - some)))
            sought = rule.arguments.get("value")
            values[rule.fields[0]] = [sought] * some + odd + ["x"] * (rows - some - len(odd))
    return pl.DataFrame(values, schema=dict.fromkeys(values, pl.String))


def narrowed(dataset: Dataset) -> Dataset:
    """The dataset with the fields and rules of its batch rules only."""
    names = {name for rule in dataset.dataset_rules for name in rule.fields}
    fields = tuple(f for f in dataset.fields if f.name in names) or dataset.fields[:1]
    return replace(dataset, fields=fields, rules=dataset.dataset_rules)


@pytest.fixture(scope="module")
def stage_url(databases: Databases) -> Iterator[str]:
    """One database for all examples."""
    with databases.empty() as url:
        yield url.replace("postgresql://", "postgresql+psycopg://")


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_both_engines_give_the_same_verdict(data: st.DataObject, stage_url: str) -> None:
    """Every rule about a batch, of every contract: row engine and Great Expectations agree on whatever batch."""
    run, staged = next(RUNS), []
    for number, shipped in enumerate(HOLDING):
        dataset = narrowed(shipped)
        frame = data.draw(columns(dataset), label=dataset.name)
        dataset = replace(dataset, name=f"{dataset.name}_{number}", table=f"t{run}_{number}")
        failed = batch_rules.failed(dataset, frame)
        staged.append(commit_to_stage(stage_url, dataset, judge(dataset, frame, {}), failed=failed))

    gate = run_gate(stage_url, staged)

    assert gate.disagreements == ()
    assert set(gate.failed) == {f"{each.dataset.name}/{rule}" for each in staged for rule in each.failed}
