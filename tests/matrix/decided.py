"""Decisions on record about every side of every entry: to be reused, or to be confirmed by an officer."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import sqlalchemy as sa

from contracts.load import load_contracts
from hub.access.inquiry import Inquiry
from hub.answers.decisions import rejudge
from hub.answers.decisions.decide import Question as Asked
from hub.evidence.people import Subject
from hub.evidence.registers import register_of
from tests.hub.registers import KEYS
from tests.matrix.policy import LAWS, Entry
from tests.matrix.registered import (
    ASKERS,
    PROCEDURE,
    PURPOSES,
    SIDE_NAMES,
    SIDES,
)

CONDITIONS = (
    "answerable",
    "permitted",
    "person-told",
    "held",
    "one-candidate",
    "sources-agree",
    "handed-in",
    "alive",
    "in-force",
    "undisputed",
    "not-expired",
    "territory",
    "fresh",
)
"""Of a decision; all of them hold, or of one that must be confirmed all but the name."""
ANOTHER_NAME, DOUBT = "Ai Khác", "1 possible, by personal id; differs: hoTen"


@dataclass(frozen=True)
class Decided:
    """A decision on record that reuses an entry, or that an officer must confirm."""

    number: int
    agency: str
    purpose: str
    dossier: str
    dataset: str
    key: str
    side: str | None
    """Whose side of the entry it is about, by the field of the number; None: decided before sides were kept."""
    law: str
    """Under which it was asked for; empty: decided before that was kept."""
    unsure: bool = False
    """Its question told another name: to be confirmed."""


def decide_all(
    connection: sa.Connection, chance: random.Random, entries: Mapping[tuple[str, str], Entry]
) -> list[Decided]:
    """A decision of every agency and purpose about every side of every entry, put on record."""
    found = []
    for agency, purpose, (dataset, key) in product(ASKERS, PURPOSES, entries):
        for side, role in (*SIDE_NAMES[dataset].items(), (None, None)):
            dossier, law = f"{agency}-220602-{len(found) + 1001:04}", chance.choice(("", "", *LAWS))
            unsure = chance.random() < 0.25
            number = connection.scalar(
                sa.text(
                    """
                insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome, evidence_type, dataset, system,
                                          record_key, role, version, result_code, legal_basis, asked_under, why, known_at, decided_at)
                select :a, :dossier, 's', :d, :procedure, :p, :outcome, 'register:' || :d, :d, 'moj-registry', :k, :role, r._version, :code,
                       'once-held', :law, cast(:why as jsonb), now(), now()
                from warehouse."""
                    + dataset
                    + """ r where r._key = :k returning id"""
                ),
                {
                    "a": agency,
                    "p": purpose,
                    "dossier": dossier,
                    "d": dataset,
                    "k": key,
                    "role": role,
                    "law": law,
                    "procedure": PROCEDURE,
                    "outcome": "confirm" if unsure else "reuse",
                    "code": register_of(load_contracts(), f"register:{dataset}").result_code,
                    "why": json.dumps(_why(unsure)),
                },
            )
            who = entries[dataset, key][side or next(iter(SIDES[dataset]))]
            people = {"applicant": Subject(personal_id=who, name=ANOTHER_NAME if unsure else None)}
            rejudge.seal(
                connection,
                KEYS,
                Asked(Inquiry(agency, "officer-1", purpose, dossier, law), PROCEDURE, people),
                "s",
            )
            found.append(Decided(int(number), agency, purpose, dossier, dataset, key, side, law, unsure))
    return found


def _why(unsure: bool) -> list[dict[str, str]]:
    doubts = {"one-candidate": ("doubt", DOUBT)} if unsure else {}
    said = {each: doubts.get(each, ("holds", "")) for each in CONDITIONS}
    return [
        {"condition": each, "effect": effect, "value": value, "sentence": ""} for each, (effect, value) in said.items()
    ]
