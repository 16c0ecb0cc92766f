"""The dossiers of one district's one-stop system, ordered by (NgayCapNhat, MaHoSo), in their form on the wire."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from twins.city.fields import CHILD_FIELDS, CHILD_LISTS, DOSSIER_FIELDS
from twins.departures import Departed, chosen
from twins.dossiers.filed import Filed
from twins.services.paged_store import PagedStore

Dossier = dict[str, Any]
_NEXT = {"1": "2", "2": "4", "4": "9", "5": "4", "6": "4", "9": "10"}
"""The usual next status; a dossier at its end gets a note instead."""


_LISTS_IN_LISTS = ("DanhSachGiayToBoSung", "DanhSachLePhiBoSung")


class DossierStore(PagedStore):
    """One district's dossiers; built when first asked for."""

    def __init__(self, system: str, filed: Filed) -> None:
        super().__init__((), "NgayCapNhat", "MaHoSo")
        self.system = system
        self._filed: Filed | None = filed
        self._gone: dict[str, Dossier] = {}
        """MaHoSo -> the dossier that was deleted."""

    def count(self) -> int:
        """Dossiers held, doubles included."""
        self._build()
        return super().count()

    def page(self, since: str, after: str, until: str, size: int) -> tuple[list[bytes], bool]:
        """As for every `PagedStore`."""
        self._build()
        return super().page(since, after, until, size)

    def move_on(self, count: int, rng: np.random.Generator, now: datetime) -> dict[str, int]:
        """Change `count` dossiers in this second: seven in ten take their next step, the others are new.

        A dossier changes at most once a second, because its change time is its version.
        """
        self._build()
        stamp, new = now.strftime("%Y%m%d%H%M%S"), round(count * 0.3)
        chosen = np.array(
            [r for r in rng.permutation(len(self._rows)).tolist() if self._keys[r][0] != stamp][:count], int
        )
        for row in chosen[new:].tolist():
            dossier = dict(self._rows[row])
            following = _NEXT.get(dossier["TrangThaiHoSo"])
            dossier |= {"NgayCapNhat": stamp}
            dossier |= {"TrangThaiHoSo": following} if following else {"GhiChu": f"Đã kiểm tra lại lúc {stamp}"}
            if following == "10":
                dossier["NgayTra"] = stamp
            if following == "9":
                dossier["NgayKetThucXuLy"] = stamp
            self._rows[row] = dossier
        taken = {d["MaHoSo"] for d in self._rows}
        for row in chosen[:new].tolist():
            self._rows.append(_filed_today(self._rows[row], taken, stamp))
        self._sort()
        return {"changed": len(chosen) - len(chosen[:new]), "new": len(chosen[:new])}

    def file(self, given: dict[str, Any], now: datetime) -> str:
        """File a dossier, or complete the one with the given MaHoSo; returns its MaHoSo. Each paper handed in gets an id.

        Raises:
            ValueError: an unknown field, or no such dossier.
        """
        self._build()
        blank = {name: [] if isinstance(value, list) else "" for name, value in self._rows[0].items()}
        if unknown := sorted(set(given) - set(blank)):
            raise ValueError(f"a dossier has no {', '.join(unknown)}")
        stamp = now.strftime("%Y%m%d%H%M%S")
        known = {d["MaHoSo"]: row for row, d in enumerate(self._rows)}
        number = given.get("MaHoSo") or _next_number(self._rows[0]["MaHoSo"], set(known), stamp)
        papers = [
            dict.fromkeys(CHILD_FIELDS["component"], "")
            | paper
            | {"TepDinhKemId": f"{number[-11:].replace('-', '')}{n}"}
            for n, paper in enumerate(given.get("TaiLieuNop", ()), 1)
        ]
        if number in known:
            self._rows[known[number]] = self._rows[known[number]] | given | {"TaiLieuNop": papers, "NgayCapNhat": stamp}
        elif "MaHoSo" in given:
            raise ValueError("no such dossier")
        else:
            self._rows.append(
                blank
                | given
                | {
                    "TaiLieuNop": papers,
                    "MaHoSo": number,
                    "NgayNopHoSo": stamp,
                    "NgayTiepNhan": stamp,
                    "NgayCapNhat": stamp,
                }
            )
        self._sort()
        return number

    def depart(self, what: str, count: int, rng: np.random.Generator, now: datetime, *, silent: bool) -> Departed:
        """Delete dossiers, restore deleted ones, or give dossiers another MaHoSo, as `twins.departures` says."""
        self._build()
        stamp, departed = now.strftime("%Y%m%d%H%M%S"), Departed()
        if what == "restored":
            for number in chosen(sorted(self._gone), count, rng):
                dossier = self._gone.pop(number)
                self._rows.append(dossier if silent else dossier | {"NgayCapNhat": stamp})
                departed.append((None, number))
        else:
            taken = {d["MaHoSo"] for d in self._rows} | set(self._gone)
            leaving = {d["MaHoSo"]: d for d in self._rows}
            leaving = {number: leaving[number] for number in chosen(sorted(leaving), count, rng)}
            self._rows = [d for d in self._rows if d["MaHoSo"] not in leaving]
            for number, dossier in leaving.items():
                if what == "deleted":
                    self._gone[number] = dossier
                    departed.append((number, None))
                    continue
                renamed = {"MaHoSo": _next_number(number, taken, stamp)}
                taken.add(renamed["MaHoSo"])
                self._rows.append(dossier | renamed | ({} if silent else {"NgayCapNhat": stamp}))
                departed.append((number, renamed["MaHoSo"]))
        self._sort()
        return departed

    def _build(self) -> None:
        if self._filed is None:
            return
        self._rows = as_sent(self._filed, pl.col("_system") == self.system)
        self._filed = None
        self._sort()


def as_sent(filed: Filed, where: pl.Expr) -> list[Dossier]:
    """The dossiers for which a condition holds, as they travel."""
    whole = filed.dossier.with_row_index("_row").filter(where)
    children: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for kind, frame in filed.children.items():
        mine = frame.filter(pl.col("_parent").is_in(whole["_row"].cast(pl.Int32).implode())).fill_null("")
        for record in mine.iter_rows(named=True):
            children.setdefault(kind, {}).setdefault(record.pop("_parent"), []).append(record)
    return [
        _nested(
            dossier, {list_: children.get(kind, {}).get(dossier["_row"], []) for kind, list_ in CHILD_LISTS.items()}
        )
        for dossier in whole.select("_row", *DOSSIER_FIELDS)
        .with_columns(pl.col(pl.String).fill_null(""))
        .iter_rows(named=True)
    ]


def _nested(flat: dict[str, Any], lists: dict[str, list[dict[str, Any]]]) -> Dossier:
    """A dossier as it travels: identity papers and databases as lists of objects, children under their published names."""
    flat = dict(flat)
    del flat["_row"]
    papers = [
        {"LoaiDinhDanh": kind, "SoDinhDanh": flat.pop(name)}
        for kind, name in (("1", "DinhDanhCHS_CCCD"), ("2", "DinhDanhCHS_CMND"))
    ]
    databases, others = flat.pop("DSKetNoiCSDL"), flat.pop("DanhSachTepDinhKemKhac")
    for child in (child for children in lists.values() for child in children):
        child |= {name: json.loads(child[name]) if child[name] else [] for name in _LISTS_IN_LISTS if name in child}
    return {
        **flat,
        "DinhDanhCHS": [p for p in papers if p["SoDinhDanh"]],
        "DSKetNoiCSDL": [{"MaCSDL": code} for code in databases.split(",") if code],
        "DanhSachTepDinhKemKhac": json.loads(others) if others else [],
        **lists,
    }


def _next_number(pattern: str, taken: set[str], stamp: str) -> str:
    head, _, _ = pattern.split("-")
    return next(n for n in (f"{head}-{stamp[2:8]}-{i:04d}" for i in range(1, 10_000)) if n not in taken)


def _filed_today(pattern: Dossier, taken: set[str], stamp: str) -> Dossier:
    """A new dossier of the same person for the same procedure, just registered."""
    number = _next_number(pattern["MaHoSo"], taken, stamp)
    taken.add(number)
    blank = dict.fromkeys(("NgayTiepNhan", "NgayHenTra", "NgayTra", "NgayKetThucXuLy", "NgayTuChoi"), "")
    empty: dict[str, list[object]] = {"DanhSachHoSoBoSung": [], "DanhSachGiayToKetQua": []}
    papers = [{**paper, "TepDinhKemId": f"{paper['TepDinhKemId']}{stamp[6:]}"} for paper in pattern["TaiLieuNop"]]
    return {
        **pattern,
        **blank,
        **empty,
        "TaiLieuNop": papers,
        "MaHoSo": number,
        "NgayNopHoSo": stamp,
        "NgayCapNhat": stamp,
        "TrangThaiHoSo": "1",
    }
