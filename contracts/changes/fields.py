"""Fields of two versions of a dataset: type, class, key, and what a sender or a reader sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.changes.change import BOTH, NOBODY, READERS, SENDERS, ClauseChange
from contracts.model import Dataset, Field
from contracts.yaml.lines import Located, Steps


def fields(
    old: Dataset, new: Dataset, raw: tuple[Mapping[str, Any], Mapping[str, Any]], file: Located, steps: Steps
) -> Iterator[ClauseChange]:
    """The changes of a dataset's fields. `raw` is the dataset as both files write it: it has types that the hub lacks."""
    types_before, types_after = _types(raw[0]), _types(raw[1])
    places = {each.name: (*steps, "properties", number) for number, each in enumerate(new.fields)}
    for each in old.fields:
        place = f"{new.name}/{each.name}"
        if (now := new.by_name.get(each.name)) is None:
            yield ClauseChange(place, "field", "the field is taken away", READERS, line=file.line(steps))
            continue
        line = file.line(places[each.name])
        yield from _type(place, types_before.get(each.name, {}), types_after.get(each.name, {}), line)
        yield from _field(place, each, now, line)
    for each in new.fields:
        if each.name not in old.by_name:
            line = file.line(places[each.name])
            demands = [rule for rule in new.rules if rule.kind == "required" and rule.fields == (each.name,)]
            if demands:
                why = "a record without it becomes a case"
                yield ClauseChange(f"{new.name}/{each.name}", "field", "a new required field", SENDERS, why, line)
            else:
                why = "a sender that does not know it sends nothing, and a reader need not ask for it"
                yield ClauseChange(f"{new.name}/{each.name}", "field", "a new optional field", NOBODY, why, line)
    yield from _key(old, new, file.line((*steps, "properties")))


def _types(dataset: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in dataset.get("properties", []) if "name" in each}


def _type(place: str, old: Mapping[str, Any], new: Mapping[str, Any], line: int) -> Iterator[ClauseChange]:
    was, now = old.get("logicalType"), new.get("logicalType")
    if was != now:
        breaks = SENDERS if was is None else READERS if now is None else BOTH
        yield ClauseChange(
            place, "type", f"the type was {was or 'not said'}, is {now or 'not said'}", breaks, line=line
        )
    was, now = (each.get("logicalTypeOptions", {}).get("format") for each in (old, new))
    if was != now:
        what = f"the format was {was or 'not said'}, is {now or 'not said'}"
        yield ClauseChange(place, "precision", what, BOTH, line=line)
    was, now = old.get("physicalType"), new.get("physicalType")
    if was != now:
        kind = "precision" if _base(was) == _base(now) is not None else "type"
        breaks = SENDERS if was is None else READERS if now is None else BOTH
        what = f"the physical type was {was or 'not said'}, is {now or 'not said'}"
        yield ClauseChange(place, kind, what, breaks, line=line)


def _base(physical: object) -> str | None:
    return str(physical).partition("(")[0].partition("[")[0].strip().lower() if physical is not None else None


def _field(place: str, old: Field, new: Field, line: int) -> Iterator[ClauseChange]:
    if old.classification is not new.classification:
        what = f"the class was {old.classification}, is {new.classification}"
        if old.classification.encrypted is not new.classification.encrypted:
            why = "what rests is written anew, and rules in SQL and grants meet another column"
            yield ClauseChange(place, "sealing", what, READERS, why, line)
        else:
            why = "a grant names classes: it may cover the field no more, or cover it now"
            yield ClauseChange(place, "class", what, READERS, why, line)
    if old.identity is not new.identity:
        why = "people are found by its look-up code"
        what = "an identity number now" if new.identity else "no identity number any more"
        yield ClauseChange(place, "look-up", what, NOBODY if new.identity else READERS, why, line)
    if old.transport is not new.transport:
        why = "every record is compared anew, and none is judged otherwise"
        what = "no part of the content any more" if new.transport else "part of the content now"
        yield ClauseChange(place, "fingerprint", what, NOBODY, why, line)
    labels = [{code.value: code.label for code in each.codes} for each in (old, new)]
    renamed = sorted(value for value in labels[0].keys() & labels[1].keys() if labels[0][value] != labels[1][value])
    if renamed:
        why = "the same values are allowed; a code that means something else now should be another code"
        yield ClauseChange(place, "enum", f"other labels: {', '.join(renamed)}", NOBODY, why, line)
    for word in ("title", "meaning"):
        if getattr(old, word) != getattr(new, word):
            yield ClauseChange(place, "words", f"another {word}", NOBODY, line=line, words=True)


def _key(old: Dataset, new: Dataset, line: int) -> Iterator[ClauseChange]:
    before, after = [each.name for each in old.key], [each.name for each in new.key]
    if before != after:
        what = f"the key was {', '.join(before) or 'nothing'}, is {', '.join(after) or 'nothing'}"
        if sorted(before) == sorted(after):
            why = "keys are kept as one text: every record would count as a new one"
            yield ClauseChange(f"{new.name} key", "key", what, BOTH, why, line)
        else:
            why = "other records count as one and the same"
            yield ClauseChange(f"{new.name} key", "key", what, BOTH, why, line)
