"""The statements that bring existing tables to their row-level policies and rights: what stands, compared with what
must.

`hub/access/row_security.py` says which policies must stand, and runs the statements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from hub.core.database import identifier

READER = "hub_reader"


COPIER = "hub_copier"


@dataclass(frozen=True)
class TablePolicy:
    """What the reader role may do with a table."""

    schema: str
    table: str
    columns: tuple[str, ...]
    """Columns that it may read; `*` is all, `-name` all but this one. Empty: it may not read the table."""
    using: str = "false"
    """Condition for the rows (SQL). It reads settings in a subquery, so that they are read once for a statement, not
    for each row."""
    inserts: bool = False
    """Whether it may insert rows, of those that it may read."""

    @property
    def name(self) -> str:
        """Name of the policy.

        It holds a hash of the condition, so that a newer version of the hub replaces an old policy.
        """
        return f"granted_{hashlib.sha256(self.using.encode()).hexdigest()[:8]}"


def ready(connection: sa.Connection, role: str = READER) -> bool:
    """Whether a role exists and the current user may set it."""
    query = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :role")
    return bool(connection.scalar(query, {"role": role}))


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


def missing_statements(connection: sa.Connection, wanted: tuple[TablePolicy, ...]) -> list[str]:
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
        if old not in ("loader", policy.name) and not old.startswith("login_"):  # those: hub/access/logins
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
