"""The second opinion, stream by stream: who asks for it, and how each stream stands."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hub.app import Hub
from hub.core.actions import Actor
from hub.load.second_opinion import record
from hub.load.second_opinion.daily import Given, SecondOpinion


def give(hub: Hub, stream: str) -> Given:
    """The second opinion on one stream, put on record. Raises as `SecondOpinion.give`."""
    exchange = hub.exchange(stream)
    return SecondOpinion(exchange.stream, exchange.validator).give(hub.scenario.now())


def settle(hub: Hub, stream: str, person: Actor) -> str:
    """End a disagreement on a person's responsibility. Returns the stream's id. Raises NotFound: there is none."""
    exchange = hub.exchange(stream)
    rules, engines = exchange.validator.rules, exchange.validator.engines
    with hub.engine.begin() as connection:
        record.settle(connection, exchange.stream, rules, engines, person, hub.scenario.now())
    return exchange.stream


def listed(hub: Hub) -> list[dict[str, Any]]:
    """Each stream that was ever read: since when its engines agree, what was merged since, and where they differ."""
    query = sa.text("""
        select s.id as stream,
               case when d.lines is null then 'agree' else 'disagree: stopped' end as engines,
               (select max(o.given_at) from hub.second_opinion o where o.stream = s.id and o.disagreements = '{}')
                 as agreed_at,
               (select count(*) from hub.batch b where b.stream = s.id and b.state = 'applied' and b.serial > coalesce(
                 (select max(o.through) from hub.second_opinion o where o.stream = s.id and o.disagreements = '{}'), 0))
                 as merged_since,
               (select string_agg(distinct left(b.id, 12), ', ') from hub.doubted_batch x
                  join hub.batch b on b.serial = x.batch where b.stream = s.id and x.until is null) as to_be_confirmed,
               d.lines as disagreement
        from hub.stream s left join lateral (
            select string_agg(line, '; ') as lines from hub.second_opinion o, unnest(o.disagreements) line
            where o.stream = s.id and o.ended_at is null) d on true
        where s.last_batch is not null or exists (select from hub.second_opinion o where o.stream = s.id)
        order by d.lines is null, s.id""")
    with hub.engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
