"""The text of a drafted contract, each open place with its mark."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contracts.drafting.columns import DraftColumn
from contracts.errors import ContractInvalid
from contracts.identifiers import TABLE
from contracts.lint import UNDECIDED


@dataclass(frozen=True)
class DraftSource:
    """What a draft is made from."""

    words: str
    """In words: `the file births.csv (1,200 rows)`."""
    meaning: str = ""
    """The source's own word about one record."""


def contract_text(name: str, source: DraftSource, columns: Sequence[DraftColumn]) -> str:
    """A contract of one dataset, in the form of the shipped ones.

    Raises:
        ContractInvalid: a name that no contract may have, or no column.
    """
    if what := TABLE.fault(name):
        raise ContractInvalid(f"{what}: {name!r}", hint=TABLE.hint)
    if not columns:
        raise ContractInvalid(f"{source.words} has no column", hint="name a source with at least one")
    key = next((each for each in columns if each.unique and each.required and each.kind == "string"), None)
    key = key or next((each for each in columns if each.unique and each.required), None)
    version = next((each for each in columns if each.kind == "timestamp" and each.required and each is not key), None)
    lines = [
        f"{UNDECIDED} whether this draft, made from {source.words}, becomes a contract; and all that bears this mark",
        "apiVersion: v3.2.0",
        "kind: DataContract",
        f"id: {name}",
        f"name: {name}",
        "version: 0.1.0",
        "status: draft",
        f'domain: ""  {UNDECIDED} the folder of contracts/ that it belongs to',
        "description:",
        f"  purpose: {_quoted(source.meaning)}  {UNDECIDED} what one record says",
        f'  limitations: ""  {UNDECIDED} where a reader of this data goes wrong',
        "team:",
        f'  name: ""  {UNDECIDED} who answers for the data',
        "slaProperties:",
        f"  - {{property: latency, value: 24, unit: h}}  {UNDECIDED} as agreed with the owner",
        f"  - {{property: frequency, value: 1, unit: d}}  {UNDECIDED} as agreed with the owner",
        f"  - {{property: retention, value: permanent}}  {UNDECIDED} permanent, or by a sharing agreement",
        "customProperties:",
        f'  - {{property: title, value: ""}}  {UNDECIDED} its Vietnamese title',
        f'  - {{property: legalBasis, value: ""}}  {UNDECIDED} the law under which it may be had',
        f'  - {{property: retention, value: ""}}  {UNDECIDED} how long, and by which law',
        "schema:",
        f"  - name: {name}",
        f'    businessName: ""  {UNDECIDED} Vietnamese name of one record',
        f"    description: {_quoted(source.meaning)}  {UNDECIDED} what one record is",
        "    logicalType: object",
        f"    customProperties: [{{property: versionField, value: {version.name}}}]  {UNDECIDED} the source's change time"
        if version
        else f"    {UNDECIDED} customProperties: [{{property: versionField, value: ...}}]: no required time was found",
    ]
    if key is None:
        lines.append(f"    {UNDECIDED} the key: primaryKey and primaryKeyPosition; no column was seen to be one")
    lines.append("    properties:")
    for each in columns:
        lines += _field(each, is_key=each is key, is_version=each is version)
    return "\n".join(lines) + "\n"


def marks(text: str) -> int:
    """How many places a person must decide."""
    return text.count(UNDECIDED)


def _field(column: DraftColumn, *, is_key: bool, is_version: bool) -> Iterator[str]:
    yield f"      - name: {column.name}"
    yield f'        businessName: ""  {UNDECIDED} what a clerk calls it, in Vietnamese'
    yield f"        description: {_quoted(column.meaning)}  {UNDECIDED} what it says and where it misleads"
    kind = "string" if column.kind == "partial-date" else column.kind
    guess = f"  {UNDECIDED} guessed from {column.guessed}" if column.guessed else ""
    yield f"        logicalType: {kind}{guess}"
    options = ["format: partial-date"] if column.kind == "partial-date" else []
    options += [f"maxLength: {column.max_length}"] if column.max_length else []
    options += [f"pattern: {_quoted(column.pattern)}"] if column.pattern else []
    if options:
        yield f"        logicalTypeOptions: {{{', '.join(options)}}}"
    yield f"        classification: restricted  {UNDECIDED} none, personal basic, personal sensitive or restricted"
    if is_key:
        yield f"        primaryKey: true  {UNDECIDED} whether this names a record for good; a key is of class none or basic"
        yield "        primaryKeyPosition: 1"
    if column.required:
        yield "        required: true"
    if column.codes:
        yield f"        enum:  {UNDECIDED} whether these are all, and what each means"
        yield from (f"          - {{value: {_quoted(code)}, label: {_quoted(code)}}}" for code in column.codes)
    if is_version:
        yield "        customProperties: [{property: transport, value: true}]"


def _quoted(text: str) -> str:
    """A text in double quotes, which JSON and YAML read alike."""
    return json.dumps(text, ensure_ascii=False)
