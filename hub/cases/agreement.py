"""Cases against the ledger: every quarantined record is a case, and every state of a case has what it rests on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

CHECKS = {
    "every record that the ledger counts as quarantined is a case, as often as it was seen": """
        select coalesce(l.stream, c.stream) || ' ' || coalesce(l.dataset, c.dataset)
        from (select b.stream, l.dataset, sum(l.quarantined) as n from hub.ledger l join hub.batch b on b.id = l.batch
              where l.state = 'applied' group by 1, 2) l
        full join (select stream, dataset, sum(seen) as n from hub."case" where feed is null group by 1, 2) c
             on c.stream = l.stream and c.dataset = l.dataset
        where coalesce(l.n, 0) <> coalesce(c.n, 0)""",
    "a released case has a waiver that two people signed": """
        select c.id::text from hub."case" c where c.state = 'released' and not exists (
            select from hub.case_waiver w where w."case" = c.id and w.signed_at is not null and w.ended_at is null
            and (select count(*) from hub.case_signature g where g.waiver = w.id) >= 2)""",
    "no case is open while its waiver is in force": """
        select w."case"::text from hub.case_waiver w join hub."case" c on c.id = w."case"
        where w.signed_at is not null and w.ended_at is null and w.until > :now and c.state = 'open'""",
    "a book error ended with the number of a decision": """
        select id::text from hub."case" where state = 'closed' and fault = 'book' and coalesce(decision_number, '') = ''""",
    "what a person did last is what a case is": """
        select c.id::text from hub."case" c where c.assigned and c.owner is distinct from (
            select a.detail from hub.act a where a."case" = c.id and a.what = 'assigned' order by a.id desc limit 1)""",
}
"""Sentence -> query of what breaks it."""


def broken(connection: sa.Connection, now: datetime) -> dict[str, list[str]]:
    """Sentence -> what breaks it; empty where cases and ledger agree."""
    found = {
        sentence: list(
            connection.scalars(sa.text(query.replace("::", "\\:\\:")), {"now": now} if ":now" in query else {})
        )
        for sentence, query in CHECKS.items()
    }
    return {sentence: names for sentence, names in found.items() if names}
