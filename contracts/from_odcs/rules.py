"""The rules that a contract states itself, read from its ODCS `quality` entries.

    - id: registered-after-born            a row rule, or a rule about the batch that the standard has no metric for
      type: custom
      engine: motlan
      implementation: {rule: not_after, fields: [nksNgaySinh, ngayDangKy], effect: quarantine}
      description: Ngày đăng ký không thể trước ngày sinh.

    - {id: null-share, metric: nullValues, unit: percent, mustBeLessOrEqualTo: 5, arguments: {minimum_rows: 500},
       description: ...}
    - {id: row-count, metric: rowCount, mustBeBetween: [1, 5000000], description: ...}
    - {id: pattern, type: text, description: ...}     a better sentence for the derived rule of that id

On a dataset the rule's id is `<dataset>.<id>`; on a field it is `<field>.<id>`, and the field
is the first of the rule's fields unless it names them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from contracts.checks import DATASET_KINDS, ROW_KINDS, RuleKind
from contracts.from_odcs.budgets import is_budget
from contracts.from_odcs.gaps import OdcsFile
from contracts.identifiers import RULE
from contracts.model import Effect, Rule
from contracts.regular_expressions.patterns import HINT, fault
from contracts.yaml.lines import Steps

ENGINE = "motlan"
_KEYS = {
    "id",
    "type",
    "engine",
    "implementation",
    "description",
    "metric",
    "unit",
    "arguments",
    "dimension",
    "severity",
}
THRESHOLDS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
"""What a metric of the standard's library is compared with."""
_ROWS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "mustBe": lambda value: {"minimum": value, "maximum": value},
    "mustBeGreaterThan": lambda value: {"minimum": value + 1},
    "mustBeGreaterOrEqualTo": lambda value: {"minimum": value},
    "mustBeLessThan": lambda value: {"maximum": value - 1},
    "mustBeLessOrEqualTo": lambda value: {"maximum": value},
    "mustBeBetween": lambda value: {"minimum": value[0], "maximum": value[1]},
}
"""Threshold of a number of rows, which is whole -> the bounds that it is."""


def authored_rules(
    file: OdcsFile,
    entries: list[dict[str, Any]],
    steps: Steps,
    *,
    dataset: str,
    field: str | None,
    known: Collection[str],
) -> list[Rule]:
    """The rules of one `quality` list; `known` are the dataset's field names.

    An entry of a kind that the hub has no engine for becomes a gap of the file. One of the hub's own engine that it would
    not execute exactly as it is written is refused.
    """
    rules = []
    for index, entry in enumerate(entries):
        here = (*steps, index)
        if why := _without_engine(entry, field):
            name = entry.get("id") or entry.get("name") or entry.get("metric") or entry.get("type")
            file.gap(f"{field or dataset}.{name}", here, why[0], hint=why[1])
            continue
        if "id" not in entry:
            file.refuse(here, "a quality entry without `id`", hint="Give it a stable id: cases and counts refer to it.")
            continue
        if what := RULE.fault(entry["id"]):
            file.refuse((*here, "id"), what, hint=RULE.hint)
        allowed = _KEYS if entry.get("type") == "custom" else {*_KEYS, *THRESHOLDS}
        for key in [each for each in entry if each not in allowed]:
            file.refuse(
                (*here, key),
                f"the hub does not act on `{key}` of a quality entry",
                hint="Remove it, or state it in `implementation`.",
            )
        if entry.get("type") == "text" or is_budget(entry):
            continue
        if "severity" in entry:
            file.refuse(
                (*here, "severity"), "the hub acts on `severity` of a budget only", hint="Remove it, or state `effect`."
            )
        parts = _custom(file, entry, here, field) if entry.get("type") == "custom" else _library(entry, field)
        if parts is None:
            continue
        kind, effect, fields, arguments = parts
        rule_id = f"{field or dataset}.{entry['id']}"
        known_kind = (DATASET_KINDS if effect is Effect.HOLD else ROW_KINDS)[kind]
        wrong = _wrong(rule_id, known_kind, fields, arguments, known)
        if wrong is not None:
            file.refuse((*here, *wrong[0]), wrong[1], hint=wrong[2])
            continue
        rules.append(Rule(rule_id, kind, fields, entry.get("description", ""), effect, arguments))
    return rules


def sentences(entries: list[dict[str, Any]], *, owner: str) -> dict[str, str]:
    """Rule id -> its better sentence, from the entries of type `text`; `owner` is the dataset or the field."""
    return {
        f"{owner}.{entry['id']}": entry.get("description", "")
        for entry in entries
        if entry.get("type") == "text" and "id" in entry
    }


def _without_engine(entry: Mapping[str, Any], field: str | None) -> tuple[str, str] | None:
    """Why the hub has no engine for an entry, and what it has instead; None if it has one."""
    match entry.get("type", "library"):
        case "custom" if entry["engine"] != ENGINE:
            return (
                f"a custom rule of engine `{entry['engine']}`, which the hub does not run",
                f"The hub executes `engine: {ENGINE}` with a mapping as implementation.",
            )
        case "sql":
            return (
                "a rule of type sql, which the hub does not run: its query would say what one engine counts only",
                f"State it as a kind of rule that both engines know (engine: {ENGINE}); see docs/reference/rules.md.",
            )
        case "library" if metric_rule(entry, on_field=field is not None) is None:
            return (
                f"the hub has no engine for this quality entry (metric {entry.get('metric', entry.get('rule'))})",
                "Use rowCount or duplicateValues (with properties) on a dataset, nullValues, missingValues, invalidValues (with"
                " validValues or pattern) or duplicateValues on a field, each with one threshold; or a custom rule.",
            )
    return None


_Parts = tuple[str, Effect, tuple[str, ...], dict[str, Any]]


def _custom(file: OdcsFile, entry: Mapping[str, Any], here: Steps, field: str | None) -> _Parts | None:
    inside = (*here, "implementation")
    words = entry["implementation"]
    if not isinstance(words, dict):
        file.refuse(
            here, f"a rule of engine {ENGINE} without its words", hint="implementation: {rule: ..., fields: [...]}"
        )
        return None
    words = dict(words)
    kind = words.pop("rule", None)
    if kind not in ROW_KINDS and kind not in DATASET_KINDS:
        file.refuse(
            (*inside, "rule"),
            f"unknown kind of rule `{kind}`",
            hint=f"Known: {', '.join([*ROW_KINDS, *DATASET_KINDS])}.",
        )
        return None
    effect = words.pop("effect", "hold" if kind in DATASET_KINDS else None)
    allowed = ("hold",) if kind in DATASET_KINDS else ("quarantine", "finding")
    if effect not in allowed:
        file.refuse(
            (*inside, "effect"), f"effect `{effect}` on a `{kind}` rule", hint=f"Allowed here: {', '.join(allowed)}."
        )
        return None
    fields = words.pop("fields", [field] if field else [])
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        file.refuse((*inside, "fields"), "`fields` is not a list of field names", hint="Write fields: [first, second].")
        return None
    return kind, Effect(effect), tuple(fields), words


def metric_rule(entry: Mapping[str, Any], *, on_field: bool) -> tuple[str, dict[str, Any]] | None:
    """Kind and arguments of the rule that a library metric is; None if the hub has no engine for it.

    No nulls at all is the same in rows and in percent. A batch of fewer rows than `minimum_rows` passes, by default an
    empty one.
    """
    given = [word for word in THRESHOLDS if word in entry]
    if len(given) != 1:
        return None
    metric, unit, word, value = entry.get("metric"), entry.get("unit", "rows"), given[0], entry[given[0]]
    said = dict(entry.get("arguments", {}))
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
        return None
    if metric == "rowCount" and not on_field and unit == "rows" and word in _ROWS:
        return ("row_count", {**_ROWS[word](value), **said}) if all(isinstance(n, int) for n in numbers) else None
    at_most = (word == "mustBe" and value == 0) or (word == "mustBeLessOrEqualTo" and (value == 0 or unit == "percent"))
    if metric == "nullValues" and on_field and at_most:
        return "null_share", {"maximum_percent": value, "minimum_rows": 1, **said}
    counted = _counted(metric, said, on_field=on_field)
    if counted is None or unit not in ("rows", "percent") or len(numbers) != (2 if word.endswith("Between") else 1):
        return None
    if metric == "rowCount" and (unit == "percent" or not all(isinstance(n, int) for n in numbers)):
        return None
    return "metric", {"unit": unit, "compare": word, "value": value, "minimum_rows": 1, **counted}


def _counted(metric: object, said: Mapping[str, Any], *, on_field: bool) -> dict[str, Any] | None:
    """What a metric counts, as arguments of a rule of kind `metric`; None: the hub does not know its arguments."""
    names = {"nullValues": (), "missingValues": ("missingValues",), "invalidValues": ("validValues", "pattern")}
    known = names.get(str(metric), ("properties",) if metric == "duplicateValues" and not on_field else ())
    if said.keys() - {*known, "minimum_rows"}:
        return None
    more = {"minimum_rows": said["minimum_rows"]} if "minimum_rows" in said else {}
    match metric:
        case "rowCount" if not on_field:
            return {"counts": "rows", **more}
        case "nullValues" if on_field:
            return {"counts": "missing", "missing": [], **more}
        case "missingValues" if on_field and isinstance(values := said.get("missingValues", []), list):
            return {"counts": "missing", "missing": [str(each) for each in values if each is not None], **more}
        case "invalidValues" if on_field and ("validValues" in said or "pattern" in said):
            valid = {"valid": [str(each) for each in said["validValues"]]} if "validValues" in said else {}
            return {"counts": "invalid", **valid, **({"pattern": said["pattern"]} if "pattern" in said else {}), **more}
        case "duplicateValues" if on_field or said.get("properties"):
            return {"counts": "duplicate", **more}
    return None


def _library(entry: Mapping[str, Any], field: str | None) -> _Parts:
    found = metric_rule(entry, on_field=field is not None)
    assert found is not None  # the others are gaps
    of_dataset = tuple(entry.get("arguments", {}).get("properties", ())) if entry["metric"] == "duplicateValues" else ()
    return found[0], Effect.HOLD, (field,) if field else of_dataset, found[1]


def _wrong(
    rule_id: str, kind: RuleKind, fields: tuple[str, ...], arguments: Mapping[str, Any], known: Collection[str]
) -> tuple[Steps, str, str] | None:
    """What is wrong with a rule of ours: the steps to it from its entry, what it is, what to do. None if nothing is."""
    for name in fields:
        if name not in known:
            what = f"rule {rule_id} names the field `{name}`, which the dataset does not have"
            return (), what, "Check its spelling."
    least, most = kind.fields
    if len(fields) < least or (most is not None and len(fields) > most):
        return (), f"rule {rule_id} takes {least} field(s), not {len(fields)}", kind.meaning
    for name in kind.required.keys() - arguments.keys():
        return (), f"rule {rule_id} lacks `{name}`", kind.meaning
    types = {**kind.required, **kind.optional}
    for name, value in arguments.items():
        if name not in types:
            return (), f"rule {rule_id} has no argument `{name}`", f"Known: {', '.join(types) or 'none'}."
        if not isinstance(value, types[name]) or isinstance(value, bool):
            return (), f"`{name}` of rule {rule_id} has the wrong type", kind.meaning
        if name in ("pattern", "take") and (unfit := fault(str(value))):
            return ("implementation", name), f"`{name}` of rule {rule_id} {unfit}", HINT
    return None
