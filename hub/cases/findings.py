"""Findings: contradictions of accepted records. People look at them; the source's next delivery resolves them.

open           nobody has looked
acknowledged   a person has; the record carries it still
resolved       the record came again without it (`hub/load/findings.py`)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from contracts.local_time import LOCAL, NAME
from contracts.model import Contract
from hub.cases.listing import Row, described
from hub.cases.selection import NoCaseNamed
from hub.core import actions, tables
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.cross_register import checking
from hub.evidence.rule_sentences import sentence

STATE = """case when resolved_at is not null then 'resolved' when acknowledged_at is not null then 'acknowledged' else 'open' end"""
STATES = ("open", "acknowledged", "resolved")


@dataclass(frozen=True)
class FindingFilter:
    """Findings by number, or those that meet every condition given."""

    numbers: tuple[int, ...] = ()
    stream: str | None = None
    rule: str | None = None
    unit: str | None = None
    month: str | None = None
    """`yyyy-MM`, in local time: when they were found."""
    units: tuple[str, ...] | None = None
    """Only findings of these units (`hub/accounts/scope.py` writes them: code and first day); None: of any."""
    systems: tuple[str, ...] | None = None
    """With `units`: a finding without a unit counts when it came from one of these."""

    @property
    def is_empty(self) -> bool:
        return not (self.numbers or self.stream or self.rule or self.unit or self.month)

    def condition(self) -> sa.ColumnElement[bool]:
        """The condition on `hub.finding`. Raises NotFound: the month is none."""
        f = tables.finding.c
        found: list[sa.ColumnElement[bool]] = [sa.true()]
        if self.numbers:
            found.append(f.id.in_(self.numbers))
        if self.stream:
            found.append(f.stream == self.stream)
        if self.rule:
            found.append(f.rule == self.rule)
        if self.unit:
            found.append(f.unit == self.unit)
        if self.units is not None:
            from_system = sa.func.split_part(f.stream, ".", 1).in_(self.systems or ())
            dated = f.unit + "@" + sa.func.coalesce(f.unit_since, "")
            found.append(dated.in_(self.units) | (f.unit.is_(None) & from_system))
        if self.month:
            first, after = _month(self.month)
            found += [f.found_at >= first, f.found_at < after]
        return sa.and_(*found)


def listed(
    connection: sa.Connection, filter_: FindingFilter, *, state: str | None = None, limit: int = 50
) -> list[Row]:
    """Findings, oldest first; `state`: one of `STATES`, None: those that are not resolved.

    Raises:
        NotFound: no such state.
    """
    if state is not None and state not in STATES:
        raise NotFound(f"{state!r} is no state of a finding", hint=f"--state {', '.join(STATES)}")
    f = tables.finding.c
    wanted = f.resolved_at.is_(None) if state is None else sa.literal_column(STATE) == state
    query = (
        sa.select(
            f.id,
            f.stream,
            f.dataset,
            f.record_key,
            f.rule,
            f.unit,
            sa.literal_column(STATE).label("state"),
            f.found_at,
            f.until,
        )
        .where(filter_.condition(), wanted)
        .order_by(f.id)
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def counts(connection: sa.Connection, filter_: FindingFilter) -> list[Row]:
    """Numbers by rule, unit and month: open, acknowledged, resolved."""
    f = tables.finding.c
    month = sa.func.to_char(sa.func.timezone(NAME, f.found_at), "YYYY-MM")
    numbers = [sa.func.count().filter(sa.literal_column(STATE) == state).label(state) for state in STATES]
    query = (
        sa.select(f.stream, f.dataset, f.rule, f.unit, month.label("month"), *numbers)
        .where(filter_.condition())
        .group_by(f.stream, f.dataset, f.rule, f.unit, sa.text("month"))
        .order_by(f.stream, f.dataset, f.rule, f.unit, sa.text("month"))
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def one(connection: sa.Connection, number: int, contracts: Mapping[str, Contract]) -> Row:
    """One finding with its sentence, and who looked at it. Raises NotFound."""
    f = tables.finding
    query = sa.select(f, sa.literal_column(STATE).label("state"), tables.stream.c.contract).join(
        tables.stream, tables.stream.c.id == f.c.stream
    )
    found = connection.execute(query.where(f.c.id == number)).mappings().first()
    if found is None:
        raise NotFound(f"No finding {number}", hint="hub findings list shows them")
    row: dict[str, Any] = dict(found)
    row["sentence"] = sentence(described(contracts, row.pop("contract"), row["dataset"]), row["rule"])
    system = row["stream"].split(".", 1)[0]
    if others := checking.others(connection, row["rule"], system, row["record_key"]):
        row["others"] = others
    row["record"] = f"{row['dataset']}/{row['stream'].split('.', 1)[0]}/{row.pop('record_key')}"
    a = actions.act.c
    acts = connection.execute(sa.select(a.at, a.what, a.who, a.why).where(a.finding == number).order_by(a.id))
    row["history"] = [dict(act) for act in acts.mappings()]
    return row


def acknowledge(connection: sa.Connection, filter_: FindingFilter, person: Actor, now: datetime) -> list[int]:
    """Note that a person has looked at findings; numbers of those that were open.

    Raises:
        NotFound: a number is no finding.
        NoCaseNamed: nothing is selected.
    """
    if filter_.is_empty:
        raise NoCaseNamed("No finding is named", hint="give numbers, or --rule, --unit, --stream, --month")
    f = tables.finding.c
    query = sa.select(f.id, f.acknowledged_at, f.resolved_at).where(filter_.condition()).order_by(f.id)
    found = connection.execute(query.with_for_update()).all()
    if missing := sorted(set(filter_.numbers) - {row.id for row in found}):
        raise NotFound(f"No finding {', '.join(map(str, missing[:5]))}", hint="hub findings list shows them")
    waiting = [row.id for row in found if row.acknowledged_at is None and row.resolved_at is None]
    connection.execute(sa.update(tables.finding).where(f.id.in_(waiting)).values(acknowledged_at=now))
    for number in waiting:
        actions.append(connection, actions.FINDINGS, (number,), "acknowledged", person, now)
    return waiting


def _month(text: str) -> tuple[datetime, datetime]:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound(f"{text!r} is no month", hint="--month 2022-06") from None
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return datetime.combine(first, time(), LOCAL), datetime.combine(after, time(), LOCAL)
