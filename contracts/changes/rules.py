"""Rules and budgets of two versions of a dataset: whether fewer or more records keep them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contracts.changes import bounds
from contracts.changes.change import BOTH, NOBODY, READERS, SENDERS, Breaks, ClauseChange
from contracts.checks import READ_BY
from contracts.lint import place_of
from contracts.model import Dataset, Effect, Field, Rule
from contracts.yaml.lines import Located, Steps

KINDS: Mapping[str, str] = {
    "required": "nullability",
    "code": "enum",
    "code_list": "enum",
    "pattern": "pattern",
    "avoids": "pattern",
    "max_length": "length",
    "range": "range",
}
"""Kind of rule -> how the change of one is called; the others are rules."""
_OF_TYPES = frozenset(READ_BY.values())
"""Rules that follow from a field's type, whose change is told as one of the type."""

_Arguments = Mapping[str, Any]


def rules(old: Dataset, new: Dataset, file: Located, steps: Steps) -> Iterator[ClauseChange]:
    """The changes of rules, except those of fields that came or went: these are told with the field."""
    before, after = {rule.id: rule for rule in old.rules}, {rule.id: rule for rule in new.rules}
    both = old.by_name.keys() & new.by_name.keys()
    alike = {name for name in both if _free_text(old.by_name[name]) == _free_text(new.by_name[name])}
    for name in [*before, *(each for each in after if each not in before)]:
        was, now = before.get(name), after.get(name)
        known = was or now
        assert known is not None  # it is the name of one of them
        if len(known.fields) == 1 and known.fields[0] not in both:
            continue  # told with its field
        if known.kind in _OF_TYPES and None in (was, now):
            continue  # told with its type
        if known.kind == "no_control_characters" and None in (was, now) and not alike & {*known.fields}:
            continue  # told with what else is demanded of its fields
        line = file.line(place_of(new, now or known, steps))
        place, kind = f"{new.name}/{name}", KINDS.get(known.kind, "rule")
        yield from _rule(place, kind, was, now, alike if known.kind == "no_control_characters" else both, line)
    yield from _budgets(old, new, file.line((*steps, "quality")))


def _free_text(field: Field) -> tuple[object, ...]:
    """What decides which rule looks for control characters in a field: another answer is told with its reason."""
    named = bool(field.codes or field.code_list or field.pattern)
    return field.kind, field.classification.encrypted, named


def _rule(
    place: str, kind: str, was: Rule | None, now: Rule | None, both: set[str], line: int
) -> Iterator[ClauseChange]:
    if was is None or now is None:
        gone = was if now is None else now
        assert gone is not None
        rejects = gone.effect is not Effect.FINDING
        breaks = NOBODY if not rejects else READERS if now is None else SENDERS
        what = f"{'taken away' if now is None else 'new'}: {gone.kind}, {gone.effect}"
        yield ClauseChange(place, kind, what, breaks, "" if rejects else "it makes findings only", line)
        return
    if was.effect is not now.effect:
        other = SENDERS if was.effect is Effect.FINDING else READERS
        breaks = other if Effect.FINDING in (was.effect, now.effect) else BOTH
        yield ClauseChange(place, kind, f"its effect was {was.effect}, is {now.effect}", breaks, line=line)
    found = list(_demand(was, now, both))
    silent = now.effect is was.effect is Effect.FINDING
    for what, breaks in found:
        why = "it makes findings only" if silent else _CANNOT if breaks == BOTH and "pattern" in what else ""
        yield ClauseChange(place, kind, what, NOBODY if silent else breaks, why, line)
    if was.sentence != now.sentence and not found and was.effect is now.effect:
        yield ClauseChange(place, "words", "its sentence is another", NOBODY, line=line, words=True)


_CANNOT = (
    "which of two patterns admits more, nobody can say in general: count the records with `hub contracts rehearse`"
)


def _demand(was: Rule, now: Rule, both: set[str]) -> Iterator[tuple[str, frozenset[Breaks]]]:
    """What a rule demands otherwise, each with whom it breaks."""
    if was.kind != now.kind:
        yield f"it was a rule of kind {was.kind}, is {now.kind}", BOTH
        return
    old_fields = [name for name in was.fields if name in both]
    new_fields = [name for name in now.fields if name in both]
    if now.kind == "no_control_characters":
        if more := sorted(set(new_fields) - set(old_fields)):
            yield f"it looks at {', '.join(more)} too", SENDERS
        if less := sorted(set(old_fields) - set(new_fields)):
            yield f"it looks at {', '.join(less)} no more", READERS
    elif was.fields != now.fields:
        yield f"it looks at {', '.join(now.fields)}, and not at {', '.join(was.fields)}", BOTH
    a, b = was.arguments, now.arguments
    for name in sorted(a.keys() | b.keys()):
        if a.get(name) == b.get(name) or (name in ("minimum", "maximum", "minimum_percent", "maximum_percent")):
            continue
        judge = _ARGUMENTS.get((now.kind, name)) or _ARGUMENTS.get(("", name)) or _incomparable
        yield judge(name, a, b)
    for least, most in (("minimum", "maximum"), ("minimum_percent", "maximum_percent")):
        old, new = bounds.span(a.get(least), a.get(most)), bounds.span(b.get(least), b.get(most))
        if old != new:
            yield f"from {_bounds(old)} to {_bounds(new)}", bounds.ranges(old, new)


def _allowed(name: str, a: _Arguments, b: _Arguments) -> tuple[str, frozenset[Breaks]]:
    return _listed(a[name], b[name]), bounds.lists(a[name], b[name])


def _forbidden(name: str, a: _Arguments, b: _Arguments) -> tuple[str, frozenset[Breaks]]:
    return _listed(a[name], b[name]), bounds.reversed_(bounds.lists(a[name], b[name]))


def _length(name: str, a: _Arguments, b: _Arguments) -> tuple[str, frozenset[Breaks]]:
    return f"{name} was {a[name]}, is {b[name]}", bounds.more_is_wider(a[name], b[name])


def _incomparable(name: str, a: _Arguments, b: _Arguments) -> tuple[str, frozenset[Breaks]]:
    return f"{name} was {a.get(name, 'not there')}, is {b.get(name, 'not there')}", BOTH


_ARGUMENTS: Mapping[tuple[str, str], Callable[[str, _Arguments, _Arguments], tuple[str, frozenset[Breaks]]]] = {
    ("code", "codes"): _allowed,
    ("not_placeholder", "values"): _forbidden,
    ("max_length", "length"): _length,
    ("", "minimum_rows"): _length,  # more rows before a rule about a batch says anything
}


def _listed(old: Any, new: Any) -> str:
    gone, come = sorted(set(map(str, old)) - set(map(str, new))), sorted(set(map(str, new)) - set(map(str, old)))
    said = [f"taken away: {', '.join(gone)}"] if gone else []
    return "; ".join([*said, *([f"new: {', '.join(come)}"] if come else [])]) or "in another order"


def _bounds(ends: tuple[float, float]) -> str:
    return f"{ends[0]:g}..{ends[1]:g}"


def _budgets(old: Dataset, new: Dataset, line: int) -> Iterator[ClauseChange]:
    before, after = {each.effect: each for each in old.budgets}, {each.effect: each for each in new.budgets}
    for effect in Effect:
        was, now = before.get(effect), after.get(effect)
        place = f"{new.name}/{(now or was).id}" if (now or was) else ""  # type: ignore[union-attr]  # one of them is there
        if was is None and now is not None:
            yield ClauseChange(place, "budget", f"a new budget for {effect} records", SENDERS, line=line)
        elif was is not None and now is None:
            yield ClauseChange(place, "budget", f"no budget for {effect} records any more", READERS, line=line)
        elif was is not None and now is not None:
            for name in ("maximum_percent", "maximum_rows"):
                a, b = getattr(was, name), getattr(now, name)
                if a != b:
                    yield ClauseChange(
                        place, "budget", f"{name} was {a:g}, is {b:g}", bounds.more_is_wider(a, b), line=line
                    )
