"""The declared suite over a real stage, and its agreement with the row predicates."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest

from contracts.checks import DATASET_KINDS
from contracts.invisible import trimmed
from contracts.model import Classification, Effect, Kind
from quality import Judgement, Staged, batch_rules, judge, run_gate
from quality.errors import GateFailed, GateUnreachable
from quality.polars_rules import ROW_ENGINES
from quality.sql_rules import SQL_ENGINES


def test_both_engines_know_the_same_kinds():
    """A kind of rule that one engine executes has a form in the other."""
    assert set(ROW_ENGINES) == set(SQL_ENGINES)
    assert set(batch_rules.BATCH_ENGINES) == set(DATASET_KINDS)


def test_the_engines_agree_on_every_example(pg_url, stage, spec, case, lists):
    """Each example of each kind of rule is counted alike by predicates and by the suite, and as spec.yaml says."""
    staged, expected = [], {}
    for number, example in enumerate(spec):
        dataset, frame, broken = case(example, number)
        staged.append(stage(pg_url, dataset, judge(dataset, frame, lists), lists))
        expected[f"{dataset.name}/case.{example['kind']}"] = broken

    gate = run_gate(pg_url, staged)

    assert () == gate.disagreements
    assert expected == dict(gate.counts)
    assert not gate.holds


def test_sql_reads_what_arrived_too(pg_url, stage, spec, case, lists):
    """The suite does not lean on the other engine's reading: over the texts as received it counts the same."""
    staged, expected = [], {}
    for number, example in enumerate(spec):
        dataset, frame, broken = case(example, number)
        if example["kind"] in ("max_length", "code_list", "no_control_characters"):
            continue  # about composed text, or about NUL, which PostgreSQL cannot hold
        seen = frame.select(pl.all().map_elements(trimmed, return_dtype=pl.String))  # as every text of a stage is
        raw = seen.select(pl.when(pl.col(f.name) != "").then(pl.col(f.name)).alias(f.column) for f in dataset.fields)
        staged.append(stage(pg_url, dataset, Judgement(raw, {f"case.{example['kind']}": broken}), lists))
        expected[f"{dataset.name}/case.{example['kind']}"] = broken

    assert expected == dict(run_gate(pg_url, staged).counts)


def test_a_miscount_holds_the_batch(pg_url, stage, dataset, field, rule):
    """When the engines count differently one of them is wrong, and nothing may be merged."""
    sample = dataset([field("a")], [rule("required", "a")])
    verdict = judge(sample, pl.DataFrame({"a": ["x", None]}, schema={"a": pl.String}), {})
    staged = stage(pg_url, sample, Judgement(verdict.frame, {"a.required": 0}))

    gate = run_gate(pg_url, [staged])

    assert ("sample/a.required: 0 by row, 1 in SQL",) == gate.disagreements
    assert gate.holds


def test_a_lost_row_holds_the_batch(pg_url, stage, dataset, field):
    """A stage with fewer rows than were judged is not merged."""
    sample = dataset([field("a")], [])
    staged = stage(pg_url, sample, judge(sample, pl.DataFrame({"a": ["x", "y"]}), {}))

    gate = run_gate(pg_url, [Staged(sample, "stage", sample.table, 3, {}, {})])

    assert ("sample: 3 rows judged, 2 staged",) == gate.disagreements
    assert 2 == staged.rows


@pytest.mark.parametrize(
    ("kind", "arguments", "holds"),
    [
        ("row_count", {"minimum": 4, "maximum": 4}, False),
        ("row_count", {"minimum": 5}, True),
        ("row_count", {"maximum": 3}, True),
        ("null_share", {"maximum_percent": 50, "minimum_rows": 4}, False),
        ("null_share", {"maximum_percent": 49.9, "minimum_rows": 4}, True),
        ("null_share", {"maximum_percent": 49.9, "minimum_rows": 5}, False),
        ("share", {"value": "it's", "minimum_percent": 50, "maximum_percent": 50, "minimum_rows": 2}, False),
        ("share", {"value": "it's", "minimum_percent": 51, "maximum_percent": 100, "minimum_rows": 2}, True),
        ("share", {"value": "it's", "minimum_percent": 0, "maximum_percent": 49, "minimum_rows": 2}, True),
        ("share", {"value": "it's", "minimum_percent": 51, "maximum_percent": 100, "minimum_rows": 3}, False),
    ],
)
def test_rules_about_the_batch(pg_url, stage, dataset, field, rule, kind, arguments, holds):
    """Volume, null share and distribution hold the batch beyond their bounds, which are inclusive, by both engines."""
    about = rule(kind, *([] if kind == "row_count" else ["a"]), id=f"sample.{kind}", effect=Effect.HOLD, **arguments)
    sample, frame = dataset([field("a")], [about]), pl.DataFrame({"a": ["it's", "x", None, ""]})
    failed = batch_rules.failed(sample, frame)

    gate = run_gate(pg_url, [stage(pg_url, sample, judge(sample, frame, {}), failed=failed)])

    assert ((about.id,) if holds else ()) == failed
    assert ((f"sample/sample.{kind}",) if holds else ()) == gate.failed
    assert () == gate.disagreements


@pytest.mark.parametrize(
    ("failed", "line"), [((), "fails in SQL only"), (("sample.n", "sample.m"), "fails by row only")]
)
def test_a_share_that_one_engine_alone_finds_wrong(pg_url, stage, dataset, field, rule, failed, line):
    """A fault of shares that is planted in one engine, as a wrong bound or a dropped rule, is found by the other."""
    about = [rule("row_count", id=f"sample.{name}", effect=Effect.HOLD, minimum=n) for name, n in (("n", 2), ("m", 1))]
    sample = dataset([field("a")], about)
    verdict = judge(sample, pl.DataFrame({"a": ["x"]}), {})

    gate = run_gate(pg_url, [stage(pg_url, sample, verdict, failed=failed)])

    assert (f"sample/sample.{'m' if failed else 'n'}: {line}",) == gate.disagreements
    assert "sample/sample.n" in gate.failed


def test_accepted_rows_break_no_rule_that_rejects(pg_url, stage, dataset, field, rule):
    """Of rows of many batches only that is asked: no share, no exact number, and findings may stand."""
    sample = dataset(
        [field("a"), field("b")],
        [
            rule("required", "a"),
            rule("code", "b", codes=["1"], effect=Effect.FINDING),
            rule("row_count", id="sample.n", effect=Effect.HOLD, minimum=9),
        ],
    )
    verdict = judge(sample, pl.DataFrame({"a": ["x", None], "b": ["2", "1"]}), {})
    staged = replace(stage(pg_url, sample, verdict), rows=None, broken={"a.required": 0}, accepted=True)

    gate = run_gate(pg_url, [staged])

    assert ("sample/a.required: 0 by row, 1 in SQL",) == gate.disagreements
    assert {"sample/a.required": 1} == dict(gate.counts)
    assert () == gate.failed


def test_an_empty_batch_passes(pg_url, stage, dataset, field, rule):
    """No records: nothing is broken, and shares of nothing are within any bounds."""
    share = rule("null_share", "a", effect=Effect.HOLD, maximum_percent=0, minimum_rows=0)
    sample = dataset([field("a")], [rule("required", "a"), share])
    staged = stage(pg_url, sample, judge(sample, pl.DataFrame(schema={"a": pl.String}), {}))

    assert not run_gate(pg_url, [staged]).holds


def test_encrypted_fields_have_no_sql_rules(pg_url, stage, dataset, field, rule):
    """What rests encrypted is judged on rows only; the suite does not look at it."""
    sample = dataset(
        [field("a"), field("cause", classification=Classification.PERSONAL_SENSITIVE)],
        [rule("required", "a"), rule("required", "cause"), rule("no_control_characters", "a", "cause")],
    )
    verdict = judge(
        sample, pl.DataFrame({"a": ["x"], "cause": [None]}, schema={"a": pl.String, "cause": pl.String}), {}
    )

    gate = run_gate(pg_url, [stage(pg_url, sample, verdict)])

    assert {"sample/a.required": 0} == dict(gate.counts)
    assert not gate.holds


def test_more_patterns_than_postgresql_remembers(pg_url, stage, dataset, field, rule):
    """A contract with many patterns is counted in several passes, all of them right."""
    rules = [rule("pattern", "a", id=f"p{i}", pattern=f"x{{{i}}}y?") for i in range(1, 61)]
    sample = dataset([field("a")], rules)
    staged = stage(pg_url, sample, judge(sample, pl.DataFrame({"a": ["x" * i for i in range(1, 61)]}), {}))

    gate = run_gate(pg_url, [staged])

    assert () == gate.disagreements
    assert {59} == set(gate.counts.values())


def test_no_value_leaves_the_database(pg_url, stage, dataset, field, rule, tmp_path, caplog, capfd):
    """Planted people appear neither in results, nor in Data Docs, nor in what is logged or printed."""
    from quality import documents, suite
    from quality.gate import load_suite_engine

    people = ["Canary Nguyễn Thị Hòa", "079190424242", "31.02.1942"]
    sample = dataset(
        [field("name"), field("number"), field("born", Kind.PARTIAL_DATE)],
        [
            rule("max_length", "name", length=3),
            rule("pattern", "number", pattern="[0-9]{9}"),
            rule("partial_date", "born"),
            rule(
                "share", "name", effect=Effect.HOLD, value="x", minimum_percent=90, maximum_percent=100, minimum_rows=1
            ),
        ],
    )
    frame = pl.DataFrame([people], schema={"name": pl.String, "number": pl.String, "born": pl.String}, orient="row")
    staged = stage(pg_url, sample, judge(sample, frame, {}))

    gate = run_gate(pg_url, [staged], docs=tmp_path)

    gx = load_suite_engine()
    source = gx.get_context(mode="ephemeral").data_sources.add_postgres("again", connection_string=pg_url)
    batch = (
        source.add_table_asset("t", table_name=sample.table, schema_name="stage")
        .add_batch_definition_whole_table("w")
        .get_batch()
    )
    result = batch.validate(suite.build(sample, {}), result_format="COMPLETE")
    pages = "".join(page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html"))
    printed = "".join(capfd.readouterr())
    for written in (
        json.dumps(result.to_json_dict(), ensure_ascii=False),
        str(documents.counts_only(result)),
        pages,
        repr(gate),
        caplog.text,
        printed,
    ):
        for value in people:
            assert value not in written
            assert json.dumps(value) not in written
    assert "name.max_length" in pages
    assert "Câu của max_length." in pages
    assert gate.holds


def test_documents_drop_what_is_not_a_number(tmp_path):
    """Should an expectation of the future tell values, the allow-list keeps them out of the page."""
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    from quality import documents

    leak = ExpectationValidationResult(
        success=False,
        expectation_config=ExpectationConfiguration(
            type="expect_column_values_to_not_be_null", kwargs={"column": "c_name"}
        ),
        result={
            "unexpected_count": 1,
            "observed_value": "Canary Hòa",
            "partial_unexpected_list": ["Canary Hòa"],
            "details": {"x": "Canary Hòa"},
        },
        exception_info={
            "raised_exception": True,
            "exception_traceback": "Canary Hòa",
            "exception_message": "Canary Hòa",
        },
        meta={"note": "Canary Hòa"},
    )
    result = ExpectationSuiteValidationResult(
        success=False,
        results=[leak],
        suite_name="sample",
        statistics={
            "evaluated_expectations": 1,
            "successful_expectations": 0,
            "unsuccessful_expectations": 1,
            "success_percent": 0.0,
        },
        meta={"batch_spec": {"query": "Canary Hòa"}, "run_id": None},
    )

    index = documents.write(tmp_path, {"sample": result})

    assert index.exists()
    assert "Canary" not in (tmp_path / "sample.html").read_text(encoding="utf-8")
    assert "Canary" not in str(documents.counts_only(result))


def test_a_missing_table_is_no_verdict(pg_url, dataset, field, rule):
    """A suite that cannot be computed raises; it is never read as agreement."""
    sample = dataset([field("a")], [rule("required", "a")])

    with pytest.raises(GateFailed):
        run_gate(pg_url, [Staged(sample, "stage", "nowhere", 0, {}, {})])


def test_a_missing_column_is_no_verdict(pg_url, stage, dataset, field, rule):
    """A column that the stage lacks raises too, and the message quotes no statement."""
    sample = dataset([field("a")], [])
    stage(pg_url, sample, judge(sample, pl.DataFrame({"a": ["x"]}), {}))
    other = dataset([field("b")], [rule("code", "b", codes=["Canary"])])

    with pytest.raises(GateFailed) as raised:
        run_gate(pg_url, [Staged(other, "stage", "sample", 1, {"b.code": 0}, {})])

    assert "Canary" not in str(raised.value)


def test_a_database_that_is_gone(dataset, field):
    """No answer is a matter of waiting, and the message carries no password."""
    with pytest.raises(GateUnreachable) as raised:
        run_gate(
            "postgresql+psycopg://someone:hunter2@127.0.0.1:9/none",
            [Staged(dataset([field("a")], []), "stage", "a", 0, {}, {})],
        )

    assert "hunter2" not in str(raised.value)
