"""What a contract must say to be of use to the people who rely on it, beyond what it must say to be read.

The loader refuses a file that the hub could not carry out; the lint finds what a reader would miss.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts import service_level
from contracts.checks import READ_BY, has_sql_form, kind_of
from contracts.model import Contract, Dataset, Effect, Field, Kind, Rule
from contracts.regular_expressions.patterns import fault
from contracts.service_level import PROMISES
from contracts.yaml.lines import Steps, read_located

REFERENCE = "reference"
"""Domain of lists that are entered by decision, not synced: they need no change time."""

UNDECIDED = "# DECIDE:"
"""The mark that a draft puts behind what only a person can decide; it is no promise before the last one is gone."""

_UNPORTABLE = re.compile(r"\\[dDwWsSbB]|\(\?")
"""Classes that mean other characters in PostgreSQL than in Rust, and what Rust's expressions do not have."""

STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
"""States of a contract, as ODCS names them."""

RELEASE = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}")
"""A version of a contract: semantic versioning, three numbers."""

_VIETNAMESE = re.compile("[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


@dataclass(frozen=True)
class LintProblem:
    """One thing to mend in a contract file."""

    file: Path
    line: int
    what: str
    next: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}\n  -> {self.next}"


_Found = tuple[Steps, str, str]


def lint(contract: Contract) -> list[LintProblem]:
    """All that the contract's file should say and does not, in the order of the file."""
    file = read_located(contract.path)
    promises = file.data.get("slaProperties", [])
    found = [*_contract(contract), *_words(contract, file.data), *_promises(contract, promises)]
    for index, dataset in enumerate(contract.datasets):
        found += _dataset(contract, dataset, ("schema", index))
    problems = [LintProblem(contract.path, file.line(steps), what, hint) for steps, what, hint in found]
    for line, text in enumerate(contract.path.read_text(encoding="utf-8").splitlines(), 1):
        if UNDECIDED in text:
            what = f"not decided yet: {text.partition(UNDECIDED)[2].strip()}"
            problems.append(
                LintProblem(contract.path, line, what, "Decide it, then take the mark away: a draft promises nothing.")
            )
    return sorted(problems, key=lambda problem: problem.line)


def _contract(contract: Contract) -> Iterator[_Found]:
    expected = f"{contract.name}.odcs.yaml"
    if contract.path.name != expected:
        yield ("name",), f"contract `{contract.name}` stands in {contract.path.name}", f"Call the file {expected}."
    for steps, value, what in (
        (("customProperties",), contract.title, "Vietnamese title (custom property `title`)"),
        (("description",), contract.meaning, "meaning (description.purpose)"),
        (("description",), contract.misleads, "word on where the data misleads (description.limitations)"),
        (("team",), contract.owner, "owner (team.name)"),
        (("customProperties",), contract.legal_basis, "legal basis (custom property `legalBasis`)"),
        (("customProperties",), contract.retention, "retention (custom property `retention`)"),
        (("domain",), contract.domain, "domain"),
    ):
        if not value.strip():
            yield steps, f"contract `{contract.name}` has no {what}", "Say it: a reader relies on it."
    for promise in PROMISES:
        if promise not in contract.service_level:
            yield (
                ("slaProperties",),
                f"contract `{contract.name}` promises no {promise}",
                f"Add it to slaProperties; known: {', '.join(PROMISES)}.",
            )
    if not contract.datasets:
        yield ("schema",), f"contract `{contract.name}` has no dataset", "Add one under schema."


def _promises(contract: Contract, entries: list[dict[str, object]]) -> Iterator[_Found]:
    """A promise that says nothing: `latency: banana`."""
    for number, entry in enumerate(entries):
        said = f"{entry['value']} {entry.get('unit', '')}".strip()
        if wrong := service_level.fault(str(entry["property"]), said):
            yield ("slaProperties", number), f"contract `{contract.name}` {wrong[0]}", wrong[1]
    if wrong := service_level.contradiction(contract.service_level):
        yield ("slaProperties",), f"contract `{contract.name}` {wrong[0]}", wrong[1]


def _words(contract: Contract, data: Mapping[str, object]) -> Iterator[_Found]:
    """Words that anybody may write, and nobody could act on."""
    if (status := str(data.get("status"))) not in STATUSES:
        yield ("status",), f"contract `{contract.name}` has the status `{status}`", f"One of {', '.join(STATUSES)}."
    if not RELEASE.fullmatch(contract.version):
        what = f"contract `{contract.name}` has the version `{contract.version}`"
        yield ("version",), what, "Three numbers, 1.0.0: cases and batches name the version they were judged by."


def _dataset(contract: Contract, dataset: Dataset, steps: Steps) -> Iterator[_Found]:
    if not dataset.title or not dataset.meaning:
        yield (
            steps,
            f"dataset `{dataset.name}` lacks its Vietnamese title or its meaning",
            "Give businessName and description.",
        )
    positions = [field.key_position for field in dataset.key]
    if positions != list(range(1, len(positions) + 1)) or not positions:
        yield (
            (*steps, "properties"),
            f"key positions of `{dataset.name}` are {positions}",
            "Number the key's fields from 1, each once.",
        )
    if contract.domain != REFERENCE:
        yield from _version(dataset, steps)
    if dataset.parent is None and contract.domain != REFERENCE and dataset is not contract.datasets[0]:
        yield (
            steps,
            f"dataset `{dataset.name}` has no parent",
            f"Declare `parent: {contract.datasets[0].name}`, or move it to a contract of its own.",
        )
    if dataset.parent is not None:
        owner = contract.dataset(dataset.parent)
        if [field.name for field in dataset.key][: len(owner.key)] != [field.name for field in owner.key]:
            yield (
                steps,
                f"the key of `{dataset.name}` does not begin with the key of `{owner.name}`",
                "Children are found by their owner's key.",
            )
    for index, field in enumerate(dataset.fields):
        for what, hint in (*_field(field), *unread(dataset, field)):
            yield (*steps, "properties", index), f"field `{field.name}` {what}", hint
    for rule in dataset.rules:
        for what, hint in (*_rule(rule), *_kinds(dataset, rule), *held_by_sealed(dataset, rule), *_bounds(rule)):
            yield place_of(dataset, rule, steps), f"rule `{rule.id}` {what}", hint


def _version(dataset: Dataset, steps: Steps) -> Iterator[_Found]:
    version = dataset.by_name.get(dataset.version_field or "")
    if version is None:
        yield (
            steps,
            f"dataset `{dataset.name}` has no version field",
            "Name the source's change time in the custom property `versionField`.",
        )
    elif version.kind is not Kind.TIMESTAMP or not version.required or not version.transport:
        yield (
            steps,
            f"the version field of `{dataset.name}` is not a required timestamp with `transport: true`",
            "It orders versions and is no content.",
        )


def _field(field: Field) -> Iterator[tuple[str, str]]:
    if not field.title or not field.meaning:
        yield "lacks its Vietnamese title or its meaning", "Give businessName and description."
    if unicodedata.normalize("NFC", field.title) != field.title:
        yield "has a title that is not NFC", "Save the file with composed letters."
    if field.key_position is not None and (not field.required or field.classification.encrypted):
        yield "is part of the key, but optional or encrypted", "A key is required and readable."
    if field.identity and field.kind is not Kind.TEXT:
        yield "is an identity number but no text", "Use logicalType: string: leading zeros count."
    if field.codes and field.code_list:
        yield "has both `enum` and `codeList`", "Keep one."
    if len({code.value for code in field.codes}) < len(field.codes):
        yield "lists a code twice", "Keep one."


def portable(expression: str) -> bool:
    """Whether PostgreSQL, Rust and Python read a regular expression alike, in time that all of them have."""
    return fault(expression) is None and not _UNPORTABLE.search(expression)


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if not _VIETNAMESE.search(rule.sentence) or not rule.sentence.strip().endswith("."):
        yield "has no Vietnamese sentence", "Describe it in one sentence that a ward clerk understands."
    kind_of(rule)
    if len(set(rule.fields)) < len(rule.fields):
        yield "names a field twice", "Compare it with another one: with itself it says nothing."
    for name in ("pattern", "take"):
        if name in rule.arguments:
            expression = str(rule.arguments[name])
            if _UNPORTABLE.search(expression):
                yield (
                    f"has a `{name}` that PostgreSQL and Rust read differently",
                    "Write [0-9] for \\d, [A-Za-z0-9_] for \\w; no (?...).",
                )


_DATES = (Kind.TIMESTAMP, Kind.PARTIAL_DATE)
_READS: Mapping[str, tuple[tuple[Kind, ...], ...]] = {
    "not_after": (_DATES, _DATES),
    "identity_matches_birth": ((Kind.TEXT,), (Kind.PARTIAL_DATE,)),
    "identity_matches_sex": ((Kind.TEXT,), (Kind.TEXT,)),
    "range": ((Kind.INTEGER, Kind.DECIMAL),),
    "integer": ((Kind.INTEGER,),),
    "decimal": ((Kind.DECIMAL,),),
    "timestamp": ((Kind.TIMESTAMP,),),
    "partial_date": ((Kind.PARTIAL_DATE,),),
}
"""Kind of rule -> what each of its fields must be read as; the others take any text."""


def _kinds(dataset: Dataset, rule: Rule) -> Iterator[tuple[str, str]]:
    for name, allowed in zip(rule.fields, _READS.get(rule.kind, ()), strict=False):
        if dataset.by_name[name].kind not in allowed:
            yield (
                f"reads `{name}` as a {' or '.join(allowed)}, but it is a {dataset.by_name[name].kind}",
                "Change the field's type, or the rule.",
            )


def unread(dataset: Dataset, field: Field) -> Iterator[tuple[str, str]]:
    """A kind that no rule rejects unreadable values of: the first one would break the merge of its whole batch."""
    kept = {(rule.kind, rule.fields) for rule in dataset.row_rules if rule.effect is Effect.QUARANTINE}
    if field.kind in READ_BY and (READ_BY[field.kind], (field.name,)) not in kept:
        yield (
            f"is a {field.kind}, and no rule quarantines what is none",
            f"Leave the effect of the rule {field.name}.{READ_BY[field.kind]} at quarantine, or make the field a text.",
        )


def held_by_sealed(dataset: Dataset, rule: Rule) -> Iterator[tuple[str, str]]:
    """A rule that holds batches is counted by both engines, and the second one cannot read what rests encrypted."""
    classes = {field.name: field.classification for field in dataset.fields}
    if rule.effect is Effect.HOLD and not has_sql_form(rule, classes):
        sealed = ", ".join(name for name in rule.fields if classes[name].encrypted)
        yield (
            f"holds batches by {sealed}, which rests encrypted: only one engine could count it",
            "Hold by a field that both engines read, or check the field row by row.",
        )


def _bounds(rule: Rule) -> Iterator[tuple[str, str]]:
    """Bounds that no value, or every value, keeps."""
    said = rule.arguments
    percents = [float(said[name]) for name in ("minimum_percent", "maximum_percent") if name in said]
    if any(not 0 <= each <= 100 for each in percents):
        yield "has a share outside of 0 to 100 percent", "Shares are percentages of the batch's rows."
    if rule.kind in ("range", "row_count") and not said.keys() & {"minimum", "maximum"}:
        yield "has no bound", "Give minimum, maximum or both."
    for least, most in (("minimum", "maximum"), ("minimum_percent", "maximum_percent")):
        if least in said and most in said and said[least] > said[most]:
            yield f"has a {least} above its {most}", "No value can keep it."
    for name in ("length", "minimum_rows"):
        if name in said and int(said[name]) < (1 if name == "length" else 0):
            yield f"has a `{name}` of {said[name]}", "Give a number that a value can keep."


def place_of(dataset: Dataset, rule: Rule, steps: Steps) -> Steps:
    """Near enough to find the rule: its field, or the dataset's list of rules."""
    owner = rule.id.split(".")[0]
    names = [field.name for field in dataset.fields]
    return (*steps, "properties", names.index(owner)) if owner in names else (*steps, "quality")
