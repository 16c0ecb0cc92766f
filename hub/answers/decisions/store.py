"""Decisions on record: a question has one standing answer, and evidence is previewed before it is used.

A decision is a claim about a moment. One that no longer holds keeps its row and gets a successor
(`hub/answers/decisions/rejudge.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.errors import Permanent
from hub.access.inquiry import Inquiry
from hub.access.legal_bases import duty
from hub.answers.decisions.decide import Decided, Question
from hub.answers.decisions.recorded import Recorded
from hub.answers.decisions.succession import changed
from hub.core import actions as acts
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.errors import NotFound


class PreviewRequired(Permanent):
    """Evidence must be previewed before it is used, and confirmed before it is copied."""


def requirement_set(question: Question, requirements: Iterable[str], keys: Keys) -> str:
    """Keyed hash of a question.

    Another person, purpose, law or requirement gives another hash; none can be read from it.
    """
    people = {about: asdict(subject) for about, subject in sorted(question.people.items())}
    inquiry = question.inquiry
    law = [duty(inquiry.legal_basis)] if inquiry.legal_basis else []
    asked = json.dumps(
        [question.procedure, inquiry.purpose, *law, sorted(requirements), people], sort_keys=True, ensure_ascii=False
    )
    return keys.lookup(asked)


def lock(connection: sa.Connection, agency: str, dossier: str, set_: str) -> None:
    """Lock this question until the transaction ends: two concurrent judgements would record two answers."""
    connection.execute(
        sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.decision/{agency}/{dossier}/{set_}"}
    )


def recorded(connection: sa.Connection, question: Question, set_: str) -> tuple[Recorded, ...]:
    """The standing decisions of this question, in the order in which they were first made; empty if it is new."""
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
    """Record decisions and return the standing ones. Of two concurrent ones the first stands.

    A `standing` decision that still holds is not written again; one that no longer holds gets a successor with the
    reasons.
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
    """The row to insert: a first answer or a successor. None: the standing decision still holds."""
    if known is None:
        return row
    why = changed(vars(known), row | {"why": json.loads(row["why"])})
    return row | {"generation": known.generation + 1, "supersedes": known.id, "changed": list(why)} if why else None


def of_dossier(connection: sa.Connection, dossier: str, asker: Inquiry | None = None) -> tuple[Recorded, ...]:
    """All decisions about a dossier, oldest first; `asker`: only those of its own."""
    query = sa.text(f"{SELECT} where d.dossier = :dossier and {_own(asker)} order by d.id")
    return tuple(_recorded(row) for row in connection.execute(query, {"dossier": dossier, **_whose(asker)}))


def askers(connection: sa.Connection, dossier: str) -> tuple[tuple[str, str], ...]:
    """(agency, purpose) of all who asked about a dossier."""
    query = sa.text("select distinct agency, purpose from hub.decision where dossier = :dossier order by 1, 2")
    return tuple((row.agency, row.purpose) for row in connection.execute(query, {"dossier": dossier}))


def one(connection: sa.Connection, decision: int, asker: Inquiry | None = None) -> Recorded:
    """A decision by its number; `asker`: only one of its own. Raises NotFound."""
    query = sa.text(f"{SELECT} where d.id = :id and {_own(asker)}")
    found = connection.execute(query, {"id": decision, **_whose(asker)}).first()
    if found is None:
        raise NotFound(f"No decision {decision}", hint="hub decisions show DOSSIER lists them")
    return _recorded(found)


def act(
    connection: sa.Connection, decision: int, what: str, person: Actor, now: datetime, candidate: str = ""
) -> Recorded:
    """Record that an officer `previewed`, `confirmed`, `used` or `refused` evidence. Repeating changes nothing.

    `confirmed` belongs to a *confirm*: the officer compared the candidate with the book or the person's papers (đối
    chiếu) and signs with name and reason. `candidate` names it if it is not the decision's own record.

    Raises:
        NotFound: no such decision.
        PreviewRequired: not previewed yet, refused already, another candidate was confirmed, or there is nothing to
            use.
    """
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext(:place))"), {"place": f"hub.decision/{decision}"})
    known = one(connection, decision)
    if known.outcome == "ask":
        raise PreviewRequired(
            f"Decision {decision} asks for the paper: there is no evidence to preview",
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
    """Why no copy may be drafted: the decision was refused, not previewed, or is an unconfirmed *confirm*.

    None: it may.
    """
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
    """The component for the national portal (`TaiLieuNop`): DuocTaiSuDung 2 with MaKetQuaThayThe, 1 without a result
    code,
    0 if nothing was reused."""
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


OWN = """d.agency = :agency and d.purpose = :purpose and d.asked_under in ('', :law)
    and (:only = '' or d.dossier = :only)"""
"""SQL: whether a decision is the asker's own, by agency, purpose, law and the dossier of its token. The database decides,
so that another's takes as long as none."""


def _own(asker: Inquiry | None) -> str:
    return OWN if asker else "true"


def _whose(asker: Inquiry | None) -> dict[str, str]:
    if asker is None:
        return {}
    law = duty(asker.legal_basis)
    return {"agency": asker.agency, "purpose": asker.purpose, "law": law, "only": asker.dossier}


def _recorded(row: Any) -> Recorded:
    lists = {
        name: tuple(getattr(row, name)) for name in ("acts", "changed", "candidates", "superseded_because", "previewed")
    }
    return Recorded(**{**row._mapping, **lists})


def _candidates(decided: Decided) -> list[str]:
    """The candidates, if there are several. Two sides of one entry count once."""
    found = {each.record: each.version for each in decided.evidence}
    return [f"{record}@{version.isoformat()}" for record, version in found.items()] if len(found) > 1 else []


def _reason(condition: Any) -> dict[str, str]:
    return {
        "condition": condition.id,
        "effect": condition.effect.value,
        "value": condition.value,
        "sentence": condition.sentence,
    }
