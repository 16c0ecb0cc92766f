"""Refusing a waiver that one person proposed: it ends before a second signature puts it in force."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from hub.cases.selection import Selection, locked
from hub.cases.waivers import NotWaivable, expire, last_day
from hub.core import actions
from hub.core.actions import Actor
from hub.load.waivers import case_waiver


def refuse(connection: sa.Connection, selection: Selection, person: Actor, now: datetime) -> list[int]:
    """End the proposed waivers of cases; numbers of the cases whose waiver this refused. The caller commits.

    A case without a proposal is left as it is, so the same act again changes nothing. Of a list with one that is in
    force none is refused.

    Raises:
        NotFound: no such case.
        NotWaivable: two people have signed already; only the case itself ends that.
    """
    refused = []
    for case in locked(connection, selection):
        expire(connection, case, now)
        c = case_waiver.c
        standing = sa.select(case_waiver).where(c.case == case["id"], c.ended_at.is_(None)).with_for_update()
        waiver = connection.execute(standing).mappings().first()
        if waiver is None:
            continue
        if waiver["signed_at"] is not None:
            raise NotWaivable(
                f"The waiver of case {case['id']} is in force: two people have signed it",
                hint=f"hub cases close {case['id']} ends it with its case",
            )
        connection.execute(sa.update(case_waiver).where(c.id == waiver["id"]).values(ended_at=now))
        day = last_day(waiver["until"]).isoformat()
        actions.append(connection, actions.CASES, (case["id"], day), "refused", person, now)
        refused.append(case["id"])
    return refused
