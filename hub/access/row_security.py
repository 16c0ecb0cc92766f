"""Row-level security in PostgreSQL: it hides what a mistake in the disclosure policy would show.

    owner    loads, migrates and works for the city itself; a policy of its own shows it every row
    reader   answers agencies: each answer sets this role in its transaction. Grants decide the rows, classes the
             columns. Without the settings below it sees nothing
    copier   copies the new rows of a bulk load into the warehouse, and can only insert. PostgreSQL refuses COPY
             on tables with row-level security, so this role bypasses it

The settings are local to a transaction, so a pooled connection cannot keep them: `hub.agency`, `hub.purpose`,
`hub.legal_basis`, `hub.day`, and `hub.own` for the hub's own question whether a death locks an entry. From the first
four the database's `hub.hold` looks up the grants in force, once, into `hub.readable`, `hub.everywhere` and `hub.places`,
which the policies read. Were they looked up when a statement finds a row, what is held would take longer than what is not.

It does not protect against statements run as the owner, who can reset the role: in production a process that answers
has a login of its own, which owns nothing (`hub/access/logins`). `docs/decisions/0014-second-wall.md` lists what reads as
the owner, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import LiteralString

import sqlalchemy as sa

from contracts.model import Contract, Dataset
from hub.access.logins import ownership
from hub.access.logins import statements as logins
from hub.access.policy_statements import COPIER, READER, TablePolicy, missing_statements, ready
from hub.core.database import literal
from hub.core.errors import DatabaseRefused

ROLES: Mapping[str, LiteralString] = {READER: "nologin", COPIER: "nologin bypassrls"}
"""Roles without a login that the owner may set -> options of their CREATE ROLE. Only the reader is required."""
HINT = f"as an administrator of the server: create role {READER} nologin; grant {READER} to <owner of the database>"


PAPERS = "array['dossier_component', 'dossier_result']"
"""Datasets whose grants show the dossier above too: what is doubted about it is doubted about its papers."""
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
        "hub",
        "finding",
        ("stream", "dataset", "record_key", "rule", "found_at", "until", "acknowledged_at", "resolved_at"),
        "dataset = any ((select hub.readable())::text[])"
        f" or dataset = 'dossier' and (select hub.readable())::text[] && {PAPERS}",
    ),
    TablePolicy("hub", "case", ()),
    TablePolicy("hub", "case_waiver", ()),
    TablePolicy("hub", "case_signature", ()),
    TablePolicy("hub", "case_request", ()),
    TablePolicy("hub", "waived_record", ()),
    TablePolicy("hub", "case_owner", ()),
    TablePolicy("hub", "in_flight", ()),
    TablePolicy("hub", "alert", ()),
    TablePolicy("hub", "alert_act", ()),
    TablePolicy("hub", "granted", ()),
    TablePolicy("hub", "grants_version", ()),
    TablePolicy("hub", "audit_review", ()),
    TablePolicy("hub", "dataset", ()),
    TablePolicy("hub", "ws_nonce", ()),
    TablePolicy("hub", "watch", ()),
    TablePolicy("hub", "stream", ("id", "system", "contract", "repeats"), "true"),
    TablePolicy(
        "hub", "run", ("stream", "epoch", "mode", "ended_at"), "true"
    ),  # how fresh the hub's copy is; nothing personal
    TablePolicy("hub", "doubted_batch", ("batch", "since", "until"), "true"),  # which batches; nothing personal
    TablePolicy("hub", "second_opinion", ()),
)
"""Policies of the hub's own tables."""


def policies(contracts: Mapping[str, Contract]) -> Iterator[TablePolicy]:
    """The policies of all tables."""
    yield from OWN
    for contract in contracts.values():
        for dataset in contract.datasets:
            yield from of_dataset(dataset, [d.name for d in contract.datasets if d.parent == dataset.name])


def of_dataset(dataset: Dataset, children: Iterable[str] = ()) -> tuple[TablePolicy, TablePolicy]:
    """The policies of a dataset's two tables.

    A grant for a child also shows the parent row, because the parent names the person.
    """
    sealed = {f.column for f in dataset.fields if f.classification.encrypted}
    columns = ("*", *sorted(f"-{name}" for name in sealed))
    names = ", ".join(map(literal, (dataset.name, *children)))
    using = f"(select hub.everywhere({names}))"
    if dataset.place_field:
        place = dataset.by_name[dataset.place_field].column
        using += f" or {place} = any ((select hub.places({names}))::text[])"
    return TablePolicy("warehouse", dataset.table, columns, using), TablePolicy(
        "history", dataset.table, columns, using
    )


def apply(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> None:
    """Bring the policies and rights of all existing tables to this version.

    Idempotent, and cheap if nothing is missing.
    """
    wanted = tuple(wanted)
    if ready(connection) and not missing_statements(connection, wanted) and not logins.missing(connection):
        return
    ownership.require(connection)
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtext('hub.tables'))"))
    _make_roles(connection)
    for statement in missing_statements(connection, wanted):
        connection.execute(sa.text(statement.replace(":", "\\:")))
    for statement in logins.missing(connection):
        connection.execute(sa.text(statement))


@contextmanager
def adding(connection: sa.Connection) -> Iterator[None]:
    """Set the copier role for the rows that a block inserts into the warehouse, then reset it.

    On an error the role is not reset: the transaction has failed and must be rolled back.
    """
    connection.execute(sa.text(f"set local role {COPIER}"))
    yield
    connection.execute(sa.text("reset role"))


def read_as(connection: sa.Connection, *, agency: str, purpose: str, day: date, legal_basis: str = "") -> str:
    """Set the reader role for an agency, purpose and law, until the transaction ends. An empty purpose shows no row.

    Returns the mark of the grants by which rows are shown (`hub/access/grants/live.py`).

    Raises:
        DatabaseRefused: the role does not exist, or the current user may not set it.
    """
    return _take_on(connection, agency=agency, purpose=purpose, legal_basis=legal_basis, day=day.isoformat())


def read_own(connection: sa.Connection, dataset: str, day: date) -> None:
    """Set the reader role for a question of the hub's own: it shows the rows of one dataset only. `read_as` ends it.

    Raises:
        DatabaseRefused: as `read_as`.
    """
    _take_on(connection, own=dataset, day=day.isoformat())


def _take_on(
    connection: sa.Connection, *, agency: str = "", purpose: str = "", legal_basis: str = "", own: str = "", day: str
) -> str:
    parameters = {"agency": agency, "purpose": purpose, "law": legal_basis, "own": own, "day": day, "reader": READER}
    row = connection.execute(
        sa.text("""
        select set_config('hub.agency', :agency, true), set_config('hub.purpose', :purpose, true), set_config('hub.legal_basis', :law, true),
               set_config('hub.own', :own, true), set_config('hub.day', :day, true),
               hub.hold(:agency, :purpose, :law, :day) as mark, set_config('role', :reader, true)"""),
        parameters,
    ).one()
    return str(row.mark)


def require(connection: sa.Connection) -> None:
    """Raises DatabaseRefused: the role is missing, and without row-level security nothing is answered."""
    if not ready(connection):
        raise DatabaseRefused(
            f"The role {READER} is missing or not granted: without row-level security nothing is answered", hint=HINT
        )


def drift(connection: sa.Connection, wanted: Iterable[TablePolicy]) -> list[str]:
    """Differences from the policies and rights that must stand, for `hub doctor`: the missing role, and missing
    statements.
    """
    role = [] if ready(connection) else [f"no role {READER}: nothing is answered ({HINT})"]
    return role + missing_statements(connection, tuple(wanted)) + logins.missing(connection)


def _make_roles(connection: sa.Connection) -> None:
    """Create the missing roles if the owner is a superuser; otherwise an administrator must.

    Without the reader nothing is answered.

    CREATEROLE alone is not used: before PostgreSQL 16 it comes close to a superuser's rights, so no setup may need it.
    """
    if not connection.scalar(sa.text("select rolsuper from pg_roles where rolname = current_user")):
        return
    for role, made_with in ROLES.items():
        if not ready(connection, role):
            if not connection.scalar(sa.text("select 1 from pg_roles where rolname = :role"), {"role": role}):
                connection.execute(sa.text(f"create role {role} {made_with}"))
            connection.execute(sa.text(f"grant {role} to current_user"))
