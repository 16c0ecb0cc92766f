"""Cases for a table or for JSON: lists, numbers by rule, one case, its history, and a look at its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from connectors.xml.clauses import meaning
from contracts.local_time import NAME
from contracts.model import Contract, Dataset
from hub.cases.selection import CLOSED, OPEN, RELEASED
from hub.core import actions
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.rule_sentences import english, sentence

Row = dict[str, Any]
STATES = (OPEN, RELEASED, CLOSED)


@dataclass(frozen=True)
class CaseFilter:
    """Cases that meet every condition given."""

    stream: str | None = None
    rule: str | None = None
    unit: str | None = None
    owner: str | None = None
    overdue: bool = False
    state: str = OPEN
    """One of `STATES`."""
    units: Sequence[str] | None = None
    """Only cases of these units (`hub/accounts/scope.py` writes them: code and first day); None: of any."""
    systems: Sequence[str] | None = None
    """With `units`: a case without a unit counts when it came from one of these."""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise NotFound(f"{self.state!r} is no state of a case", hint=f"--state {', '.join(STATES)}")


STATE = f"""(
    case when c.state = '{RELEASED}' and not exists (
        select from hub.case_waiver w
        where w."case" = c.id and w.ended_at is null and w.signed_at is not null and w.until > :now)
    then '{OPEN}' else c.state end)"""
"""SQL: what a case is now. A waiver whose day is past ends by itself, also where nobody has noted it yet."""

CHOSEN = f"""
    {STATE} = :state and (cast(:stream as text) is null or stream = :stream)
    and (cast(:rule as text) is null or :rule = any(rules)) and (cast(:unit as text) is null or unit = :unit)
    and (cast(:owner as text) is null or owner = :owner) and (not :overdue or due_at <= :now)
    and (cast(:units as text[]) is null or unit || '@' || coalesce(unit_since, '') = any (:units)
         or (unit is null and split_part(stream, '.', 1) = any (coalesce(cast(:systems as text[]), '{{}}'))))"""
"""SQL: a case `c` that a filter chooses."""


def cases(connection: sa.Connection, now: datetime, filter_: CaseFilter, *, limit: int = 50) -> list[Row]:
    """Cases in a state, oldest first."""
    return _rows(
        connection,
        f"""
        select id, stream, dataset, record_key, rules, detail, owner, unit, fault, {STATE} as state, opened_at, due_at,
               due_at <= :now as overdue, seen
        from hub."case" c where {CHOSEN} order by id limit :limit""",
        now=now,
        limit=limit,
        **vars(filter_),
    )


def number(connection: sa.Connection, now: datetime, filter_: CaseFilter) -> int:
    """How many cases a filter chooses."""
    found = _rows(connection, f'select count(*) as cases from hub."case" c where {CHOSEN}', now=now, **vars(filter_))
    return int(found[0]["cases"])


def counts(connection: sa.Connection, now: datetime, filter_: CaseFilter) -> list[Row]:
    """Number of cases by stream, table and rule; a case that breaks two rules counts with each."""
    return _rows(
        connection,
        f"""
        select stream, dataset, r.rule, count(*) as cases, count(*) filter (where due_at <= :now) as overdue
        from hub."case" c, unnest(rules) as r(rule) where {CHOSEN} group by 1, 2, 3 order by 4 desc, 1, 2, 3""",
        now=now,
        **vars(filter_),
    )


def by_unit(connection: sa.Connection, now: datetime, filter_: CaseFilter) -> list[Row]:
    """Number of cases by unit, rule and local month in which they were opened."""
    return _rows(
        connection,
        f"""
        select unit, owner, r.rule, to_char(timezone('{NAME}', opened_at), 'YYYY-MM') as month, count(*) as cases,
               count(*) filter (where due_at <= :now) as overdue
        from hub."case" c, unnest(rules) as r(rule) where {CHOSEN} group by 1, 2, 3, 4 order by 1 nulls last, 2, 3, 4""",
        now=now,
        **vars(filter_),
    )


def due(connection: sa.Connection, now: datetime, *, owner: str | None = None, unit: str | None = None) -> list[Row]:
    """Who has what to do: open cases by owner, how many are overdue, and the corrections that nobody has answered."""
    return _rows(
        connection,
        f"""
        with waiting as (
            select q."case", max(r.due_at) as due_at from hub.case_request q join hub.error_report r on r.id = q.report
            where not exists (
                select from hub.error_report_act a where a.report = r.id and a.what in ('corrected', 'rejected'))
            group by 1)
        select owner, count(*) as open, count(*) filter (where c.due_at <= :now) as overdue, min(c.due_at) as next_due,
               count(w."case") as requests, count(*) filter (where w.due_at <= :now) as requests_overdue,
               max(c.reminded_at) as reminded_at, count(c.escalated_at) as escalated
        from hub."case" c left join waiting w on w."case" = c.id
        where {STATE} = '{OPEN}' and (cast(:owner as text) is null or owner = :owner)
          and (cast(:unit as text) is null or unit = :unit)
        group by 1 order by 3 desc, 4, 1""",
        now=now,
        owner=owner,
        unit=unit,
    )


def one(connection: sa.Connection, number: int, contracts: Mapping[str, Contract], now: datetime) -> Row:
    """One case: its broken rules, each with a sentence for a ward clerk, its waiver, its requests, its landed page.

    `clause` says a broken clause of XML in words, `vi` and `en`; None: `detail` is in words already, or empty.

    Raises NotFound.
    """
    from hub.cases import requests  # a list needs none of what a report imports

    found = _rows(
        connection,
        f"""
        select c.*, {STATE} as state_now, l.sha256, l.request, l.fetched_at, s.contract, w.until as waived_until, w.signed_at as waiver_in_force_since,
               (select count(*) from hub.case_signature g where g.waiver = w.id) as signatures
        from hub."case" c join hub.landing l on l.id = c.landing join hub.stream s on s.id = c.stream
        left join hub.case_waiver w on w."case" = c.id and w.ended_at is null where c.id = :id""",
        id=number,
        now=now,
    )
    if not found:
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    row = found[0]
    row["state"] = row.pop("state_now")
    dataset = described(contracts, row.pop("contract"), row["dataset"])
    row["reasons"] = [
        {"rule": r, "sentence": sentence(dataset, r)} | ({"english": said} if (said := english(r)) else {})
        for r in row.pop("rules")
    ]
    row["clause"] = asdict(clause) if (clause := meaning(row["detail"])) else None
    row["requests"] = [
        {"report": each.id, "state": each.state, "due": each.due_at} for each in requests.of_case(connection, number)
    ]
    return row


def described(contracts: Mapping[str, Contract], contract: str, dataset: str) -> Dataset | None:
    """A dataset of a contract of today; None: no contract has it any more."""
    known = contracts.get(contract)
    return next((each for each in known.datasets if each.name == dataset), None) if known else None


def history(connection: sa.Connection, number: int) -> list[Row]:
    """Everything that was done to a case, oldest first: by people, by the hub, and by the owner who was asked.

    Raises NotFound.
    """
    opened = _rows(connection, 'select opened_at, first_batch, feed from hub."case" where id = :id', id=number)
    if not opened:
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    acts = _rows(
        connection,
        """
        select at, what, detail, who, why from (
            select a.at, a.what, a.detail, a.who, a.why, 0 as way, a.id from hub.act a where a."case" = :id
            union all
            select t.at, t.what, 'report ' || t.report, t.who, t.why, 1, t.id
            from hub.case_request q join hub.error_report_act t on t.report = q.report where q."case" = :id
        ) acts order by at, way, id""",
        id=number,
    )
    first = {"at": opened[0]["opened_at"], "what": "opened", "detail": f"batch {opened[0]['first_batch'][:12]}"}
    why = "quarantined" if opened[0]["feed"] is None else f"refused by the receiver of {opened[0]['feed']}"
    first |= {"who": actions.HUB, "why": why}
    return [first, *acts]


def note_look(connection: sa.Connection, number: int, person: Actor, now: datetime) -> None:
    """Record that a person looks at the record of a case. Commit it before the record is shown."""
    actions.append(connection, actions.CASES, (number, None), "viewed", person, now)


def looked_since(connection: sa.Connection, number: int, login: str, since: datetime) -> str | None:
    """The reason of a person's newest look at the record of a case since a time; None: there was none."""
    query = sa.text("""
        select why from hub.act where "case" = :number and what = 'viewed' and who = :login and at >= :since
        order by id desc limit 1""")
    why: str | None = connection.scalar(query, {"number": number, "login": login, "since": since})
    return why


def _rows(connection: sa.Connection, query: str, **values: object) -> list[Row]:
    return [dict(r) for r in connection.execute(sa.text(query), values).mappings()]
