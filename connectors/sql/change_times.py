"""The change time of a table's rows: in which form its column has it, and how a window is compared in that form.

A column of a type of time is compared in its type; a day counts from its first moment. A text is compared letter by
letter, so all rows must have one form, which is looked for before each reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contracts.local_time import LOCAL, OFFSET

from ..errors import Malformed
from .kinds import TEXTS, TIMES
from .listing import TableListing, untyped

HINT = (
    "name another column as `changed` in the system's file, or leave it out: the table is then read whole each time; or"
    " ask the source for a view with one type of time"
)
_AHEAD = LOCAL.utcoffset(None)
_BLANK, _T, _DAY, _COMPACT, _NONE = "blank", "T", "day", "compact", "none"
_UTC, _LOCAL_OFFSET, _OTHER_OFFSET = "Z", OFFSET, "other"


@dataclass(frozen=True)
class ChangeTimes:
    """How the change times of a table are compared. Moments are local ones without a zone."""

    column: sa.ColumnElement[Any]
    order: sa.ColumnElement[Any]
    """Column or expression in whose order the rows come."""
    timed: sa.ColumnElement[bool]
    """Rows that have a change time."""
    form: str
    """For people: type or form of the column."""
    write: Callable[[datetime], Any]
    """A moment in the form of the column."""
    first: Callable[[datetime], Any]
    """The same as the beginning of a window."""
    step: timedelta | None = None
    """What the texts are exact to: everything that begins with the last of them in a window counts. None: compared as
    it is."""
    placed: Callable[[str], str] = str
    """The value of `order`, of a row's text."""

    def window(self, since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
        """The conditions of a window; both ends are inclusive."""
        found = [] if since is None else [self.order >= untyped(self.first(since))]
        if until is not None and self.step is None:
            found.append(self.order <= untyped(self.write(until)))
        elif until is not None and self.step is not None:
            behind = until - (until - datetime.min) % self.step + self.step
            found.append(self.order < untyped(self.first(behind)))
        return found


def change_times(
    connection: sa.Connection, listing: TableListing, kind: str | sa.types.TypeEngine[Any] | None, about: str
) -> ChangeTimes:
    """The change times of a listing; `kind` is PostgreSQL's name of the column's type, or the type that was reflected.

    Raises:
        Malformed: the column has another type, or forms that do not sort together.
    """
    column = listing.changed
    assert column is not None
    engine = connection.dialect.name
    typed = column.is_not(None)
    if kind in TIMES:
        write = {"date": _day, "timestamp": _iso, "timestamptz": lambda moment: f"{_iso(moment)}{OFFSET}"}[str(kind)]
        return ChangeTimes(column, column, typed, f"type {kind}", write, write)
    if engine != "sqlite" and isinstance(kind, sa.Date):
        return ChangeTimes(column, column, typed, "type date", datetime.date, datetime.date)
    if engine != "sqlite" and isinstance(kind, sa.DateTime):
        return ChangeTimes(column, column, typed, "a type of time", _same, _same)
    if kind in TEXTS or engine == "sqlite" or isinstance(kind, sa.String | sa.types.NullType):
        return _as_text(connection, listing, column, engine, about)
    name = kind if isinstance(kind, str) else type(kind).__name__
    raise Malformed(f"{about}: the change time {column.name} is of type {name}: no time, and no text", hint=HINT)


def _as_text(
    connection: sa.Connection, listing: TableListing, column: sa.ColumnElement[Any], engine: str, about: str
) -> ChangeTimes:
    value = sa.cast(column, sa.Text).collate("C") if engine == "postgresql" else column
    likes = {
        _BLANK: value.like("____-__-__ __:__%"),
        _T: value.like("____-__-__T__:__%"),
        _DAY: value.like("____-__-__"),
        _COMPACT: sa.and_(value.like("_" * 14), *(sa.not_(value.like(f"%{sign}%")) for sign in "-/:. ")),
    }
    zone = sa.case(
        (value.like("%Z"), _UTC),
        (value.like(f"%{OFFSET}"), _LOCAL_OFFSET),
        (sa.or_(value.like("%+__:__"), value.like("____-__-__T%-__:__"), value.like("____-__-__ %-__:__")), "other"),
        else_="",
    )
    minutes = sa.case((sa.or_(value.like("____-__-__ __:__"), value.like("____-__-__T__:__")), 1), else_=0)
    form = sa.case(*((condition, name) for name, condition in likes.items()), else_=_NONE)
    counted = sa.select(form.label("form"), zone.label("zone"), minutes.label("minutes"), column.label("value"))
    rows = listing.select.with_only_columns(*counted.selected_columns, maintain_column_froms=True)
    inner = rows.where(column.is_not(None)).subquery("forms")
    asked = sa.select(inner.c.form, inner.c.zone, inner.c.minutes, sa.func.count()).group_by(
        inner.c.form, inner.c.zone, inner.c.minutes
    )
    found = connection.execute(asked).all()
    forms = {row[0] for row in found} - {_NONE}
    zones = {row[1] for row in found if row[0] in (_BLANK, _T)}
    whole = not any(row[2] for row in found)
    if found and not forms:
        raise Malformed(
            f"{about}: the change time {column.name} is written in no form that sorts",
            hint=f"yyyy-MM-dd HH:mm:ss; {HINT}",
        )
    timed = sa.or_(*(likes[name] for name in forms)) if forms else sa.false()
    plan = _Plan(value, timed, forms, zones, whole)
    made = plan.compact() or plan.local() or plan.utc() or (plan.converted() if engine == "sqlite" else None)
    if made is None:
        what = ", ".join(sorted(forms | {f"zone {each}" for each in zones if each}))
        raise Malformed(
            f"{about}: the change times of {column.name} are written in forms that do not sort together: {what}",
            hint=HINT,
        )
    return made


@dataclass(frozen=True)
class _Plan:
    """Ways to compare texts, by the forms that the rows have."""

    value: sa.ColumnElement[Any]
    timed: sa.ColumnElement[bool]
    forms: set[str]
    zones: set[str]
    """Of the forms with a time of day."""
    whole: bool
    """Whether all have seconds."""

    def compact(self) -> ChangeTimes | None:
        if self.forms != {_COMPACT}:
            return None
        return self._made(self.value, "text as yyyyMMddHHmmss", lambda moment: moment.strftime("%Y%m%d%H%M%S"))

    def local(self) -> ChangeTimes | None:
        """Local times, of which some may say their offset: it stands behind all that is compared."""
        if _COMPACT in self.forms or self.zones - {"", _LOCAL_OFFSET}:
            return None
        return self._letters("local time", lambda moment: moment)

    def utc(self) -> ChangeTimes | None:
        if self.zones != {_UTC} or self.forms & {_COMPACT, _DAY}:
            return None
        return self._letters("UTC", lambda moment: moment - _AHEAD)

    def converted(self) -> ChangeTimes | None:
        """SQLite reads all forms but the compact one; what it cannot read counts as no change time."""
        if _COMPACT in self.forms:
            return None
        zoned = sa.or_(
            self.value.like("%Z"), self.value.like("____-__-__%+__:__"), self.value.like("____-__-_____:__%-__:__")
        )
        local = sa.func.strftime("%Y-%m-%d %H:%M:%f", self.value)
        order = sa.case((zoned, sa.func.strftime("%Y-%m-%d %H:%M:%f", self.value, f"{OFFSET[:3]} hours")), else_=local)
        timed = sa.and_(self.timed, order.is_not(None))
        return self._made(order, "text in several forms, converted", _blank, timed=timed)

    def _letters(self, zone: str, to_zone: Callable[[datetime], datetime]) -> ChangeTimes:
        if {_BLANK, _T} <= self.forms:
            order = sa.func.replace(self.value, "T", " ")
            return self._made(
                order,
                f"text, {zone}, with a blank or a T",
                lambda m: _blank(to_zone(m)),
                lambda text: text.replace("T", " "),
            )
        if _T in self.forms:
            return self._made(self.value, f"text with a T, {zone}", lambda m: _iso(to_zone(m).replace(microsecond=0)))
        return self._made(self.value, f"text with a blank, {zone}", lambda m: _blank(to_zone(m)))

    def _made(
        self,
        order: sa.ColumnElement[Any],
        form: str,
        write: Callable[[datetime], str],
        placed: Callable[[str], str] = str,
        timed: sa.ColumnElement[bool] | None = None,
    ) -> ChangeTimes:
        size, step = (10, timedelta(days=1)) if _DAY in self.forms else (16, timedelta(minutes=1))
        if self.whole and _DAY not in self.forms:
            size, step = 99, timedelta(seconds=1)
        first: Callable[[datetime], str] = lambda moment: write(moment)[:size]  # noqa: E731
        ready = self.timed if timed is None else timed
        return ChangeTimes(self.value, order, ready, form, write, first, step, placed)


def local_text(changed: str) -> str:
    """A change time as the contract's timestamps are written: a day begins with its first moment."""
    if len(changed) == 10 and changed[4] == changed[7] == "-":
        return f"{changed}T00:00:00"
    moved = changed.replace(" ", "T", 1)
    return f"{moved}:00" if len(moved) == 16 else moved


def local_clock(moment: datetime | None) -> datetime | None:
    """A moment as the store's clock shows it, without a zone."""
    return None if moment is None else moment.astimezone(LOCAL).replace(tzinfo=None)


def _iso(moment: datetime) -> str:
    return moment.isoformat()


def _blank(moment: datetime) -> str:
    return moment.isoformat(" ", "seconds")


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _same(moment: datetime) -> datetime:
    return moment
