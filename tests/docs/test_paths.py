"""docs/paths.yaml names what is there: a newcomer follows a record and a question by file and function."""

from __future__ import annotations

import ast

import pytest

from docs.generate import ROOT
from docs.generate.paths import Step, steps

PATHS = steps()
STEPS = [(name, step) for name, path in PATHS.items() for step in path]


def functions(tree: ast.Module) -> set[str]:
    """`function` and `Class.function` of a module."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    methods = {
        f"{c.name}.{f.name}" for c in tree.body if isinstance(c, ast.ClassDef) for f in c.body if isinstance(f, kinds)
    }
    return methods | {f.name for f in tree.body if isinstance(f, kinds)}


def test_both_paths_are_short() -> None:
    """At most twelve steps each: what is longer is not read."""
    assert {"record", "question"} == set(PATHS)
    assert [] == [name for name, path in PATHS.items() if not 6 <= len(path) <= 12]


@pytest.mark.parametrize(("name", "step"), STEPS, ids=[f"{name}: {s['function']}" for name, s in STEPS])
def test_a_step_is_there(name: str, step: Step) -> None:
    """The file exists and defines the function."""
    tree = ast.parse((ROOT / step["file"]).read_text(encoding="utf-8"))

    assert {"file", "function", "does"} == set(step), "quote the sentence: a comma ends it in a flow mapping"
    assert step["function"] in functions(tree), f"docs/paths.yaml: {step['file']} has no {step['function']}"
