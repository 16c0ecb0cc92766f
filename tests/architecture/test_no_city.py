"""Nothing of the shipped city stands in code: no name, no code, no agency of it. What it is stands in its deployment."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CITY = ROOT / "deployments" / "default"
CODE = ("hub", "connectors", "contracts", "service", "orchestration", "dags", "twins", "quality", "kit")
SHOWN = frozenset({"examples", "hint", "help", "comment", "description"})
"""Arguments whose texts people read, with an example in them."""


def words() -> re.Pattern[str]:
    """The city's folder, name, units of the first two levels, codes of districts, suffix of agencies, district systems."""
    with (CITY / "reference" / "units.csv").open(encoding="utf-8", newline="") as file:
        units = [row for row in csv.DictReader(file) if row["level"] in ("province", "district")]
    names = {row["name"] for row in units} | {row["name"].removeprefix("Thành phố ") for row in units}
    with (CITY / "reference" / "agencies.csv").open(encoding="utf-8", newline="") as file:
        suffixes = {row["code"].rpartition(".")[2] for row in csv.DictReader(file) if row["level"] == "district"}
    systems = {path.stem for path in (CITY / "systems").glob("*-[0-9]*.yaml")}
    codes = {row["code"] for row in units if row["level"] == "district"}
    plain = map(re.escape, sorted(names | suffixes | systems | {CITY.resolve().name}, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(plain)})(?!\w)|\A(?:{'|'.join(sorted(codes))})\Z", re.IGNORECASE)


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts that a program works with: no docstrings, and none that are shown to people as examples."""
    left = set[ast.AST]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left.add(node.value)
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            left |= set(ast.walk(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left:
            yield node


def found_in(source: str, known: re.Pattern[str]) -> list[tuple[int, str]]:
    """Line and word of each text that names the city."""
    return [(each.lineno, match[0]) for each in texts(ast.parse(source)) if (match := known.search(str(each.value)))]


@pytest.mark.parametrize("package", CODE)
def test_nothing_of_the_shipped_city_stands_in_code(package: str) -> None:
    """A migration is history, and says what was said then."""
    known = words()
    files = [file for file in sorted((ROOT / package).rglob("*.py")) if "migrations" not in file.parts]
    named = [
        f"{file.relative_to(ROOT)}:{line}: {word}"
        for file in files
        for line, word in found_in(file.read_text(encoding="utf-8"), known)
    ]

    assert [] == named


def test_the_test_sees_what_it_looks_for() -> None:
    """A name, an agency's code, a system, a code of a district; examples for people are left."""
    source = 'A = "hcmc"\nB = ("000.00.16.H29", "Quận 1", "one-stop-760", "760", "7601")\nC = f(examples=["760"])\n'

    assert [(1, "hcmc"), (2, "H29"), (2, "Quận 1"), (2, "one-stop-760"), (2, "760")] == found_in(source, words())
