"""Decisions on record: one answer to a question at a time, evidence is looked at before it is used, and the portal hears what was reused.

A decision is a claim about a moment. What no longer holds keeps its row, and a successor stands in its place (`hub/answers/decisions/rejudge.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.access.legal_bases import duty
from hub.answers.decisions.decide import Decided, Question
from hub.answers.decisions.recorded import Recorded
from hub.answers.decisions.succession import changed
from hub.core import actions as acts
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.errors import NotFound


class PreviewRequired(Permanent):
    """Evidence is used only after somebody looked at it, and copied only after somebody answers for it."""


def requirement_set(question: Question, requirements: Iterable[str], keys: Keys) -> str:
    """Keyed hash of what is asked: another person, purpose, law or requirement is another question. Says nothing about any of them."""
    people = {about: asdict(subject) for about, subject in sorted(question.people.items())}
    inquiry = question.inquiry
    law = [duty(inquiry.legal_basis)] if inquiry.legal_basis else []
    asked = json.dumps(
        [question.procedure, inquiry.purpose, *law, sorted(requirements), people], sort_keys=True, ensure_ascii=False
    )
    return keys.lookup(asked)


def lock(connection: sa.Connection, agency: str, dossier: str, set_: str) -> None:
    """Let nobody else judge this very question until the transaction ends: two that judge at once would each have an answer."""
    connection.execute(
        sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.decision/{agency}/{dossier}/{set_}"}
    )


def recorded(connection: sa.Connection, question: Question, set_: str) -> tuple[Recorded, ...]:
    """The decisions that stand for this very question, if it was asked before, in the order in which they were first made."""
    query = sa.text(f"""
        {SELECT} where d.agency = :agency and d.dossier = :dossier and d.requirement_set = :set and s.id is null
        order by (select min(f.id) from hub.decision f where f.agency = d.agency and f.dossier = d.dossier
                                                         and f.requirement_set = d.requirement_set and f.requirement = d.requirement)""")
    return tuple(
        _recorded(row)
        for row in connection.execute(
            query, {"agency": question.inquiry.agency, "dossier": question.dossier, "set": set_}
        )
    )


def record(
    connection: sa.Connection,
    question: Question,
    set_: str,
    decided: Iterable[Decided],
    known_at: datetime,
    now: datetime,
    *,
    standing: Iterable[Recorded] = (),
) -> tuple[Recorded, ...]:
    """Put decisions on record and return what stands there: of two that decide at once, the first one's.

    Of what is `standing` nothing is written while it still holds; what does not hold gets a successor, with the reasons.
    """
    inquiry = question.inquiry
    rows, before = list[dict[str, Any]](), {each.requirement: each for each in standing}
    for each in decided:
        only = each.evidence[0] if each.evidence else None
        rows.append(
            {
                "agency": inquiry.agency,
                "dossier": question.dossier,
                "requirement_set": set_,
                "requirement": each.requirement.id,
                "procedure": question.procedure,
                "purpose": inquiry.purpose,
                "outcome": each.outcome.value,
                "evidence_type": each.requirement.evidence_type or None,
                "dataset": only.dataset if only else None,
                "system": only.system if only else None,
                "record_key": only.key if only else None,
                "version": only.version if only else None,
                "result_code": each.result_code,
                "legal_basis": each.legal_basis,
                "why": json.dumps([_reason(c) for c in each.conditions], ensure_ascii=False),
                "known_at": known_at,
                "decided_at": now,
                "asked_under": duty(inquiry.legal_basis),
                "role": only.role if only else None,
                "generation": 1,
                "supersedes": None,
                "changed": list[str](),
                "candidates": _candidates(each),
            }
        )
    rows = [new for row in rows if (new := _successor(before.get(row["requirement"]), row)) is not None]
    if rows:
        columns, places = (
            ", ".join(rows[0]),
            ", ".join(f":{name}" for name in rows[0]).replace(":why", "cast(:why as jsonb)"),
        )
        connection.execute(
            sa.text(f"insert into hub.decision ({columns}) values ({places}) on conflict do nothing"), rows
        )
    return recorded(connection, question, set_)


def _successor(known: Recorded | None, row: dict[str, Any]) -> dict[str, Any] | None:
    """The row as it goes on record: a first answer, or in the place of what stands. None: what stands still holds."""
    if known is None:
        return row
    why = changed(vars(known), row | {"why": json.loads(row["why"])})
    return row | {"generation": known.generation + 1, "supersedes": known.id, "changed": list(why)} if why else None


def of_dossier(connection: sa.Connection, dossier: str) -> tuple[Recorded, ...]:
    """All decisions about a dossier, oldest first."""
    return tuple(
        _recorded(row)
        for row in connection.execute(
            sa.text(f"{SELECT} where d.dossier = :dossier order by d.id"), {"dossier": dossier}
        )
    )


def askers(connection: sa.Connection, dossier: str) -> tuple[tuple[str, str], ...]:
    """(agency, purpose) of all who asked about a dossier."""
    query = sa.text("select distinct agency, purpose from hub.decision where dossier = :dossier order by 1, 2")
    return tuple((row.agency, row.purpose) for row in connection.execute(query, {"dossier": dossier}))


def one(connection: sa.Connection, decision: int) -> Recorded:
    """A decision by its number. Raises NotFound."""
    found = connection.execute(sa.text(f"{SELECT} where d.id = :id"), {"id": decision}).first()
    if found is None:
        raise NotFound(f"No decision {decision}", hint="hub decisions show DOSSIER lists them")
    return _recorded(found)


def act(
    connection: sa.Connection, decision: int, what: str, person: Actor, now: datetime, candidate: str = ""
) -> Recorded:
    """Note that an officer `previewed`, `confirmed`, `used` or `refused` the evidence of a decision. Repeating changes nothing.

    `confirmed` is the officer's own act on a *confirm*: having compared the candidate with the book or the person's papers (đối chiếu),
    he answers by name and reason that it is the one. `candidate` names it where it is not the decision's own record.

    Raises:
        NotFound: no such decision.
        PreviewRequired: used or confirmed before it was previewed, after it was refused, another one than was confirmed, or there is nothing to use.
    """
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.decision/{decision}"})
    known = one(connection, decision)
    if known.outcome == "ask":
        raise PreviewRequired(
            f"Decision {decision} asks for the paper: there is no evidence to look at",
            hint="the reasons say why: hub decisions show",
        )
    if what == "confirmed" and known.outcome != "confirm":
        raise PreviewRequired(
            f"Decision {decision} leaves nothing to confirm", hint="it may be used and copied once it was previewed"
        )
    if (what == "used" and not known.previewed) or (what == "confirmed" and candidate not in known.previewed):
        raise PreviewRequired(
            f"The evidence of decision {decision} was not looked at yet",
            hint="preview it first; an officer answers for what is reused",
        )
    if what == "confirmed" and known.confirmed not in (None, candidate):
        raise PreviewRequired(
            f"Another candidate of decision {decision} was confirmed already",
            hint="refuse the decision if that one was wrong",
        )
    if {what, *known.acts} >= {"used", "refused"} or (what == "confirmed" and "refused" in known.acts):
        raise PreviewRequired(
            f"Decision {decision} was {'used' if what == 'refused' else 'refused'} already",
            hint="ask anew with what has changed",
        )
    acts.append(connection, acts.DECISIONS, (decision, candidate), what, person, now)
    return one(connection, decision)


def uncopied(known: Recorded) -> PreviewRequired | None:
    """Why no copy is drafted of a decision: it was refused, not looked at, or is a *confirm* for which nobody answers. None: one may be."""
    if "refused" in known.acts:
        return PreviewRequired(
            f"Decision {known.id} was refused: no copy is drafted of it", hint="ask anew with what has changed"
        )
    if known.outcome == "confirm" and known.confirmed is None:
        return PreviewRequired(
            f"Decision {known.id} is to be confirmed by an officer before a copy is drafted",
            hint="preview it, compare, then confirm it",
        )
    if known.outcome == "reuse" and not known.previewed:
        return PreviewRequired(
            f"The evidence of decision {known.id} was not looked at yet",
            hint="preview it first; an officer answers for what is copied",
        )
    return None


def component(decision: Recorded) -> dict[str, str]:
    """What then goes to the national portal in `TaiLieuNop`: DuocTaiSuDung 2 with MaKetQuaThayThe, 1 when there is no result code, else 0."""
    used = "used" in decision.acts
    reused = ("2" if decision.result_code else "1") if used else "0"
    fields = {"MaThanhPhanHoSo": decision.requirement, "DuocTaiSuDung": reused, "DuocSoHoa": "1" if used else "0"}
    return fields | ({"MaKetQuaThayThe": decision.result_code} if used and decision.result_code else {})


SELECT = """
    select d.id, d.agency, d.dossier, d.purpose, d.requirement, d.outcome, d.evidence_type, d.dataset, d.system, d.record_key, d.version, d.result_code,
           d.legal_basis, d.why, d.known_at, d.asked_under, d.role, d.generation, d.supersedes, d.changed, d.candidates,
           d.requirement_set,
           s.id as superseded_by, coalesce(s.changed, '{}') as superseded_because,
           exists (select from hub.decision_question q where q.decision = d.id) as sealed,
           array(select a.what from hub.decision_act a where a.decision = d.id group by a.what order by min(a.id)) as acts,
           array(select a.record from hub.decision_act a where a.decision = d.id and a.what = 'previewed' order by a.id) as previewed,
           (select a.record from hub.decision_act a where a.decision = d.id and a.what = 'confirmed' order by a.id limit 1) as confirmed
    from hub.decision d left join hub.decision s on s.supersedes = d.id"""


def _recorded(row: Any) -> Recorded:
    lists = {
        name: tuple(getattr(row, name)) for name in ("acts", "changed", "candidates", "superseded_because", "previewed")
    }
    return Recorded(**{**row._mapping, **lists})


def _candidates(decided: Decided) -> list[str]:
    """The candidates, when there are several: the two sides of an entry are one."""
    found = {each.record: each.version for each in decided.evidence}
    return [f"{record}@{version.isoformat()}" for record, version in found.items()] if len(found) > 1 else []


def _reason(condition: Any) -> dict[str, str]:
    return {
        "condition": condition.id,
        "effect": condition.effect.value,
        "value": condition.value,
        "sentence": condition.sentence,
    }
