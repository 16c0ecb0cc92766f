"""Row rules as SQL over the stage: one condition for each rule, true for the records that break it.

They are independent of the Polars predicates (`polars_rules.py`) and share no code with them. The stage has text,
canonical or as received, and these conditions read both. If they trusted the canonical form, an error of the other
engine in reading a date would repeat here.

They run on PostgreSQL 15 and later. `_exists` computes whether a day exists, because a failing cast ends the whole
query and PostgreSQL 15 has no function to test it. Fixed shapes are checked with `translate`, not with regular
expressions: a PostgreSQL session caches 32 compiled expressions, and a query with more compiles each of them again for
every row.

More than 300 lines stand here on purpose: one function for each kind of rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from contracts.checks import DECIMAL, INTEGER, has_sql_form
from contracts.local_time import OFFSET
from contracts.model import Dataset, Field, Kind, Rule
from quality.errors import ListMissing, NoEngine

Lists: TypeAlias = Mapping[str, frozenset[str]]

_CONTROL = r"[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]"
_MOST = 99
"""PostgreSQL passes at most 100 arguments to a function."""
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_ZONED = rf"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}(\.[0-9]{{1,6}})?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))$"

_OFFSET = "( ?([Zz]|[+-]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?)))?"
_OTHER_FORMS = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
    "(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?|24:00(:00([.,]0{1,9})?)?)"
    f"{_OFFSET}$"
)
"""What else of ISO 8601 means one moment only; PostgreSQL reads it, but for its comma."""


def literal(text: str) -> str:
    """A text as an SQL literal (standard_conforming_strings)."""
    return "'" + text.replace("'", "''") + "'"


def column(field: Field) -> str:
    """The field's column as a quoted SQL identifier."""
    return '"' + field.column.replace('"', '""') + '"'


def condition(rule: Rule, dataset: Dataset, lists: Lists) -> str | None:
    """The SQL condition of a row rule: true if broken, else false or null. None if one of its fields is stored
    encrypted.

    Raises:
        NoEngine: a kind of rule without an SQL form.
        ListMissing: a rule uses a list that is not in `lists`.
    """
    if not has_sql_form(rule, {f.name: f.classification for f in dataset.fields}):
        return None
    if rule.kind not in SQL_ENGINES:
        raise NoEngine(
            f"rule {rule.id} is of kind {rule.kind}, which has no SQL form", hint=f"known: {', '.join(SQL_ENGINES)}"
        )
    return SQL_ENGINES[rule.kind](rule, [dataset.by_name[name] for name in rule.fields], lists)


def _required(rule: Rule, fields: list[Field], lists: Lists) -> str:
    c = column(fields[0])
    return f"coalesce(btrim({c}, ' '), '') = ''"


def _max_length(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return f"char_length({column(fields[0])}) > {int(rule.arguments['length'])}"


def _pattern(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return _unlike(column(fields[0]), rule.arguments["pattern"])


def _avoids(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return f"{column(fields[0])} ~ {literal(rule.arguments['pattern'])}"


def _code(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return f"not ({_among(column(fields[0]), rule.arguments['codes'])})"


def _code_list(rule: Rule, fields: list[Field], lists: Lists) -> str:
    name, value = rule.arguments["list"], column(fields[0])
    if name not in lists:
        raise ListMissing(
            f"rule {rule.id} looks values up in the list {name}, which was not given",
            hint=f"given: {', '.join(sorted(lists))}",
        )
    if take := rule.arguments.get("take"):
        value = f"coalesce((regexp_match({value}, {literal(f'({take})')}))[1], {value})"
    return f"not ({_among(value, lists[name])})"


def _valid_on(rule: Rule, fields: list[Field], lists: Lists) -> str:
    name, (code, day) = f"{rule.arguments['list']}@days", fields
    if name not in lists:
        raise ListMissing(
            f"rule {rule.id} looks days up in the list {name}, which was not given",
            hint=f"given: {', '.join(sorted(lists))}",
        )
    days: dict[str, list[str]] = {}
    for entry in sorted(lists[name]):
        value, begin, end = entry.split("|")
        days.setdefault(value, []).append(f"[{begin},{end or 'infinity'}]")
    sharing: dict[tuple[str, ...], list[str]] = {}
    for value, ranges in days.items():
        sharing.setdefault(tuple(ranges), []).append(value)
    # One multirange of days for each kind of history; && tests whether the date's span overlaps it.
    cases = " ".join(
        f"when {_among(column(code), values)} then lower({valid}) <= ({first_day(day)})"
        f" and not {valid} && daterange(({first_day(day)}), ({last_day(day)}), '[]')"
        for ranges, values in sharing.items()
        for valid in (f"datemultirange({', '.join(f'daterange({literal(r)})' for r in ranges)})",)
    )
    return f"case {cases} else false end" if cases else "false"


def _integer(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return _unlike(column(fields[0]), INTEGER)


def _decimal(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return _unlike(column(fields[0]), DECIMAL)


def _range(rule: Rule, fields: list[Field], lists: Lists) -> str:
    c = column(fields[0])
    shape = INTEGER if fields[0].kind is Kind.INTEGER else DECIMAL
    bounds = (
        (f"{c}::numeric < {rule.arguments['minimum']}") if rule.arguments.get("minimum") is not None else "false"
    ) + (f" or {c}::numeric > {rule.arguments['maximum']}" if rule.arguments.get("maximum") is not None else "")
    return f"case when {c} ~ {literal(f'^(?:{shape})$')} then {bounds} end"


def _timestamp(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return f"{column(fields[0])} is not null and ({moment(fields[0])}) is null"


def _partial_date(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return f"{column(fields[0])} is not null and ({first_day(fields[0])}) is null"


def _not_after(rule: Rule, fields: list[Field], lists: Lists) -> str:
    earlier, later = fields
    if earlier.kind is later.kind is Kind.TIMESTAMP:
        return f"({moment(earlier)}) > ({moment(later)})"
    return f"({first_day(earlier)}) > ({last_day(later)})"


def _identity_matches_birth(rule: Rule, fields: list[Field], lists: Lists) -> str:
    number, born = column(fields[0]), first_day(fields[1])
    year = f"1900 + 100 * (substr({number}, 4, 1)::int / 2) + substr({number}, 5, 2)::int"
    return f"case when {_digits(number)} = '{'0' * 12}' then {year} <> extract(year from {born}) end"


def _identity_matches_sex(rule: Rule, fields: list[Field], lists: Lists) -> str:
    number, sex = (column(f) for f in fields)
    odd = f"substr({number}, 4, 1) in ('1', '3', '5', '7', '9')"
    return f"{_digits(number)} = '{'0' * 12}' and ({sex} = '1' and {odd} or {sex} = '2' and not {odd})"


def _not_placeholder(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return _among(column(fields[0]), rule.arguments["values"])


def _same_text(rule: Rule, fields: list[Field], lists: Lists) -> str:
    return " <> ".join(column(f) for f in fields)


def _no_control_characters(rule: Rule, fields: list[Field], lists: Lists) -> str:
    columns = [column(f) for f in fields]
    texts = [f"concat({', '.join(columns[at : at + _MOST])})" for at in range(0, len(columns), _MOST)]
    return f"({' || '.join(texts)}) ~ {literal(_CONTROL)}"


def moment(field: Field) -> str:
    """The instant of a timestamp's text, or null."""
    c = column(field)
    parts = ", ".join(
        f"substr({c}, {start}, {size})" for start, size in ((1, 4), (5, 2), (7, 2), (9, 2), (11, 2), (13, 2))
    )
    # The usual form first: this is evaluated several times a row. What has no such shape fails the regular expression.
    zoned = (
        f"case when right({c}, 6) like '+__:__' then {c} when char_length({c}) = 14 then format('%s-%s-%sT%s:%s:%s{OFFSET}', {parts})"
        f" when translate(substr({c}, 20), 'Z-', '++') like '%+%' then {c} else {c} || '{OFFSET}' end"
    )
    era = "'0001-01-01T00:00:00Z'::timestamptz and '9999-12-31T23:59:59.999999Z'::timestamptz"
    # PostgreSQL also takes 24:00:00 and second 60; the regular expression does not. CASE keeps the cast away from
    # invalid times. Repeated rather than named in a subquery: a subquery a row would keep the query from running in
    # parallel.
    ymd = f"translate({c}, '-', '')"  # yyyyMMdd and the time, in either form
    usual = (
        f"case when {_exists(f'left({c}, 4)', f'substr({ymd}, 5, 2)', f'substr({ymd}, 7, 2)')}"
        f" then case when ({zoned})::timestamptz between {era} then ({zoned})::timestamptz end end"
    )
    return f"case when ({zoned}) ~ {literal(_ZONED)} then {usual} else {_other_moment(c, era)} end"


def _other_moment(c: str, era: str) -> str:
    """The instant of a text in one of the rarer forms, or null. Hardly a text comes here."""
    rest = f"substr({c}, 12)"
    marked = (
        f"left({c}, 4) || '-' || substr({c}, 5, 2) || '-' || substr({c}, 7, 2) || 'T' || substr({c}, 10, 2) || ':' || "
    )
    seconds = f"case when substr({c}, 14, 1) between '0' and '9' then ':' || substr({c}, 14) else substr({c}, 14) end"
    extended = (
        f"case when {_digits(f'left({c}, 8)')} = '00000000' and {_digits(f'substr({c}, 10, 4)')} = '0000'"
        f" then {marked}substr({c}, 12, 2) || {seconds} else {c} end"
    )
    # What is finer than a microsecond is cut here: the cast would round it.
    text = f"regexp_replace(replace({extended}, ',', '.'), '([.][0-9]{{6}})[0-9]+', '\\1')"
    zoned = f"{text} || case when translate({rest}, 'Zz-', '+++') like '%+%' then '' else '{OFFSET}' end"
    day = f"left({text}, 10)"
    there = _exists(f"left({day}, 4)", f"substr({day}, 6, 2)", f"substr({day}, 9, 2)")
    last = f"left({text}, 13) in ('9999-12-31T24', '9999-12-31t24', '9999-12-31 24')"
    return (
        f"case when ({extended}) ~ {literal(_OTHER_FORMS)} and not {last} then case when {there}"
        f" then case when ({zoned})::timestamptz between {era} then ({zoned})::timestamptz end end end"
    )


def first_day(field: Field) -> str:
    """The first possible day of a partial date, or the day of a timestamp in Vietnam, or null."""
    if field.kind is Kind.TIMESTAMP:
        return f"(({moment(field)}) at time zone interval '{OFFSET}')::date"
    if field.kind is not Kind.PARTIAL_DATE:
        raise NoEngine(f"{field.name} is of kind {field.kind}, which names no day")
    c = column(field)
    year, month = f"right({c}, 4)", f"left({c}, 2)"
    whole, part = (year, f"substr({c}, 4, 2)", f"left({c}, 2)"), (year, month, "'01'")
    shapes = {
        "0000-00-00": (f"left({c}, 4)", f"substr({c}, 6, 2)", f"right({c}, 2)"),
        "0000-00": (f"left({c}, 4)", f"right({c}, 2)", "'01'"),
        "0000": (c, "'01'", "'01'"),
        "00.00.0000": whole,
        "00/00/0000": whole,
        "00.0000": part,
        "00/0000": part,
    }
    days = (
        f"when '{shape}' then case when {_exists(*parts)} then make_date({', '.join(f'{p}::int' for p in parts)}) end"
        for shape, parts in shapes.items()
    )
    return f"case {_digits(c)} {' '.join(days)} end"


def last_day(field: Field) -> str:
    """The last possible day of a partial date, or the day of a timestamp in Vietnam, or null."""
    if field.kind is Kind.TIMESTAMP:
        return first_day(field)
    span = f"case char_length({column(field)}) when 10 then interval '0' when 7 then interval '1 month - 1 day' else interval '1 year - 1 day' end"
    return f"(({first_day(field)}) + {span})::date"


def _exists(year: str, month: str, day: str) -> str:
    """Whether four, two and two digits are a day of the calendar. Text in byte order compares fastest."""
    leap = f"mod({year}::int, 4) = 0 and (mod({year}::int, 100) <> 0 or mod({year}::int, 400) = 0)"
    last = f"case when {month} in ('04', '06', '09', '11') then '30' when {month} <> '02' then '31' when {leap} then '29' else '28' end"
    return f"{year} <> '0000' and {month} collate \"C\" between '01' and '12' and {day} collate \"C\" between '01' and ({last})"


def _digits(value: str) -> str:
    return f"translate({value}, '123456789', '000000000')"


def _unlike(value: str, pattern: str) -> str:
    return f"{value} !~ {literal(f'^(?:{pattern})$')}"


def _among(value: str, values: Iterable[object]) -> str:
    members = ", ".join(literal(text) for text in sorted(map(str, values)))
    return f"{value} in ({members})" if members else "false"


SqlEngine: TypeAlias = Callable[[Rule, list[Field], Lists], str]

SQL_ENGINES: Mapping[str, SqlEngine] = {
    "required": _required,
    "max_length": _max_length,
    "pattern": _pattern,
    "avoids": _avoids,
    "code": _code,
    "code_list": _code_list,
    "valid_on": _valid_on,
    "integer": _integer,
    "decimal": _decimal,
    "range": _range,
    "timestamp": _timestamp,
    "partial_date": _partial_date,
    "not_after": _not_after,
    "identity_matches_birth": _identity_matches_birth,
    "identity_matches_sex": _identity_matches_sex,
    "not_placeholder": _not_placeholder,
    "same_text": _same_text,
    "no_control_characters": _no_control_characters,
}
"""Every kind of row rule (`contracts.checks.ROW_KINDS`); a test pins that none is missing."""
