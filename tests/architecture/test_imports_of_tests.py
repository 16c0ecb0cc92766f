"""Tests share builders and fixtures, not test files: what two files need stands in a plain module or in conftest.py."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def imported(file: Path) -> set[str]:
    """Last parts of the modules that a file imports, and the names that it imports from them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").rsplit(".", 1)[-1], *(each.name for each in node.names)}
        elif isinstance(node, ast.Import):
            found |= {each.name.rsplit(".", 1)[-1] for each in node.names}
    return found


def test_nothing_is_imported_from_a_test_file() -> None:
    """A shared function in a test file hides there, and its file cannot be split or renamed without breaking another."""
    files = sorted(TESTS.rglob("*.py"))
    names = {file.stem for file in files if file.stem.startswith("test_")}
    assert {
        file.relative_to(TESTS).as_posix(): sorted(names & imported(file)) for file in files if names & imported(file)
    } == {}


def test_an_import_of_a_test_file_is_found(tmp_path: Path) -> None:
    """In each way to write one."""
    file = tmp_path / "some.py"
    file.write_text("import a.test_a\nfrom a import test_b\nfrom a.test_c import d\nfrom .test_e import f\n")
    assert {"test_a", "test_b", "test_c", "test_e"} <= imported(file)
