"""The labelled sample of all fields: nothing wrong, most of it found, and no added phrase leaves a row held."""

from __future__ import annotations

import json

import pytest

from hub.requirements.catalogue import Reach
from hub.requirements.mapping import Mapper
from hub.requirements.rules import read_rules
from proofs import requirement_measure as measure
from proofs import requirement_sample as sample
from tests.hub.requirements.catalogue import HCMC, prove

MAPPER = Mapper(read_rules(HCMC))
ROWS = sample.read_sample(MAPPER)


def test_no_answer_is_wrong() -> None:
    """Neither what answers, nor whose paper is reused, nor the term."""
    assert [] == [(r.proposal.paper.text, r.proposal.evidence) for r in ROWS if r.wrong]


def test_most_of_what_registers_and_population_answer_is_found() -> None:
    """At least 70 %, and as many rows of each kind as a measure needs."""
    national = [r for r in ROWS if r.national]

    assert len(ROWS) > 400
    assert len(national) > 150
    assert sum(r.right for r in national) >= 0.7 * len(national)


@pytest.mark.parametrize("part", range(4))
def test_no_added_phrase_leaves_a_sampled_row_held(part: int) -> None:
    """Of some held rows of each part of the sample: an exception, a companion, an issuer abroad, a state or a second person ends the answer."""
    held = [r.proposal for r in ROWS if r.proposal.held][part::16]

    assert held
    assert [] == [(kind, text) for kind, text, _ in measure.flips(MAPPER, held)]


def test_the_command_counts_wrong_rows_by_verdict() -> None:
    """Each set, wrong reuse apart from wrong confirm, and the same by field."""
    printed = json.loads(prove("sample", "--json"))
    fields = json.loads(prove("sample", "--by-field", "--json"))

    assert set(sample.SETS) == {row["set"] for row in printed}
    assert {0} == {row["rows"] for row in printed if "wrongly" in row["what"]}
    assert sum(row["of"] for row in fields) == sum(bool(r.answers) for r in ROWS)
    assert sum(bool(r.answers) and not r.right and not r.ask_too for r in ROWS) == len(
        json.loads(prove("sample", "--faults", "--json"))
    )


def test_a_role_is_never_reused_unseen() -> None:
    """Whoever has a role in the dossier is taken for granted: an officer looks."""
    assert [] == [
        r.proposal.paper.text
        for r in ROWS
        if r.proposal.reach is Reach.REUSE and any(p.assumed for i in r.proposal.reading.items for p in i.persons)
    ]


def test_speed_is_measured_over_as_many_rows_as_are_wanted() -> None:
    """Rows, how many of them are held, and seconds of one core."""
    (measured,) = json.loads(prove("speed", "--rows", "300", "--json"))

    assert 300 == measured["rows"]
    assert 0 < measured["held"] < 300
    assert measured["seconds of one core"] > 0


def test_a_row_that_may_be_read_two_ways_is_not_to_be_found() -> None:
    """Its label allows to ask as well: it is neither a miss nor wrong."""
    either = [r for r in ROWS if r.ask_too]

    assert either
    assert [] == [r for r in either if r.national]
    assert [] == [r.proposal.paper.text for r in either if r.wrong]
