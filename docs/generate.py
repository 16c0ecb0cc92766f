"""Writes the generated parts of the documents: `python docs/generate.py`. With `--check`, says which are stale and exits 1.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contracts.checks import DATASET_KINDS, ROW_KINDS, RuleKind  # noqa: E402 - found by the line above
from contracts.load import load_contracts  # noqa: E402
from hub.requirements.catalogue import read_requirements  # noqa: E402
from hub.requirements.facts import shares  # noqa: E402
from hub.requirements.mapping import BUILT_IN  # noqa: E402
from hub.requirements.rules import read_rules  # noqa: E402

HCMC = ROOT / "deployments" / "hcmc"

PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rule_kinds() -> Iterator[str]:
    """What each kind of rule means, from contracts/checks.py."""
    yield "| kind | fields | arguments | what it says |"
    yield "|---|---|---|---|"
    for name, kind in {**ROW_KINDS, **DATASET_KINDS}.items():
        about = " *(of the batch)*" if name in DATASET_KINDS else ""
        yield f"| `{name}`{about} | {_fields(kind)} | {_arguments(kind)} | {kind.meaning} |"


def shipped_contracts() -> Iterator[str]:
    """What is shipped."""
    yield "| contract | version | what | datasets | fields | rules | owner |"
    yield "|---|---|---|---|---|---|---|"
    for c in load_contracts().values():
        fields, rules = (sum(len(part) for part in parts) for parts in ([d.fields for d in c.datasets], [d.rules for d in c.datasets]))
        yield f"| [`{c.name}`](../{c.path.relative_to(ROOT)}) | {c.version} | {c.title} | {len(c.datasets)} | {fields} | {rules} | {c.owner} |"


def requirement_rules() -> Iterator[str]:
    """Which demanded paper is answered by what, in the order in which the rules are tried."""
    yield "| rule | paper | answered by | why | tried at the head | not when |"
    yield "|---|---|---|---|---|---|"
    for rule in (BUILT_IN[0], *read_rules(HCMC).rules, *BUILT_IN[1:]):
        more = f"<br>and {len(rule.patterns) - 2} more" if len(rule.patterns) > 2 else ""
        tried = "<br>".join(f"`{_cell(pattern)}`" for pattern in rule.patterns[:2]) + more
        excluded = [what for what, patterns in (("the demand", rule.unless), ("the procedure's name", rule.unless_procedure)) if patterns]
        unless = f"{' or '.join(excluded)} tells otherwise" if excluded else ""
        decides = " (the whole row)" if rule.final or rule.whole else ""
        yield f"| `{rule.id}`{decides} | {rule.name} | {f'`{rule.evidence}`' if rule.holds else 'nothing'} | {rule.why} | {tried or 'built in'} | {unless} |"


def requirement_share() -> Iterator[str]:
    """Of the shipped demanded papers: what answers how many."""
    yield "| answered by | papers | of | share |"
    yield "|---|---|---|---|"
    for each in shares(r for rows in read_requirements(HCMC).values() for r in rows):
        yield f"| {each.by} | {each.rows} | {each.of} | {each.share:.1%} |"


def decision_cases() -> Iterator[str]:
    """The decision rules, from the cases that the code is held to."""
    words = {"reuse": "**reuse** dùng lại", "confirm": "**confirm** đối chiếu", "ask": "**ask** yêu cầu nộp"}
    yield "| case | tình huống | decision | because of |"
    yield "|---|---|---|---|"
    for case in yaml.safe_load((ROOT / "tests/hub/answers/decisions/decision_cases.yaml").read_text(encoding="utf-8")):
        because = ", ".join(f"`{b}`" for b in case.get("because", [])) or "every condition holds"
        yield f"| {case['case']} | {case['vietnamese']} | {words[case['outcome']]} | {because} |"


PARTS = {
    "decision-cases": decision_cases, "requirement-rules": requirement_rules, "requirement-share": requirement_share,
    "rule-kinds": rule_kinds, "contracts": shipped_contracts,
}  # fmt: skip


def renewed(text: str) -> str:
    """The page with its generated parts written anew."""
    return PART.sub(lambda m: m[1] + "\n".join(PARTS[m[2]]()) + "\n" + m[3], text)


def stale() -> list[Path]:
    """The pages whose generated parts are not what the code says."""
    return [page for page in sorted((ROOT / "docs").rglob("*.md")) if renewed(text := page.read_text(encoding="utf-8")) != text]


def _fields(kind: RuleKind) -> str:
    least, most = kind.fields
    return "none" if most == 0 else f"{least}" if least == most else f"{least} or more"


def _cell(pattern: str) -> str:
    return pattern.replace("|", "\\|")


def _arguments(kind: RuleKind) -> str:
    return ", ".join([*(f"`{name}`" for name in kind.required), *(f"[`{name}`]" for name in kind.optional)])


if __name__ == "__main__":
    pages = stale()
    if "--check" in sys.argv:
        sys.exit(f"stale: {', '.join(str(p.relative_to(ROOT)) for p in pages)}; run python docs/generate.py" if pages else 0)
    for page in pages:
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page.relative_to(ROOT)}")
