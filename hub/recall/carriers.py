"""Who carried a record's older version: each kind in one statement over the table `correction`.

A carrier has one notice for a record, however often that is corrected: it was told that what it holds is old. An
answer's audit row names its records by keyed hashes (`hub.audit.records`) with their versions.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

_DECISIONS = """
    select c.*, 'decision' as kind, d.id::text as carrier, d.agency, d.dossier as reference, d.version
    from correction c join hub.decision d
      on d.dataset = c.dataset and d.system = c.system and d.record_key = c.key and d.version <= c.old
    where d.outcome <> 'ask'"""
_CANDIDATES = """
    select c.*, 'decision' as kind, d.id::text as carrier, d.agency, d.dossier as reference,
           substring(candidate from '@([^@]*)$')::timestamptz as version
    from hub.decision d cross join unnest(d.candidates) candidate
    join correction c on c.dataset || '/' || c.system || '/' || c.key = regexp_replace(candidate, '@[^@]*$', '')
    where d.candidates <> '{}' and substring(candidate from '@([^@]*)$')::timestamptz <= c.old"""
_COPIES = """
    select c.*, 'copy' as kind, i.id::text as carrier, i.agency, i.reference, i.version
    from correction c join hub.issued_copy i
      on i.dataset = c.dataset and i.system = c.system and i.record_key = c.key and i.version <= c.old"""
_ANSWERS = """
    select c.*, a.what as kind, a.id::text as carrier, a.agency, a.reference,
           a.versions[array_position(a.records, c.mark)] as version
    from correction c join hub.audit a on a.records @> array[c.mark]
    where a.what in ('record', 'answer', 'prefill') and a.outcome = 'answered'
      and a.versions[array_position(a.records, c.mark)] <= c.old"""
_DELIVERIES = """
    select c.*, 'delivery' as kind, d.feed || '-' || lpad(d.sequence::text, 8, '0') as carrier, d.receiver as agency,
           d.feed as reference, null::timestamptz as version
    from correction c join hub.feed f on f.contract = c.contract
    join hub.delivery d on d.feed = f.id and d.state <> 'built'
    join hub.delivery_item i on i.feed = d.feed and i.sequence = d.sequence and i.key = c.key and i.system = c.system
    where i.operation = 'put' and i.batch is distinct from c.batch
      and convert_from(d.manifest, 'UTF8')::jsonb -> 'contract' ->> 'dataset' = c.dataset"""
_CARRIED = " union all ".join((_DECISIONS, _CANDIDATES, _COPIES, _ANSWERS, _DELIVERIES))

_NOTE = f"""
    with carried as materialized (
        select distinct on (kind, carrier, dataset, system, key) * from ({_CARRIED}) every
        where not exists (select from hub.recall_notice n where n.kind = every.kind and n.carrier = every.carrier
              and n.dataset = every.dataset and n.system = every.system and n.record_key = every.key)
        order by kind, carrier, dataset, system, key, version
    ), opened as (
        insert into hub.recall (dataset, system, record_key, why, since, found_at)
        select distinct dataset, system, key, why, since, cast(:now as timestamptz) from carried
        on conflict (dataset, system, record_key, why, since) do update set closed_at = null
        returning id, dataset, system, record_key, why, since
    ), noticed as (
        insert into hub.recall_notice
               (recall, kind, carrier, dataset, system, record_key, agency, reference, version, at)
        select o.id, c.kind, c.carrier, c.dataset, c.system, c.key, c.agency, c.reference, c.version, :now
        from carried c join opened o on o.dataset = c.dataset and o.system = c.system and o.record_key = c.key
         and o.why = c.why and o.since = c.since
        on conflict (kind, carrier, dataset, system, record_key) do nothing returning id)
    select (select count(*) from opened), (select count(*) from noticed)"""


def note(connection: sa.Connection, now: datetime) -> tuple[int, int]:
    """Open a recall for each record that somebody carried, with a notice each; number of recalls, and of notices."""
    recalls, notices = connection.execute(sa.text(_NOTE), {"now": now}).one()
    return int(recalls), int(notices)
