"""Cases and findings of a merge: what was quarantined, what is disputed, what contradicts itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.refused import REFUSED
from hub.load import case_owners, reopening

if TYPE_CHECKING:
    from hub.load.merge import Merge

VERSION_CONFLICT = "record.version-conflict"


def open_cases(merge: Merge) -> int:
    """Open a case for each quarantined row, or see its case again. One that is not open is opened again
    (`reopening.py`), unless a newer version of its record is here.

    An answer by key leaves the batch that saw it last as it is: the answers of polls go on counting its cases.
    """
    broken = f"string_to_array(coalesce(f.reason, '{VERSION_CONFLICT}'), ',')"
    before = reopening.seen_before(merge, broken)
    newer = f"""(
        "case".state = 'open' or exists (
            select from {merge.current} w
            where w._system = :system and w._key = excluded.record_key and w._version > excluded.version))"""
    done = merge.do(
        f"""
        insert into hub."case" (stream, dataset, record_key, content, rules, detail, landing, record, owner, opened_at, due_at,
                                first_batch, last_batch, version, record_owner, ask_at, unit, unit_since)
        select :stream, :dataset, s._key, {reopening.CONTENT}, {broken}, s.{REFUSED}, s._landing, s._row,
               coalesce(o.owner, :owner), :now, :due, :batch, :batch, s._version, s._parent, :now, o.unit, o.unit_since
        from {merge.staged} s join {merge.fate} f on f._record = s._record
        left join lateral ({case_owners.owner_of(merge.dataset)}) o on true where f.fate = 'quarantined'
        on conflict (stream, dataset, content) do update set
            last_batch = {'"case".last_batch' if merge.again else "excluded.last_batch"}, seen = "case".seen + 1,
            version = excluded.version, record_owner = excluded.record_owner,
            rules = excluded.rules, detail = excluded.detail,
            state = case when {newer} then "case".state else 'open' end,
            closed_seen = case when {newer} then "case".closed_seen + 1 end,
            due_at = case when {newer} then "case".due_at else excluded.due_at end,
            reminded_at = case when {newer} then "case".reminded_at end,
            escalated_at = case when {newer} then "case".escalated_at end""",
        stream=merge.stream,
        dataset=merge.dataset.name,
        owner=merge.owner,
        now=merge.now,
        due=merge.due,
        batch=merge.batch,
        system=merge.system,
    ).rowcount
    reopening.note(merge, before)
    return done


def new_conflicts(merge: Merge) -> int:
    """Number of keys for whose version another content came, and that have no open case: for the budget of bad records,
    before the cases are opened.
    """
    count = merge.do(
        f"""
        select count(distinct f._key) from {merge.fate} f
        where f.fate = 'quarantined' and f.reason is null and not exists (
            select from hub."case" c where c.stream = :stream and c.dataset = :dataset and c.state = 'open'
            and c.feed is null and c.record_key = f._key)""",
        stream=merge.stream,
        dataset=merge.dataset.name,
    ).scalar()
    return int(count or 0)


def flag_disputed(merge: Merge) -> None:
    """Mark the current rows for whose version another content came."""
    merge.do(
        f"""
        update {merge.current} c set _disputed = true from {merge.fate} f
        where f.fate = 'quarantined' and f.reason is null and c._system = :system and c._key = f._key
          and c._version = f._version and not c._disputed""",
        system=merge.system,
    )


def note_findings(merge: Merge) -> int:
    """Note the contradictions in accepted rows; returns the number of new ones."""
    return merge.do(
        f"""
        insert into hub.finding (stream, dataset, record_key, rule, batch, found_at)
        select :stream, :dataset, s._key, r.rule, :batch, :now
        from {merge.staged} s left join {merge.fate} f on f._record = s._record, unnest(string_to_array(s._findings, ',')) as r(rule)
        where s._findings is not null and coalesce(f.fate, 'new') in ('new', 'changed')
        on conflict (stream, dataset, record_key, rule) do nothing""",
        stream=merge.stream,
        dataset=merge.dataset.name,
        batch=merge.batch,
        now=merge.now,
    ).rowcount
