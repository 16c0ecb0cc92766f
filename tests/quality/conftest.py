"""Makers of small datasets, and the rule kinds by example."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
import yaml

from contracts.model import Classification, Dataset, Effect, Field, Kind, Rule
from quality import Judgement, Staged

LISTS = {
    "units": frozenset({"760", "26734", "99999", "Khơ Me"}),
    "units@days": frozenset(
        {
            "760|2021-01-01|2025-06-30",
            "762|2004-07-08|2020-12-31",
            "769|2004-07-08|2020-12-31",
            "769|2021-01-01|2025-06-30",
        }
        | {"26734|2021-01-01|2025-06-30", "26737|2021-01-01|2024-12-31", "26737|2025-07-01|"}
    ),
}
SPEC: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "spec.yaml").read_text(encoding="utf-8"))


def make_field(name: str, kind: Kind = Kind.TEXT, classification: Classification = Classification.NONE) -> Field:
    return Field(
        name=name, column=f"c_{name.lower()}", title=name, meaning="", kind=kind, classification=classification
    )


def make_rule(
    kind: str, *fields: str, id: str | None = None, effect: Effect = Effect.QUARANTINE, **arguments: Any
) -> Rule:
    return Rule(id or f"{'-'.join(fields)}.{kind}", kind, fields, f"Câu của {kind}.", effect, arguments)


def make_dataset(fields: list[Field], rules: list[Rule], name: str = "sample") -> Dataset:
    return Dataset(name, name, "Mẫu", "", tuple(fields), tuple(rules), None)


def make_case(case: dict[str, Any], number: int) -> tuple[Dataset, pl.DataFrame, int]:
    """A dataset with the one rule of the case, its records (kept ones first), and how many must break."""
    names = [f"f{i}" for i in range(max(len(case.get("fields", [])), 2 if isinstance(case["keeps"][0], list) else 1))]
    kinds = [Kind(kind) for kind in case.get("fields", ["text"] * len(names))]
    rule = make_rule(case["kind"], *names, id=f"case.{case['kind']}", **case.get("arguments", {}))
    rows = [row if isinstance(row, list) else [row] for row in [*case["keeps"], *case["breaks"]]]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return (
        make_dataset([make_field(n, k) for n, k in zip(names, kinds, strict=True)], [rule], f"case_{number}"),
        frame,
        len(case["breaks"]),
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `spec_case` runs once for every entry of spec.yaml."""
    if "spec_case" in metafunc.fixturenames:
        metafunc.parametrize(
            "spec_case", list(enumerate(SPEC)), ids=[f"{i}-{case['kind']}" for i, case in enumerate(SPEC)]
        )


def commit_to_stage(
    url: str,
    dataset: Dataset,
    verdict: Judgement,
    lists: Mapping[str, frozenset[str]] | None = None,
    *,
    failed: Collection[str] = (),
) -> Staged:
    """Commit the judged rows to a stage table: fields as text, encrypted ones as bytes."""
    frame = verdict.frame
    sealed = {f.column for f in dataset.fields if f.classification.encrypted}
    columns = ", ".join(f'"{c}" {"bytea" if c in sealed else "text"}' for c in frame.columns)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("create schema if not exists stage")
        connection.execute(f"create unlogged table stage.{dataset.table} ({columns})".encode())
        with connection.cursor().copy(f"copy stage.{dataset.table} from stdin".encode()) as copy:
            for row in frame.iter_rows(named=True):
                copy.write_row([None if v is None else (b"sealed" if c in sealed else str(v)) for c, v in row.items()])
    return Staged(dataset, "stage", dataset.table, frame.height, verdict.broken, lists or {}, failed)


@pytest.fixture
def stage() -> Callable[..., Staged]:
    return commit_to_stage


@pytest.fixture
def pg_url(pg_url: str) -> str:
    """As the hub gives it to the gate: with the name of the driver."""
    return pg_url.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def field() -> Callable[..., Field]:
    return make_field


@pytest.fixture
def rule() -> Callable[..., Rule]:
    return make_rule


@pytest.fixture
def dataset() -> Callable[..., Dataset]:
    return make_dataset


@pytest.fixture
def case() -> Callable[..., tuple[Dataset, pl.DataFrame, int]]:
    return make_case


@pytest.fixture
def spec() -> list[dict[str, Any]]:
    return SPEC


@pytest.fixture
def lists() -> dict[str, frozenset[str]]:
    return LISTS
