"""Words of the standard that the hub does not act on, in contracts of others: whom their change breaks.

What another tool would check is judged as far as it can be compared; anything else that is no mere word counts as
breaking both, because nobody here can say that it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.changes import bounds
from contracts.changes.change import BOTH, NOBODY, READERS, SENDERS, Breaks, ClauseChange
from contracts.from_odcs.rules import ENGINE, THRESHOLDS, metric_rule
from contracts.yaml.lines import Located, Steps

_READ = frozenset({"pattern", "maxLength", "minimum", "maximum", "format"})
"""Options of a type that `rules` and `fields` tell of."""
_LEAST = frozenset({"minLength", "minItems", "exclusiveMinimum", "minProperties"})
_MOST = frozenset({"maxItems", "exclusiveMaximum", "maxProperties"})

_Entry = Mapping[str, Any]


def foreign(old: _Entry, new: _Entry, file: Located, name: str, steps: Steps) -> Iterator[ClauseChange]:
    """The changes of such words in a dataset, as both files write it."""
    before = {each.get("name"): each for each in old.get("properties", [])}
    for number, field in enumerate(new.get("properties", [])):
        if (was := before.get(field.get("name"))) is not None:
            here = (*steps, "properties", number)
            place = f"{name}/{field.get('name')}"
            yield from _options(place, was, field, file.line(here))
            yield from _quality(place, was, field, file, here, on_field=True)
    yield from _quality(name, old, new, file, steps, on_field=False)


def _options(place: str, old: _Entry, new: _Entry, line: int) -> Iterator[ClauseChange]:
    if bool(old.get("unique")) is not bool(new.get("unique")):
        breaks = SENDERS if new.get("unique") else READERS
        yield ClauseChange(
            place,
            "uniqueness",
            "values must differ now" if new.get("unique") else "values may repeat now",
            breaks,
            line=line,
        )
    was, now = old.get("logicalTypeOptions", {}), new.get("logicalTypeOptions", {})
    for word in sorted((was.keys() | now.keys()) - _READ):
        a, b = was.get(word), now.get(word)
        if a != b:
            what = f"{word} was {a if a is not None else 'not said'}, is {b if b is not None else 'not said'}"
            yield ClauseChange(place, "range", what, _bound(word, a, b), line=line)


def _bound(word: str, old: Any, new: Any) -> frozenset[Breaks]:
    if old is None or new is None:
        return SENDERS if old is None else READERS
    if not all(isinstance(each, int | float) for each in (old, new)):
        return BOTH
    if word in _MOST:
        return bounds.more_is_wider(old, new)
    return bounds.reversed_(bounds.more_is_wider(old, new)) if word in _LEAST else BOTH


_DEMANDS = ("type", "metric", "rule", "engine", "implementation", "query", "unit", "arguments", *THRESHOLDS)


def _quality(
    place: str, old: _Entry, new: _Entry, file: Located, steps: Steps, *, on_field: bool
) -> Iterator[ClauseChange]:
    """Checks that no engine of the hub executes: those that it executes are told by `rules`."""
    before, after = _checks(old, on_field=on_field), _checks(new, on_field=on_field)
    for name in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(name), after.get(name)
        where = f"{place}.{name}"
        if now is None:
            yield ClauseChange(where, "rule", "the check is taken away", READERS, line=file.line(steps))
        elif was is None:
            yield ClauseChange(where, "rule", "a new check", SENDERS, line=file.line(steps))
        elif any(was.get(word) != now.get(word) for word in _DEMANDS):
            yield ClauseChange(
                where, "rule", "the check demands something else", _check(was, now), line=file.line(steps)
            )


def _checks(owner: _Entry, *, on_field: bool) -> dict[str, _Entry]:
    """The checks by their id, else by what they are and their number among those alike."""
    found: dict[str, _Entry] = {}
    for each in owner.get("quality", []):
        if each.get("type") == "text" or each.get("engine") == ENGINE or _ours(each, on_field=on_field):
            continue
        base = str(each.get("id") or each.get("name") or each.get("metric") or each.get("engine") or each.get("type"))
        number = 1
        while (name := base if number == 1 else f"{base} {number}") in found:
            number += 1
        found[name] = each
    return found


def _ours(entry: _Entry, *, on_field: bool) -> bool:
    """Whether it is a metric that an engine of the hub executes, which `rules` tells of."""
    library = entry.get("type", "library") == "library"
    return library and "id" in entry and metric_rule(entry, on_field=on_field) is not None


def _check(old: _Entry, new: _Entry) -> frozenset[Breaks]:
    """Two demands that differ in one bound only can be compared."""
    rest = [word for word in _DEMANDS if word not in THRESHOLDS]
    if any(old.get(word) != new.get(word) for word in rest):
        return BOTH
    was, now = ([word for word in THRESHOLDS if word in each] for each in (old, new))
    if was != now or len(now) != 1:
        return BOTH
    word, (a, b) = now[0], (old[now[0]], new[now[0]])
    if word == "mustBeBetween":
        return bounds.ranges((a[0], a[1]), (b[0], b[1]))
    if word in ("mustBeLessThan", "mustBeLessOrEqualTo"):
        return bounds.more_is_wider(a, b)
    if word in ("mustBeGreaterThan", "mustBeGreaterOrEqualTo"):
        return bounds.reversed_(bounds.more_is_wider(a, b))
    return BOTH if a != b else NOBODY
