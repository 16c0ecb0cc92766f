"""A wrong fact or a wrong catalogue is named with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.requirements.catalogue import FILE, read_requirements
from hub.requirements.papers import read_papers

from .catalogue import PAPERS


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (replaced(FILE, ",none,,other", ",maybe,,other"), r"requirements\.csv:2: answer 'maybe' is unknown"),
        (replaced(FILE, ",population,population,", ",population,register:birth,"), "does not fit answer population"),
        (replaced(FILE, "register:birth", "registry:birth"), "does not fit answer register"),
        (replaced(FILE, "once-held", "once-hold"), "is not in legal_bases.csv"),
        (replaced(FILE, ",none,,form,false", ",soon,,form,false"), "validity 'soon' is not understood"),
        (
            replaced(FILE, "1.002755/2", "1.002755/1"),
            r":3: requirement 1\.002755/1 for the second time \(first on line 2\)",
        ),
        (replaced(FILE, "procedure,requirement", "procedures,requirement"), ":1: no column procedure"),
        (replaced(FILE, "1.002755,1.002755/1,", "1.002755,1.002755/1,a,"), "not 18 cells"),
        (replaced(FILE, "1.002755,", "1.27,"), "procedure '1.27' is not written as it must be"),
        (replaced(FILE, ",form,false", ",form,perhaps"), "reviewed 'perhaps' is unknown"),
        (replaced(FILE, ",1,none,,other", ",one,none,,other"), "copies 'one'"),
        (
            replaced("reference/legal_bases.csv", "2025-10-22", "2025-09-22"),
            "two versions of fresh-since-sync on one day",
        ),
        (replaced("reference/legal_bases.csv", "2016-01-01", "2016-13-01"), "is no day"),
        (lambda folder: (folder / FILE).unlink(), "does not exist"),
    ],
)
def test_a_wrong_fact_is_named_with_its_line(deployment: Path, spoil: Callable[[Path], None], what: str) -> None:
    """File, line, column, value and the next step."""
    spoil(deployment)

    with pytest.raises(DeploymentInvalid, match=what) as caught:
        read_requirements(deployment)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a,b\n1,2\n", "papers.csv:1: the columns are a, b"),
        (PAPERS.replace(",1,\n", ",one,\n", 1), ":2: ban_chinh 'one'"),
    ],
)
def test_a_wrong_catalogue_is_named_with_its_line(tmp_path: Path, text: str, what: str) -> None:
    """Unknown columns, a number that is none."""
    (tmp_path / "papers.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DeploymentInvalid, match=what):
        read_papers([tmp_path / "papers.csv"])
