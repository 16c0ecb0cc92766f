"""Proposals become facts that read back; what a person settled stays."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import DeploymentInvalid
from hub.requirements import facts
from hub.requirements.catalogue import COLUMNS, FILE, Reach, Validity, read_requirements
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
    made = [each for p in proposals if p.paper.copies for each in facts.requirements_of(p)]
    assert [r.evidence_type for r in made] == [r.evidence_type for r in found]


def test_what_a_person_settled_stays(deployment: Path, catalogue: list[Path]) -> None:
    """Reviewed and manual rows outlive a new writing, also when the catalogue no longer has them."""
    (deployment / FILE).unlink()
    proposals = propose_all(read_rules(deployment), read_papers(catalogue))
    facts.write(deployment, proposals)
    text = (deployment / FILE).read_text(encoding="utf-8")
    lines = text.replace("Giấy tờ tùy thân", "Tên do người rà soát đặt").replace(
        "identity-paper,false", "identity-paper,true"
    )
    lines += "9.000003,9.000003/1,Nhập tay,1,none,,other,any,,none,,manual,false,ask,,,,\n"
    (deployment / FILE).write_text(lines, encoding="utf-8")

    assert (5, 2) == facts.write(deployment, proposals)
    assert sorted(lines.splitlines()) == sorted((deployment / FILE).read_text(encoding="utf-8").splitlines())


def test_shares_state_their_denominator(deployment: Path, catalogue: list[Path]) -> None:
    """Rows with at least one copy; what the city answers itself and what the population database adds are told apart."""
    proposals = propose_all(read_rules(deployment), read_papers(catalogue))
    rows = [each for p in proposals for each in facts.requirements_of(p)]
    found = {share.by.split(" (")[0]: (share.rows, share.of) for share in facts.shares(rows)}

    assert {
        "register:birth": (1, 4),
        "result:KQ.G01.000199": (1, 4),
        "city itself": (2, 4),
        "population": (1, 4),
        "either": (3, 4),
        "in part": (0, 4),
        "asked of the citizen": (1, 4),
    } == found


def test_a_row_held_in_part_becomes_two_rows(deployment: Path, tmp_path: Path) -> None:
    """The held paper is confirmed at most and names what is still to be handed in; the rest is asked for."""
    papers = tmp_path / "papers.csv"
    text = "Bản sao Giấy khai sinh của con và sổ tiêm chủng"
    papers.write_text(f"ma_tthc,paper_name,ban_chinh,ban_sao\n9.000001,{text},0,1\n", encoding="utf-8")
    (deployment / FILE).unlink()

    assert (2, 0) == facts.write(deployment, propose_all(read_rules(deployment), read_papers([papers])))
    held, rest = read_requirements(deployment)["9.000001"]

    assert ("9.000001/1.1", "register:birth", "child", Reach.CONFIRM) == (
        held.id,
        held.evidence_type,
        held.about,
        held.reach,
    )
    assert ("9.000001/1", "sổ tiêm chủng") == (held.part_of, held.still)
    assert "sổ tiêm" not in held.derivation
    assert ("9.000001/1.2", "9.000001/1", Reach.ASK, "Còn phải nộp: sổ tiêm chủng") == (
        rest.id,
        rest.part_of,
        rest.reach,
        rest.name,
    )
    found = {share.by.split(" (")[0]: (share.rows, share.of) for share in facts.shares((held, rest))}
    assert {"city itself": (0, 1), "in part": (1, 1), "asked of the citizen": (0, 1)}.items() <= found.items()


def test_a_file_from_before_rows_had_parts_is_read(deployment: Path) -> None:
    """Without the two columns every row is whole; written anew it has them."""
    lines = (deployment / FILE).read_text(encoding="utf-8").splitlines()
    whole = [line for line in csv.DictReader(lines) if not line["part_of"]]
    with (deployment / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[:-2], lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(whole)

    found = [each for rows in read_requirements(deployment).values() for each in rows]

    assert len(whole) == len(found)
    assert {("", "")} == {(each.part_of, each.still) for each in found}


def test_a_part_beside_demanded_papers_is_never_reused(deployment: Path) -> None:
    """A person who enters such a row by hand is told so."""
    row = (
        "9.000003,9.000003/1.1,Tay,1,register,register:birth,child,any,,none,once-held,manual,true,reuse,,,9.000003/1,x"
    )
    with (deployment / FILE).open("a", encoding="utf-8") as file:
        file.write(row + "\n")

    with pytest.raises(DeploymentInvalid, match="reuse beside papers that are still demanded"):
        read_requirements(deployment)
