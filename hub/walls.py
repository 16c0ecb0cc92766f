"""The second wall: row-level security in PostgreSQL. What the rule (`hub/disclosure/rule.py`) lets slip, the database does not show.

    owner    loads, migrates, works for the city itself; its policies let it through
    reader   whatever answers an agency takes this role on inside its transaction: rows by grant, columns by class, nothing without a setting

The settings (`hub.agency`, `hub.purpose`, `hub.legal_basis`, `hub.day`; `hub.own` for the hub's own question whether a death locks) are local to a
transaction, so a pooled connection cannot carry them over. It is no wall against who may run statements of his own as the owner: that one may take
the role off again. What reads as the owner, and why, is listed in `docs/decisions/0014-second-wall.md`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.errors import DatabaseRefused

READER = "hub_reader"
PLACE = "noi_dang_ky"
"""Column of the place of registration: a territory limits by it."""
HINT = f"as an administrator of the server: create role {READER} nologin; grant {READER} to <owner of the database>"


@dataclass(frozen=True)
class Wall:
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
    Wall("hub", "decision", ("*",), MINE, inserts=True),
    Wall("hub", "decision_act", ("*",), "decision in (select d.id from hub.decision d where d.id = decision)", inserts=True),
    Wall("hub", "issued_copy", ("*",), MINE, inserts=True),
    Wall("hub", "issued_copy_sheet", ("*",), "copy in (select c.id from hub.issued_copy c where c.id = copy)", inserts=True),
    Wall("hub", "audit", ("*",), MINE, inserts=True),
    Wall("hub", "error_report", ("*", "-said"), MINE, inserts=True),  # the reporter's words rest sealed
    Wall("hub", "error_report_act", ("id", "report", "what"), "report in (select r.id from hub.error_report r where r.id = report)"),
    Wall("hub", "ministry_question", ("*",), MINE, inserts=True),
    Wall("hub", "ministry_state", ("*",), "question in (select q.id from hub.ministry_question q where q.id = question)", inserts=True),
    Wall("hub", "receipt", ("*",), MINE, inserts=True),
    Wall("hub", "finding", ("stream", "dataset", "record_key", "rule"), "dataset = any ((select hub.readable())::text[])"),
    Wall("hub", "case", ()),
    Wall("hub", "granted", ()),
    Wall("hub", "stream", ("id", "system", "contract", "repeats"), "true"),
    Wall("hub", "run", ("stream", "epoch", "mode", "ended_at"), "true"),  # how fresh a copy is; nothing of a person
)
"""The hub's own tables."""


def walls(contracts: Mapping[str, Contract]) -> Iterator[Wall]:
    """All that stand."""
    yield from OWN
    for contract in contracts.values():
        for dataset in contract.datasets:
            yield from of_dataset(dataset, [d.name for d in contract.datasets if d.parent == dataset.name])


def of_dataset(dataset: Dataset, children: Iterable[str] = ()) -> tuple[Wall, Wall]:
    """The walls of a dataset's tables. A parent's rows are there, too, for whom a child is granted: they say whose it is."""
    sealed = {f.column for f in dataset.fields if f.classification.encrypted}
    columns = ("*", *sorted(f"-{name}" for name in sealed))
    names = ", ".join(f"'{name}'" for name in (dataset.name, *children))
    using = f"(select hub.everywhere({names}))"
    if any(f.column == PLACE for f in dataset.fields):
        using += f" or {PLACE} = any ((select hub.places({names}))::text[])"
    return Wall("warehouse", dataset.table, columns, using), Wall("history", dataset.table, columns, using)


def put_up(connection: sa.Connection, wanted: Iterable[Wall]) -> None:
    """Bring policies and rights of those tables that exist to this version. Idempotent; cheap when nothing is missing."""
    wanted = tuple(wanted)
    if ready(connection) and not _missing(connection, wanted):
        return
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.tables'))"))
    if not ready(connection):
        _make_reader(connection)
    for statement in _missing(connection, wanted):
        connection.execute(sa.text(statement.replace(":", "\\:")))


def ready(connection: sa.Connection) -> bool:
    """Whether the reader's role is there and may be taken on."""
    query = sa.text("select pg_has_role(oid, 'member') from pg_roles where rolname = :reader")
    return bool(connection.scalar(query, {"reader": READER}))


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
    told = {"agency": agency, "purpose": purpose, "law": legal_basis, "own": own, "day": day, "reader": READER}
    connection.execute(sa.text("""
        select set_config('hub.agency', :agency, true), set_config('hub.purpose', :purpose, true), set_config('hub.legal_basis', :law, true),
               set_config('hub.own', :own, true), set_config('hub.day', :day, true), set_config('role', :reader, true)"""), told)


def demand(connection: sa.Connection) -> None:
    """Raises DatabaseRefused: without the second wall nothing is answered."""
    if not ready(connection):
        raise DatabaseRefused(f"The role {READER} is missing or not granted: without the second wall nothing is answered", hint=HINT)


def broken(connection: sa.Connection, wanted: Iterable[Wall]) -> list[str]:
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
           pg_get_userbyid(c.relowner) as owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_roles r on r.rolname = :reader
    where n.nspname in ('hub', 'warehouse', 'history') and c.relkind = 'r'""".replace("::", "\\:\\:")


def _missing(connection: sa.Connection, wanted: tuple[Wall, ...]) -> list[str]:
    """The statements that are still to be sent, of those tables that exist."""
    reader = ready(connection)
    found = {(row.schema, row.name): row for row in connection.execute(sa.text(STANDING), {"reader": READER})}
    missing = []
    if reader and not connection.scalar(sa.text("select has_schema_privilege(:reader, 'history', 'usage')"), {"reader": READER}):
        missing.append(f"grant usage on schema hub, warehouse, history to {READER}")
    functions = sa.text("""
        select bool_and(has_function_privilege(:reader, p.oid, 'execute')) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'hub' and p.prosecdef""")
    if reader and not connection.scalar(functions, {"reader": READER}):
        missing.append(f"grant execute on all functions in schema hub to {READER}")
    for wall in wanted:
        if (wall.schema, wall.table) in found:
            missing += _statements(wall, found[wall.schema, wall.table], reader)
    return missing


def _statements(wall: Wall, there: sa.Row[tuple[object, ...]], reader: bool) -> Iterator[str]:
    """What is still to be done about a table."""
    table, row = f'{wall.schema}."{wall.table}"', there._mapping
    if not row["walled"]:
        yield f"alter table {table} enable row level security, force row level security"
    if "loader" not in row["policies"]:
        yield f'create policy loader on {table} to "{row["owner"]}" using (true) with check (true)'
    for old in row["policies"]:
        if old not in ("loader", wall.policy):
            yield f"drop policy {old} on {table}"
    if wall.columns and wall.policy not in row["policies"]:
        yield f"create policy {wall.policy} on {table} using ({wall.using})"
    if not reader:
        return
    rights = {"INSERT"} if wall.inserts else set[str]()
    if excess := sorted(set(row["rights"]) - rights):
        yield f"revoke {', '.join(excess)} on {table} from {READER}"
    readable, there_now = set(_columns(wall, row["columns"])), set(row["readable"]) if "SELECT" not in excess else set()  # it takes the columns' along
    if more := sorted(readable - there_now):
        yield f"grant select ({', '.join(_quoted(more))}) on {table} to {READER}"
    if less := sorted(there_now - readable):
        yield f"revoke select ({', '.join(_quoted(less))}) on {table} from {READER}"
    for right in sorted(rights - set(row["rights"])):
        yield f"grant {right} on {table} to {READER}"


def _columns(wall: Wall, there: Iterable[str]) -> tuple[str, ...]:
    if "*" in wall.columns:
        return tuple(name for name in there if f"-{name}" not in wall.columns)
    return wall.columns


def _quoted(names: Iterable[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _make_reader(connection: sa.Connection) -> None:
    """Make the role, where the owner may make roles; elsewhere an administrator must, and until then nothing is answered."""
    if not connection.scalar(sa.text("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")):
        return
    if not connection.scalar(sa.text("select 1 from pg_roles where rolname = :reader"), {"reader": READER}):
        connection.execute(sa.text(f"create role {READER} nologin"))
    connection.execute(sa.text(f"grant {READER} to current_user"))
