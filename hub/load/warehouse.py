"""Dataset tables, made from the contracts: `warehouse.<table>` (current), `history.<table>` (superseded), stage tables.

A warehouse row is the newest version of a record. History keeps each older version with the time at which it
was superseded. Every row names the landed page, and its number in that page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, insert

from contracts.identifiers import LOOKUP, shortened
from contracts.model import Contract, Dataset, Field, Kind
from contracts.refused import REFUSED
from hub.access import row_security
from hub.access.auditing import views
from hub.core.tables import dataset_table

SEEN = "_seen"
"""Column of the hash of a record as received (`hub/load/changes.py`)."""

STAGE_COLUMNS: Mapping[str, str] = {
    "_record": "integer not null",  # number within the batch, from 1
    "_landing": "bigint not null",
    "_row": "integer not null",  # number within the landed page, from 1
    "_key": 'text collate "C"',
    "_parent": 'text collate "C"',
    "_owner": "integer",  # _record of the row that owns it, in the parent's stage table
    "_version": "timestamptz",
    "_hash": "bytea not null",
    "_broken": "text",
    "_findings": "text",
    REFUSED: "text",  # where and why it could not be read
    SEEN: "bigint",  # keyed hash of the record as received
}
"""Columns of a stage table beside the fields, with types."""

KEY_TEXT = sa.Text(collation="C")  # byte order: fast, and the same on every server

TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.TEXT: sa.Text(),
    Kind.INTEGER: sa.BigInteger(),
    Kind.DECIMAL: sa.Numeric(),
    Kind.TIMESTAMP: sa.DateTime(timezone=True),
    Kind.PARTIAL_DATE: sa.Text(collation="C"),  # yyyy-MM-dd, yyyy-MM or yyyy: its length is its precision
}


def column_type(field: Field) -> sa.types.TypeEngine[Any]:
    """The PostgreSQL type of a field at rest in the warehouse."""
    return BYTEA() if field.classification.encrypted else TYPES[field.kind]


def lookup_column(field: Field) -> str:
    """The column of the keyed HMAC of an identity number."""
    return f"{field.column}{LOOKUP}"


def stage_columns(dataset: Dataset) -> dict[str, str]:
    """Columns of a stage table (name -> type): one batch of one dataset during validation.

    It holds all received records, the faulty ones too. Values are text, so that unreadable ones stay as received.
    Encrypted fields are encrypted before they are staged.
    """
    fields = {f.column: "bytea" if f.classification.encrypted else "text" for f in dataset.fields}
    return {**STAGE_COLUMNS, **fields, **{lookup_column(f): "bytea" for f in dataset.fields if f.identity}}


def current_table(dataset: Dataset, metadata: sa.MetaData | None = None) -> sa.Table:
    """The current rows of a dataset."""
    table = sa.Table(
        _quoted(dataset.table),
        metadata or sa.MetaData(schema="warehouse"),
        *_row_columns(dataset),
        sa.Column(
            SEEN,
            sa.BigInteger,
            comment="keyed hash of the record as received, to skip it when it comes again unchanged",
        ),
        sa.PrimaryKeyConstraint("_key", "_system"),  # the key first: one comparison distinguishes two records
        *_checks(dataset),
        comment=f"{dataset.title}. {dataset.meaning}",
    )
    if dataset.parent:
        sa.Index(shortened(f"{dataset.table}_parent"), table.c["_parent"], table.c["_system"])
    own = next((f for f in dataset.fields if f.identity), None)
    if own is not None:  # the person registered; indexes for the parents' numbers too would double the cost of a load
        sa.Index(shortened(f"{dataset.table}_{lookup_column(own)}"), table.c[lookup_column(own)])
    return table


def history_table(dataset: Dataset) -> sa.Table:
    """The superseded versions of a dataset's records, each with the span of time in which it was the current one."""
    return sa.Table(
        _quoted(dataset.table),
        sa.MetaData(schema="history"),
        *_row_columns(dataset),
        sa.Column(
            "_known_to", sa.DateTime(timezone=True), nullable=False, comment="when it ceased to be the current row"
        ),
        sa.Column(
            "_end",
            sa.Text,
            nullable=False,
            comment="superseded, outdated (arrived late) or removed (left with its owner's new version)",
        ),
        sa.PrimaryKeyConstraint("_key", "_system", "_version", "_hash"),
        comment=f"Superseded versions. {dataset.title}",
    )


def ensure_all(connection: sa.Connection, contracts: Mapping[str, Contract]) -> None:
    """Create the tables of all datasets that are read from systems, then row-level security of all tables.

    A question finds every table, filled or not. One query of the catalogue if nothing is missing.
    """
    columns: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in connection.execute(
        sa.text("""
            select n.nspname, c.relname, a.attname from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
            where n.nspname in ('warehouse', 'history') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped""")
    ):
        columns.setdefault((schema, table), set()).add(column)
    known = {
        (dataset, table)
        for dataset, table in connection.execute(sa.select(dataset_table.c.dataset, dataset_table.c.table))
    }
    for contract in contracts.values():
        if any(
            _lacking(dataset, columns) or (dataset.name, dataset.table) not in known for dataset in _synced(contract)
        ):
            ensure_tables(connection, contract)
    row_security.apply(connection, row_security.policies(contracts))
    views.apply(connection)


def _synced(contract: Contract) -> Iterable[Dataset]:
    """Datasets that are read from systems.

    The others are lists in files of the deployment; these have no change time.
    """
    return contract.datasets if all(dataset.version_field for dataset in contract.datasets) else ()


def _lacking(dataset: Dataset, columns: Mapping[tuple[str, str], set[str]]) -> bool:
    wanted = {f.column for f in dataset.fields} | {lookup_column(f) for f in dataset.fields if f.identity}
    return any(not wanted <= columns.get((schema, dataset.table), set()) for schema in ("warehouse", "history"))


def has_table(connection: sa.Connection, table: str, schema: str = "warehouse") -> bool:
    """Whether the rows of a table may be asked for: a dataset that nothing was ever read into may have none."""
    query = sa.text("select to_regclass(format('%I.%I', cast(:schema as text), cast(:table as text))) is not null")
    return connection.scalar(query, {"schema": schema, "table": table}) is True


def ensure_tables(connection: sa.Connection, contract: Contract) -> None:
    """Create the tables of a contract with row-level security, or add the columns of its newer version. Idempotent."""
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.tables'))"))
    inspector = sa.inspect(connection)
    for dataset in contract.datasets:
        for table in (current_table(dataset), history_table(dataset)):
            if not inspector.has_table(table.name, schema=table.schema):
                table.create(connection)
                continue
            present = {c["name"] for c in inspector.get_columns(table.name, schema=table.schema)}
            for column in table.columns:
                if column.name not in present:
                    kind = column.type.compile(dialect=connection.dialect)
                    quoted = connection.dialect.identifier_preparer.format_table(table)
                    name = connection.dialect.identifier_preparer.quote(column.name)
                    connection.execute(sa.text(f"alter table {quoted} add column {name} {kind}"))
        connection.execute(
            sa.delete(dataset_table).where(
                dataset_table.c.table == dataset.table, dataset_table.c.dataset != dataset.name
            )
        )  # renamed
        row = insert(dataset_table).values(dataset=dataset.name, table=dataset.table)
        connection.execute(row.on_conflict_do_update(index_elements=["dataset"], set_={"table": row.excluded.table}))
    row_security.apply(connection, row_security.policies({contract.name: contract}))


def _quoted(name: str) -> sa.quoted_name:
    """A name that SQLAlchemy always quotes: its own list of reserved words lacks some of PostgreSQL's."""
    return sa.quoted_name(name, quote=True)


def _row_columns(dataset: Dataset) -> list[sa.Column[object]]:
    fixed: list[sa.Column[object]] = [
        sa.Column("_system", KEY_TEXT, nullable=False, comment="the source system"),
        sa.Column("_key", KEY_TEXT, nullable=False, comment="the source's own record id"),
        sa.Column("_version", sa.DateTime(timezone=True), nullable=False, comment="the source's change time"),
        sa.Column("_hash", BYTEA(), nullable=False, comment="keyed fingerprint of the content, transport left out"),
        sa.Column("_known_from", sa.DateTime(timezone=True), nullable=False, comment="when the hub accepted it"),
        sa.Column("_batch", sa.BigInteger, nullable=False, comment="hub.batch.serial"),
        sa.Column("_landing", sa.BigInteger, nullable=False, comment="hub.landing.id: the page as received"),
        sa.Column("_row", sa.Integer, nullable=False, comment="its number in that page"),
        sa.Column(
            "_disputed",
            sa.Boolean,
            nullable=False,
            server_default=sa.text("false"),
            comment="the source sent two contents for this version",
        ),
    ]
    if dataset.parent:
        fixed.insert(2, sa.Column("_parent", KEY_TEXT, nullable=False, comment=f"_key of its {dataset.parent}"))
    fields: list[sa.Column[object]] = [
        sa.Column(
            _quoted(f.column),
            column_type(f),
            nullable=True,
            comment=f"{f.title} ({f.name}). {f.meaning} [{f.classification}]",
        )
        for f in dataset.fields
    ]
    lookups: list[sa.Column[object]] = [
        sa.Column(lookup_column(f), BYTEA(), comment=f"keyed HMAC of {f.column}, for look-up")
        for f in dataset.fields
        if f.identity
    ]
    return fixed + fields + lookups


def _checks(dataset: Dataset) -> list[sa.CheckConstraint]:
    """The cheap row rules again as CHECK constraints: the database refuses what a faulty rule engine lets through."""
    checks = []
    for field in dataset.fields:
        if field.classification.encrypted:
            continue
        column: sa.ColumnClause[Any] = sa.column(_quoted(field.column))
        conditions: list[sa.ColumnElement[bool]] = []
        if field.required:
            conditions.append(column.is_not(None))
        if field.codes:
            conditions.append(column.in_([c.value for c in field.codes]))
        if field.kind is Kind.PARTIAL_DATE:
            conditions.append(sa.func.octet_length(column).in_([4, 7, 10]))
        if field.max_length and field.kind is Kind.TEXT and not field.codes:
            # Bytes first: their number is stored, and few texts come near the limit.
            conditions.append(
                sa.or_(
                    sa.func.octet_length(column) <= field.max_length, sa.func.char_length(column) <= field.max_length
                )
            )
        if conditions:
            name = shortened(f"{dataset.table}_{field.column}")
            checks.append(sa.CheckConstraint(sa.and_(*conditions), name=name))
    return checks
