"""Decisions by month, procedure and outcome: how often a paper was reused, confirmed or asked for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contracts.local_time import NAME

BY_MONTH = """
    select to_char(timezone(:zone, d.decided_at), 'YYYY-MM') as month, d.procedure, count(*) as decisions,
           count(*) filter (where d.outcome = 'reuse') as reuse,
           count(*) filter (where d.outcome = 'confirm') as confirm,
           count(*) filter (where d.outcome = 'ask') as ask,
           count(distinct (d.agency, d.dossier)) as dossiers
    from hub.decision d
    where not exists (select from hub.decision later where later.supersedes = d.id)
    group by 1, 2 order by 1 desc, 3 desc, 2 limit :limit"""


def by_month(connection: sa.Connection, limit: int = 100) -> list[dict[str, Any]]:
    """Decisions that stand, newest month first; one in whose place another stands does not count."""
    found = connection.execute(sa.text(BY_MONTH), {"zone": NAME, "limit": limit})
    return [dict(row) for row in found.mappings()]
