"""How demanded papers are read, case by case (`requirement_cases.yaml`), and what no added phrase may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.requirements.mapping import Mapper, Proposal
from hub.requirements.papers import Paper
from hub.requirements.reading import WordKind
from hub.requirements.rules import read_rules
from proofs.requirement_variants import retyped, unmarked, variants

from .catalogue import HCMC

CASES = yaml.safe_load(Path(__file__).with_name("requirement_cases.yaml").read_text(encoding="utf-8"))
MAPPER = Mapper(read_rules(HCMC))
FREE = {WordKind.TERM, WordKind.CONDITION, WordKind.LOOKUP, WordKind.NOTE, WordKind.LAW, WordKind.OTHER}
HELD = [case for case in CASES if case["answer"] != "none"]


def read(case: dict[str, Any], text: str = "") -> Proposal:
    paper = Paper("9.000001", "9.000001/1", text or case["text"], case.get("group", ""), 1, case.get("procedure", ""))
    return MAPPER.propose(paper)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind'][:30]}: {case['text'][:60]}")
def test_each_case(case: dict[str, Any]) -> None:
    """The answer, how far it goes, whose paper it is and its term."""
    found = read(case)

    assert case["answer"] == (found.evidence or "none"), f"{found.rule.id}: {found.unread}"
    assert case.get("at_most", "ask") == found.reach
    if found.held:
        assert (case["about"], case.get("validity", "none")) == (found.about, found.validity)
        assert found.derivation
    else:
        assert found.why


@pytest.mark.parametrize("case", HELD, ids=lambda case: case["text"][:60])
def test_no_added_phrase_leaves_a_row_held(case: dict[str, Any]) -> None:
    """An exception, a companion, an issuer abroad, a state, a second person or unknown words: never reuse, never held.

    At the end of a condition or a term any words may stand; there the unknown ones are part of it.
    """
    found = [(kind, text, read(case, text)) for kind, text in variants(case["text"])]
    free = read(case).reading.pieces[-1].part in FREE
    held = [
        (kind, text)
        for kind, text, each in found
        if each.held and not (kind == "unknown words" and (free or each.reading.pieces[-1].part in FREE))
    ]

    assert [] == held


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_typing_changes_nothing(case: dict[str, Any]) -> None:
    """Capitals, composed or not, tones, bullets, labels: the same answer to the same extent."""
    found = read(case)
    others = {(kind, p.evidence, p.reach) for kind, text in retyped(case["text"]) for p in (read(case, text),)}

    assert {(kind, found.evidence, found.reach) for kind, *_ in others} == others


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_without_marks_the_answer_is_the_same_and_an_officer_looks(case: dict[str, Any]) -> None:
    """Marks carry meaning: a row without them is confirmed at most."""
    marked, bare = read(case), read(case, unmarked(case["text"]))

    assert marked.evidence == bare.evidence
    assert bare.reach != "reuse"


def test_a_companion_stays_demanded_and_is_named() -> None:
    """The held paper and what is still to be handed in."""
    found = read({"text": "Bản sao Giấy khai sinh của con và sổ tiêm chủng"})

    assert (False, "ask", "Giấy khai sinh") == (found.held, found.reach, found.partly and found.partly.name)
    assert "sổ tiêm chủng" == found.still
    assert ["confirm"] == [each.reach for each in found.parts]


@pytest.mark.parametrize(
    ("text", "parts", "still"),
    [
        ("Giấy khai sinh và Căn cước công dân", ["register:birth", "population"], ""),
        ("Giấy chứng nhận kết hôn, giấy khai sinh của con", ["register:marriage", "register:birth"], ""),
        ("Bản sao sổ hộ khẩu, giấy khai sinh và đơn đề nghị", ["population", "register:birth"], "đơn đề nghị"),
        ("Giấy khai sinh; 02 ảnh 4x6; đơn xin học", ["register:birth"], "02 ảnh 4x6 ; đơn xin học"),
        ("Giấy khai sinh và giấy tờ do nước ngoài cấp", [], ""),
        ("Giấy khai sinh của từng thành viên và đơn đề nghị", [], ""),
        ("Giấy khai sinh của con, giấy khai sinh của mẹ", [], ""),
    ],
)
def test_each_paper_of_a_row_has_its_verdict(text: str, parts: list[str], still: str) -> None:
    """Each at most confirm; the row as a whole is asked for. What is read two ways has no parts."""
    found = read({"text": text})

    assert (False, "ask") == (found.held, found.reach)
    assert (parts, still) == ([each.evidence for each in found.parts], found.still)
    assert {"confirm"} >= {str(each.reach) for each in found.parts}


def test_a_broken_row_says_why() -> None:
    """Not guessed: what is wrong with it is said."""
    assert ["a bracket is not closed", "ends in the middle of a sentence", "letters lost"] == [
        read({"text": text}).unread
        for text in ("Giấy khai sinh (bản sao", "Giấy khai sinh hoặc", "Gi\ufffdy khai sinh")
    ]
