"""Which demanded paper is answered by what, and of how many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from docs.generate.text import item
from hub.requirements.catalogue import read_requirements
from hub.requirements.facts import shares
from hub.requirements.mapping import BUILT_IN
from hub.requirements.rules import MappingRule, read_rules

HCMC = Path(__file__).resolve().parents[2] / "deployments" / "hcmc"
LONGEST = 100


def rules() -> Iterator[str]:
    """The rules in the order in which they are tried; of their expressions the first, where it fits a line."""
    for rule in (BUILT_IN[0], *read_rules(HCMC).rules, *BUILT_IN[1:]):
        answer = f"answered by `{rule.evidence}`" if rule.holds else "answered by nothing"
        whole = " Decides the whole row." if rule.final or rule.whole else ""
        yield from item(f"**`{rule.id}`** · {rule.name}: {answer}; {rule.why}.{whole}{_unless(rule)}", _tried(rule))


def share() -> Iterator[str]:
    """Of the shipped demanded papers: what answers how many."""
    yield "| answered by | papers | of | share |"
    yield "|---|---|---|---|"
    for each in shares(r for rows in read_requirements(HCMC).values() for r in rows):
        yield f"| {each.by} | {each.rows} | {each.of} | {each.share:.1%} |"


def _unless(rule: MappingRule) -> str:
    excluded = [
        what
        for what, patterns in (("the demand", rule.unless), ("the procedure's name", rule.unless_procedure))
        if patterns
    ]
    return f" Not when {' or '.join(excluded)} says otherwise." if excluded else ""


def _tried(rule: MappingRule) -> str:
    if not rule.patterns:
        return "Built in."
    short = [p for p in rule.patterns if len(p) <= LONGEST and "`" not in p]
    more = len(rule.patterns) - min(1, len(short))
    first = f"Tried at the head: `{short[0]}`" if short else "Tried at the head: see the file"
    return f"{first}{f' and {more} more' if more and short else ''}."
