"""The SQL of a rule across registers, made of its declaration.

Aliases: `a` is the record with the finding, `b` the other one, `c` the third that may explain it away. A partial date
is text whose length is its precision: `x > y || '~'` is true if every day that `x` may be lies after every day that `y`
may be. Two numbers name different persons only if both have 12 digits: of old cards a person may have several.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.cross_rules import CrossRule
from contracts.model import Dataset
from hub.core.database import identifier
from hub.load.warehouse import lookup_column

ALIASES = {"dataset": "a", "with": "b", "unless": "c"}
TOUCHED = "across_touched"
"""Temporary table of the keys that are judged."""


def pairs_of(rule: CrossRule, *, touched: bool) -> str:
    """SELECT of the pairs (record_key, other_key) of `:system` that contradict each other; `touched`: of those keys."""
    a, b = rule.datasets["dataset"], rule.datasets["with"]
    limits = [f"a._key in (select _key from {TOUCHED})"] if touched else []
    statements = []
    for number, pair in enumerate(rule.file.same_person):
        conditions = ["a._system = :system", *limits, *_when(rule, rule.file.when, f"v{number}")]
        if a.table == b.table:
            conditions.append("b._key <> a._key")
        if rule.file.unless is not None:
            conditions.append(f"not exists ({_explained(rule, number)})")
        statements.append(
            f"select a._key as record_key, b._key as other_key from warehouse.{identifier(a.table)} a"
            f" join warehouse.{identifier(b.table)} b on b._system = a._system and {_same(rule, pair)}"
            f" where {' and '.join(conditions)}"
        )
    return " union ".join(statements)


def values_of(rule: CrossRule) -> dict[str, object]:
    """The values that the statements bind."""
    found: dict[str, object] = {}
    for number in range(len(rule.file.same_person)):
        for at, each in enumerate(rule.file.when):
            found[f"v{number}_{at}"] = list(each.values)
        for at, each in enumerate(rule.file.unless.when if rule.file.unless else ()):
            found[f"u{number}_{at}"] = list(each.values)
    return found


def touched_by(rule: CrossRule) -> str:
    """SELECT of the keys of `a` whose pairs may be others than at the last look: `:a`, `:b`, `:c` are the serials of
    the batches since then. Earlier versions of a changed record count too: it may have explained something away."""
    a, b = rule.datasets["dataset"], rule.datasets["with"]
    first = f"warehouse.{identifier(a.table)}"
    statements = [f"select _key from {first} where _system = :system and _batch = any(:a)"]
    statements += [
        f"select a._key from {first} a join ({_versions(b, ':b')}) b on {_same(rule, pair)} where a._system = :system"
        for pair in rule.file.same_person
    ]
    if rule.file.unless is not None:
        third = _versions(rule.datasets["unless"], ":c")
        statements += [
            f"select a._key from {first} a join warehouse.{identifier(b.table)} b on b._system = a._system"
            f" and {_same(rule, pair)} join ({third}) c on {_third(rule, other)} where a._system = :system"
            for pair in rule.file.same_person
            for other in rule.file.unless.same_person
        ]
    return " union ".join(statements)


def _versions(dataset: Dataset, serials: str) -> str:
    """SELECT of the numbers that changed records have, or had before."""
    columns = ", ".join(identifier(lookup_column(field)) for field in dataset.fields if field.identity)
    table = identifier(dataset.table)
    changed = f"select _key from warehouse.{table} where _system = :system and _batch = any({serials})"
    return (
        f"select {columns} from warehouse.{table} where _system = :system and _batch = any({serials})"
        f" union all select {columns} from history.{table} where _system = :system and _key in ({changed})"
    )


def _same(rule: CrossRule, pair: tuple[str, str]) -> str:
    first, second = (rule.datasets[side].by_name[name] for side, name in zip(("dataset", "with"), pair, strict=True))
    return f"b.{identifier(lookup_column(second))} = a.{identifier(lookup_column(first))}"


def _third(rule: CrossRule, pair: tuple[str, str]) -> str:
    second, third = (rule.datasets[side].by_name[name] for side, name in zip(("with", "unless"), pair, strict=True))
    return f"c.{identifier(lookup_column(third))} = b.{identifier(lookup_column(second))}"


def _explained(rule: CrossRule, number: int) -> str:
    unless = rule.file.unless
    assert unless is not None
    either = " or ".join(_third(rule, pair) for pair in unless.same_person)
    conditions = ["c._system = a._system", f"({either})", *_when(rule, unless.when, f"u{number}")]
    table = identifier(rule.datasets["unless"].table)
    return f"select from warehouse.{table} c where {' and '.join(conditions)}"


def _when(rule: CrossRule, entries: Sequence[object], bound: str) -> list[str]:
    return [_condition(rule, each, f"{bound}_{number}") for number, each in enumerate(entries)]


def _condition(rule: CrossRule, each: object, bound: str) -> str:
    from contracts.cross_rules import ConditionEntry

    assert isinstance(each, ConditionEntry)
    left, right = _column(rule, each.left), _column(rule, each.right) if each.right else ""
    match each.operation:
        case "after":
            return f"{left} > {right} || '~'"
        case "before":
            return f"{right} > {left} || '~'"
        case "another person than":
            both = f"octet_length({left}) = 12 and octet_length({right}) = 12"
            return f"({both} and {left} <> {right})"
        case "in":
            return f"{left} = any(:{bound})"
        case "not in":
            return f"({left} is null or {left} <> all(:{bound}))"
        case "empty":
            return f"{left} is null"
        case _:
            return f"{left} is not null"


def _column(rule: CrossRule, name: str) -> str:
    side, _, bare = name.partition(".")
    return f"{ALIASES[side]}.{identifier(rule.datasets[side].by_name[bare].column)}"
