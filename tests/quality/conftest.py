"""Makers of small datasets, and the rule kinds by example."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from contracts.model import Classification, Dataset, Effect, Field, Kind, Rule

LISTS = {"units": frozenset({"760", "26734", "99999", "Khơ Me"})}
SPEC: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "spec.yaml").read_text(encoding="utf-8"))


def make_field(name: str, kind: Kind = Kind.TEXT, classification: Classification = Classification.NONE) -> Field:
    return Field(name=name, column=f"c_{name.lower()}", title=name, meaning="", kind=kind, classification=classification)


def make_rule(kind: str, *fields: str, id: str | None = None, effect: Effect = Effect.QUARANTINE, **arguments: Any) -> Rule:
    return Rule(id or f"{'-'.join(fields)}.{kind}", kind, fields, f"Câu của {kind}.", effect, arguments)


def make_dataset(fields: list[Field], rules: list[Rule], name: str = "sample") -> Dataset:
    return Dataset(name, name, "Mẫu", "", tuple(fields), tuple(rules), None)


def make_case(case: dict[str, Any], number: int) -> tuple[Dataset, pl.DataFrame, int]:
    """A dataset with the one rule of the case, its records (kept ones first), and how many must break."""
    names = [f"f{i}" for i in range(max(len(case.get("fields", [])), 2 if isinstance(case["keeps"][0], list) else 1))]
    kinds = [Kind(kind) for kind in case.get("fields", ["text"] * len(names))]
    rule = make_rule(case["kind"], *names, id=f"case.{case['kind']}", **case.get("arguments", {}))
    rows = [row if isinstance(row, list) else [row] for row in [*case["keeps"], *case["breaks"]]]
    frame = pl.DataFrame(rows, schema={name: pl.String for name in names}, orient="row")
    return make_dataset([make_field(n, k) for n, k in zip(names, kinds, strict=True)], [rule], f"case_{number}"), frame, len(case["breaks"])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `spec_case` runs once for every entry of spec.yaml."""
    if "spec_case" in metafunc.fixturenames:
        metafunc.parametrize("spec_case", list(enumerate(SPEC)), ids=[f"{i}-{case['kind']}" for i, case in enumerate(SPEC)])


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
