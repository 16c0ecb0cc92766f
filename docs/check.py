"""Looks at every page of the tree: links lead somewhere, lines fit. `python -m docs.check`, part of `make lint`.

Looked at is what stands in the tree; addresses of the Internet are left alone, so the check needs no network.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 120
PARSER = MarkdownIt("commonmark").enable("table")


def pages() -> list[Path]:
    """Every page of the tree but those below hidden folders, the environment, the state and what was built."""
    hidden = {"build", "var", "node_modules"}
    found = (
        p
        for p in ROOT.rglob("*.md")
        if not any(part.startswith(".") or part in hidden for part in p.relative_to(ROOT).parts)
    )
    return sorted(found)


def long_lines(page: Path) -> Iterator[tuple[int, str]]:
    """Line number and complaint, for lines that a page cannot hold."""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if len(line) > LONGEST:
            yield number, f"{len(line)} characters; at most {LONGEST}: shorten the cell, or make a list of the table"


def broken_links(page: Path) -> Iterator[tuple[int, str]]:
    """Line number and complaint, for links to a file that is not there, or to a heading that its page does not have."""
    for number, target in links(page):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield number, f"{target}: no such file"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield number, f"{target}: the page has no such heading"


def links(page: Path) -> Iterator[tuple[int, str]]:
    """Line number and target of each link and picture."""
    for token in PARSER.parse(page.read_text(encoding="utf-8")):
        for child in token.children or ():
            target = child.attrs.get("href") or child.attrs.get("src")
            if target:
                yield (token.map or (0, 0))[0] + 1, str(target)


@cache
def anchors(page: Path) -> frozenset[str]:
    """The names by which the headings of a page can be linked to, as GitHub makes them."""
    tokens = PARSER.parse(page.read_text(encoding="utf-8"))
    found: list[str] = []
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            name = re.sub(r"[^\w\- ]", "", _text(token).lower()).replace(" ", "-")
            found.append(
                f"{name}-{n}"
                if (n := sum(re.fullmatch(rf"{re.escape(name)}(-\d+)?", f) is not None for f in found))
                else name
            )
    return frozenset(found)


def complaints() -> Iterator[str]:
    """`file:line: what` for everything that is wrong."""
    for page in pages():
        for number, what in sorted([*long_lines(page), *broken_links(page)]):
            yield f"{page.relative_to(ROOT)}:{number}: {what}"


def _text(token: Token) -> str:
    return "".join(child.content for child in token.children or ())


if __name__ == "__main__":
    found = list(complaints())
    print("\n".join(found) or f"{len(pages())} pages: links whole, lines fit")
    sys.exit(1 if found else 0)
