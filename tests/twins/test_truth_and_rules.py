"""The examination: the contracts' rules, which the planters never saw, find what was planted and nothing else."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from contracts.load import load_contract
from contracts.model import Dataset
from hub.core.deployment import load_deployment
from quality.rows import judge
from twins.defects.contradictions import CLASSES as ACROSS
from twins.defects.dossiers import CHILD_KEYS
from twins.population import City

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lists() -> dict[str, frozenset[str]]:
    """The deployment's code lists."""
    return dict(load_deployment(ROOT / "deployments/hcmc").code_lists())


def marked(
    city: City, dataset: Dataset, frame: pl.DataFrame, key: tuple[str, ...], lists: dict[str, frozenset[str]]
) -> pl.DataFrame:
    """Records whose verdict is not the expected one: {id, defect, expected, verdict, broken}."""
    fields = [f.name for f in dataset.fields]
    judged = judge(dataset, frame.select(fields), lists).frame
    verdicts = pl.DataFrame(
        {
            "id": frame.select(pl.concat_str(key, separator="|")).to_series(),
            "broken": judged["_broken"],
            "findings": judged["_findings"],
        }
    )
    verdicts = verdicts.with_columns(
        verdict=pl.when(pl.col("broken").is_not_null())
        .then(pl.lit("quarantine"))
        .when(pl.col("findings").is_not_null())
        .then(pl.lit("finding"))
        .otherwise(pl.lit("accepted"))
    )
    # What comes twice is right row by row: the merge, not the rules, tells doubles.
    # What two books show together, no rule over one record can see (tests/hub/cross_register, make quality-proof).
    truth = city.truth.filter(pl.col("dataset") == dataset.name, ~pl.col("defect").is_in(ACROSS)).with_columns(
        pl.col("expected").replace({"duplicate": "accepted", "conflict": "accepted"})
    )
    both = verdicts.join(truth.select(pl.col("record_id").alias("id"), "defect", "expected"), on="id", how="left")
    return both.filter(pl.col("verdict") != pl.col("expected").fill_null("accepted")).select(
        "defect", "expected", "verdict", "broken", "findings"
    )


@pytest.mark.parametrize("register", ["birth", "death", "marriage", "recognition"])
def test_registers(city: City, register: str, lists: dict[str, frozenset[str]]) -> None:
    """Each record of the books gets the verdict the truth table expects."""
    dataset = load_contract(ROOT / f"contracts/civil_registry/{register}.odcs.yaml").dataset(register)

    wrong = marked(city, dataset, city.registers[register], ("id",), lists)
    mistaken = wrong.filter((pl.col("defect") == "surname-like-title") & (pl.col("verdict") == "finding"))

    assert [] == wrong.join(mistaken, on=wrong.columns, how="anti", nulls_equal=True).to_dicts()
    assert {True} == set(mistaken["findings"].str.ends_with(".honorific")), (
        "the one rule that is known to err: Ông and Bà are surnames too"
    )


@pytest.mark.parametrize("kind", ["", "component", "fee", "supplement", "result"])
def test_dossiers(city: City, kind: str, lists: dict[str, frozenset[str]]) -> None:
    """So does each dossier and each row of its lists."""
    contract = load_contract(ROOT / "contracts/dossier/dossier.odcs.yaml")
    dossier = city.filed.dossier
    if not kind:
        wrong = marked(city, contract.dataset("dossier"), dossier, ("MaHoSo",), lists)
    else:
        frame = city.filed.children[kind]
        owner = dossier.select("MaHoSo", "NgayCapNhat")[frame["_parent"]]
        ordinal = (
            (pl.int_range(pl.len()) + 1).over("_parent", "MaPhiLePhi", "HinhThucThu") if kind == "fee" else pl.lit(1)
        )
        frame = pl.concat([frame, owner], how="horizontal").with_columns(ThuTu=ordinal.cast(pl.String))
        wrong = marked(city, contract.dataset(f"dossier_{kind}"), frame, CHILD_KEYS[kind], lists)

    assert [] == wrong.to_dicts()
