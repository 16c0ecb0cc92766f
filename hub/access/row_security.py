"""Row-level security in PostgreSQL: it hides what a mistake in the disclosure policy would show.

    owner    loads, migrates and works for the city itself; a policy of its own shows it every row
    reader   answers agencies: each answer sets this role in its transaction. Grants decide the rows, classes the
             columns. Without the settings below it sees nothing
    copier   copies the new rows of a bulk load into the warehouse, and can only insert. PostgreSQL refuses COPY
             on tables with row-level security, so this role bypasses it

The settings are local to a transaction, so a pooled connection cannot keep them: `hub.agency`, `hub.purpose`,
`hub.legal_basis`, `hub.day`, and `hub.own` for the hub's own question whether a death locks an entry.

It does not protect against statements run as the owner, who can reset the role. `docs/decisions/0014-second-wall.md`
lists what reads as the owner, and why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.core.database import identifier, literal
from hub.core.errors import DatabaseRefused

READER = "hub_reader"
COPIER = "hub_copier"
ROLES: Mapping[str, LiteralString] = {READER: "nologin", COPIER: "nologin bypassrls"}
"""Roles without a login that the owner may set -> options of their CREATE ROLE. Only the reader is required."""
PLACE = "noi_dang_ky"
"""Column of the place of registration: a grant for a territory limits rows by it."""
HINT = f"as an administrator of the server: create role {READER} nologin; grant {READER} to <owner of the database>"


@dataclass(frozen=True)
class TablePolicy:
    """What the reader role may do with a table."""

    schema: str
    table: str
    columns: tuple[str, ...]
    """Columns that it may read; `*` is all, `-name` all but this one. Empty: it may not read the table."""
    using: str = "false"
    """Condition for the rows (SQL). It reads settings in a subquery, so that they are read once for a statement, not for each row."""
    inserts: bool = False
    """Whether it may insert rows, of those that it may read."""

    @property
    def name(self) -> str:
        """Name of the policy. It holds a hash of the condition, so that a newer version of the hub replaces an old policy."""
        return f"granted_{hashlib.sha256(self.using.encode()).hexdigest()[:8]}"


MINE = "agency = (select current_setting('hub.agency', true))"
OWN = (
    TablePolicy("hub", "decision", ("*",), MINE, inserts=True),
    TablePolicy(
        "hub",
        "decision_question",
        ("*",),
        "decision in (select d.id from hub.decision d where d.id = decision)",
        inserts=True,
    ),
    TablePolicy(
        "hub",
        "decision_act",
        ("*",),
        "decision in (select d.id from hub.decision d where d.id = decision)",
        inserts=True,
    ),
    TablePolicy("hub", "issued_copy", ("*",), MINE, inserts=True),
    TablePolicy(
        "hub",
        "issued_copy_sheet",
        ("*",),
        "copy in (select c.id from hub.issued_copy c where c.id = copy)",
        inserts=True,
    ),
    TablePolicy("hub", "audit", ("*",), MINE, inserts=True),
    TablePolicy("hub", "error_report", ("*", "-said"), MINE, inserts=True),  # the reporter's text stays encrypted
    TablePolicy(
        "hub",
        "error_report_act",
        ("id", "report", "what"),
        "report in (select r.id from hub.error_report r where r.id = report)",
    ),
    TablePolicy("hub", "ministry_question", ("*",), MINE, inserts=True),
    TablePolicy(
        "hub",
        "ministry_state",
        ("*",),
        "question in (select q.id from hub.ministry_question q where q.id = question)",
        inserts=True,
    ),
    TablePolicy("hub", "receipt", ("*",), MINE, inserts=True),
    TablePolicy(
        "hub", "finding", ("stream", "dataset", "record_key", "rule"), "dataset = any ((select hub.readable())::text[])"
    ),
    TablePolicy("hub", "case", ()),
    TablePolicy("hub", "in_flight", ()),
    TablePolicy("hub", "alert", ()),
    TablePolicy("hub", "alert_act", ()),
    TablePolicy("hub", "granted", ()),
    TablePolicy("hub", "dataset", ()),
    TablePolicy("hub", "ws_nonce", ()),
    TablePolicy("hub", "stream", ("id", "system", "contract", "repeats"), "true"),
    TablePolicy(
        "hub", "run", ("stream", "epoch", "mode", "ended_at"), "true"
    ),  # how fresh the hub's copy is; nothing personal
)
"""Policies of the hub's own tables."""


def policies(contracts: Mapping[str, Contract]) -> Iterator[TablePolicy]:
    """The policies of all tables."""
    yield from OWN
    for contract in contracts.values():
        for dataset in contract.datasets:
            yield from of_dataset(dataset, [d.name for d in contract.datasets if d.parent == dataset.name])


def of_dataset(dataset: Dataset, children: Iterable[str] = ()) -> tuple[TablePolicy, TablePolicy]:
    """The policies of a dataset's two tables. A grant for a child also shows the parent row, because the parent names the person."""
    sealed = {f.column for f in dataset.fields if f.classification.encrypted}
    columns = ("*", *sorted(f"-{name}" for name in sealed))
    names = ", ".join(map(literal, (dataset.name, *children)))
    using = f"(select hub.everywhere({names}))"
    if any(f.column == PLACE for f in dataset.fields):
        using += f" or {PLACE} = any ((select hub.places({names}))::text[])"
    return TablePolicy("warehouse", dataset.table, columns, using), TablePolicy(
        "history", dataset.table, columns, using
    )


def apply(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> None:
    """Bring the policies and rights of all existing tables to this version. Idempotent, and cheap if nothing is missing."""
    wanted = tuple(wanted)
    if ready(connection) and not _missing(connection, wanted):
        return
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.tables'))"))
    _make_roles(connection)
    for statement in _missing(connection, wanted):
        connection.execute(sa.text(statement.replace(":", "\\:")))


def ready(connection: sa.Connection, role: str = READER) -> bool:
    """Whether a role exists and the current user may set it."""
    query = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :role")
    return bool(connection.scalar(query, {"role": role}))


@contextmanager
def adding(connection: sa.Connection) -> Iterator[None]:
    """Set the copier role for the rows that a block inserts into the warehouse, then reset it.

    On an error the role is not reset: the transaction has failed and must be rolled back.
    """
    connection.execute(sa.text(f"set local role {COPIER}"))
    yield
    connection.execute(sa.text("reset role"))


def read_as(connection: sa.Connection, *, agency: str, purpose: str, day: date, legal_basis: str = "") -> None:
    """Set the reader role for an agency, purpose and law, until the transaction ends. An empty purpose shows no row.

    Raises:
        DatabaseRefused: the role does not exist, or the current user may not set it.
    """
    _take_on(connection, agency=agency, purpose=purpose, legal_basis=legal_basis, day=day.isoformat())


def read_own(connection: sa.Connection, dataset: str, day: date) -> None:
    """Set the reader role for a question of the hub's own: it shows the rows of one dataset only. `read_as` ends it.

    Raises:
        DatabaseRefused: as `read_as`.
    """
    _take_on(connection, own=dataset, day=day.isoformat())


def _take_on(
    connection: sa.Connection, *, agency: str = "", purpose: str = "", legal_basis: str = "", own: str = "", day: str
) -> None:
    parameters = {"agency": agency, "purpose": purpose, "law": legal_basis, "own": own, "day": day, "reader": READER}
    connection.execute(
        sa.text("""
        select set_config('hub.agency', :agency, true), set_config('hub.purpose', :purpose, true), set_config('hub.legal_basis', :law, true),
               set_config('hub.own', :own, true), set_config('hub.day', :day, true), set_config('role', :reader, true)"""),
        parameters,
    )


def require(connection: sa.Connection) -> None:
    """Raises DatabaseRefused: the role is missing, and without row-level security nothing is answered."""
    if not ready(connection):
        raise DatabaseRefused(
            f"The role {READER} is missing or not granted: without row-level security nothing is answered", hint=HINT
        )


def drift(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> list[str]:
    """Differences from the policies and rights that must stand, for `hub doctor`: the missing role, and missing statements."""
    role = [] if ready(connection) else [f"no role {READER}: nothing is answered ({HINT})"]
    return role + _missing(connection, tuple(wanted))


STANDING = """
    select n.nspname as schema, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as secured,
           array(select p.polname::text from pg_policy p where p.polrelid = c.oid) as policies,
           array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           array(select a.attname::text from pg_attribute a cross join aclexplode(a.attacl) x
                 where a.attrelid = c.oid and not a.attisdropped and x.grantee = r.oid and x.privilege_type = 'SELECT') as readable,
           array(select x.privilege_type::text from aclexplode(c.relacl) x where x.grantee = r.oid) as rights,
           array(select x.privilege_type::text from aclexplode(c.relacl) x join pg_roles k on k.oid = x.grantee where k.rolname = :copier) as copier_rights,
           pg_get_userbyid(c.relowner) as owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_roles r on r.rolname = :reader
    where n.nspname in ('hub', 'warehouse', 'history') and c.relkind = 'r'""".replace("::", "\\:\\:")


def _missing(connection: sa.Connection, wanted: tuple[TablePolicy, ...]) -> list[str]:
    """The statements that bring the existing tables to the wanted policies and rights."""
    reader, copier = ready(connection), ready(connection, COPIER)
    found = {
        (row.schema, row.name): row
        for row in connection.execute(sa.text(STANDING), {"reader": READER, "copier": COPIER})
    }
    missing = []
    if reader and not _may_use(connection, READER, "history"):
        missing.append(f"grant usage on schema hub, warehouse, history to {READER}")
    if copier and not _may_use(connection, COPIER, "warehouse"):
        missing.append(f"grant usage on schema warehouse to {COPIER}")
    functions = sa.text("""
        select bool_and(has_function_privilege(:reader, p.oid, 'execute')) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'hub' and p.prosecdef""")
    if reader and not connection.scalar(functions, {"reader": READER}):
        missing.append(f"grant execute on all functions in schema hub to {READER}")
    for policy in wanted:
        if (policy.schema, policy.table) in found:
            missing += _statements(policy, found[policy.schema, policy.table], reader, copier)
    return missing


def _may_use(connection: sa.Connection, role: str, schema: str) -> bool:
    return bool(
        connection.scalar(
            sa.text("select has_schema_privilege(:role, :schema, 'usage')"), {"role": role, "schema": schema}
        )
    )


def _statements(policy: TablePolicy, there: sa.Row[tuple[object, ...]], reader: bool, copier: bool) -> Iterator[str]:
    """The statements that bring one table to its policy."""
    table, row = f"{policy.schema}.{identifier(policy.table)}", there._mapping
    if not row["secured"]:
        yield f"alter table {table} enable row level security, force row level security"
    if "loader" not in row["policies"]:
        yield f"create policy loader on {table} to {identifier(row['owner'])} using (true) with check (true)"
    for old in row["policies"]:
        if old not in ("loader", policy.name):
            yield f"drop policy {identifier(old)} on {table}"
    if policy.columns and policy.name not in row["policies"]:
        yield f"create policy {policy.name} on {table} using ({policy.using})"
    if copier:
        yield from _rights(
            table, COPIER, {"INSERT"} if policy.schema == "warehouse" else set(), set(row["copier_rights"])
        )
    if not reader:
        return
    wanted, rights = {"INSERT"} if policy.inserts else set[str](), set(row["rights"])
    yield from _rights(table, READER, wanted, rights)
    readable = set(_columns(policy, row["columns"]))
    there_now = set(row["readable"]) if "SELECT" not in rights else set()  # revoking SELECT revokes the columns' too
    if more := sorted(readable - there_now):
        yield f"grant select ({', '.join(_quoted(more))}) on {table} to {READER}"
    if less := sorted(there_now - readable):
        yield f"revoke select ({', '.join(_quoted(less))}) on {table} from {READER}"


def _rights(table: str, role: str, wanted: set[str], there: set[str]) -> Iterator[str]:
    if excess := sorted(there - wanted):
        yield f"revoke {', '.join(excess)} on {table} from {role}"
    for right in sorted(wanted - there):
        yield f"grant {right} on {table} to {role}"


def _columns(policy: TablePolicy, there: Iterable[str]) -> tuple[str, ...]:
    if "*" in policy.columns:
        return tuple(name for name in there if f"-{name}" not in policy.columns)
    return policy.columns


def _quoted(names: Iterable[str]) -> list[str]:
    return [identifier(name) for name in names]


def _make_roles(connection: sa.Connection) -> None:
    """Create the missing roles if the owner is a superuser; otherwise an administrator must. Without the reader nothing is answered.

    CREATEROLE alone is not used: before PostgreSQL 16 it comes close to a superuser's rights, so no setup may need it.
    """
    if not connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user")):
        return
    for role, made_with in ROLES.items():
        if not ready(connection, role):
            if not connection.scalar(sa.text("select 1 from pg_roles where rolname = :role"), {"role": role}):
                connection.execute(sa.text(f"create role {role} {made_with}"))
            connection.execute(sa.text(f"grant {role} to current_user"))
