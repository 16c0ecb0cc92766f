"""Two versions of a contract, clause by clause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.changes.change import BOTH, NOBODY, READERS, ClauseChange
from contracts.changes.fields import fields
from contracts.changes.foreign import foreign
from contracts.changes.promises import promises
from contracts.changes.rules import rules
from contracts.model import Contract, Dataset
from contracts.yaml.lines import Located, Steps, read_located


def compare(old: Contract, new: Contract) -> list[ClauseChange]:
    """Every change between two contracts, in the order of the newer file; the version's number is none."""
    before, after = read_located(old.path), read_located(new.path)
    found = [*_head(old, new, after), *promises(old, new, after)]
    places = {each.name: ("schema", number) for number, each in enumerate(new.datasets)}
    written = [{each.get("name"): each for each in file.data.get("schema", [])} for file in (before, after)]
    names = {each.name for each in new.datasets}
    for each in old.datasets:
        if each.name not in names:
            kind = "children" if each.parent else "dataset"
            found.append(ClauseChange(each.name, kind, "it is taken away", READERS, line=after.line(("schema",))))
    known = {each.name: each for each in old.datasets}
    for each in new.datasets:
        if (was := known.get(each.name)) is None:
            kind = "children" if each.parent else "dataset"
            line = after.line(places[each.name])
            why = "nothing that is read or sent today knows it"
            found.append(ClauseChange(each.name, kind, "it is new", NOBODY, why, line))
        else:
            raw = (written[0].get(each.name, {}), written[1].get(each.name, {}))
            found += _dataset(was, each, raw, after, places[each.name])
    return found


def _head(old: Contract, new: Contract, file: Located) -> Iterator[ClauseChange]:
    if old.name != new.name:
        yield ClauseChange(
            new.name, "name", f"it was called {old.name or 'nothing'}", BOTH, "streams name it", file.line(("name",))
        )
    if old.domain != new.domain:
        yield ClauseChange(
            new.name, "domain", f"it was {old.domain or 'not said'}", NOBODY, line=file.line(("domain",))
        )
    for word, steps in (
        ("title", "customProperties"),
        ("meaning", "description"),
        ("misleads", "description"),
        ("owner", "team"),
        ("legal_basis", "customProperties"),
        ("retention", "customProperties"),
    ):
        if getattr(old, word) != getattr(new, word):
            what = f"another {word.replace('_', ' ')}"
            yield ClauseChange(new.name, "words", what, NOBODY, line=file.line((steps,)), words=True)


def _dataset(
    old: Dataset, new: Dataset, raw: tuple[Mapping[str, Any], Mapping[str, Any]], file: Located, steps: Steps
) -> Iterator[ClauseChange]:
    line = file.line((*steps, "customProperties"))
    if old.table != new.table:
        what = f"its table was {old.table}, is {new.table}"
        yield ClauseChange(new.name, "table", what, READERS, line=file.line((*steps, "physicalName")))
    if (old.parent, old.parent_key) != (new.parent, new.parent_key):
        what = f"its records belonged to {old.parent or 'nothing'}, belong to {new.parent or 'nothing'}"
        yield ClauseChange(new.name, "children", what, BOTH, "they come and go with their owner", line)
    if old.version_field != new.version_field:
        what = f"versions were ordered by {old.version_field or 'nothing'}, are by {new.version_field or 'nothing'}"
        yield ClauseChange(new.name, "versions", what, BOTH, "another version of a record may count as the last", line)
    if (old.unit_fields, old.unit_day) != (new.unit_fields, new.unit_day):
        yield ClauseChange(new.name, "unit", "cases find their owner by other fields", NOBODY, line=line)
    for word in ("title", "meaning"):
        if getattr(old, word) != getattr(new, word):
            yield ClauseChange(new.name, "words", f"another {word}", NOBODY, line=file.line(steps), words=True)
    yield from fields(old, new, raw, file, steps)
    yield from rules(old, new, file, steps)
    yield from foreign(*raw, file, new.name, steps)
