"""Writes what the documents take from code: `python -m docs.generate`. With `--check`, says what is stale and exits 1.

A generated part of a page stands between `<!-- generated: NAME -->` and `<!-- end -->`; the pictures, and the schemas of a
deployment's files, are whole files.
No line is longer than a page is wide: what a table's cell cannot hold becomes a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from docs import path
from docs.generate import audit_views, commands, contracts, decisions, deployment, errors, paths, requirements, settings
from hub.deployments import schemas

ROOT = Path(__file__).resolve().parents[2]
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "audit-views": audit_views.in_english,
    "commands": commands.reference,
    "contracts": contracts.shipped,
    "decision-cases": decisions.cases,
    "deployment-files": deployment.files,
    "exit-codes": errors.exit_codes,
    "khung-nhin-kiem-tra": audit_views.in_vietnamese,
    "ma-thoat": errors.exit_codes_in_vietnamese,
    "path-question": paths.path("question"),
    "path-record": paths.path("record"),
    "requirement-rules": requirements.rules,
    "requirement-share": requirements.share,
    "rule-kinds": contracts.rule_kinds,
    "settings": settings.reference,
}


def renewed(text: str) -> str:
    """The page with its generated parts written anew."""
    return PART.sub(lambda m: m[1] + "\n".join(PARTS[m[2]]()) + "\n" + m[3], text)


def stale() -> dict[Path, str]:
    """The files whose generated parts are not what the code says, and what they must hold."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    wanted = {page: renewed(page.read_text(encoding="utf-8")) for page in pages} | path.pictures()
    wanted |= {
        ROOT / "deployments" / schemas.FOLDER / f"{kind}.json": schemas.text_of(kind) for kind in schemas.SCHEMAS
    }
    return {
        file: text for file, text in wanted.items() if not file.exists() or file.read_text(encoding="utf-8") != text
    }
