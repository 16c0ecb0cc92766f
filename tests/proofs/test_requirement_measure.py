"""Verdicts, their bounds, and the share for each field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.requirements.mapping import propose_all
from hub.requirements.papers import read_papers
from hub.requirements.rules import read_rules
from proofs import requirement_measure as measure
from proofs import requirement_score as score
from tests.hub.requirements.catalogue import HCMC, PAPERS, prove

PROCEDURES = "ma_tthc,ten,linh_vuc\n9.000001,Thủ tục thứ nhất,Hộ tịch\n9.000002,Thủ tục thứ hai,Lý lịch\n"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "papers.csv").write_text(PAPERS, encoding="utf-8")
    (tmp_path / "procedures.csv").write_text(PROCEDURES, encoding="utf-8")
    return [tmp_path / "papers.csv", tmp_path / "procedures.csv"]


@pytest.mark.parametrize(("rows", "of", "low", "high"), [(0, 0, 0, 1), (0, 200, 0, 0.0188), (5, 10, 0.2366, 0.7634)])
def test_bounds(rows: int, of: int, low: float, high: float) -> None:
    """Wilson, 95 %: none of 200 may still be 1.9 %."""
    assert (low, high) == pytest.approx(measure.BoundedShare("", rows, of).bounds, abs=1e-4)


def test_verdicts_and_fields(files: list[Path]) -> None:
    """Four demanded rows: a child's birth certificate, a police record and an identity paper are held, the form is not."""
    printed = {
        row["what"]: (row["rows"], row["of"]) for row in json.loads(prove("verdicts", *map(str, files), "--json"))
    }
    fields = {
        row["what"]: (row["rows"], row["of"])
        for row in json.loads(prove("verdicts", *map(str, files), "--by-field", "--json"))
    }

    assert {"reuse": (1, 4), "confirm": (2, 4), "ask": (1, 4)} == {k: printed[k] for k in ("reuse", "confirm", "ask")}
    assert {"Hộ tịch": (1, 2), "Lý lịch": (2, 2)} == fields
    assert [] == json.loads(prove("variants", *map(str, files), "--json"))
    assert {"0"} == {str(row["of"]) for row in json.loads(prove("verdicts", *map(str, files), "--city", "--json"))}


def test_labels_divide_wrong_from_found(files: list[Path]) -> None:
    """A wrong reuse is counted apart from a wrong confirm."""
    _form, birth, _, police, identity = read_papers(files)
    labels = [
        score.Label(row.id, row.fingerprint, frozenset(answers), "", 2)
        for row, answers in (
            (birth, ("register:death",)),
            (police, ("result:KQ.G01.000199",)),
            (identity, ("population",)),
        )
    ]
    rows = score.judged(labels, propose_all(read_rules(HCMC), read_papers(files)), Path("labels.csv"))

    assert [(1, 1), (0, 2), (2, 3)] == [(each.rows, each.of) for each in measure.against(rows)]
