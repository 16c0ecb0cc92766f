"""Rules across registers: two datasets, one contradiction, one law (`contracts/cross_register/*.rule.yaml`).

A file says which records are about one person, and what must hold of the two for them to contradict each other. A
statement about a partial date is true, false or unknown; unknown finds nothing (decision 5). `hub/cross_register/`
makes SQL of it. What it cannot carry out exactly is refused here, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from contracts.model import Contract, Dataset, Kind
from contracts.yaml.faults import Wrong
from contracts.yaml.lines import Steps
from contracts.yaml.models import Document, FileModel, Text, load

FOLDER = Path(__file__).parent / "cross_register"
SUFFIX = ".rule.yaml"
PREFIX = "across."
"""What the rules are called where findings are listed: `across.married-after-death`."""

Operation = Literal["after", "before", "another person than", "in", "not in", "empty", "filled"]
_OF_TWO, _OF_VALUES = ("after", "before", "another person than"), ("in", "not in")
_SIDES = ("dataset", "with", "unless")


def _to_pairs(value: object) -> object:
    if not isinstance(value, list) or not value or any(not isinstance(each, list) or len(each) != 2 for each in value):
        raise Wrong("{key} is no list of pairs of fields", hint="write - [field of the first, field of the second]")
    return tuple(tuple(each) for each in value)


class ConditionEntry(FileModel):
    """One statement about the pair."""

    left: Text
    """A field with its side: `dataset.ngayDangKy`, `with.nktNgayChet`."""
    operation: Operation = Field(alias="is")
    right: Text = ""
    values: tuple[Text, ...] = ()


Pairs = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_to_pairs)]


class UnlessEntry(FileModel):
    """A third record that explains the contradiction away."""

    dataset: Text
    same_person: Pairs
    """Field of the second record, field of the third."""
    when: tuple[ConditionEntry, ...] = ()


class CrossRuleFile(FileModel):
    """One file, as it is written."""

    rule: Text
    version: Text
    title: Text
    sentence: Text
    law: Text
    misleads: Text
    dataset: Text
    other: Text = Field(alias="with")
    same_person: Pairs
    """Field of the first record, field of the second: identity numbers. One pair that agrees is enough."""
    when: tuple[ConditionEntry, ...]
    unless: UnlessEntry | None = None


@dataclass(frozen=True)
class CrossRule:
    """One rule, checked against the contracts that it names."""

    file: CrossRuleFile
    datasets: Mapping[str, Dataset]
    """Side -> dataset."""
    contracts: Mapping[str, str]
    """Side -> name of its contract, of which streams are named."""

    @property
    def id(self) -> str:
        """Its name among the findings."""
        return f"{PREFIX}{self.file.rule}"

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the record that gets the finding, at which the rule looks."""
        named = [first for first, _ in self.file.same_person]
        named += [
            name.partition(".")[2]
            for each in self.file.when
            for name in (each.left, each.right)
            if name.startswith("dataset.")
        ]
        return tuple(dict.fromkeys(named))


def load_cross_rules(contracts: Mapping[str, Contract], folder: Path = FOLDER) -> tuple[CrossRule, ...]:
    """All rules of a folder, by name.

    Raises:
        DeploymentInvalid: names file and line of what cannot be carried out.
    """
    return tuple(_rule(path, contracts) for path in sorted(folder.glob(f"*{SUFFIX}")))


@cache
def sentences() -> Mapping[str, str]:
    """The Vietnamese sentence of each shipped rule, by its name among the findings."""
    files = (load(path, CrossRuleFile).value for path in sorted(FOLDER.glob(f"*{SUFFIX}")))
    return {f"{PREFIX}{each.rule}": each.sentence for each in files}


def _rule(path: Path, contracts: Mapping[str, Contract]) -> CrossRule:
    document = load(path, CrossRuleFile)
    file = document.value
    if path.name != f"{file.rule}{SUFFIX}":
        raise document.wrong(("rule",), f"rule {file.rule} stands in {path.name}", hint=f"call it {file.rule}{SUFFIX}")
    owners = {dataset.name: (name, dataset) for name, contract in contracts.items() for dataset in contract.datasets}
    named: dict[str, tuple[str, Steps]] = {"dataset": (file.dataset, ("dataset",)), "with": (file.other, ("with",))}
    if file.unless is not None:
        named["unless"] = (file.unless.dataset, ("unless", "dataset"))
    for name, steps in named.values():
        if name not in owners:
            raise document.wrong(steps, f"no dataset {name}", hint=f"known are {', '.join(sorted(owners))}")
    rule = CrossRule(
        file,
        {side: owners[name][1] for side, (name, _) in named.items()},
        {side: owners[name][0] for side, (name, _) in named.items()},
    )
    for what, steps, hint in _faults(rule):
        raise document.wrong(steps, what, hint=hint)
    return rule


def _faults(rule: CrossRule) -> Iterator[tuple[str, Steps, str]]:
    file = rule.file
    yield from _persons(rule, file.same_person, ("dataset", "with"), ("same_person",))
    yield from _conditions(rule, file.when, ("dataset", "with"), ("when",))
    if file.unless is not None:
        yield from _persons(rule, file.unless.same_person, ("with", "unless"), ("unless", "same_person"))
        yield from _conditions(rule, file.unless.when, _SIDES, ("unless", "when"))


def _persons(
    rule: CrossRule, pairs: tuple[tuple[str, str], ...], sides: tuple[str, str], steps: Steps
) -> Iterator[tuple[str, Steps, str]]:
    for number, pair in enumerate(pairs):
        for side, name in zip(sides, pair, strict=True):
            field = rule.datasets[side].by_name.get(name)
            if field is None or not field.identity:
                what = f"{name} is no identity number of {rule.datasets[side].name}"
                yield what, (*steps, number), "persons are the same by identity numbers alone (identity: true)"


def _conditions(
    rule: CrossRule, entries: tuple[ConditionEntry, ...], sides: tuple[str, ...], steps: Steps
) -> Iterator[tuple[str, Steps, str]]:
    for number, each in enumerate(entries):
        here = (*steps, number)
        wanted = (bool(each.right), bool(each.values))
        if wanted != (each.operation in _OF_TWO, each.operation in _OF_VALUES):
            yield (
                f"`{each.operation}` is not said of this",
                here,
                "right for two fields, values for a list, else neither",
            )
        for name in filter(None, (each.left, each.right)):
            side, _, bare = name.partition(".")
            field = rule.datasets[side].by_name.get(bare) if side in sides and side in rule.datasets else None
            if field is None:
                yield f"no field {name}", here, f"write {' or '.join(f'{side}.<field>' for side in sides)}"
            elif field.classification.encrypted:
                yield f"{name} rests encrypted: no query can read it", here, "use another field"
            elif each.operation in ("after", "before") and field.kind is not Kind.PARTIAL_DATE:
                yield f"{name} is no partial date", here, "after and before compare partial dates"
            elif each.operation == "another person than" and not field.identity:
                yield f"{name} is no identity number", here, "persons are told apart by identity numbers alone"


__all__ = ["PREFIX", "CrossRule", "CrossRuleFile", "Document", "load_cross_rules", "sentences"]
