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
    """The papers and kinds in the order of the file; of their names or expressions the first, where it fits a line."""
    for rule in (BUILT_IN[0], *read_rules(HCMC).rules, *BUILT_IN[1:]):
        answer = f"answered by `{rule.evidence}`" if rule.holds else "answered by nothing"
        whole = (
            " Its names are whole rows."
            if rule.row
            else " Such a row demands no paper of a name."
            if rule.final
            else ""
        )
        yield from item(f"**`{rule.id}`** · {rule.name}: {answer}; {rule.why}.{whole}{_unless(rule)}", _tried(rule))


def share() -> Iterator[str]:
    """Of the shipped demanded papers: what answers how many."""
    yield "| answered by | papers | of | share |"
    yield "|---|---|---|---|"
    for each in shares(r for rows in read_requirements(HCMC).values() for r in rows):
        yield f"| {each.by} | {each.rows} | {each.of} | {each.share:.1%} |"


def _unless(rule: MappingRule) -> str:
    at_most = f" At most {rule.reach}." if rule.holds else ""
    return f"{at_most}{' Not in procedures whose name says otherwise.' if rule.unless_procedure else ''}"


def _tried(rule: MappingRule) -> str:
    written = rule.names or rule.patterns
    if not written:
        return "Built in."
    short = [p for p in written if len(p) <= LONGEST and "`" not in p]
    more = len(written) - min(1, len(short))
    what = "Known as" if rule.names else "Begins with"
    first = f"{what}: `{short[0]}`" if short else f"{what}: see the file"
    return f"{first}{f' and {more} more' if more and short else ''}."
