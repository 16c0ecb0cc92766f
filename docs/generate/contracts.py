"""The shipped contracts, and the kinds of rules that a contract can use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from contracts.checks import DATASET_KINDS, ROW_KINDS, RuleKind
from contracts.load import load_contracts
from docs.generate.text import item

ROOT = Path(__file__).resolve().parents[2]


def shipped() -> Iterator[str]:
    """What is shipped, contract by contract."""
    for c in load_contracts().values():
        fields, rules = sum(len(d.fields) for d in c.datasets), sum(len(d.rules) for d in c.datasets)
        size = f"{_count(len(c.datasets), 'dataset')}, {fields} fields, {rules} rules"
        link = f"[`{c.name}`](../../{c.path.relative_to(ROOT)}) {c.version}:"
        yield from item(link, f"**{c.title}**: {size}. Owner: {c.owner}.")


def rule_kinds() -> Iterator[str]:
    """What each kind of rule means, from contracts/checks.py."""
    for name, kind in {**ROW_KINDS, **DATASET_KINDS}.items():
        about = " (of the batch)" if name in DATASET_KINDS else ""
        yield from item(f"**`{name}`**{about} · {_fields(kind)}{_arguments(kind)}.", kind.meaning)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _fields(kind: RuleKind) -> str:
    least, most = kind.fields
    return "no field" if most == 0 else _count(least, "field") if least == most else f"{_count(least, 'field')} or more"


def _arguments(kind: RuleKind) -> str:
    names = [*(f"`{name}`" for name in kind.required), *(f"[`{name}`]" for name in kind.optional)]
    return f" · {', '.join(names)}" if names else ""
