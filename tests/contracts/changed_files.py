"""The two files of each case of `changes.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.contracts.good_file import GOOD

FILE = Path(__file__).parent / "changes.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def versions(case: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """The two files of a case."""
    text = GOOD
    for old, new in case.get("given", {}).items():
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    assert text.count(case["old"]) >= 1
    paths = folder / "old.yaml", folder / "new.yaml"
    paths[0].write_text(text, encoding="utf-8")
    paths[1].write_text(text.replace(case["old"], case["new"], 1), encoding="utf-8")
    return paths
