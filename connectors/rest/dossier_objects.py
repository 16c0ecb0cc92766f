"""A dossier as `DongBoHoSoMC` has it, from the rows of our tables: the inverse of `flatten` in `dossiers.py`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ..wire_time import to_compact
from .dossiers import LISTS, OWNER

_IDENTITY = {"DinhDanhCHS_CCCD": "1", "DinhDanhCHS_CMND": "2"}
_AS_LISTS = ("DanhSachTepDinhKemKhac", "DanhSachGiayToBoSung", "DanhSachLePhiBoSung")
"""Fields that our tables hold as the text of a JSON list."""


def nested(dossier: Mapping[str, object], lists: Mapping[str, Iterable[Mapping[str, object]]]) -> dict[str, Any]:
    """The object: all values are texts, none is an empty text, times are yyyyMMddHHmmss in Vietnam.

    `dossier`: wire name -> value, as our tables have it. `lists`: dataset -> rows; one that is not given is left out.
    """
    submitted: dict[str, Any] = {}
    papers = [
        {"LoaiDinhDanh": kind, "SoDinhDanh": str(dossier[name])}
        for name, kind in _IDENTITY.items()
        if dossier.get(name)
    ]
    for name, value in dossier.items():
        if name in _IDENTITY:
            submitted["DinhDanhCHS"] = papers
        elif name == "DSKetNoiCSDL":
            submitted[name] = [{"MaCSDL": code} for code in str(value or "").split(",") if code]
        else:
            submitted[name] = _text(name, value)
    for dataset, rows in lists.items():
        submitted[LISTS[dataset][0]] = [
            {name: _text(name, value) for name, value in row.items() if name not in (*OWNER, "ThuTu")} for row in rows
        ]
    return submitted


def _text(name: str, value: object) -> Any:
    if name in _AS_LISTS:
        return json.loads(str(value)) if value else []
    if value is None:
        return ""
    return to_compact(value) if isinstance(value, datetime) else str(value)
