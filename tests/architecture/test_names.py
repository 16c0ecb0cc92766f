"""Names of the product: one meaning a class name, and no identifier made of a word that stood for everything."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("contracts", "connectors", "quality", "hub", "service", "orchestration", "dags", "twins", "bench", "proofs")
CODE = (*PRODUCT, "docker", "docs", "deployments", "tests")

VAGUE = {"tell", "tells", "told", "teller", "telling", "tellings"}

VAGUE_STILL: dict[tuple[str, str], str] = {}
"""(file, identifier) -> why it stands."""

PLAYED = {"EIdentification", "MojRegistry", "OneStop", "Portal"}
"""Outside systems: the connector that reads one and the twin that plays it both bear the system's name."""

TWICE_STILL = {
    "About": "whose paper it is; and its form in the HTTP API, where the name is part of the published schema",
    "Answer": "what answers a requirement; and its form in the HTTP API, where the name is part of the published schema",
    "Evidence": "an entry as evidence; and its form in the HTTP API, where the name is part of the published schema",
}
"""Class name -> why more than one class bears it."""


@cache
def trees(packages: tuple[str, ...]) -> tuple[tuple[str, ast.Module], ...]:
    """Each Python file below the packages, by its path from the root."""
    files = [file for package in packages for file in sorted((ROOT / package).rglob("*.py"))]
    return tuple((file.relative_to(ROOT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))) for file in files)


def identifiers(path: str, tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every name that a file uses, with its line; the parts of its own path count as names."""
    yield from ((part.removesuffix(".py"), 0) for part in path.split("/"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            continue
        for _, value in ast.iter_fields(node):
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str):
                    yield each, getattr(node, "lineno", 0)


def words(identifier: str) -> set[str]:
    """`told_again`, `ToldAgain` and `TOLD_AGAIN` alike: told, again."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)}


def test_words_of_an_identifier() -> None:
    """A word counts wherever it stands in a name, however the name is written; `intellect` holds no `tell`."""
    assert words("_told_again") == words("ToldAgain") == words("TOLD_AGAIN") == {"told", "again"}
    assert not words("intellect") & VAGUE


def test_no_identifier_is_vague() -> None:
    """One word stood for a callback, a boolean, a row, a dict, a result and two classes: a reader had to look up which."""
    found = {
        (path, name): line
        for path, tree in trees(CODE)
        for name, line in identifiers(path, tree)
        if words(name) & VAGUE
    }
    assert {f"{path}:{line} {name}" for (path, name), line in found.items() if (path, name) not in VAGUE_STILL} == set()


def test_exceptions_of_identifiers_are_needed() -> None:
    """An exception goes with the name that it is for."""
    present = {(path, name) for path, tree in trees(CODE) for name, _ in identifiers(path, tree)}
    assert {each for each in VAGUE_STILL if each not in present} == set()


def classes() -> dict[str, list[str]]:
    """Class name -> files of the product that define it."""
    found = defaultdict(list)
    for path, tree in trees(PRODUCT):
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(path)
    return found


def test_a_class_name_means_one_thing() -> None:
    """43 names were borne by two or more classes, so a search for a class led to another one."""
    twice = {name: files for name, files in classes().items() if len(files) > 1}
    assert {name: files for name, files in twice.items() if name not in {*PLAYED, *TWICE_STILL}} == {}


def test_played_systems_have_a_connector_and_a_twin() -> None:
    """The name of a system stands for its connector and its twin, and for nothing else."""
    expected = {name: ["connectors/systems", "twins"] for name in sorted(PLAYED)}
    stand = {name: classes()[name] for name in sorted(PLAYED)}
    assert expected == {
        name: [folder for folder in ("connectors/systems", "twins") for file in files if file.startswith(f"{folder}/")]
        for name, files in stand.items()
    }
    assert all(len(files) == 2 for files in stand.values())


def test_exceptions_of_class_names_are_needed() -> None:
    """An exception goes with the second class that it is for."""
    assert {name for name in TWICE_STILL if len(classes()[name]) < 2} == set()
