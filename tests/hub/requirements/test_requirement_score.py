"""The score of the rules against labels of people."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.requirements.mapping import propose_all
from hub.requirements.papers import Paper, read_papers
from hub.requirements.rules import read_rules
from proofs import requirement_score as score

from .catalogue import HCMC, ROWS, SHIPPED


def label(row: Paper, *answers: str, fingerprint: str = "") -> score.Label:
    return score.Label(row.id, fingerprint or row.fingerprint, frozenset(answers), "", 2)


def test_precision_and_recall_by_hand(catalogue: list[Path]) -> None:
    """Four rows: one held rightly, one by another evidence (wrong and missed), one held that nothing answers (wrong), one missed."""
    form, birth, _, police, identity = read_papers(catalogue)
    labels = [
        label(form, "register:birth"),
        label(birth, "register:birth", "register:death"),
        label(police, "result:X"),
        label(identity),
    ]
    rows = score.judged(labels, propose_all(read_rules(HCMC), read_papers(catalogue)), Path("labels.csv"))
    scored = score.score(rows)

    assert [(False, True), (False, False), (True, True), (True, False)] == [(r.wrong, r.missed) for r in rows]
    assert (4, 3, 3, 1) == (scored.rows, scored.answered, scored.held, scored.right)
    assert (pytest.approx(1 / 3), pytest.approx(1 / 3)) == (scored.precision, scored.recall)
    assert (None, None) == (score.score([]).precision, score.score([]).recall)


def test_a_text_that_changed_is_not_scored(catalogue: list[Path]) -> None:
    """A label belongs to the text that was read."""
    papers = read_papers(catalogue)
    proposals = propose_all(read_rules(HCMC), papers)

    with pytest.raises(DeploymentInvalid, match=r"labels.csv:2: the text of 9\.000001/1 has changed"):
        score.judged([label(papers[0], fingerprint="0" * 16)], proposals, Path("labels.csv"))
    with pytest.raises(DeploymentInvalid, match="is not in the catalogue"):
        score.judged([score.Label("9.999999/1", "", frozenset(), "", 2)], proposals, Path("labels.csv"))


def test_labels_are_of_procedures_on_which_no_rule_was_written() -> None:
    """151 demanded papers of the other 30; every label is an answer that a requirement may have."""
    labels = score.read_labels(score.FILE)
    others = set(SHIPPED) - score.written_on(SHIPPED)

    assert (61, 30) == (len(score.written_on(SHIPPED)), len(others))
    assert {r.id for procedure in others for r in SHIPPED[procedure]} == {each.requirement for each in labels}
    assert {a.split(":")[0] for each in labels for a in each.answers} == {"register", "result", "population"}


def test_shipped_facts_hold_nothing_that_the_labels_deny() -> None:
    """Without the catalogue's texts: on the labelled rows, each held fact is one that the label allows."""
    by_id = {r.id: r for r in ROWS}
    labels = score.read_labels(score.FILE)
    held = [(each, by_id[each.requirement].evidence_type) for each in labels if by_id[each.requirement].held]

    assert len(held) > 25
    assert [] == [each.requirement for each, evidence in held if evidence not in each.answers]
