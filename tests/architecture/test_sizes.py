"""Sizes that a reader can take in: what is larger says in its docstring why."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = (
    "contracts",
    "connectors",
    "quality",
    "hub",
    "kit",
    "service",
    "orchestration",
    "dags",
    "twins",
    "bench",
    "proofs",
    "docker",
    "deployments",
    "tests",
)
MOST_LINES = 300
MOST_MODULES = 15

WHY_LONG = re.compile(r"more than 300 lines[^.]* on purpose: \w", re.IGNORECASE)
WHY_WIDE = re.compile(r"more than fifteen modules[^.]* on purpose: \w", re.IGNORECASE)


def docstring(file: Path) -> str:
    """The docstring of a module on one line; empty without one."""
    return " ".join((ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split())


def long_files() -> dict[str, Path]:
    """Files of more than 300 lines, by their path from the root."""
    files = [file for package in CODE for file in sorted((ROOT / package).rglob("*.py"))]
    return {
        file.relative_to(ROOT).as_posix(): file
        for file in files
        if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    }


def wide_packages() -> dict[str, Path]:
    """Packages of `hub` and `connectors` with more than fifteen modules on one level, `__init__` not counted; migrations are a list that only grows."""
    folders = [init.parent for package in ("hub", "connectors") for init in (ROOT / package).rglob("__init__.py")]
    return {
        folder.relative_to(ROOT).as_posix(): folder / "__init__.py"
        for folder in folders
        if len([file for file in folder.glob("*.py") if file.name != "__init__.py"]) > MOST_MODULES
    }


def test_long_files_say_why() -> None:
    """A file holds one idea in about 100 to 200 lines; beyond 300 its docstring says why it is not split."""
    assert {path for path, file in long_files().items() if not WHY_LONG.search(docstring(file))} == set()


def test_wide_packages_say_why() -> None:
    """Fifteen modules on one level can be taken in; more need a reason in the package's docstring."""
    assert {path for path, init in wide_packages().items() if not WHY_WIDE.search(docstring(init))} == set()


@pytest.mark.parametrize("text", ["A list.", "It has more than 300 lines.", "More than fifteen modules, because."])
def test_a_size_alone_is_no_reason(text: str) -> None:
    """The docstring must go on after `on purpose:`."""
    assert not WHY_LONG.search(text)
    assert not WHY_WIDE.search(text)
