"""Row rules as Polars predicates: one function for each kind, true if the rule is broken.

Null means unknown and breaks no rule. The SQL side (`sql_rules.py`) is written independently and must not share
code with this file: equal counts prove both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import itemgetter
from typing import TypeAlias

import polars as pl

from contracts.checks import DECIMAL, FEMALE, INTEGER, MALE
from contracts.model import Field, Kind, Rule
from quality.errors import ListMissing, NoEngine
from quality.values import cells, identity_numbers

Lists: TypeAlias = Mapping[str, frozenset[str]]
Engine: TypeAlias = Callable[[Rule, tuple[Field, ...], Lists], "pl.Expr"]


def whole(pattern: str) -> str:
    """The pattern, anchored to the whole text. A dot matches line ends too, as in PostgreSQL."""
    return f"(?s)^(?:{pattern})$"


def _required(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    text = cells.text(fields[0])
    return text.is_null() | text.str.contains("^ *$")


def _max_length(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    length: int = rule.arguments["length"]
    return cells.text(fields[0]).str.len_chars() > length


def _pattern(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return ~cells.text(fields[0]).str.contains(whole(rule.arguments["pattern"]))


def _avoids(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return cells.text(fields[0]).str.contains(f"(?s){rule.arguments['pattern']}")


def _code(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return ~_among(cells.text(fields[0]), rule.arguments["codes"])


def _code_list(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    name = rule.arguments["list"]
    if name not in lists:
        raise ListMissing(
            f"rule {rule.id} looks values up in the list {name}, which was not given",
            hint=f"given: {', '.join(sorted(lists))}",
        )
    text = cells.text(fields[0])
    if take := rule.arguments.get("take"):
        text = pl.coalesce(text.str.extract(f"(?s)({take})", 1), text)
    return ~_among(text, lists[name])


def _valid_on(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    name = f"{rule.arguments['list']}@days"
    if name not in lists:
        raise ListMissing(
            f"rule {rule.id} looks days up in the list {name}, which was not given",
            hint=f"given: {', '.join(sorted(lists))}",
        )
    code, (first, last) = (
        cells.text(fields[0]),
        cells.span(_of_kind(rule, fields[1], Kind.PARTIAL_DATE, Kind.TIMESTAMP)),
    )
    broken = pl.lit(False)
    for (begin, end), codes in _gaps(
        lists[name]
    ).items():  # the date's whole span lies between two entries, or after the last
        broken = broken | (_among(code, codes) & (first >= begin) & (last <= end))
    return broken


def _gaps(entries: Iterable[str]) -> dict[tuple[date, date], list[str]]:
    """Invalid span (first day, last day) -> its codes. The time before a code's first entry is unknown, not a gap."""
    gaps: dict[tuple[date, date], list[str]] = defaultdict(list)
    for code, spans in groupby(sorted(entry.split("|") for entry in entries), key=itemgetter(0)):
        known = [(begin, end) for _, begin, end in spans]
        for (_, end), (after, _) in pairwise([*known, (date.max.isoformat(), "")]):
            if end and (begin := date.fromisoformat(end) + timedelta(days=1)) < date.fromisoformat(after):
                gaps[
                    begin, date.max if after == date.max.isoformat() else date.fromisoformat(after) - timedelta(days=1)
                ].append(code)
    return gaps


def _integer(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return ~cells.text(fields[0]).str.contains(whole(INTEGER))


def _decimal(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return ~cells.text(fields[0]).str.contains(whole(DECIMAL))


def _range(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    number = cells.value(_of_kind(rule, fields[0], Kind.INTEGER, Kind.DECIMAL))
    outside = pl.lit(False)
    if (least := rule.arguments.get("minimum")) is not None:
        outside = outside | (number < least)
    if (most := rule.arguments.get("maximum")) is not None:
        outside = outside | (number > most)
    return outside


def _timestamp(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return cells.unreadable(_of_kind(rule, fields[0], Kind.TIMESTAMP))


def _partial_date(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return cells.unreadable(_of_kind(rule, fields[0], Kind.PARTIAL_DATE))


def _not_after(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    earlier, later = (_of_kind(rule, f, Kind.PARTIAL_DATE, Kind.TIMESTAMP) for f in fields)
    if earlier.kind is later.kind is Kind.TIMESTAMP:
        return cells.value(earlier) > cells.value(later)
    return cells.span(earlier)[0] > cells.span(later)[1]


def _identity_matches_birth(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    number, born = fields
    return (
        identity_numbers.birth_year(cells.text(number))
        != cells.value(_of_kind(rule, born, Kind.PARTIAL_DATE)).dt.year()
    )


def _identity_matches_sex(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    number, sex = (cells.text(f) for f in fields)
    return _among(sex, (MALE, FEMALE)) & (identity_numbers.sex(number) != sex)


def _not_placeholder(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return _among(cells.text(fields[0]), rule.arguments["values"])


def _same_text(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    one, other = fields
    return cells.text(one) != cells.text(other)


def _no_control_characters(rule: Rule, fields: tuple[Field, ...], lists: Lists) -> pl.Expr:
    return pl.any_horizontal(cells.control(f) for f in fields)


def _among(text: pl.Expr, values: Iterable[object]) -> pl.Expr:
    return text.is_in(pl.Series(sorted(map(str, values)), dtype=pl.String).implode())


def _of_kind(rule: Rule, field: Field, *kinds: Kind) -> Field:
    if field.kind not in kinds:
        raise NoEngine(
            f"rule {rule.id} ({rule.kind}) needs a field of kind {' or '.join(kinds)}; {field.name} is {field.kind}"
        )
    return field


ROW_ENGINES: Mapping[str, Engine] = {
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

SEE_NULL = frozenset({"required"})
"""Kinds of rules that a record without any of the fields' values can break."""
