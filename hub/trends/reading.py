"""Months of units out of the kept counts: shares, reasons, a league."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.core.errors import NotFound

LEAST = 30
"""Records below which a unit's month is not ranked and does not drift: a share of few says nothing."""


@dataclass(frozen=True)
class UnitMonth:
    """One register of one unit in one month."""

    stream: str
    dataset: str
    unit: str
    month: str
    accepted: int
    quarantined: int
    findings: int
    late: int
    empty: int
    """Fields without a value, over all accepted records."""
    fields: int
    """Fields that have ever been without a value, times accepted records: what `empty` is a share of."""

    @property
    def volume(self) -> int:
        """Records that came: accepted and quarantined."""
        return self.accepted + self.quarantined

    @property
    def accepted_share(self) -> float | None:
        """Of the records that came; None: none came."""
        return self.accepted / self.volume if self.volume else None

    @property
    def finding_share(self) -> float | None:
        """Findings for each accepted record."""
        return self.findings / self.accepted if self.accepted else None

    @property
    def late_share(self) -> float | None:
        """Of the accepted records, those that came later than the contract's latency."""
        return self.late / self.accepted if self.accepted else None

    @property
    def empty_share(self) -> float | None:
        """Of the fields that may be empty, those that are."""
        return self.empty / self.fields if self.fields else None


@dataclass(frozen=True)
class RankedReason:
    """One rule of a Pareto list."""

    rule: str
    kind: str
    """case or finding"""
    n: int
    share: float
    cumulated: float


@dataclass(frozen=True)
class Standing:
    """One line of a league."""

    place: int
    month: UnitMonth


def unit_months(
    connection: sa.Connection,
    *,
    dataset: str | None = None,
    unit: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[UnitMonth]:
    """Months by stream, dataset, unit; `since` and `until` are months, both inclusive.

    Raises:
        NotFound: a month is none.
    """
    query = sa.text("""
        with width as (select stream, dataset, count(distinct item) as fields from hub.daily_count
                       where figure = 'empty' group by 1, 2)
        select c.stream, c.dataset, c.unit, to_char(c.day, 'YYYY-MM') as month,
               coalesce(sum(n) filter (where figure = 'accepted'), 0) as accepted,
               coalesce(sum(n) filter (where figure = 'quarantined'), 0) as quarantined,
               coalesce(sum(n) filter (where figure = 'finding'), 0) as findings,
               coalesce(sum(n) filter (where figure = 'late'), 0) as late,
               coalesce(sum(n) filter (where figure = 'empty'), 0) as empty, coalesce(max(w.fields), 0) as width
        from hub.daily_count c left join width w on w.stream = c.stream and w.dataset = c.dataset
        where (cast(:dataset as text) is null or c.dataset = :dataset) and (cast(:unit as text) is null or unit = :unit)
          and (cast(:since as date) is null or day >= :since) and (cast(:until as date) is null or day < :until)
        group by 1, 2, 3, 4 order by 2, 3, 4, 1""")
    values = {
        "dataset": dataset,
        "unit": unit,
        "since": first_day(since) if since else None,
        "until": next_month(first_day(until)) if until else None,
    }
    return [
        UnitMonth(
            row.stream, row.dataset, row.unit, row.month, int(row.accepted), int(row.quarantined), int(row.findings),
            int(row.late), int(row.empty), int(row.width) * int(row.accepted),
        )
        for row in connection.execute(query, values)
    ]  # fmt: skip


def reasons(
    connection: sa.Connection, *, dataset: str | None = None, unit: str | None = None, month: str | None = None
) -> list[RankedReason]:
    """Broken rules and findings, the most frequent first, with what they add up to. Raises NotFound."""
    query = sa.text("""
        select figure, item, sum(n) as n from hub.daily_count
        where figure in ('case', 'finding') and (cast(:dataset as text) is null or dataset = :dataset)
          and (cast(:unit as text) is null or unit = :unit)
          and (cast(:since as date) is null or (day >= :since and day < :until))
        group by 1, 2 order by 3 desc, 1, 2""")
    since = first_day(month) if month else None
    values = {"dataset": dataset, "unit": unit, "since": since, "until": next_month(since) if since else None}
    rows = connection.execute(query, values).all()
    total, before, found = sum(int(row.n) for row in rows), 0, []
    for row in rows:
        before += int(row.n)
        found.append(RankedReason(row.item, row.figure, int(row.n), int(row.n) / total, before / total))
    return found


def league(months: Sequence[UnitMonth], *, least: int = LEAST) -> list[Standing]:
    """Units by their share of accepted records, the best first; equal shares have one place. Small ones are left out."""
    able = [each for each in months if each.volume >= least]
    able.sort(key=lambda each: (-(each.accepted_share or 0), -each.volume, each.unit, each.stream))
    places = dict[float, int]()
    for number, each in enumerate(able, 1):
        places.setdefault(each.accepted_share or 0, number)
    return [Standing(places[each.accepted_share or 0], each) for each in able]


def codes(connection: sa.Connection, stream: str, dataset: str, field: str, month: str) -> dict[str, int]:
    """How often each code of a field came in a month, over all units. Raises NotFound."""
    since = first_day(month)
    query = sa.text("""
        select substr(item, length(:field) + 2) as code, sum(n) as n from hub.daily_count
        where stream = :stream and dataset = :dataset and figure = 'code' and starts_with(item, :field || '=')
          and day >= :since and day < :until group by 1 order by 2 desc, 1""")
    values = {"stream": stream, "dataset": dataset, "field": field, "since": since, "until": next_month(since)}
    return {row.code: int(row.n) for row in connection.execute(query, values)}


def first_day(month: str) -> date:
    """The first day of `2022-06`. Raises NotFound."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise NotFound(f"{month!r} is no month", hint="write 2022-06") from None


def next_month(first: date) -> date:
    """The first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)
