"""Proposals become facts that read back; what a person settled stays."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hub.requirements import facts
from hub.requirements.catalogue import FILE, Validity, read_requirements
from hub.requirements.mapping import propose_all
from hub.requirements.papers import read_papers
from hub.requirements.rules import read_rules


def test_proposals_become_facts_that_read_back(deployment: Path, catalogue: list[Path]) -> None:
    """Written and read again: copies, evidence, validity, whose paper; the note is no requirement."""
    proposals = propose_all(read_rules(deployment), read_papers(catalogue))
    (deployment / FILE).unlink()

    assert (4, 0) == facts.write(deployment, proposals)
    found = [r for rows in read_requirements(deployment).values() for r in rows]
    assert ["9.000001/1", "9.000001/2", "9.000002/1", "9.000002/2"] == [r.id for r in found]
    assert ["", "register:birth", "result:KQ.G01.000199", "population"] == [r.evidence_type for r in found]
    assert [1, 2, 1, 2] == [r.copies for r in found]
    assert (Validity(days=180), timedelta(days=1)) == (found[2].validity, found[2].max_age)
    assert "child" == found[1].about
    assert [facts.requirement_of(p).evidence_type for p in proposals if p.paper.copies] == [
        r.evidence_type for r in found
    ]


def test_what_a_person_settled_stays(deployment: Path, catalogue: list[Path]) -> None:
    """Reviewed and manual rows outlive a new writing, also when the catalogue no longer has them."""
    (deployment / FILE).unlink()
    proposals = propose_all(read_rules(deployment), read_papers(catalogue))
    facts.write(deployment, proposals)
    text = (deployment / FILE).read_text(encoding="utf-8")
    lines = text.replace("Giấy tờ tùy thân", "Tên do người rà soát đặt").replace(
        "identity-paper,false", "identity-paper,true"
    )
    lines += "9.000003,9.000003/1,Nhập tay,1,none,,other,any,,none,,manual,false,ask,,\n"
    (deployment / FILE).write_text(lines, encoding="utf-8")

    assert (5, 2) == facts.write(deployment, proposals)
    assert sorted(lines.splitlines()) == sorted((deployment / FILE).read_text(encoding="utf-8").splitlines())


def test_shares_state_their_denominator(deployment: Path, catalogue: list[Path]) -> None:
    """Rows with at least one copy; what the city answers itself and what the population database adds are told apart."""
    rows = [facts.requirement_of(p) for p in propose_all(read_rules(deployment), read_papers(catalogue))]
    found = {share.by.split(" (")[0]: (share.rows, share.of) for share in facts.shares(rows)}

    assert {
        "register:birth": (1, 4),
        "result:KQ.G01.000199": (1, 4),
        "city itself": (2, 4),
        "population": (1, 4),
        "either": (3, 4),
        "asked of the citizen": (1, 4),
    } == found
