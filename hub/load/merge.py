"""Merges a staged batch into the warehouse: decides in SQL what becomes of every row, and counts it.

The merge runs inside the caller's transaction, under the stream's row lock. Each method does one thing and
returns its own count; no count is computed as a remainder.

Fate of a staged row; the first that applies:
    duplicate     an earlier row of the batch has the same key, version and content
    quarantined   the row breaks a rule; or its version is known with other content (the stored row is
                  flagged); or its parent record was quarantined or is a duplicate
    unchanged     the current row has the same content
    outdated      a newer version is known: the row goes to history only
    new, changed  the row is accepted

A reading that asks for records by their keys (`again`) gets the source's present word: other content is taken, whatever
its change time is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Dataset
from hub.load import merge_cases, owners
from hub.load.counts import Counts
from hub.load.row_values import row_values
from hub.load.warehouse import SEEN

OWNER_QUARANTINED = "record.owner-quarantined"


@dataclass(frozen=True)
class Merged:
    """What a merge did to one dataset."""

    counts: Counts
    idle: bool
    """Whether it left every current row as it was."""
    waived: int = 0
    """Rows that came in under a waiver."""
    conflicts: int = 0
    """Keys for whose version another content came, and whose case is new."""


@dataclass(frozen=True)
class Merge:
    """The merge of one dataset of one batch into the warehouse."""

    connection: sa.Connection
    dataset: Dataset
    staged: str
    """Stage table, as SQL."""
    owners: str
    """Warehouse table of the records that own these, as SQL; empty if none does."""
    staged_owners: str
    """Their stage table."""
    system: str
    stream: str
    batch: str
    serial: int
    now: datetime
    owner: str
    due: datetime
    again: bool = False
    """Whether the records were asked for by their keys."""

    def run(self) -> Merged:
        """Merge the rows. Counts are without `received`, which the landing counts."""
        self._decide()
        fates = self._fates()
        accepted = self._insert()
        removed = 0
        if fates["changed"]:
            self._keep_old()
            accepted += self._update()
        touched = self._touch() if fates["unchanged"] else 0
        if fates["outdated"]:
            self._archive()
        if self.dataset.parent:
            removed = self._remove_children()
            if fates["quarantined"] or fates["outdated"] or fates["duplicate"]:
                owners.forget(self.connection, self.owners, self.staged_owners, self.fate, self.staged, self.system)
        conflicts = merge_cases.new_conflicts(self) if fates["disputed"] else 0
        quarantined = merge_cases.open_cases(self) if fates["quarantined"] else 0
        if fates["disputed"]:
            merge_cases.flag_disputed(self)
        counts = Counts(
            accepted=accepted,
            unchanged=fates["unchanged"],
            duplicate=self._duplicates() if fates["several"] else 0,
            outdated=fates["outdated"],
            quarantined=quarantined,
            removed=removed,
            findings=merge_cases.note_findings(self),
        )
        return Merged(counts, idle=not (accepted or removed or touched), conflicts=conflicts)

    # -- what becomes of each row ------------------------------------------------------------

    def _decide(self) -> None:
        """Create table `fate_<dataset>`: all rows of repeated keys, and every other row that is not a plain insert.

        In a first load these are few.
        """
        owner = self.dataset.parent
        self.do(
            f"""
            create temporary table {self.fate} on commit drop as
            with several as (
                select _record, _key, _version, _hash, _broken from {self.staged}
                where _key is null or _key in (select _key from {self.staged} group by 1 having count(*) > 1)
            ), twice as (
                select _record,
                       row_number() over (partition by _key, _version, _hash order by _record) > 1 as again,
                       _broken is null and _hash <> first_value(_hash) over (
                           partition by _key, _version order by (_broken is not null), _record) as conflict,
                       _version < max(_version) filter (where _broken is null) over (partition by _key) as older
                from several
            ), decided as (
                select s._record, s._key, s._version, t._record is not null as several,
                       case when t.again then 'duplicate'
                            when s._broken is not null then 'quarantined'
                            {"when p.fate in ('quarantined', 'duplicate') then 'quarantined'" if owner else ""}
                            when c._version = s._version and c._hash = s._hash then 'unchanged'
                            {self._present_word}
                            when t.conflict or c._version = s._version then 'quarantined'
                            when t.older or s._version < c._version {"or p.fate = 'outdated'" if owner else ""} then 'outdated'
                            when c._key is null then 'new'
                            when c._hash = s._hash then 'unchanged'
                            else 'changed' end as fate,
                       case when s._broken is not null then s._broken
                            {f"when p.fate = 'quarantined' then '{OWNER_QUARANTINED}'" if owner else ""} end as reason, -- if quarantined; null: its version
                       c._version is null or s._version > c._version {"or true" if self.again else ""} as newer
                from {self.staged} s
                left join lateral (
                    -- LIMIT keeps it a look-up by key: a hash join would read the whole table for every batch
                    select _key, _version, _hash from {self.current} w where w._system = :system and w._key = s._key limit 1
                ) c on true
                left join twice t on t._record = s._record
                {f"left join fate_{owner} p on p._record = s._owner" if owner else ""})
            select * from decided where fate <> 'new' or several""",
            system=self.system,
        )

    @property
    def _present_word(self) -> str:
        """Of a record that was asked for by its key: its content counts, not its change time."""
        if not self.again:
            return ""
        alone = "not coalesce(t.conflict or t.older, false)"
        return f"when {alone} and c._hash = s._hash then 'unchanged' when {alone} and c._key is not null then 'changed'"

    def _fates(self) -> Counter[str]:
        """Number of rows by fate, of table `fate_<dataset>`.

        Beside the fates: `disputed` (another content for a known version) and `several` (rows of repeated keys).
        """
        counted = self.do(f"""
            select fate, count(*) as n, count(*) filter (where fate = 'quarantined' and reason is null) as disputed,
                   count(*) filter (where several) as several
            from {self.fate} group by 1""").all()
        beside = ("disputed", "several")
        return Counter(
            {row.fate: row.n for row in counted} | {what: sum(getattr(row, what) for row in counted) for what in beside}
        )

    def _duplicates(self) -> int:
        """Rows beyond the first of equal key, version and content, counted in the stage table."""
        count = self.do(f"""
            select coalesce(sum(n - 1), 0) from (
                select count(*) n from {self.staged} where _record in (select _record from {self.fate} where several)
                group by _key, _version, _hash) d""").scalar()
        return int(count or 0)

    # -- current rows and history ------------------------------------------------------------

    def _insert(self) -> int:
        columns = ", ".join((*self._columns, SEEN))
        values = ", ".join((*self._columns.values(), f"s.{SEEN}"))
        return self.do(
            f"""
            insert into {self.current} ({columns})
            select {values} from {self.staged} s
            where not exists (select from {self.fate} f where f._record = s._record and f.fate <> 'new')""",
            **self._given,
        ).rowcount

    def _keep_old(self) -> None:
        columns = ", ".join(self._columns)
        self.do(
            f"""
            insert into {self._history} ({columns}, _disputed, _known_to, _end)
            select {", ".join(f"c.{name}" for name in self._columns)}, c._disputed, :now, 'superseded'
            from {self.current} c join {self.fate} f on f._key = c._key and f.fate = 'changed'
            where c._system = :system on conflict do nothing""",
            **self._given,
        )

    def _update(self) -> int:
        changes = ", ".join(
            f"{name} = {value}" for name, value in self._columns.items() if name not in ("_system", "_key")
        )
        return self.do(
            f"""
            update {self.current} c set {changes}, _disputed = false, {SEEN} = s.{SEEN}
            from {self.staged} s join {self.fate} f on f._record = s._record
            where f.fate = 'changed' and c._system = :system and c._key = s._key""",
            **self._given,
        ).rowcount

    def _touch(self) -> int:
        """Update change time and received hash of rows whose content did not change; the row stays the current one.

        Of several with one content the newest counts: else an owner could keep an older time than what it owns.
        """
        return self.do(
            f"""
            update {self.current} c set _version = f._version, {SEEN} = f.{SEEN}
            from (
                select distinct on (u._key) u._key, u._version, u.newer, s.{SEEN}
                from {self.fate} u join {self.staged} s on s._record = u._record
                where u.fate = 'unchanged' order by u._key, u._version desc, u._record) f
            where (f.newer or f.{SEEN} is distinct from c.{SEEN})
              and c._system = :system and c._key = f._key and c._version <= f._version""",
            system=self.system,
        ).rowcount

    def _archive(self) -> None:
        columns = ", ".join(self._columns)
        self.do(
            f"""
            insert into {self._history} ({columns}, _known_to, _end)
            select {", ".join(self._columns.values())}, :now, 'outdated'
            from {self.staged} s join {self.fate} f on f._record = s._record
            where f.fate = 'outdated' on conflict do nothing""",
            **self._given,
        )

    def _remove_children(self) -> int:
        """Move to history the children that the parent's newer version lacks: children are replaced as a set."""
        columns = ", ".join(self._columns)
        return self.do(
            f"""
            with gone as (
                delete from {self.current} c using fate_{self.dataset.parent} p
                where p.fate in ('changed', 'unchanged') and p.newer and c._system = :system and c._parent = p._key
                  and not exists (select from {self.staged} s where s._key = c._key and s._owner = p._record)
                returning c.*)
            insert into {self._history} ({columns}, _disputed, _known_to, _end)
            select {columns}, _disputed, :now, 'removed' from gone on conflict do nothing""",
            **self._given,
        ).rowcount

    # -- tables, columns and values ----------------------------------------------------------

    @property
    def current(self) -> str:
        """The table of the current rows, as SQL."""
        return f"warehouse.{self.dataset.table}"

    @property
    def _history(self) -> str:
        return f"history.{self.dataset.table}"

    @property
    def fate(self) -> str:
        """The table of the fates of the rows, as SQL."""
        return f"fate_{self.dataset.name}"

    @property
    def _columns(self) -> dict[str, str]:
        return row_values(self.dataset)

    @property
    def _given(self) -> dict[str, object]:
        return {"system": self.system, "now": self.now, "serial": self.serial}

    def do(self, statement: str, **values: object) -> sa.CursorResult[Any]:
        """Execute a statement of the merge with those of the values that it names."""
        statement = statement.replace("::", "\\:\\:")
        bound = sa.text(statement)
        return self.connection.execute(bound, {k: v for k, v in values.items() if f":{k}" in statement})
