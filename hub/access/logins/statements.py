"""The statements that bring the logins of a database to their rights. The owner runs them; of a login that does not
exist there are none.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from hub.access.logins.duty import ROLES, Duty
from hub.access.logins.rights import right
from hub.core.database import identifier

SCHEMAS: dict[Duty, dict[str, str]] = {
    Duty.LOADING: {"hub": "usage", "warehouse": "usage", "history": "usage", "stage": "usage, create"},
    Duty.ANSWERING: {"hub": "usage", "warehouse": "usage", "history": "usage"},
    Duty.GRANTING: {"hub": "usage"},
    Duty.AUDITING: {},
}
"""Schemas that a duty may look into: the loader makes the tables of a batch, in `stage`, and no others."""
CALLS = (Duty.LOADING, Duty.ANSWERING)
"""Duties that call the functions of the policies."""

STANDING = """
    select n.nspname || '.' || c.relname as name, c.relname, n.nspname as schema, c.relrowsecurity as secured, k.rolname as role,
           array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           array(select x.privilege_type::text from aclexplode(c.relacl) x where x.grantee = k.oid) as rights,
           array(select x.privilege_type || ' ' || a.attname from pg_attribute a cross join aclexplode(a.attacl) x
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and x.grantee = k.oid) as narrow,
           exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'login_' || k.rolname) as policy
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles k on k.rolname = any (:logins)
    where n.nspname in ('hub', 'warehouse', 'history') and c.relkind = 'r'
    order by k.rolname, n.nspname, c.relname""".replace("::", "\\:\\:")

UNCALLED = """
    select not bool_and(has_function_privilege(:role, p.oid, 'execute')) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'hub' and p.prosecdef"""


def missing(connection: sa.Connection) -> list[str]:
    """What the owner must grant or revoke."""
    there = frozenset(existing(connection))
    duties = {role: duty for duty, role in ROLES.items() if role in there}
    if not duties:
        return []
    found = [each for role, duty in duties.items() for each in _around(connection, role, duty)]
    for row in connection.execute(sa.text(STANDING), {"logins": list(duties)}):
        found += _of_table(row._mapping, duties[row.role])
    return found


def existing(connection: sa.Connection) -> list[str]:
    """The roles of duties that this server has."""
    query = sa.text("select rolname from pg_roles where rolname = any (:roles)")
    return list(connection.scalars(query, {"roles": list(ROLES.values())}))


def _around(connection: sa.Connection, role: str, duty: Duty) -> Iterator[str]:
    for schema, rights in SCHEMAS[duty].items():
        query = sa.text("select has_schema_privilege(:role, :schema, :right)")
        given = [connection.scalar(query, {"role": role, "schema": schema, "right": r}) for r in rights.split(", ")]
        if not all(given):
            yield f"grant {rights} on schema {schema} to {role}"
    if duty in CALLS and connection.scalar(sa.text(UNCALLED), {"role": role}):
        yield f"grant execute on all functions in schema hub to {role}"


def _of_table(row: sa.RowMapping, duty: Duty) -> Iterator[str]:
    table, role = f"{row['schema']}.{identifier(row['relname'])}", row["role"]
    wanted = right(duty, row["name"]).wanted(row["columns"])
    whole = set(row["rights"])
    # A right to the whole table covers its columns, and revoking it takes the columns' too.
    there = whole | {each for each in row["narrow"] if each.split()[0] not in whole}
    for each in sorted(there - wanted):
        yield f"revoke {_said(each)} on {table} from {role}"
    for each in sorted(wanted - there):
        yield f"grant {_said(each)} on {table} to {role}"
    if row["secured"] and wanted and not row["policy"]:
        yield f"create policy login_{role} on {table} to {role} using (true) with check (true)"
    if row["policy"] and not wanted:
        yield f"drop policy login_{role} on {table}"


def _said(right_: str) -> str:
    """A right as SQL: SELECT, or SELECT (column)."""
    word, _, column = right_.partition(" ")
    return f"{word} ({identifier(column)})" if column else word
