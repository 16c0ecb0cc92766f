"""Decisions on record: the same question has one answer, evidence is looked at before it is used, and the portal hears what was reused."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.acts import Person
from hub.crypto import Keys
from hub.errors import NothingSuch
from hub.requirements.legal_bases import duty
from hub.reuse.decide import Decided, Question
from hub.reuse.people import Subject


class NotLookedAt(Permanent):
    """Evidence is used only after somebody looked at it."""


@dataclass(frozen=True)
class Recorded:
    """A decision as it stands on record."""

    id: int
    agency: str
    dossier: str
    purpose: str
    requirement: str
    outcome: str
    evidence_type: str | None
    dataset: str | None
    system: str | None
    record_key: str | None
    version: datetime | None
    result_code: str | None
    legal_basis: str
    why: Sequence[Mapping[str, str]]
    known_at: datetime
    asked_under: str = ""
    """Legal basis that the question named; empty: none."""
    role: str | None = None
    """Side of the entry that the question is about: child, wife ...; empty: neither, nobody was named; None: no evidence, or decided before sides were kept."""
    acts: tuple[str, ...] = ()

    @property
    def record(self) -> str | None:
        """The record that answers it, for `hub trace`; several candidates: none yet."""
        return f"{self.dataset}/{self.system}/{self.record_key}" if self.dataset else None


def requirement_set(question: Question, requirements: Iterable[str], keys: Keys) -> str:
    """Keyed hash of what is asked: another person, purpose, law or requirement is another question. Says nothing about any of them."""
    people = {about: asdict(subject) for about, subject in sorted(question.people.items())}
    law = [duty(question.legal_basis)] if question.legal_basis else []
    asked = json.dumps([question.procedure, question.purpose, *law, sorted(requirements), people], sort_keys=True, ensure_ascii=False)
    return keys.lookup(asked)


def recorded(connection: sa.Connection, question: Question, set_: str) -> tuple[Recorded, ...]:
    """The decisions of this very question, if it was asked before, in the order in which they were made."""
    query = sa.text(f"{SELECT} where d.agency = :agency and d.dossier = :dossier and d.requirement_set = :set order by d.id")
    return tuple(_recorded(row) for row in connection.execute(query, {"agency": question.agency, "dossier": question.dossier, "set": set_}))


def record(connection: sa.Connection, question: Question, set_: str, decided: Iterable[Decided], known_at: datetime, now: datetime) -> tuple[Recorded, ...]:
    """Put decisions on record and return what stands there: of two that decide at once, the first one's."""
    rows = []
    for each in decided:
        only = each.evidence[0] if each.evidence else None
        rows.append({
            "agency": question.agency, "dossier": question.dossier, "requirement_set": set_, "requirement": each.requirement.id,
            "procedure": question.procedure, "purpose": question.purpose, "outcome": each.outcome.value,
            "evidence_type": each.requirement.evidence_type or None, "dataset": only.dataset if only else None, "system": only.system if only else None,
            "record_key": only.key if only else None, "version": only.version if only else None, "result_code": each.result_code,
            "legal_basis": each.legal_basis, "why": json.dumps([_reason(c) for c in each.conditions], ensure_ascii=False),
            "known_at": known_at, "decided_at": now, "asked_under": duty(question.legal_basis),
            "role": only.role if only else None,
        })  # fmt: skip
    if rows:
        columns, places = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0]).replace(":why", "cast(:why as jsonb)")
        connection.execute(sa.text(f"insert into hub.decision ({columns}) values ({places}) on conflict on constraint decision_once do nothing"), rows)
    return recorded(connection, question, set_)


def of_dossier(connection: sa.Connection, dossier: str) -> tuple[Recorded, ...]:
    """All decisions about a dossier, oldest first."""
    return tuple(_recorded(row) for row in connection.execute(sa.text(f"{SELECT} where d.dossier = :dossier order by d.id"), {"dossier": dossier}))


def askers(connection: sa.Connection, dossier: str) -> tuple[tuple[str, str], ...]:
    """(agency, purpose) of all who asked about a dossier."""
    query = sa.text("select distinct agency, purpose from hub.decision where dossier = :dossier order by 1, 2")
    return tuple((row.agency, row.purpose) for row in connection.execute(query, {"dossier": dossier}))


def one(connection: sa.Connection, decision: int) -> Recorded:
    """A decision by its number. Raises NothingSuch."""
    found = connection.execute(sa.text(f"{SELECT} where d.id = :id"), {"id": decision}).first()
    if found is None:
        raise NothingSuch(f"No decision {decision}", hint="hub decisions show DOSSIER lists them")
    return _recorded(found)


def act(connection: sa.Connection, decision: int, what: str, person: Person, now: datetime) -> Recorded:
    """Note that an officer `previewed`, `used` or `refused` the evidence of a decision. Repeating changes nothing.

    Raises:
        NothingSuch: no such decision.
        NotLookedAt: used before it was previewed, used after it was refused, or there is nothing to use.
    """
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.decision/{decision}"})
    known = one(connection, decision)
    if known.outcome == "ask":
        raise NotLookedAt(f"Decision {decision} asks for the paper: there is no evidence to look at", hint="the reasons say why: hub decisions show")
    if what == "used" and "previewed" not in known.acts:
        raise NotLookedAt(f"The evidence of decision {decision} was not looked at yet", hint="preview it first; an officer answers for what is reused")
    if {what, *known.acts} >= {"used", "refused"}:
        raise NotLookedAt(f"Decision {decision} was {'used' if what == 'refused' else 'refused'} already", hint="ask anew with what has changed")
    connection.execute(
        sa.text("insert into hub.decision_act (decision, what, who, why, at) values (:d, :what, :who, :why, :at) on conflict do nothing"),
        {"d": decision, "what": what, "who": person.who, "why": person.why, "at": now},
    )
    return one(connection, decision)


def component(decision: Recorded) -> dict[str, str]:
    """What then goes to the national portal in `TaiLieuNop`: DuocTaiSuDung 2 with MaKetQuaThayThe, 1 when there is no result code, else 0."""
    used = "used" in decision.acts
    reused = ("2" if decision.result_code else "1") if used else "0"
    told = {"MaThanhPhanHoSo": decision.requirement, "DuocTaiSuDung": reused, "DuocSoHoa": "1" if used else "0"}
    return told | ({"MaKetQuaThayThe": decision.result_code} if used and decision.result_code else {})


SELECT = """
    select d.id, d.agency, d.dossier, d.purpose, d.requirement, d.outcome, d.evidence_type,
           d.dataset, d.system, d.record_key, d.version, d.result_code, d.legal_basis, d.why, d.known_at, d.asked_under, d.role,
           array(select a.what from hub.decision_act a where a.decision = d.id order by a.id) as acts
    from hub.decision d"""


def _recorded(row: Any) -> Recorded:
    return Recorded(**{**row._mapping, "acts": tuple(row.acts)})


def _reason(condition: Any) -> dict[str, str]:
    return {"condition": condition.id, "effect": condition.effect.value, "value": condition.value, "sentence": condition.sentence}


def told_of(subject: Subject) -> tuple[str, ...]:
    """Which facts were told of a person, without them."""
    return tuple(name for name, value in vars(subject).items() if value is not None)
