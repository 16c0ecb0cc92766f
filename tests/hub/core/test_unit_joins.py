"""No unit code is ever joined across a reform without its date: every comparison of unit codes in the code base names a day with it.

Codes were reused (26737, 769), so a comparison of two of them is only right beside their days. What can be seen in source text is looked
at: the SQL in string literals and the joins of frames. `hub/core/units.py` is the way for all else: it takes a code *and a day*.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.load import load_contracts
from hub.core.settings import ROOT

FOLDERS = ("hub", "quality", "connectors", "orchestration", "deployments", "twins", "bench", "proofs")
OF_UNITS = {
    "code",
    "parent_code",
    "old_code",
    "new_code",
    "unit_code",
    "ward_code",
    "district_code",
    "maDonVi",
    "noiDangKy",
}
CODES = OF_UNITS | {
    f.column for c in load_contracts().values() for d in c.datasets for f in d.fields if f.code_list == "units"
}
DAYS = re.compile(r"ngay_\w+|ngayDangKy|valid_(?:from|to)|_days\b|\bday\b")
COMPARED = re.compile(rf"\b\w+\.({'|'.join(sorted(CODES))})\s*(?:=|<>|in\b)\s*(?:any\b|\(|:?\w)")
DATED_BEFORE: dict[str, str] = {}


def undated(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each comparison of unit codes beside which no day is named."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str()) | ast.JoinedStr():
                said = _text(node)
                if (
                    re.search(r"\b(?:select|join|where|from|and)\b", said)
                    and COMPARED.search(said)
                    and not DAYS.search(said)
                ):
                    yield node.lineno, said.strip()
            case ast.Call(func=ast.Attribute(attr="join"), keywords=given) if any(
                each.arg in ("on", "left_on", "right_on") for each in given
            ):
                by = " ".join(ast.unparse(each.value) for each in given if each.arg in ("on", "left_on", "right_on"))
                if set(re.findall(r"\w+", by)) & CODES and not DAYS.search(by):
                    yield node.lineno, by


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
    assert isinstance(node, ast.Constant)
    return str(node.value)


def _files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_comparison_of_unit_codes_names_a_day(path: Path) -> None:
    """A new one fails here until it is written with its day, or is reviewed and given its reason above."""
    found = list(undated(path.read_text(encoding="utf-8")))

    assert bool(found) == (str(path.relative_to(ROOT)) in DATED_BEFORE), found


@pytest.mark.parametrize(
    ("source", "bad"),
    [
        ('q = "select 1 from a join b on b.noi_dang_ky = a.noi_dang_ky"', True),
        ('q = "select 1 from a join b on b.noi_dang_ky = a.noi_dang_ky and b.ngay_dang_ky = a.ngay_dang_ky"', False),
        ('q = f"select 1 from {a} r where r.ma_don_vi = :unit"', True),
        ('f = births.join(units, left_on="noiDangKy", right_on="code")', True),
        ('f = one.join(other, on=["code", "valid_from"])', False),
        ('f = ", ".join(codes)', False),
    ],
)
def test_the_search_can_find(source: str, bad: bool) -> None:
    assert bad == bool(list(undated(source)))


def test_nothing_but_units_reads_the_list_by_code() -> None:
    """The hub has one way from a code to a unit. What writes the list of a new deployment copies rows, and asks for none."""
    readers = {
        str(path.relative_to(ROOT))
        for path in _files()
        if path.is_relative_to(ROOT / "hub") and '"units.csv"' in path.read_text(encoding="utf-8")
    }
    assert {"hub/core/units.py", "hub/deployments/new_units.py"} == readers
