"""Keeps facts and cells: by what merges changed since the last time, or anew from everything.

    changed rows (their batch is newer than the mark of their system)
      -> numbers of dossiers, their own and those at portals -> old facts out, new facts in -> cells by the difference

Each system has a mark of its own: the batches of a stream are applied one after another, those of two streams are not.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from hub.indicators.facts import NAMES, FactBasis, select
from hub.indicators.offers import reduced_fees
from hub.indicators.tables import MEASURES

TABLES = ("dossier", "dossier_component", "dossier_fee", "dossier_supplement", "dossier_result")
SUMS = ", ".join(MEASURES)


def keep(connection: sa.Connection, basis: FactBasis, now: datetime) -> int:
    """Bring facts and cells up to date; returns how many dossiers were looked at. The caller commits.

    If lists or settings changed that facts depend on, everything is counted anew.
    """
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.indicators'))"))
    basis = replace(basis, fees=reduced_fees(connection, basis.units, basis.agencies))
    digest = hashlib.sha256(json.dumps(asdict(basis), sort_keys=True).encode()).hexdigest()[:16]
    marks = connection.execute(sa.text("select system, serial, basis from hub.indicator_mark")).all()
    if not marks or any(mark.basis != digest for mark in marks):
        return _anew(connection, basis, digest, now)
    _touched(connection)
    looked = _renewed(connection, basis)
    _remember(connection, digest, now)
    return looked


def recompute(connection: sa.Connection, basis: FactBasis, now: datetime) -> int:
    """Count everything anew; the same facts and cells come out."""
    connection.execute(sa.text("delete from hub.indicator_mark"))
    return keep(connection, basis, now)


def _anew(connection: sa.Connection, basis: FactBasis, digest: str, now: datetime) -> int:
    for table in ("fact", "cell", "mark"):
        connection.execute(sa.text(f"delete from hub.indicator_{table}"))
    listed = ", ".join(NAMES)
    inserted = connection.execute(
        _bound(f"insert into hub.indicator_fact ({listed}) select {listed} from ({select('true')}) f"),
        basis.parameters(),
    )
    connection.execute(
        sa.text(f"""
        insert into hub.indicator_cell (unit, field, procedure, month, {SUMS})
        select unit, field, procedure, month, {", ".join(f"sum({name})" for name in MEASURES)}
        from hub.indicator_fact group by unit, field, procedure, month""")
    )
    _remember(connection, digest, now)
    return inserted.rowcount


def _touched(connection: sa.Connection) -> None:
    """Temporary table `touched`: numbers of dossiers of which some row is new, in any system."""
    connection.execute(sa.text("create temporary table touched (number text primary key) on commit drop"))
    for table in TABLES:
        owner = "_key" if table == "dossier" else "_parent"
        connection.execute(
            sa.text(f"""
            insert into touched
            select w.{owner} from (
                select s.system, coalesce(m.serial, -1) as serial from (select distinct system from hub.stream where contract = 'dossier') s
                left join hub.indicator_mark m on m.system = s.system
            ) m join warehouse.{table} w on w._system = m.system and w._batch > m.serial
            where w.{owner} is not null group by 1 on conflict do nothing""")
        )
    # A portal's row may bear a number of its own; it changes what the district's row counts for, and the other way round.
    for one, other in (("_key", "ma_ho_so_khac"), ("ma_ho_so_khac", "_key")):
        connection.execute(
            sa.text(f"""
            insert into touched select d.{other} from warehouse.dossier d join touched t on d.{one} = t.number
            where d.{other} is not null group by 1 on conflict do nothing""")
        )


def _renewed(connection: sa.Connection, basis: FactBasis) -> int:
    connection.execute(
        sa.text("""
        create temporary table before on commit drop as
        select f.* from hub.indicator_fact f join touched t on t.number = f.key""")
    )
    connection.execute(
        sa.text("delete from hub.indicator_fact f using before b where b.system = f.system and b.key = f.key")
    )
    listed = ", ".join(NAMES)
    came = select("d._key in (select number from touched)")
    inserted = connection.execute(
        _bound(f"insert into hub.indicator_fact ({listed}) select {listed} from ({came}) f"), basis.parameters()
    )
    more = ", ".join(f"sum(sign * {name}) as {name}" for name in MEASURES)
    added = ", ".join(f"{name} = cell.{name} + excluded.{name}" for name in MEASURES)
    connection.execute(
        sa.text(f"""
        insert into hub.indicator_cell as cell (unit, field, procedure, month, {SUMS})
        select unit, field, procedure, month, {more} from (
            select -1 as sign, b.* from before b
            union all select 1, f.* from hub.indicator_fact f join touched t on t.number = f.key
        ) moved group by unit, field, procedure, month
        on conflict (unit, field, procedure, month) do update set {added}""")
    )
    connection.execute(sa.text("delete from hub.indicator_cell where received = 0"))
    return inserted.rowcount


def _remember(connection: sa.Connection, digest: str, now: datetime) -> None:
    """Each system's mark: the newest batch that any of its rows carries."""
    newest = " union all ".join(
        f"(select x._batch as serial from warehouse.{t} x where x._system = s.system order by x._batch desc limit 1)"
        for t in TABLES
    )
    connection.execute(
        sa.text(f"""
        insert into hub.indicator_mark (system, serial, at, basis)
        select s.system, coalesce((select max(w.serial) from ({newest}) w), -1), :now, :digest
        from (select distinct system from hub.stream where contract = 'dossier') s
        on conflict (system) do update set serial = excluded.serial, at = excluded.at, basis = excluded.basis"""),
        {"now": now, "digest": digest},
    )


def _bound(statement: str) -> sa.TextClause:
    """A statement with the parameters of a basis."""
    return sa.text(statement).bindparams(
        sa.bindparam("units", type_=JSONB),
        sa.bindparam("agencies", type_=JSONB),
        sa.bindparam("procedures", type_=JSONB),
        sa.bindparam("fees", type_=JSONB),
    )
