"""The second wall: row-level security in PostgreSQL. What the rule (`hub/answers/disclosure/policy.py`) lets slip, the database does not show.

    owner    loads, migrates, works for the city itself; its policies let it through
    reader   whatever answers an agency takes this role on inside its transaction: rows by grant, columns by class, nothing without a setting
    copier   adds the new rows of a bulk load to the warehouse, and reads nothing: PostgreSQL takes no COPY where policies stand, unless from a role beyond them

The settings (`hub.agency`, `hub.purpose`, `hub.legal_basis`, `hub.day`; `hub.own` for the hub's own question whether a death locks) are local to a
transaction, so a pooled connection cannot carry them over. It is no wall against who may run statements of his own as the owner: that one may take
the role off again. What reads as the owner, and why, is listed in `docs/decisions/0014-second-wall.md`.
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
"""Roles without a login that the owner takes on -> what they are made with. Only the reader has to be there."""
PLACE = "noi_dang_ky"
"""Column of the place of registration: a territory limits by it."""
HINT = f"as an administrator of the server: create role {READER} nologin; grant {READER} to <owner of the database>"


@dataclass(frozen=True)
class TablePolicy:
    """What the reader may do with a table."""

    schema: str
    table: str
    columns: tuple[str, ...]
    """That it may read; none: nothing at all."""
    using: str = "false"
    """Which rows (SQL). Settings are read in a subquery of their own: once a statement, not once a row."""
    inserts: bool = False
    """Whether it may add rows; those that it could read."""

    @property
    def policy(self) -> str:
        """Its policy's name tells its text apart, so that a newer version of the hub replaces it."""
        return f"granted_{hashlib.sha256(self.using.encode()).hexdigest()[:8]}"


MINE = "agency = (select current_setting('hub.agency', true))"
OWN = (
    TablePolicy("hub", "decision", ("*",), MINE, inserts=True),
    TablePolicy("hub", "decision_question", ("*",), "decision in (select d.id from hub.decision d where d.id = decision)", inserts=True),
    TablePolicy("hub", "decision_act", ("*",), "decision in (select d.id from hub.decision d where d.id = decision)", inserts=True),
    TablePolicy("hub", "issued_copy", ("*",), MINE, inserts=True),
    TablePolicy("hub", "issued_copy_sheet", ("*",), "copy in (select c.id from hub.issued_copy c where c.id = copy)", inserts=True),
    TablePolicy("hub", "audit", ("*",), MINE, inserts=True),
    TablePolicy("hub", "error_report", ("*", "-said"), MINE, inserts=True),  # the reporter's words rest sealed
    TablePolicy("hub", "error_report_act", ("id", "report", "what"), "report in (select r.id from hub.error_report r where r.id = report)"),
    TablePolicy("hub", "ministry_question", ("*",), MINE, inserts=True),
    TablePolicy("hub", "ministry_state", ("*",), "question in (select q.id from hub.ministry_question q where q.id = question)", inserts=True),
    TablePolicy("hub", "receipt", ("*",), MINE, inserts=True),
    TablePolicy("hub", "finding", ("stream", "dataset", "record_key", "rule"), "dataset = any ((select hub.readable())::text[])"),
    TablePolicy("hub", "case", ()),
    TablePolicy("hub", "in_flight", ()),
    TablePolicy("hub", "alert", ()),
    TablePolicy("hub", "alert_act", ()),
    TablePolicy("hub", "granted", ()),
    TablePolicy("hub", "dataset", ()),
    TablePolicy("hub", "ws_nonce", ()),
    TablePolicy("hub", "stream", ("id", "system", "contract", "repeats"), "true"),
    TablePolicy("hub", "run", ("stream", "epoch", "mode", "ended_at"), "true"),  # how fresh a copy is; nothing of a person
)
"""The hub's own tables."""


def policies(contracts: Mapping[str, Contract]) -> Iterator[TablePolicy]:
    """All that stand."""
    yield from OWN
    for contract in contracts.values():
        for dataset in contract.datasets:
            yield from of_dataset(dataset, [d.name for d in contract.datasets if d.parent == dataset.name])


def of_dataset(dataset: Dataset, children: Iterable[str] = ()) -> tuple[TablePolicy, TablePolicy]:
    """The walls of a dataset's tables. A parent's rows are there, too, for whom a child is granted: they say whose it is."""
    sealed = {f.column for f in dataset.fields if f.classification.encrypted}
    columns = ("*", *sorted(f"-{name}" for name in sealed))
    names = ", ".join(map(literal, (dataset.name, *children)))
    using = f"(select hub.everywhere({names}))"
    if any(f.column == PLACE for f in dataset.fields):
        using += f" or {PLACE} = any ((select hub.places({names}))::text[])"
    return TablePolicy("warehouse", dataset.table, columns, using), TablePolicy("history", dataset.table, columns, using)


def apply(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> None:
    """Bring policies and rights of those tables that exist to this version. Idempotent; cheap when nothing is missing."""
    wanted = tuple(wanted)
    if ready(connection) and not _missing(connection, wanted):
        return
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.tables'))"))
    _make_roles(connection)
    for statement in _missing(connection, wanted):
        connection.execute(sa.text(statement.replace(":", "\\:")))


def ready(connection: sa.Connection, role: str = READER) -> bool:
    """Whether a role is there and may be taken on."""
    query = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :role")
    return bool(connection.scalar(query, {"role": role}))


@contextmanager
def adding(connection: sa.Connection) -> Iterator[None]:
    """Take the copier's role on inside a transaction: rows are added to the warehouse, and nothing else is done. An error leaves the transaction failed."""
    connection.execute(sa.text(f"set local role {COPIER}"))
    yield
    connection.execute(sa.text("reset role"))


def read_as(connection: sa.Connection, *, agency: str, purpose: str, day: date, legal_basis: str = "") -> None:
    """Take the reader's role on for an agency, purpose and law, until this transaction ends. With an empty purpose nothing is there.

    Raises:
        DatabaseRefused: there is no such role, or it may not be taken on.
    """
    _take_on(connection, agency=agency, purpose=purpose, legal_basis=legal_basis, day=day.isoformat())


def read_own(connection: sa.Connection, dataset: str, day: date) -> None:
    """Take the reader's role on for a question of the hub's own: the rows of one dataset, and nothing else. `read_as` ends it.

    Raises:
        DatabaseRefused: as `read_as`.
    """
    _take_on(connection, own=dataset, day=day.isoformat())


def _take_on(connection: sa.Connection, *, agency: str = "", purpose: str = "", legal_basis: str = "", own: str = "", day: str) -> None:
    parameters = {"agency": agency, "purpose": purpose, "law": legal_basis, "own": own, "day": day, "reader": READER}
    connection.execute(sa.text("""
        select set_config('hub.agency', :agency, true), set_config('hub.purpose', :purpose, true), set_config('hub.legal_basis', :law, true),
               set_config('hub.own', :own, true), set_config('hub.day', :day, true), set_config('role', :reader, true)"""), parameters)


def require(connection: sa.Connection) -> None:
    """Raises DatabaseRefused: without the second wall nothing is answered."""
    if not ready(connection):
        raise DatabaseRefused(f"The role {READER} is missing or not granted: without the second wall nothing is answered", hint=HINT)


def drift(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> list[str]:
    """What stands otherwise than it must, for `hub doctor`; a table whose wall is down, or the role that is missing."""
    role = [] if ready(connection) else [f"no role {READER}: nothing is answered ({HINT})"]
    return role + _missing(connection, tuple(wanted))


STANDING = """
    select n.nspname as schema, c.relname as name, c.relrowsecurity and c.relforcerowsecurity as walled,
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
    """The statements that are still to be sent, of those tables that exist."""
    reader, copier = ready(connection), ready(connection, COPIER)
    found = {(row.schema, row.name): row for row in connection.execute(sa.text(STANDING), {"reader": READER, "copier": COPIER})}
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
    for wall in wanted:
        if (wall.schema, wall.table) in found:
            missing += _statements(wall, found[wall.schema, wall.table], reader, copier)
    return missing


def _may_use(connection: sa.Connection, role: str, schema: str) -> bool:
    return bool(connection.scalar(sa.text("select has_schema_privilege(:role, :schema, 'usage')"), {"role": role, "schema": schema}))


def _statements(wall: TablePolicy, there: sa.Row[tuple[object, ...]], reader: bool, copier: bool) -> Iterator[str]:
    """What is still to be done about a table."""
    table, row = f"{wall.schema}.{identifier(wall.table)}", there._mapping
    if not row["walled"]:
        yield f"alter table {table} enable row level security, force row level security"
    if "loader" not in row["policies"]:
        yield f"create policy loader on {table} to {identifier(row['owner'])} using (true) with check (true)"
    for old in row["policies"]:
        if old not in ("loader", wall.policy):
            yield f"drop policy {identifier(old)} on {table}"
    if wall.columns and wall.policy not in row["policies"]:
        yield f"create policy {wall.policy} on {table} using ({wall.using})"
    if copier:
        yield from _rights(table, COPIER, {"INSERT"} if wall.schema == "warehouse" else set(), set(row["copier_rights"]))
    if not reader:
        return
    wanted, rights = {"INSERT"} if wall.inserts else set[str](), set(row["rights"])
    yield from _rights(table, READER, wanted, rights)
    readable, there_now = set(_columns(wall, row["columns"])), set(row["readable"]) if "SELECT" not in rights else set()  # it takes the columns' along
    if more := sorted(readable - there_now):
        yield f"grant select ({', '.join(_quoted(more))}) on {table} to {READER}"
    if less := sorted(there_now - readable):
        yield f"revoke select ({', '.join(_quoted(less))}) on {table} from {READER}"


def _rights(table: str, role: str, wanted: set[str], there: set[str]) -> Iterator[str]:
    if excess := sorted(there - wanted):
        yield f"revoke {', '.join(excess)} on {table} from {role}"
    for right in sorted(wanted - there):
        yield f"grant {right} on {table} to {role}"


def _columns(wall: TablePolicy, there: Iterable[str]) -> tuple[str, ...]:
    if "*" in wall.columns:
        return tuple(name for name in there if f"-{name}" not in wall.columns)
    return wall.columns


def _quoted(names: Iterable[str]) -> list[str]:
    return [identifier(name) for name in names]


def _make_roles(connection: sa.Connection) -> None:
    """Make the roles that are missing, where the owner is a superuser; elsewhere an administrator makes them. Without the reader nothing is answered.

    An owner with CREATEROLE alone is not asked to: below PostgreSQL 16 that right reaches a superuser's, so no setup of ours rests on it.
    """
    if not connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user")):
        return
    for role, made_with in ROLES.items():
        if not ready(connection, role):
            if not connection.scalar(sa.text("select 1 from pg_roles where rolname = :role"), {"role": role}):
                connection.execute(sa.text(f"create role {role} {made_with}"))
            connection.execute(sa.text(f"grant {role} to current_user"))
