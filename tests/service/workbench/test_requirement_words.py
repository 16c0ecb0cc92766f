"""Words of the table of requirements, as a Vietnamese jurist reads them."""

from __future__ import annotations

import csv
from pathlib import Path

from hub.requirements.catalogue import About, Reach
from service.workbench.requirement_words import PARTS, WORDS, derivation, word

SHIPPED = Path(__file__).parents[3] / "deployments" / "hcmc" / "requirements.csv"


def test_persons_and_verdicts_have_a_vietnamese_word() -> None:
    assert {*About, *Reach} - set(WORDS) == set()


def test_each_part_of_the_shipped_table_has_a_vietnamese_word() -> None:
    """A jurist read `look-up: ...` and `join: ...` on a Vietnamese page."""
    with SHIPPED.open(encoding="utf-8", newline="") as file:
        texts = [row["derivation"] for row in csv.DictReader(file) if row["derivation"]]

    parts = {each.partition(": ")[0] for text in texts for each in text.split(" | ")}

    assert texts
    assert parts - set(PARTS) == set()


def test_the_words_of_the_paper_stay_as_they_are() -> None:
    text = "copy: bản sao | paper: hộ chiếu"

    assert "bản: bản sao | giấy tờ: hộ chiếu" == derivation(text, vietnamese=True)
    assert text == derivation(text, vietnamese=False)


def test_a_code_of_a_result_is_no_word() -> None:
    assert "result:KQ.G15.000040" == word("result:KQ.G15.000040", vietnamese=True)
