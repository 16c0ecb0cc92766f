"""Decides past dossiers with what the city knew on the day of filing.

There are two readings, as in the meter. `knew`: what the hub had received by then. `could`: what the registry had by
then (an entry registered before the day of filing, as it stands today). A dossier names only its owner. Requirements
about another person (a child, a mother) cannot be tried, and are counted as such.

It reads as the owner, without row-level security: no agency asks, and the result holds only counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from contracts.local_time import LOCAL
from hub.access.grants.permission import Permission
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Decider, Question
from hub.answers.decisions.decision_service import DecisionService
from hub.evidence.dossier_links import counted
from hub.evidence.evidence import Moment
from hub.evidence.locator import Found, Locator
from hub.evidence.people import Subject
from hub.requirements.catalogue import About, Requirement


@dataclass
class Tried:
    """One requirement over the dossiers of its procedure in one system."""

    system: str
    requirement: Requirement
    dossiers: int = 0
    silent: int = 0
    """Dossiers that do not name the person of the paper."""
    knew: Counter[str] = field(default_factory=Counter)
    could: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class AsRegistered(Locator):
    """Finds entries of today that were registered before a day.

    A date of a year or month counts only if all of it is earlier.
    """

    day: str = ""

    def find(self, type_: str, subject: Subject, role: str | None = None) -> tuple[Found, ...]:
        return tuple(each for each in super().find(type_, subject, role) if self._before(each))

    def _before(self, found: Found) -> bool:
        item = found.evidence
        when = item.registered or (item.issued.isoformat() if item.issued else None)
        return when is not None and when < self.day[: len(when)]


def backtest(
    service: DecisionService,
    connection: sa.Connection,
    since: datetime,
    until: datetime,
    progress: Callable[[int, int], None] = lambda done, of: None,
    system: str | None = None,
) -> list[Tried]:
    """Try every held requirement on every dossier of a period whose procedure demands it.

    Permission is assumed, because the grants of the past are not known."""
    held = {
        procedure: tuple(r for r in rows if r.evidence_type.startswith(("register:", "result:")))
        for procedure, rows in service.requirements.items()
    }
    held = {procedure: rows for procedure, rows in held.items() if rows}
    dossiers = list(_dossiers(connection, list(held), since, until, system))
    found: dict[tuple[str, str], Tried] = {}
    for number, (where, key, procedure, owner, filed) in enumerate(dossiers, 1):
        for requirement in held[procedure]:
            tried = found.setdefault((where, requirement.id), Tried(where, requirement))
            tried.dossiers += 1
            if requirement.about is not About.APPLICANT or owner is None:
                tried.silent += 1
                continue
            question = Question(
                Inquiry(where, "hub", "backtest", key), procedure, {About.APPLICANT: Subject(personal_id=owner)}
            )
            for outcomes, decider in (
                (tried.knew, _decider(service, connection, filed)),
                (tried.could, _as_registered(service, connection, filed)),
            ):
                [decided] = decider.dossier(question, (requirement,))
                outcomes[decided.outcome.value] += 1
        progress(number, len(dossiers))
    return [found[key] for key in sorted(found)]


Filed = tuple[str, str, str, str | None, datetime]
"""(system, MaHoSo, procedure, the owner's number, moment of filing)."""


def _dossiers(
    connection: sa.Connection, procedures: list[str], since: datetime, until: datetime, system: str | None
) -> Iterator[Filed]:
    query = sa.text(f"""
        select _system, _key, regexp_replace(ma_tthc, '^([0-9]\\.[0-9]{{6}}).*$', '\\1') as procedure, dinh_danh_chs_cccd, ngay_nop_ho_so
        from warehouse.dossier d
        where regexp_replace(ma_tthc, '^([0-9]\\.[0-9]{{6}}).*$', '\\1') = any(:procedures) and ngay_nop_ho_so between :since and :until
          and (cast(:system as text) is null or _system = :system) and {counted("d")} order by _system, _key""")
    for row in connection.execute(query, {"procedures": procedures, "since": since, "until": until, "system": system}):
        yield row[0], row[1], row[2], row[3], row[4]


def _decider(service: DecisionService, connection: sa.Connection, filed: datetime) -> Decider:
    return replace(
        service.decider(connection, Moment(filed)),
        permits=lambda *_: Permission(True, True, "backtest"),
        discloses=lambda *_: True,
    )


def _as_registered(service: DecisionService, connection: sa.Connection, filed: datetime) -> Decider:
    plain = _decider(service, connection, service.hub.scenario.now())
    known, day = plain.locator, filed.astimezone(LOCAL).date().isoformat()
    return replace(
        plain,
        locator=AsRegistered(known.connection, known.contracts, known.keys, known.units, known.moment, known.lead, day),
    )
