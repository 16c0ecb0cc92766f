"""The commands say what ships, and what the rules say of a catalogue."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.core.errors import NotFound
from hub.core.settings import ROOT
from hub.requirements import facts
from hub.requirements.catalogue import FILE
from hub.requirements.mapping import propose_all
from hub.requirements.papers import read_papers
from hub.requirements.rules import read_rules

from .catalogue import HCMC, SHARED, SHIPPED, prove, run


def test_commands_that_left_work_for_one_release(catalogue: list[Path]) -> None:
    """Scripts go on: the same output, and a notice on stderr that names the new way."""
    given = ["map", *(str(path) for path in catalogue), "--json"]
    result = CliRunner().invoke(app, ["requirements", *given], catch_exceptions=False)

    assert prove(*given) == result.stdout
    assert "python -m proofs.requirements map" in result.stderr
    assert "map" not in CliRunner().invoke(app, ["requirements", "--help"]).stdout.split()


def test_the_commands_say(catalogue: list[Path]) -> None:
    """map names rule and reason for each row; share and show read what ships."""
    files = [str(path) for path in catalogue]
    rows = json.loads(prove("map", *files, "--json"))

    assert ["form", "birth-certificate", "police-record", "identity-paper"] == [row["rule"] for row in rows]
    assert all(row["why"] for row in rows)
    assert 5 == len(json.loads(prove("map", *files, "--all", "--json")))
    assert 3 == len(json.loads(prove("map", *files, "--held", "--json")))
    assert "Thẻ căn cước hoặc hộ chiếu" == json.loads(prove("map", *files, "--text", "--json"))[3]["text"]
    assert {530} == {row["of"] for row in json.loads(run("share", "--json"))}
    assert {4} == {row["of"] for row in json.loads(run("share", *files, "--json"))}
    assert [r.id for r in SHIPPED["2.001263"]] == [
        row["requirement"] for row in json.loads(run("show", "2.001263.000.00.00.H29", "--json"))
    ]
    with pytest.raises(NotFound, match=r"9\.999999"):
        run("show", "9.999999")


# An extra case: the public catalogue is larger than what ships, and the other tests of this folder need none of it.
@pytest.mark.skipif(not SHARED.exists(), reason="no shared data beside the checkout")
def test_on_the_real_catalogue(deployment: Path) -> None:
    """What ships is what the rules say of the catalogue; no form, receipt or statement is held; the documented figures are those printed."""
    files = [SHARED / "tthc_civil_status_required_papers.csv", SHARED / "tthc_core.csv"]
    proposals = propose_all(read_rules(HCMC), read_papers(files))
    shipped = (HCMC / FILE).read_bytes()
    facts.write(deployment, proposals)

    assert 1196 == len(proposals)
    assert shipped == (deployment / FILE).read_bytes()
    assert [] == [
        p.paper.id
        for p in proposals
        if p.held
        and p.paper.text.lower().strip(" -+*").startswith(("tờ khai", "đơn", "mẫu", "văn bản cam", "biên lai"))
    ]

    assert [] == json.loads(prove("variants", *map(str, files), "--json")), "no added phrase leaves a held row held"

    scores = json.loads(prove("score", *map(str, files), "--json"))["scores"]
    page = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    for row in scores[:2]:
        assert (
            f"| {row['rows']} | {row['labelled']} | {row['answered']} | {row['held']} | {row['wrong']} | {row['precision']} | {row['recall']} |"
            in page
        )
