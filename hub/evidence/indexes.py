"""Indexes that questions need and loading does not: built concurrently, once the tables are filled.

They are not part of the tables' definition, because each would slow the first load of millions of rows. Once built,
every merge maintains them like any other index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sqlalchemy as sa

from contracts.model import Contract
from hub.access.logins import ownership
from hub.evidence.linkage import natural_key
from hub.evidence.registers import registers_of
from hub.load.warehouse import lookup_column

REPLACED = ("entry",)
"""Name endings of indexes of earlier versions that others replaced."""
DOSSIER = (("dinh_danh_chs_cccd_hmac",), ("dinh_danh_chs_cmnd_hmac",))


def wanted(contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str, str]]:
    """(schema.table, index name, columns or expressions) of each index."""
    for register in registers_of(contracts).values():
        dataset = register.in_contract(contracts)
        column = {f.name: f.column for f in dataset.fields}
        for schema in ("warehouse", "history"):
            table = f"{schema}.{dataset.table}"
            if columns_of_key := natural_key(register, contracts, "{entry}, {book}, {place}"):
                yield table, f"{dataset.table}_natural_key", columns_of_key
            for role in register.roles:
                yield table, f"{dataset.table}_{role.name}_number", lookup_column(dataset.by_name[role.number])
                yield (
                    table,
                    f"{dataset.table}_{role.name}_recall",
                    f'hub.recall_key({column[role.full_name]}), "left"({column[role.born]}, 4)',
                )
    for schema in ("warehouse", "history"):
        for columns in DOSSIER:
            yield f"{schema}.dossier", f"dossier_{columns[0]}_reuse", ", ".join(columns)
        yield f"{schema}.dossier", "dossier_other_number", "ma_ho_so_khac"
        yield f"{schema}.identification_event", "identification_event_reference", "ma_tham_chieu"
        yield f"{schema}.identification_event", "identification_event_dossier", "ma_ho_so"
        yield f"{schema}.dossier_result", "dossier_result_owner", "_parent, _system"
    for table in ("dossier", "dossier_component", "dossier_fee", "dossier_supplement", "dossier_result"):
        yield f"warehouse.{table}", f"{table}_batch", "_system, _batch"  # what changed since indicators were kept
    yield "history.dossier_component", "dossier_component_owner", "_parent, _system"


def build(
    engine: sa.Engine,
    contracts: Mapping[str, Contract],
    progress: Callable[[str, int, int], None] = lambda name, done, of: None,
) -> None:
    """Build missing indexes without blocking a merge.

    Two processes may run it at once; an aborted build is restarted.

    Raises:
        DatabaseBehind: some are missing, and this login is not the owner's.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("select pg_advisory_lock(hashtext('hub.reuse.indexes'))"))
        try:
            present = _present(connection)
            tables = set(
                connection.scalars(
                    sa.text(
                        "select schemaname || '.' || tablename from pg_tables where schemaname in ('warehouse', 'history')"
                    )
                )
            )
            for schema, name in present:
                if name in {
                    f"{each.dataset}_{ending}" for each in registers_of(contracts).values() for ending in REPLACED
                }:
                    connection.execute(sa.text(f"drop index concurrently if exists {schema}.{name}"))
            missing = [
                each
                for each in wanted(contracts)
                if each[0] in tables and not present.get((each[0].split(".")[0], each[1]), False)
            ]
            if missing:
                ownership.require(connection)
            for done, (table, name, columns) in enumerate(missing, 1):
                schema = table.split(".")[0]
                if (schema, name) in present:  # invalid: its build was cut off
                    connection.execute(sa.text(f"drop index concurrently if exists {schema}.{name}"))
                connection.execute(sa.text(f"create index concurrently if not exists {name} on {table} ({columns})"))
                progress(f"{table} ({columns})", done, len(missing))
        finally:
            connection.execute(sa.text("select pg_advisory_unlock(hashtext('hub.reuse.indexes'))"))


def _present(connection: sa.Connection) -> dict[tuple[str, str], bool]:
    """(schema, index) -> whether it is valid."""
    query = sa.text("""
        select n.nspname, c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('warehouse', 'history')""")
    return {(schema, name): valid for schema, name, valid in connection.execute(query)}
