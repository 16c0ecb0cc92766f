"""The decision table, held to its cases."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.access.grants.permission import Permission
from hub.answers.decisions.conditions import (
    ABOUT_EVIDENCE,
    BEFORE,
    BY_POPULATION,
    ConditionEffect,
    Confirmed,
    Demand,
    Facts,
    Outcome,
    decide,
)
from hub.evidence.doubts import NotedFinding
from hub.evidence.evidence import Evidence
from hub.evidence.locator import Found

CASES = yaml.safe_load((Path(__file__).parent / "decision_cases.yaml").read_text(encoding="utf-8"))
PLAIN = {"certain": True}


def found(given: dict[str, Any]) -> Found:
    synced = given.get("synced", date(2022, 6, 1))
    evidence = Evidence(
        "register:birth",
        "birth",
        "moj-registry",
        "1",
        given.get("role", "child"),
        datetime(2022, 1, 1, tzinfo=UTC),
        datetime(2022, 1, 2, tzinfo=UTC),
        1,
        name=given.get("name", "A"),
        ended=given.get("ended"),
        disputed=given.get("disputed", False),
        noted=tuple(NotedFinding(rule, datetime(2022, 1, 2, tzinfo=UTC)) for rule in given.get("findings", ())),
        given=given.get("given"),
        issued=given.get("issued"),
        valid_until=given.get("valid_until"),
        scope=given.get("scope"),
        synced_at=datetime(synced.year, synced.month, synced.day, 12, tzinfo=UTC) if synced else None,
    )
    linked = tuple(found({"certain": True, **each}).evidence for each in given.get("linked", ()))
    return Found(
        evidence,
        given.get("by", "personal id"),
        given["certain"],
        tuple(given.get("differs", ())),
        linked,
        tuple(given.get("conflicts", ())),
    )


def facts(given: dict[str, Any]) -> Facts:
    wanted = {"answer": "register", "type": "register:birth"} | given.get("wanted", {})
    return Facts(
        Demand(
            wanted["answer"],
            wanted["type"],
            wanted.get("territory", "any"),
            wanted.get("max_age_days"),
            wanted.get("validity", "none"),
        ),
        Permission(**{"granted": True, "grant": "g1"} | given.get("permission", {})),
        given.get("stated", True),
        tuple(map(found, given.get("found", [PLAIN]))),
        tuple(map(found, given.get("deaths", []))),
        date(2022, 6, 2),
        ("Thành phố Hồ Chí Minh",),
        7,
        given.get("source", ""),
        Confirmed(**{**given["population"], "agrees": tuple(given["population"].get("agrees", ()))})
        if "population" in given
        else None,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: dict[str, Any]) -> None:
    outcome, reasons = decide(facts(case["given"]))
    assert outcome == case["outcome"]
    assert [r.id for r in reasons if r.effect is not ConditionEffect.HOLDS] == case.get("because", [])
    assert all(r.value and r.sentence for r in reasons)


def test_every_condition_is_spoken_of() -> None:
    """Each condition decides some case."""
    because = set(itertools.chain.from_iterable(case.get("because", []) for case in CASES))
    assert because == {id_ for id_, _ in (*BEFORE, *BY_POPULATION, *ABOUT_EVIDENCE)}


@given(st.sampled_from(CASES), st.sampled_from([case for case in CASES if "deaths" in case["given"]]))
def test_a_death_entry_never_helps(case: dict[str, Any], dead: dict[str, Any]) -> None:
    order = [Outcome.ASK, Outcome.CONFIRM, Outcome.REUSE]
    both = case["given"] | {"deaths": dead["given"]["deaths"]}
    alone = {name: value for name, value in case["given"].items() if name != "deaths"}
    assert order.index(decide(facts(both))[0]) <= order.index(decide(facts(alone))[0])


def test_reasons_name_no_person() -> None:
    for case in CASES:
        _, reasons = decide(
            facts(
                case["given"] | {"found": [{**f, "name": "Trần Bí Mật"} for f in case["given"].get("found", [PLAIN])]}
            )
        )
        assert not any("Bí Mật" in r.value for r in reasons)
