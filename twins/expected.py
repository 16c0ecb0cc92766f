"""The expected verdicts of a hub that reads the whole city, record by record: the truth table and its consequences.

Consequences: the lists of a quarantined dossier are quarantined with it, and a defect of the registry's entry is also
in the contractor's copy of the book and in the store of digitised books.
"""

from __future__ import annotations

import polars as pl

from twins.defects.contradictions import CLASSES as ACROSS
from twins.defects.dossiers import CHILD_KEYS
from twins.defects.planting import CONFLICT, QUARANTINE, TRUTH_SCHEMA
from twins.digitised.book_files import STRAY_SCAN, books_of
from twins.digitised.store import truth_of
from twins.population import City
from twins.services import e_identification, online_services, portal_dossiers

HELD_WITH_OWNER, STRAY, COPIES = "held-with-its-dossier", "scan-of-no-entry", "book-files"


def expected(city: City) -> pl.DataFrame:
    """The truth table of all streams, in its own columns; a copied entry's key is `KS|27007|01/2005|12`.

    A record of a held dossier that has a defect of its own keeps both rows.
    """
    parts = [
        city.truth,
        _held_with_owner(city),
        _copied_entries(city),
        *truth_of(city),
        e_identification.truth(city),
        portal_dossiers.truth(city),
        online_services.truth(city),
    ]
    return pl.concat(parts).sort("system", "dataset", "record_id", "defect")


def _held_with_owner(city: City) -> pl.DataFrame:
    """The components, fees, supplements and results of dossiers that are quarantined. Copies of a dossier are not: their lists come with the first."""
    held = city.truth.filter((pl.col("dataset") == "dossier") & (pl.col("expected") == QUARANTINE))["record_id"]
    dossier, parts = city.filed.dossier, []
    for kind, frame in city.filed.children.items():
        keyed = frame.with_columns(
            dossier["MaHoSo"].gather(frame["_parent"]), dossier["_system"].gather(frame["_parent"]).alias("system")
        )
        if kind == "fee":
            keyed = keyed.with_columns(
                ThuTu=(pl.int_range(pl.len()) + 1).over("_parent", "MaPhiLePhi", "HinhThucThu").cast(pl.String)
            )
        theirs = keyed.filter(pl.col("MaHoSo").is_in(held.implode()))
        parts.append(
            theirs.select(
                "system",
                pl.lit(f"dossier_{kind}").alias("dataset"),
                pl.concat_str(CHILD_KEYS[kind], separator="|").alias("record_id"),
                pl.lit("MaHoSo").alias("field"),
                pl.lit(HELD_WITH_OWNER).alias("defect"),
                pl.lit(QUARANTINE).alias("expected"),
            )
        )
    return pl.concat(parts).unique()


def _copied_entries(city: City) -> pl.DataFrame:
    """The defects of the registry's entries in the books that are also delivered as files, and the scan that belongs to no entry."""
    rows: list[tuple[str, ...]] = []
    for book in books_of(city):
        entries = book.rows.select(
            "id", pl.concat_str(pl.lit(book.mark), "noiDangKy", "quyenSo", "so", separator="|").alias("key")
        )
        of_book = city.truth.filter(pl.col("dataset") == book.register, ~pl.col("defect").is_in(ACROSS)).join(
            entries, left_on="record_id", right_on="id"
        )
        rows += [
            (COPIES, book.register, r["key"], r["field"], r["defect"], r["expected"])
            for r in of_book.iter_rows(named=True)
        ]
        if book.flawed:
            rows.append((COPIES, "scan", f"{book.name}.zip|{STRAY_SCAN}", "hoSo", STRAY, QUARANTINE))
    assert not any(row[5] == CONFLICT for row in rows), "the books hold each entry once"
    return pl.DataFrame(rows, schema=TRUTH_SCHEMA, orient="row")
