"""The kinds of rules, neutral of the engine that executes them, and what exactly each one says.

A row rule is about one record. Three things hold for all of them:

* Values are text as received, in NFC and without invisible characters at both ends (`contracts.invisible`); the empty
  text is null.
* A null breaks `required` and nothing else.
* A rule answers true, false or unknown; only false breaks it. What cannot be read is unknown to
  every rule but the one that says it must be readable, so one mistake is reported once.

A rule with a field that is stored encrypted is checked on rows, before the stage, and has no SQL form.
Regular expressions keep to what PostgreSQL, Rust and Python share: no look-around, no \\d, \\w, \\b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.model import Classification, Effect, Kind, Rule

CONTROL_CHARACTERS = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]"
"""As Python and Rust write it. Tab, line feed and carriage return are allowed: notes have lines."""

INTEGER = r"-?[0-9]{1,18}"
DECIMAL = r"-?[0-9]{1,15}(\.[0-9]{1,6})?"

TIMESTAMP_COMPACT = r"[0-9]{14}"
TIMESTAMP_ISO = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?( ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?))?"
"""Also without any `-` and `:`, which is ISO 8601's basic form."""

MALE, FEMALE = "1", "2"
"""Codes of GioiTinh; any other says nothing about the identity number."""


@dataclass(frozen=True)
class RuleKind:
    """What one kind of rule means and what it takes."""

    meaning: str
    fields: tuple[int, int | None]
    """How many fields it takes: least, most (None: any number)."""
    required: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)
    """Arguments it must have, with their types."""
    optional: Mapping[str, type | tuple[type, ...]] = field(default_factory=dict)


_NUMBER = (int, float)

ROW_KINDS: Mapping[str, RuleKind] = {
    "required": RuleKind("The value is neither null nor made of blanks (U+0020) only.", (1, 1)),
    "max_length": RuleKind("At most `length` characters (code points of the NFC text).", (1, 1), {"length": int}),
    "pattern": RuleKind("The whole value matches the regular expression `pattern`.", (1, 1), {"pattern": str}),
    "avoids": RuleKind(
        "No part of the value matches the regular expression `pattern`; `^` and `$` are the ends of the whole value.",
        (1, 1),
        {"pattern": str},
    ),
    "code": RuleKind("The value is one of `codes`, character by character.", (1, 1), {"codes": (list, tuple)}),
    "code_list": RuleKind(
        "The value is in the reference list named `list`. With `take`, a regular expression, the first part of the value that matches"
        " is looked up; where nothing matches, the whole value.",
        (1, 1),
        {"list": str},
        {"take": str},
    ),
    "valid_on": RuleKind(
        "Fields: code, date (partial date or timestamp). The code was valid on a day of the date's span by the dated list named `list`, given"
        " as `<list>@days`: entries `code|first day|last day`, the last empty while it holds. Unknown: a code that the list does not have, or a"
        " date that begins before the code's first entry.",
        (2, 2),
        {"list": str},
    ),
    "integer": RuleKind("The whole value matches INTEGER.", (1, 1)),
    "decimal": RuleKind(
        "The whole value matches DECIMAL; the point is the decimal sign, nothing groups thousands.", (1, 1)
    ),
    "range": RuleKind(
        "The number is at least `minimum` and at most `maximum`, both inclusive. No number: unknown.",
        (1, 1),
        optional={"minimum": _NUMBER, "maximum": _NUMBER},
    ),
    "timestamp": RuleKind(
        "The whole value matches TIMESTAMP_COMPACT or TIMESTAMP_ISO and names a day and a time that exist (no 30 February, no second"
        " 60, an offset within 14 hours; 24:00 ends a day, in TIMESTAMP_ISO only). Without an offset it is Asia/Ho_Chi_Minh.",
        (1, 1),
    ),
    "partial_date": RuleKind(
        "`dd.MM.yyyy`, `MM.yyyy` or `yyyy`, dots or slashes but not mixed, or the canonical `yyyy-MM-dd`, `yyyy-MM`; two digits for day"
        " and month, four for the year, not 0000; the day exists in the calendar.",
        (1, 1),
    ),
    "not_after": RuleKind(
        "The first field is not later than the second. Each is a span: a partial date spans its days, a timestamp its instant. Two"
        " timestamps compare as instants; otherwise a timestamp spans its day in Asia/Ho_Chi_Minh. False only when the first span"
        " begins after the second has ended; a null or unreadable side is unknown.",
        (2, 2),
    ),
    "identity_matches_birth": RuleKind(
        "Fields: identity number, date of birth (partial date). False only when the number is 12 digits, the date readable, and"
        " 1900 + 100 * (4th digit div 2) + digits 5-6 is another year.",
        (2, 2),
    ),
    "identity_matches_sex": RuleKind(
        "Fields: identity number, sex. False only when the number is 12 digits, the sex is 1 (male) or 2 (female), and the 4th digit is"
        " odd for a male or even for a female.",
        (2, 2),
    ),
    "not_placeholder": RuleKind(
        "The value is none of `values`, which senders fill in when they have nothing.",
        (1, 1),
        {"values": (list, tuple)},
    ),
    "same_text": RuleKind(
        "Both fields hold the same text, character by character; with a null in either it is unknown.", (2, 2)
    ),
    "no_control_characters": RuleKind("None of the fields holds one of CONTROL_CHARACTERS.", (1, None)),
}
"""Row rules: `Effect.QUARANTINE` or `Effect.FINDING`."""

DATASET_KINDS: Mapping[str, RuleKind] = {
    "row_count": RuleKind(
        "The batch has at least `minimum` and at most `maximum` rows, both inclusive.",
        (0, 0),
        optional={"minimum": int, "maximum": int},
    ),
    "null_share": RuleKind(
        "Of all rows, at most `maximum_percent` have null in the field. A batch of fewer than `minimum_rows` rows passes.",
        (1, 1),
        {"maximum_percent": _NUMBER, "minimum_rows": int},
    ),
    "share": RuleKind(
        "Of the rows that have a value in the field, those with `value` make up at least `minimum_percent` and at most `maximum_percent`,"
        " both inclusive. Fewer than `minimum_rows` such rows pass.",
        (1, 1),
        {"value": str, "minimum_percent": _NUMBER, "maximum_percent": _NUMBER, "minimum_rows": int},
    ),
    "metric": RuleKind(
        "A metric of the standard's library. `counts` says which rows count: `rows` all; `missing` those with null or one of `missing`;"
        " `invalid` those with a value that is none of `valid` or does not match `pattern` as a whole; `duplicate` those that repeat the"
        " values that an earlier row has in all the fields, none of them null. The number (`unit: rows`), or its share of all rows"
        " (`percent`), compares with `value` as the threshold `compare` of the standard says; a span has both ends. Fewer than"
        " `minimum_rows` rows pass.",
        (0, None),
        {"counts": str, "unit": str, "compare": str, "value": (int, float, list), "minimum_rows": int},
        {"missing": list, "valid": list, "pattern": str},
    ),
}
"""Rules about a batch as a whole, over all its rows whatever their verdict: `Effect.HOLD`."""


READ_BY: Mapping[Kind, str] = {kind: str(kind).replace(" ", "_") for kind in Kind if kind is not Kind.TEXT}
"""Kind of a field -> the kind of rule that rejects values which are not of this kind."""


def kind_of(rule: Rule) -> RuleKind:
    """The kind of a rule; KeyError names an unknown one."""
    return (DATASET_KINDS if rule.effect is Effect.HOLD else ROW_KINDS)[rule.kind]


def has_sql_form(rule: Rule, classes: Mapping[str, Classification]) -> bool:
    """Whether SQL can check the rule: none of its fields is stored encrypted (`classes`: field name -> class)."""
    return not any(classes[name].encrypted for name in rule.fields)
