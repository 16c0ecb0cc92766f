"""Dossiers and catalogue of the two portals, with the defects that arise between one-stop system and portal.

A portal gets a dossier from the one-stop system (DongBoHoSoMC), with the same content and change time, except:

* some senders write 9 for 5, 6 and 8;
* if a sender's number lacks the province's code, the portal has another number, and the sender's is in MaHoSoKhac;
* the city's portal uses other lists for times and kinds of owners, and a few codes of no list.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from twins.city.columns import Rng, stream
from twins.defects.planting import FINDING, QUARANTINE, TRUTH_SCHEMA
from twins.population import City
from twins.services.dossier_store import Dossier, as_sent
from twins.services.paged_store import Record

NATIONAL, CITY = "national-portal", "city-portal"
MOST = 3_000
"""The portals can be asked for this many dossiers, those changed last."""
REWRITTEN = {"5": "9", "6": "9", "8": "9"}
OWNERS = {"1": "0", "2": "1", "4": "2"}
"""LoaiDoiTuong of the one-stop system -> of the city's portal."""
_MOMENT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})")
_RESULT_CODES = re.compile(r"(KQ\.G[0-9]{2}\.[0-9]{6}(\|KQ\.G[0-9]{2}\.[0-9]{6})*)?")
UNKNOWN, HELD_WITH_OWNER, ODD_CODE = "unknown-code", "held-with-its-dossier", "odd-result-code"


@dataclass(frozen=True)
class PortalDossiers:
    """One portal's dossiers, in their form on the wire."""

    dossiers: list[Dossier]
    disagreeing: frozenset[str]
    """MaHoSo at the one-stop system of dossiers whose state differs there."""
    spoilt: frozenset[str]
    """MaHoSo at the portal of those with a code of no list."""


def national(city: City) -> PortalDossiers:
    """Dossiers filed on the national portal."""
    rng = stream(city.seed, NATIONAL)
    dossiers, disagreeing = _filed(city, pl.col("NoiNopHoSo") == "1"), set()
    for each, rewrites, renames in zip(
        dossiers, rng.random(len(dossiers)) < 0.5, rng.random(len(dossiers)) < 0.1, strict=True
    ):
        if rewrites and each["TrangThaiHoSo"] in REWRITTEN:
            disagreeing.add(each["MaHoSo"])
            each["TrangThaiHoSo"] = REWRITTEN[each["TrangThaiHoSo"]]
        if renames:
            each |= {"MaHoSoKhac": each["MaHoSo"], "MaHoSo": _portal_number(each["MaHoSo"])}
    return PortalDossiers(dossiers, frozenset(disagreeing), frozenset())


def of_city(city: City) -> PortalDossiers:
    """Dossiers filed on the city's portal, in its own writing."""
    rng = stream(city.seed, CITY)
    dossiers = _filed(city, (pl.col("KenhThucHien") == "2") & (pl.col("NoiNopHoSo") == "2"))
    spoilt = _spoilt(rng, len(dossiers))
    for place, each in enumerate(dossiers):
        each["LoaiDoiTuong"] = "9" if place in spoilt else OWNERS.get(each["LoaiDoiTuong"], each["LoaiDoiTuong"])
        _write_locally(each)
    return PortalDossiers(dossiers, frozenset(), frozenset(dossiers[place]["MaHoSo"] for place in spoilt))


def truth(city: City) -> pl.DataFrame:
    """What one record alone shows to be wrong, with the lists that are held with a dossier, in the columns of the truth table.

    A few result codes of the shipped catalogue have another form than the portal's own rule: real ones, planted by nobody.
    """
    held = of_city(city)
    rows = [(CITY, "dossier", number, "LoaiDoiTuong", UNKNOWN, QUARANTINE) for number in sorted(held.spoilt)]
    for each in held.dossiers:
        if each["MaHoSo"] in held.spoilt:
            rows += [(CITY, dataset, key, "MaHoSo", HELD_WITH_OWNER, QUARANTINE) for dataset, key in _children(each)]
    odd = [each["MaTTHC"] for each in catalogue(city.reference, "") if not _RESULT_CODES.fullmatch(each["MaKetQua"])]
    rows += [(NATIONAL, "national_procedures", code, "ma_ket_qua", ODD_CODE, FINDING) for code in odd]
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row").unique()


def catalogue(reference: Path, changed: str) -> list[Record]:
    """The procedures that the national portal lists: those of the shipped list that are not made up. Agencies and decisions are made up here."""
    rows = [row for row in listed(reference) if row["synthetic"] == "false"]
    return [
        {
            "MaTTHC": r["code"],
            "TenTTHC": r["name"],
            "TenLinhVuc": r["field"],
            "CoQuanBanHanh": "Cơ quan ban hành (mẫu)",
            "CoQuanThucHien": "",
            "CapThucHien": {"commune": "Cấp Xã", "district": "Cấp Huyện"}.get(r["level"], "Cấp Tỉnh|Cấp Xã"),
            "LoaiTTHC": "TTHC được luật giao quy định chi tiết",
            "SoQuyetDinh": "00/QĐ-MAU",
            "DoiTuongThucHien": "Công dân Việt Nam",
            "TrucTuyen": "1" if r["online"] == "true" else "0",
            "BuuChinh": "0",
            "TrucTiep": "1",
            "MaKetQua": r["result_codes"],
            "NgayCapNhat": changed,
        }
        for r in rows
    ]


def listed(reference: Path) -> list[dict[str, str]]:
    """The rows of the shipped list of procedures, the made-up ones too."""
    with (reference / "procedures.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _filed(city: City, where: pl.Expr) -> list[Dossier]:
    """Dossiers for which a condition holds and in which nothing is planted, the newest at most."""
    faulty = (
        city.truth.filter(pl.col("dataset").str.starts_with("dossier"))["record_id"]
        .str.split("|")
        .list.first()
        .implode()
    )
    able = (
        city.filed.dossier.filter(where & ~pl.col("MaHoSo").is_in(faulty))
        .select("MaHoSo", "NgayCapNhat")
        .sort("NgayCapNhat", "MaHoSo")
        .tail(MOST)
    )
    return as_sent(city.filed, pl.col("MaHoSo").is_in(able["MaHoSo"].implode()))


def _portal_number(number: str) -> str:
    """`000.00.16.H29-220601-0001` as the portal numbers it: the province first (QĐ 20/2020/QĐ-TTg), a longer sequence."""
    agency, day, sequence = number.split("-")
    *_, office, province = agency.split(".")
    return f"{province}.{office}-{day}-{int(sequence):06d}"


def _spoilt(rng: Rng, size: int) -> set[int]:
    return set(rng.permutation(size)[: max(min(2, size), size // 200)].tolist())


def _write_locally(record: Record) -> None:
    """Moments as `yyyy-MM-dd HH:mm:ss`, in the record and in its lists."""
    for name, value in record.items():
        if isinstance(value, list):
            for child in value:
                _write_locally(child)
        elif isinstance(value, str) and name.startswith("Ngay") and (found := _MOMENT.fullmatch(value)):
            record[name] = "{}-{}-{} {}:{}:{}".format(*found.groups())


def _children(dossier: Dossier) -> list[tuple[str, str]]:
    """Dataset and key of each row of a dossier's lists."""
    number, keys = dossier["MaHoSo"], list[tuple[str, str]]()
    for dataset, name, id_ in (
        ("dossier_component", "TaiLieuNop", "TepDinhKemId"),
        ("dossier_supplement", "DanhSachHoSoBoSung", "HoSoBoSungId"),
        ("dossier_result", "DanhSachGiayToKetQua", "GiayToId"),
    ):
        keys += [(dataset, f"{number}|{child[id_]}") for child in dossier[name]]
    seen: dict[tuple[str, str], int] = {}
    for fee in dossier["DanhSachLePhi"]:
        kind = fee["MaPhiLePhi"], fee["HinhThucThu"]
        seen[kind] = seen.get(kind, 0) + 1
        keys.append(("dossier_fee", f"{number}|{kind[0]}|{kind[1]}|{seen[kind]}"))
    return keys
