"""Requirements as facts: reading, refusing, writing, scoring, sharing, and the commands."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import DeploymentInvalid
from hub.cli import app
from hub.core.errors import NotFound
from hub.core.settings import ROOT
from hub.requirements import facts
from hub.requirements.catalogue import FILE, Answer, Validity, read_legal_bases, read_requirements
from hub.requirements.mapping import BUILT_IN, propose_all
from hub.requirements.papers import Paper, read_papers
from hub.requirements.rules import read_rules
from proofs import requirement_score as score
from proofs import requirements

HCMC = ROOT / "deployments" / "hcmc"
SHARED = ROOT.parent / "shared" / "data" / "tthc"
SHIPPED = read_requirements(HCMC)
ROWS = [r for rows in SHIPPED.values() for r in rows]
PAPERS = """ma_tthc,group_title,paper_name,ban_chinh,ban_sao
9.000001,Hồ sơ,Tờ khai theo mẫu,1,
9.000001,Hồ sơ,Bản sao Giấy khai sinh của con,0,2
9.000001,Hồ sơ,Lưu ý: bản chụp phải rõ nét,0,
9.000002,,Phiếu lý lịch tư pháp được cấp chưa quá 06 tháng,1,
9.000002,,Thẻ căn cước hoặc hộ chiếu,1,1
"""
PROCEDURES = "ma_tthc,ten\n9.000001,Thủ tục thứ nhất\n9.000002,Thủ tục thứ hai\n"


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    """A copy of the shipped one, free to be spoilt."""
    shutil.copytree(HCMC, tmp_path / "city")
    return tmp_path / "city"


@pytest.fixture
def catalogue(tmp_path: Path) -> list[Path]:
    """Five demanded papers of two procedures, invented."""
    (tmp_path / "papers.csv").write_text(PAPERS, encoding="utf-8")
    (tmp_path / "procedures.csv").write_text(PROCEDURES, encoding="utf-8")
    return [tmp_path / "papers.csv", tmp_path / "procedures.csv"]


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


# -- what ships --------------------------------------------------------------------------------------


def test_every_shipped_row_is_a_demanded_paper_with_a_known_rule() -> None:
    """530 papers of 91 procedures, each demanded, each proposed by a rule that is there or entered by a person."""
    known = {rule.id for rule in (*read_rules(HCMC).rules, *BUILT_IN)} | {facts.MANUAL}

    assert (91, 530) == (len(SHIPPED), len(ROWS))
    assert all(r.copies >= 1 for r in ROWS)
    assert {r.rule for r in ROWS} <= known
    assert not any(r.reviewed for r in ROWS), "say in docs/requirements.md who reviewed them"


def test_what_is_held_says_under_which_duty() -> None:
    """A held row has evidence, a duty that is listed and somebody whose paper it is; the others have none."""
    bases = read_legal_bases(HCMC)
    for r in ROWS:
        assert r.held == bool(r.evidence_type) == bool(r.legal_basis), r.id
        assert not r.held or (
            bases.on(r.legal_basis, date(2022, 6, 2)) and bases.on(r.legal_basis, date(2026, 7, 1))
        ), r.id


def test_result_codes_are_those_of_real_procedures() -> None:
    """Each result named by a rule is published for the procedure that its reason names."""
    with (HCMC / "reference" / "procedures.csv").open(encoding="utf-8", newline="") as file:
        published = {row["code"]: row["result_codes"].split("|") for row in csv.DictReader(file)}
    codes = [
        (rule.evidence.removeprefix("result:"), rule.why.split("result of ")[1][:8])
        for rule in read_rules(HCMC).rules
        if rule.answer is Answer.RESULT
    ]
    listed = [(code, procedure) for code, procedure in codes if procedure in published]

    assert len(listed) >= 5
    assert all(code in published[procedure] for code, procedure in listed)


def test_procedures_of_the_demonstration_have_requirements() -> None:
    """Birth, marriage, death, recognition and the copy of an extract."""
    assert {"1.001193", "1.000894", "1.000656", "1.001022", "2.000635"} <= set(SHIPPED)


def test_the_law_of_a_duty_depends_on_the_day() -> None:
    """Decree 47 in 2022, unverified after Decree 194, Decree 224 since 2026-07-01, none before 2020."""
    bases = read_legal_bases(HCMC)
    days = [date(2019, 1, 1), date(2022, 6, 2), date(2025, 8, 1), date(2026, 7, 1)]
    found = [bases.on("once-held", day) for day in days]

    assert [None, True, False, True] == [basis and basis.in_force for basis in found]
    assert ["47/2020" in found[1].articles, "224/2026" in found[3].articles] == [True, True]  # type: ignore[union-attr]
    with pytest.raises(NotFound):
        bases.on("once-hold", days[0])


# -- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (replaced(FILE, ",none,,other", ",maybe,,other"), r"requirements\.csv:2: answer 'maybe' is unknown"),
        (replaced(FILE, ",population,population,", ",population,register:birth,"), "does not fit answer population"),
        (replaced(FILE, "register:birth", "register:divorce"), "does not fit answer register"),
        (replaced(FILE, "once-held", "once-hold"), "is not in legal_bases.csv"),
        (replaced(FILE, ",none,,form,false", ",soon,,form,false"), "validity 'soon' is not understood"),
        (
            replaced(FILE, "1.002755/2", "1.002755/1"),
            r":3: requirement 1\.002755/1 for the second time \(first on line 2\)",
        ),
        (replaced(FILE, "procedure,requirement", "procedures,requirement"), ":1: the columns are"),
        (replaced(FILE, "1.002755,1.002755/1,", "1.002755,1.002755/1,a,"), "not 13 cells"),
        (replaced(FILE, "1.002755,", "1.27,"), "procedure '1.27' is not written as it must be"),
        (replaced(FILE, ",form,false", ",form,perhaps"), "reviewed 'perhaps' is unknown"),
        (replaced(FILE, ",1,none,,other", ",one,none,,other"), "copies 'one'"),
        (
            replaced("reference/legal_bases.csv", "2025-07-03", "2025-06-03"),
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


# -- from a catalogue to facts -----------------------------------------------------------------------


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
    lines += "9.000003,9.000003/1,Nhập tay,1,none,,other,any,,none,,manual,false\n"
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


# -- the score ---------------------------------------------------------------------------------------


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
    labels = score.read_labels(HCMC / score.FILE)
    others = set(SHIPPED) - score.written_on(SHIPPED)

    assert (61, 30) == (len(score.written_on(SHIPPED)), len(others))
    assert {r.id for procedure in others for r in SHIPPED[procedure]} == {each.requirement for each in labels}
    assert {a.split(":")[0] for each in labels for a in each.answers} == {"register", "result", "population"}


def test_shipped_facts_hold_nothing_that_the_labels_deny() -> None:
    """Without the catalogue's texts: on the labelled rows, each held fact is one that the label allows."""
    by_id = {r.id: r for r in ROWS}
    labels = score.read_labels(HCMC / score.FILE)
    held = [(each, by_id[each.requirement].evidence_type) for each in labels if by_id[each.requirement].held]

    assert len(held) > 25
    assert [] == [each.requirement for each, evidence in held if evidence not in each.answers]


# -- the commands ------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["requirements", *arguments], catch_exceptions=False)
    assert 0 == result.exit_code
    return result.stdout


def prove(*arguments: str) -> str:
    result = CliRunner().invoke(requirements.app, arguments, catch_exceptions=False)
    assert 0 == result.exit_code
    return result.stdout


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

    scores = json.loads(prove("score", *map(str, files), "--json"))["scores"]
    page = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    for row in scores[:2]:
        assert (
            f"| {row['rows']} | {row['labelled']} | {row['answered']} | {row['held']} | {row['wrong']} | {row['precision']} | {row['recall']} |"
            in page
        )
