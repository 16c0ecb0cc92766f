"""The counts of some days of a stream, as rows: from the versions that were accepted, the cases and the findings.

Each accepted version of a record stands in the warehouse or, superseded, in history, and says when it came; so a day
that is over has the same counts for ever.

    accepted      versions that became current on the day
    late          of these: came later than the contract's latency after the source changed them
    empty         of these: without a value, by field
    code          of these: by field and code, for fields of no personal class with codes of their own
    quarantined   cases that were opened on the day;   case: by broken rule
    finding       findings that were made on the day, by rule
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contracts.identifiers import shortened
from contracts.model import Classification, Contract, Dataset
from contracts.service_level import service_level
from hub.core.database import identifier
from hub.core.deployment import Stream
from hub.load.warehouse import has_table

CountKey = tuple[str, str, date, str, str]
"""dataset, unit, day, figure, item"""


@dataclass(frozen=True)
class DaysOfStream:
    """The days of a stream that are counted, both inclusive."""

    stream: Stream
    contract: Contract
    zone: ZoneInfo
    first: date
    last: date

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def values(self) -> dict[str, object]:
        """What the statements bind."""
        level = service_level(self.contract.service_level)
        latency = level.latency if level else timedelta(days=36500)
        return {
            "system": self.stream.system.id,
            "stream": self.stream.id,
            "unit": self.stream.system.unit,
            "since": self.since,
            "until": self.until,
            "zone": self.zone.key,
            "latency": latency,
        }


def index(connection: sa.Connection, contract: Contract) -> None:
    """The indexes by which a day's versions are found: a few pages each, whatever the table holds."""
    for dataset in contract.datasets:
        for schema in ("warehouse", "history"):
            if has_table(connection, dataset.table, schema):
                name = shortened(f"{dataset.table}_taken_in")
                connection.execute(
                    sa.text(
                        f"create index if not exists {identifier(name)} on {schema}.{identifier(dataset.table)}"
                        " using brin (_known_from) with (pages_per_range = 32)"
                    )
                )


def count(connection: sa.Connection, days: DaysOfStream) -> Mapping[CountKey, int]:
    """All counts of these days."""
    found = Counter[CountKey]()
    for dataset in days.contract.datasets:
        if has_table(connection, dataset.table) and has_table(connection, dataset.table, "history"):
            for key, n in _versions(connection, days, dataset):
                found[key] += n
    for key, n in _judged(connection, days):
        found[key] += n
    return {key: n for key, n in found.items() if n}


def unit_of(dataset: Dataset) -> str:
    """SQL: the code of the unit of a row `v`; `:unit` is the one that the system serves."""
    columns = ", ".join(f"v.{identifier(dataset.by_name[name].column)}" for name in dataset.unit_fields)
    return f"coalesce({f'{columns}, ' if columns else ''}nullif(:unit, ''), '')"


def _taken_in(dataset: Dataset) -> str:
    """SQL: the versions that became current in these days."""
    columns = ", ".join(["_version", "_known_from", *(identifier(field.column) for field in dataset.fields)])
    table = identifier(dataset.table)
    when = "_system = :system and _known_from >= :since and _known_from < :until"
    return (
        f"select {columns} from warehouse.{table} where {when} union all"
        f" select {columns} from history.{table} where {when} and _end <> 'outdated'"
    )


def _versions(connection: sa.Connection, days: DaysOfStream, dataset: Dataset) -> Iterator[tuple[CountKey, int]]:
    group = f"{unit_of(dataset)} as unit, cast(timezone(:zone, v._known_from) as date) as day"
    empty = ", ".join(
        f"count(*) - count(v.{identifier(field.column)}) as f{number}" for number, field in enumerate(dataset.fields)
    )
    query = f"""
        select {group}, count(*) as accepted, count(*) filter (where v._known_from - v._version > :latency) as late, {empty}
        from ({_taken_in(dataset)}) v group by 1, 2"""
    for row in connection.execute(sa.text(query), days.values).mappings():
        place = (dataset.name, row["unit"], row["day"])
        yield (*place, "accepted", ""), row["accepted"]
        yield (*place, "late", ""), row["late"]
        for number, field in enumerate(dataset.fields):
            yield (*place, "empty", field.name), row[f"f{number}"]
    for field in dataset.fields:
        if not field.codes or field.classification is not Classification.NONE:
            continue
        query = f"""
            select {group}, v.{identifier(field.column)} as code, count(*) as n from ({_taken_in(dataset)}) v
            where v.{identifier(field.column)} is not null group by 1, 2, 3"""
        for row in connection.execute(sa.text(query), days.values).mappings():
            yield (dataset.name, row["unit"], row["day"], "code", f"{field.name}={row['code']}"), row["n"]


def _judged(connection: sa.Connection, days: DaysOfStream) -> Iterator[tuple[CountKey, int]]:
    unit = "coalesce(unit, nullif(:unit, ''), '')"
    cases = f"""
        select dataset, {unit} as unit, cast(timezone(:zone, opened_at) as date) as day, 'quarantined', '', count(*)
        from hub."case" where stream = :stream and feed is null and opened_at >= :since and opened_at < :until group by 1, 2, 3"""
    rules = f"""
        select dataset, {unit} as unit, cast(timezone(:zone, opened_at) as date) as day, 'case', r.rule, count(*)
        from hub."case", unnest(rules) r(rule)
        where stream = :stream and feed is null and opened_at >= :since and opened_at < :until group by 1, 2, 3, 5"""
    findings = f"""
        select dataset, {unit} as unit, cast(timezone(:zone, found_at) as date) as day, 'finding', rule, count(*)
        from hub.finding where stream = :stream and found_at >= :since and found_at < :until group by 1, 2, 3, 5"""
    for query in (cases, rules, findings):
        for dataset, code, day, figure, item, n in connection.execute(sa.text(query), days.values):
            yield (dataset, code, day, figure, item), n
