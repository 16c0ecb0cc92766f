"""What may come to the Ministry's doors, as strategies of hypothesis: mostly right, so that depth is reached.

All people are synthetic.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from lxml import etree

from hub.answers.ministry.fields import FIELDS, UNWRITABLE

from .signed_message import N

OPERATIONS = ("dangKyHoTich", "traTrangThaiHoSo", "ketQuaDangKyHS")
NAMES = (
    *OPERATIONS,
    *(f"{each}Response" for each in OPERATIONS),
    "maLoi",
    "maDonVi",
    "maHoSo",
    "module",
    "ngayTiepNhan",
    "data",
    "status",
    "x",
)
ODD = (
    "",
    " ",
    "0",
    "-1",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "\ufffe",
    "\uffff",
    "\x01",
    "\x7f",
    "\u202e",
    "9" * 5000,
    "a" * 19_000,
    "𝟙",
    "１２",
    "null",
    "'; --",
    "%s",
    "0000",
    "0001",
    "9999",
    "12.9999",
    "01.01.0001",
    "31.12.9999",
    "00.00.0000",
    "2021-02-30",
    "9999-12-31",
    "10000-01-01",
    "26734",
    "760",
    "KS",
    "H-1",
)
anything = st.one_of(st.sampled_from(ODD), st.text(max_size=30), st.text(st.characters(), max_size=10))
whatever = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), anything),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(anything, inner, max_size=3)),
    max_leaves=6,
)
field_names = st.sampled_from([*FIELDS, *(name.split(".")[0] for name in FIELDS)])
parts = st.dictionaries(
    st.sampled_from(["Ho", "ChuDem", "Ten", "ngaySinh", "thangSinh", "namSinh"]),
    st.one_of(anything, st.integers()),
    max_size=3,
)
fields = st.dictionaries(field_names, st.one_of(anything, st.integers(-1, 10_000), parts), max_size=4)
RIGHT: dict[str, Any] = {"loaiBanSao": "KS", "cbsSoDDCN": "079190000001"}
OLD = {"loaiBanSao": "KS", "soDangKyTruocDay": "12", "quyenSoDangKyTruocDay": "01/2021", "noiDangKyTruocDay": "26734"}


def xml_of(values: dict[str, Any]) -> str:
    """Fields as `hotich/hoso`."""
    root = etree.Element("hotich")
    record = etree.SubElement(root, "hoso")
    for name, value in values.items():
        field = etree.SubElement(record, name.replace(".", ""))
        for part, text in value.items() if isinstance(value, dict) else ():
            etree.SubElement(field, part).text = legal(str(text))
        if not isinstance(value, dict):
            field.text = legal(str(value))
    return etree.tostring(root, encoding="unicode")


def legal(text: str) -> str:
    return UNWRITABLE.sub("?", text)


questions = st.builds(lambda base, more: {**base, **more}, st.sampled_from([RIGHT, OLD, {}]), fields)
data = st.one_of(
    questions.map(json.dumps),
    questions.map(xml_of),
    questions.map(lambda asked: json.dumps({"hoso": asked})),
    whatever.map(json.dumps),
    anything,
    st.integers(1, 3000).map(lambda n: '{"a":' * n),
    st.integers(1, 400).map(lambda n: "<a>" * n + "</a>" * n),
    st.just('{"loaiBanSao":"KS","loaiBanSao":"KT","cbsSoDDCN":"079190000001"}'),
    st.just('{"cbsHoTen.Ho":"A","cbsHoTen":{"Ho":"B"}}'),
    st.just("<hotich><hoso><loaiBanSao>KS</loaiBanSao><loaiBanSao>KT</loaiBanSao></hoso></hotich>"),
)
GOOD = {
    "maDonVi": st.sampled_from(["760", "79", "26734"]),
    "module": st.just("BS"),
    "maHoSo": st.sampled_from(["H-1", "H-2", "H-3"]),
    "ngayTiepNhan": st.just("2022-06-02"),
    "data": data,
}
ORDER = {
    "dangKyHoTich": ("maDonVi", "module", "maHoSo", "ngayTiepNhan", "data"),
    **dict.fromkeys(OPERATIONS[1:], ("maDonVi", "maHoSo")),
}


@st.composite
def calls(draw: Callable[[Any], Any]) -> tuple[str, dict[str, Any]]:
    """An operation with its parameters: mostly right, so that what is deep inside is reached."""
    operation = draw(st.sampled_from(OPERATIONS))
    values = {name: draw(GOOD[name]) for name in ORDER[operation]}
    for name in draw(st.sets(st.sampled_from(ORDER[operation]), max_size=1)):
        values[name] = draw(st.one_of(anything, whatever))
    return operation, values


@st.composite
def bodies(draw: Callable[[Any], Any]) -> str:
    """What stands in a Body, well-formed: a call, one that is spoiled, or any tree."""
    kind = draw(st.sampled_from(["call", "call", "call", "doubled", "tree", "deep", "empty", "two"]))
    if kind in ("tree", "deep"):
        root = etree.Element(N + draw(st.sampled_from(NAMES)), {"a": "1"} if draw(st.booleans()) else {})
        last = root
        for _ in range(draw(st.integers(0, 200 if kind == "deep" else 6))):
            last = etree.SubElement(
                last if kind == "deep" else root, draw(st.sampled_from([N, ""])) + draw(st.sampled_from(NAMES))
            )
            last.text = legal(draw(st.sampled_from(ODD[:14])))
        return etree.tostring(root, encoding="unicode")
    operation, values = draw(calls())
    root = etree.Element(N + operation, nsmap={None: N[1:-1]})
    for name, value in values.items():
        etree.SubElement(root, N + name).text = legal(value if isinstance(value, str) else json.dumps(value))
        if kind == "doubled" and draw(st.booleans()):
            etree.SubElement(root, N + name).text = "x"
    written = etree.tostring(root, encoding="unicode")
    return {"empty": "", "two": written * 2}.get(kind, written)
