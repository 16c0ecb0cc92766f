"""Items of evidence: what the city knew at a moment, with the source of each fact.

Evidence is not copied: the merged rows, current and superseded, are the evidence. Therefore it exists as soon as a
batch is published, and a correction or annulment ends the old item in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from contracts.local_time import local_day
from contracts.model import Contract, Dataset
from hub.core.database import identifier
from hub.core.errors import NotFound
from hub.evidence import doubts
from hub.evidence.doubts import NotedFinding
from hub.evidence.registers import Register, Role
from hub.load.warehouse import lookup_column


@dataclass(frozen=True)
class Moment:
    """When a question is asked."""

    known_at: datetime
    """Rows that the hub had accepted by then count."""

    @property
    def today(self) -> date:
        """The local day on which papers are valid or expired."""
        return local_day(self.known_at)


@dataclass(frozen=True)
class Evidence:
    """One item that the city holds about a person. Its repr shows no personal fact."""

    type: str
    dataset: str
    system: str
    key: str
    role: str
    """Side of the entry that it is about; empty: the entry without either of its two persons."""
    version: datetime
    known_from: datetime
    batch: int
    number: str | None = field(repr=False, default=None)
    name: str | None = field(repr=False, default=None)
    born: str | None = field(repr=False, default=None)
    parents: tuple[str, ...] = field(repr=False, default=())
    registered: str | None = None
    """Day of registration, partial."""
    place: str | None = None
    """Code of the registering unit, as of that day."""
    book: str | None = None
    entry: str | None = None
    ended: str | None = None
    """Which field ended it: a divorce, an annulment."""
    disputed: bool = False
    """The source sent two contents for this version."""
    noted: tuple[NotedFinding, ...] = ()
    """What a person should examine: broken rules, each with its day and state."""
    issued: date | None = None
    valid_until: date | None = None
    scope: str | None = None
    """PhamViHieuLuc, as written."""
    paper: str | None = None
    """SoKyHieu."""
    given: bool | None = None
    """Whether a paper handed in with a dossier was given successfully. None: an entry of a register, or a result."""
    result: str | None = None
    """Type code of the result that replaced a paper handed in."""
    synced_at: datetime | None = None
    """When its stream was last read to its end."""

    @property
    def record(self) -> str:
        """Name of the record, as `hub trace` takes it."""
        return f"{self.dataset}/{self.system}/{self.key}"

    @property
    def findings(self) -> tuple[str, ...]:
        """Names of broken rules that a person should examine."""
        return tuple(each.rule for each in self.noted)

    @property
    def of_nobody(self) -> Evidence:
        """The entry without the person on this side of it."""
        return replace(self, role="", number=None, name=None, born=None)


def of_register(
    connection: sa.Connection,
    register: Register,
    contracts: Mapping[str, Contract],
    condition: str,
    values: Mapping[str, object],
    moment: Moment,
    roles: tuple[Role, ...] | None = None,
) -> Iterator[Evidence]:
    """Entries of a register that meet a condition on table `r`, one item for each role.

    `{number}`, `{number_hmac}`, `{name}` and `{born}` in the condition stand for the role's columns.
    """
    yield from completed(
        connection, register, entries_of(connection, register, contracts, condition, values, moment, roles), moment
    )


def entries_of(
    connection: sa.Connection,
    register: Register,
    contracts: Mapping[str, Contract],
    condition: str,
    values: Mapping[str, object],
    moment: Moment,
    roles: tuple[Role, ...] | None = None,
) -> list[Evidence]:
    """As `of_register`, without the facts of other tables (`completed`).

    One statement for each role, whatever is found.
    """
    dataset = register.in_contract(contracts)
    column = {f.name: f.column for f in dataset.fields}
    found = list[Evidence]()
    for role in roles or register.roles:
        names = {
            "number": column[role.number],
            "number_hmac": lookup_column(dataset.by_name[role.number]),
            "name": column[role.full_name],
            "born": column[role.born],
        }
        own = (
            names["number"],
            names["name"],
            names["born"],
            *(column[f] for f in (*register.parents, *register.ended, *register.sources.values())),
        )
        wanted = ", ".join(f"r.{c}" for c in dict.fromkeys(own))
        query = at_moment(
            f"""
            select r._system, r._key, r._version, r._known_from, r._batch, r._disputed, {wanted}
            from {{table}} r where ({condition.format(**names)}) and r._known_from <= :known_at""",
            dataset.table,
        )
        for row in connection.execute(sa.text(query), {**values, "known_at": moment.known_at}).mappings():
            found.append(
                Evidence(
                    type=register.type,
                    dataset=dataset.name,
                    system=row["_system"],
                    key=row["_key"],
                    role=role.name,
                    version=row["_version"],
                    known_from=row["_known_from"],
                    batch=row["_batch"],
                    number=row[names["number"]],
                    name=row[names["name"]],
                    born=row[names["born"]],
                    parents=tuple(row[column[p]] for p in register.parents if row[column[p]]),
                    **{fact: row[column[name]] for fact, name in register.sources.items()},
                    ended=_ended(register, column, row),
                    disputed=row["_disputed"],
                )
            )
    return found


def completed(
    connection: sa.Connection, register: Register, items: Iterable[Evidence], moment: Moment
) -> list[Evidence]:
    """Entries with their findings and the time of their last reading.

    Always three statements, also without entries: the time of an answer must not show whether anything is held.
    """
    items = list(items)
    streams = sorted({f"{each.system}.{register.contract}" for each in items})
    findings = dict[tuple[str, str], tuple[NotedFinding, ...]]()
    query = sa.text(f"""
        select stream, record_key, {doubts.SHOWN} as rule, {doubts.SINCE}, {doubts.STATE} from hub.finding
        where stream = any(:streams) and dataset = :dataset and record_key = any(:keys) and resolved_at is null order by rule""")
    asked = {"streams": streams, "dataset": register.dataset, "keys": sorted({e.key for e in items})}
    for stream, key, *noted in connection.execute(query, asked | {"known_at": moment.known_at}):
        findings[stream, key] = (*findings.get((stream, key), ()), NotedFinding(*noted))
    query = sa.text("""
        select distinct on (stream) stream, ended_at from hub.run
        where stream = any(:streams) and ended_at <= :known_at and mode in ('live', 'full') order by stream, epoch desc""")
    synced = {
        row.stream: row.ended_at for row in connection.execute(query, {"streams": streams, "known_at": moment.known_at})
    }
    doubtful = doubts.doubted(connection, (each.batch for each in items), moment.known_at)
    return [
        replace(
            each,
            noted=(
                *findings.get((f"{each.system}.{register.contract}", each.key), ()),
                *doubts.finding_of(doubtful.get(each.batch)),
            ),
            synced_at=synced.get(f"{each.system}.{register.contract}"),
        )
        for each in items
    ]


def about(items: Iterable[Evidence], role: str | None) -> Evidence | None:
    """The item about the side that was asked about; None if there is none.

    If the side is empty or unknown (None), an entry about two persons is returned without either person.
    """
    sides = list(items)
    if not role and len(sides) > 1:
        return sides[0].of_nobody
    return next((each for each in sides if not role or each.role == role), None)


def row_of(connection: sa.Connection, dataset: Dataset, evidence: Evidence, fields: Iterable[str]) -> dict[str, Any]:
    """Fields of exactly this version, by wire name. Raises NotFound: the version is not held any more."""
    found = row_if_held(connection, dataset, evidence, fields)
    if found is None:
        raise NotFound(f"That version of {evidence.record} is not held", hint="hub trace shows what is")
    return found


def row_if_held(
    connection: sa.Connection, dataset: Dataset, evidence: Evidence, fields: Iterable[str]
) -> dict[str, Any] | None:
    """As `row_of`, but None if the version is not held. One statement in both cases."""
    columns = {name: dataset.by_name[name].column for name in sorted(set(fields))}
    wanted = ", ".join(map(identifier, columns.values())) or "_key"
    query = " union all ".join(
        f"select {wanted} from {schema}.{dataset.table} where _system = :system and _key = :key and _version = :version"
        for schema in ("warehouse", "history")
    )
    values = {"system": evidence.system, "key": evidence.key, "version": evidence.version}
    found = connection.execute(sa.text(query), values).first()
    return None if found is None else dict(zip(columns, found, strict=bool(columns)))


def nothing_in(register: Register) -> Evidence:
    """A placeholder for an entry that was not found, so that the same statements run and take the same time.

    No row has its key.
    """
    never = datetime(1, 1, 1, tzinfo=UTC)
    return Evidence(
        type=register.type,
        dataset=register.dataset,
        system="",
        key="",
        role=register.roles[0].name,
        version=never,
        known_from=never,
        batch=0,
    )


def at_moment(query: str, table: str, columns: tuple[str, ...] | None = None) -> str:
    """A query over the rows known at a moment: the current ones, and those superseded since."""
    if columns:
        query = query.replace("select *", f"select {', '.join(f'r.{c}' for c in columns)}")
    current, superseded = (
        query.format(table=f"{schema}.{table}", schema=schema) for schema in ("warehouse", "history")
    )
    return f"{current} union all {superseded} and r._known_to > :known_at"


def _ended(register: Register, column: Mapping[str, str], row: Mapping[Any, Any]) -> str | None:
    return next(
        (f for f, values in register.ended.items() if (row[column[f]] in values if values else row[column[f]])), None
    )
