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

from collections.abc import Collection, Mapping
from typing import Any

from contracts.checks import DATASET_KINDS, ROW_KINDS, RuleKind
from contracts.from_odcs.budgets import is_budget
from contracts.from_odcs.gaps import OdcsFile
from contracts.identifiers import RULE
from contracts.model import Effect, Rule
from contracts.patterns import HINT, fault
from contracts.yaml_lines import Steps

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
_BOUNDS = {
    "mustBeBetween": lambda value: {"minimum": value[0], "maximum": value[1]},
    "mustBeGreaterOrEqualTo": lambda value: {"minimum": value},
    "mustBeLessOrEqualTo": lambda value: {"maximum": value},
}


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
        for key in [each for each in entry if each not in _KEYS and each not in _BOUNDS]:
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
        case "library" if _metric(entry, field) is None:
            return (
                f"the hub has no engine for this quality entry (metric {entry.get('metric', entry.get('rule'))})",
                "Use rowCount on a dataset (between, at least, at most), nullValues in percent (at most) on a field, or a custom rule.",
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


def _metric(entry: Mapping[str, Any], field: str | None) -> str | None:
    """The kind of rule that a library metric is; None if the hub has no engine for it."""
    metric, given, unit = entry.get("metric"), [key for key in _BOUNDS if key in entry], entry.get("unit")
    if metric == "rowCount" and field is None and len(given) == 1 and unit in (None, "rows"):
        return "row_count"
    if metric == "nullValues" and field is not None and given == ["mustBeLessOrEqualTo"] and unit == "percent":
        return "null_share"
    return None


def _library(entry: Mapping[str, Any], field: str | None) -> _Parts:
    extra = dict(entry.get("arguments", {}))
    if _metric(entry, field) == "row_count":
        bound = next(key for key in _BOUNDS if key in entry)
        return "row_count", Effect.HOLD, (), {**_BOUNDS[bound](entry[bound]), **extra}
    assert field is not None  # as `_metric` says
    return "null_share", Effect.HOLD, (field,), {"maximum_percent": entry["mustBeLessOrEqualTo"], **extra}


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
