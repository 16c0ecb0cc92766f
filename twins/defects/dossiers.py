"""Defects of the one-stop systems: wrong codes, wrong dates, doubled and contradicting copies."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from twins.defects.planting import (
    ACCEPTED,
    CONFLICT,
    DUPLICATE,
    FINDING,
    QUARANTINE,
    Bed,
    Rows,
    bed_of,
)
from twins.dossiers.filed import Filed

RATE = 0.0005
"""Share of the records that each planter takes."""


def unknown_procedure(bed: Bed) -> None:
    """A procedure that is in no list."""
    bed.write(bed.choose(RATE, pl.col("MaTTHC").is_not_null()), "MaTTHC", "9.999999", "unknown-procedure", QUARANTINE)


def unknown_status(bed: Bed) -> None:
    """A local status sent without being mapped to the national list 1..10."""
    bed.write(
        bed.choose(RATE, pl.col("TrangThaiHoSo").is_not_null()), "TrangThaiHoSo", "17", "unknown-status", QUARANTINE
    )


def unknown_channel(bed: Bed) -> None:
    """A channel outside 1, 2, 3."""
    bed.write(bed.choose(RATE, pl.col("KenhThucHien") == "1"), "KenhThucHien", "5", "unknown-channel", QUARANTINE)


def impossible_date(bed: Bed) -> None:
    """31 February."""
    bed.write(
        bed.choose(RATE, pl.col("NgayTiepNhan").is_not_null()),
        "NgayTiepNhan",
        "20220231101500",
        "impossible-date",
        QUARANTINE,
    )


def other_date_format(bed: Bed) -> None:
    """A date as people write it, where yyyyMMddHHmmss is due."""
    bed.write(
        bed.choose(RATE, pl.col("NgayNopHoSo").is_not_null()), "NgayNopHoSo", "1/6/2022", "unreadable-date", QUARANTINE
    )


def missing_owner(bed: Bed) -> None:
    """Nobody's dossier."""
    bed.write(bed.choose(RATE, pl.col("ChuHoSo").is_not_null()), "ChuHoSo", None, "missing-name", QUARANTINE)


def short_identity(bed: Bed) -> None:
    """11 digits: the leading zero is gone."""
    bed.write(
        bed.choose(RATE, pl.col("DinhDanhCHS_CCCD").str.starts_with("0")),
        "DinhDanhCHS_CCCD",
        lambda old: old[1:],
        "identity-11-digits",
        QUARANTINE,
    )


def lettered_identity(bed: Bed) -> None:
    """A letter O for a zero."""
    bed.write(
        bed.choose(RATE, pl.col("DinhDanhCHS_CCCD").is_not_null()),
        "DinhDanhCHS_CCCD",
        lambda old: "O" + old[1:],
        "identity-letters",
        QUARANTINE,
    )


def dummy_identity(bed: Bed) -> None:
    """000000001, sent when the clerk has no number: never a person, but the dossier is real."""
    bed.write(
        bed.choose(RATE * 2, pl.col("DinhDanhCHS_CMND").is_null()),
        "DinhDanhCHS_CMND",
        "000000001",
        "dummy-identity",
        FINDING,
    )


def overlong_summary(bed: Bed) -> None:
    """A summary past its 1000 characters."""
    bed.write(
        bed.choose(RATE, pl.col("ChuHoSo").is_not_null()),
        "TrichYeuHoSo",
        "Hồ sơ đề nghị giải quyết. " * 45,
        "overlong-text",
        QUARANTINE,
    )


def control_character(bed: Bed) -> None:
    """A bell in a name; and a NUL, which PostgreSQL's text cannot hold."""
    bed.write(
        bed.choose(RATE, pl.col("ChuHoSo").is_not_null()),
        "ChuHoSo",
        lambda old: old[:4] + "\x07" + old[4:],
        "control-character",
        QUARANTINE,
    )
    bed.write(
        bed.choose(RATE / 4, pl.col("ChuHoSo").is_not_null()),
        "ChuHoSo",
        lambda old: old[:4] + "\x00" + old[4:],
        "control-character",
        QUARANTINE,
    )


def decomposed_text(bed: Bed) -> None:
    """Letters and marks apart: to be composed, not rejected."""
    rows = bed.choose(RATE, pl.col("ChuHoSo").str.contains("[ạảấầẩẫậễệếềịọộốồợớờụủứừữựáàâăéèêíìóòôơúùưý]"))
    bed.write(rows, "ChuHoSo", lambda old: unicodedata.normalize("NFD", old), "decomposed-text", ACCEPTED)


def returned_before_received(bed: Bed) -> None:
    """The result went out before the dossier came in."""
    bed.write(
        bed.choose(RATE, pl.col("NgayTra").is_not_null()), "NgayTra", "20201231090000", "end-before-start", QUARANTINE
    )


def received_before_filed(bed: Bed) -> None:
    """Clocks of two programs that differ: received a minute before it was filed."""
    rows = bed.choose(
        RATE, pl.col("NgayNopHoSo").is_not_null() & pl.col("NgayTiepNhan").is_not_null() & pl.col("NgayTra").is_null()
    )
    for row in rows.tolist():
        bed.write(
            np.array([row]),
            "NgayNopHoSo",
            _minute_after(bed.frame["NgayTiepNhan"][row]),
            "received-before-filed",
            FINDING,
        )


def _minute_after(stamp: str) -> str:
    return (datetime.strptime(stamp, "%Y%m%d%H%M%S") + timedelta(minutes=1)).strftime("%Y%m%d%H%M%S")


def negative_fee(bed: Bed) -> None:
    """A refund written as a fee."""
    bed.write(bed.choose(RATE, pl.col("Gia").is_not_null()), "Gia", lambda old: "-" + old, "negative-fee", QUARANTINE)


def worded_fee(bed: Bed) -> None:
    """A price with its unit and a thousands dot."""
    bed.write(bed.choose(RATE, pl.col("Gia").is_not_null()), "Gia", "8.000đ", "unreadable-number", QUARANTINE)


def unknown_reuse(bed: Bed) -> None:
    """A reuse mark outside 0, 1, 2."""
    bed.write(bed.choose(RATE, pl.col("DuocTaiSuDung").is_not_null()), "DuocTaiSuDung", "9", "unknown-code", QUARANTINE)


DOSSIER_PLANTERS = (
    unknown_procedure,
    unknown_status,
    unknown_channel,
    impossible_date,
    other_date_format,
    missing_owner,
    short_identity,
    lettered_identity,
    dummy_identity,
    overlong_summary,
    control_character,
    decomposed_text,
    returned_before_received,
    received_before_filed,
)
CHILD_PLANTERS = {"fee": (negative_fee, worded_fee), "component": (unknown_reuse,)}
CHILD_KEYS = {
    "component": ("MaHoSo", "TepDinhKemId"),
    "fee": ("MaHoSo", "MaPhiLePhi", "HinhThucThu", "ThuTu"),
    "supplement": ("MaHoSo", "HoSoBoSungId"),
    "result": ("MaHoSo", "GiayToId"),
}


def plant_dossiers(seed: int, filed: Filed) -> tuple[Filed, list[Bed]]:
    """The dossiers with their defects, and the beds that know them. Doubles are added as further rows of the same key."""
    systems = filed.dossier["_system"]
    bed = bed_of(seed, "dossier", filed.dossier, systems, ["MaHoSo"])
    for planter in DOSSIER_PLANTERS:
        planter(bed)
    beds, children = [bed], {}
    for kind, frame in filed.children.items():
        keyed = frame.with_columns(filed.dossier["MaHoSo"].gather(frame["_parent"])).with_columns(_ordinal(kind))
        child = bed_of(seed, f"dossier_{kind}", keyed, systems.gather(frame["_parent"]), CHILD_KEYS[kind])
        child.free = bed.free[frame["_parent"].to_numpy()].copy()
        for planter in CHILD_PLANTERS.get(kind, ()):
            planter(child)
        children[kind] = child
        beds.append(child)
    doubled = _double_children(children["component"])
    untouched = bed.free.copy()
    for child in children.values():
        untouched[child.frame["_parent"].to_numpy()[~child.free]] = False
    bed.free &= untouched
    copies, dossier = _double_dossiers(bed, children)
    frames = {
        k: c.finish().drop("MaHoSo", "ThuTu") if k == "fee" else c.finish().drop("MaHoSo") for k, c in children.items()
    }
    again = frames["component"][doubled].with_columns(pl.lit("Bản khác.pdf").alias("TenTepDinhKem"))
    frames["component"] = pl.concat([frames["component"], again])
    start = len(bed.frame)
    for kind, frame in frames.items():
        moved = pl.DataFrame(
            {"_parent": copies, "_copy": np.arange(start, start + len(copies))},
            schema={"_parent": pl.Int32, "_copy": pl.Int32},
        )
        again = (
            moved.join(frame, on="_parent", maintain_order="left_right").drop("_parent").rename({"_copy": "_parent"})
        )
        frames[kind] = pl.concat([frame, again.select(frame.columns)])
    return Filed(dossier, frames, filed.offers), beds


def _ordinal(kind: str) -> list[pl.Expr]:
    """ThuTu of a fee: its number among those of like code and mode in its dossier."""
    if kind != "fee":
        return []
    return [(pl.int_range(pl.len()) + 1).over("_parent", "MaPhiLePhi", "HinhThucThu").cast(pl.String).alias("ThuTu")]


def _double_children(bed: Bed) -> Rows:
    """Components that will come a second time in their list, saying something else."""
    rows = bed.choose(RATE, pl.col("TepDinhKemId").is_not_null())
    bed.note(rows, "TepDinhKemId", "double-child-key", CONFLICT)
    return rows


def _double_dossiers(bed: Bed, children: dict[str, Bed]) -> tuple[Rows, pl.DataFrame]:
    """Dossiers that come twice in the same second: some alike, some with another telephone number."""
    alike = bed.choose(RATE * 2, pl.col("MaHoSo").is_not_null())
    other = bed.choose(RATE, pl.col("MaHoSo").is_not_null())
    copies = np.concatenate([alike, other])
    bed.note(alike, "MaHoSo", "exact-duplicate", DUPLICATE)
    bed.note(other, "SoDienThoai", "same-version-other-content", CONFLICT)
    for child in children.values():
        theirs = np.flatnonzero(np.isin(child.frame["_parent"].to_numpy(), copies))
        child.note(theirs, "MaHoSo", "exact-duplicate", DUPLICATE)
    frame = bed.finish()
    again = frame[copies].with_columns(
        pl.when(pl.int_range(pl.len()) >= len(alike))
        .then(pl.lit("0900000000"))
        .otherwise(pl.col("SoDienThoai"))
        .alias("SoDienThoai")
    )
    return copies, pl.concat([frame, again])
