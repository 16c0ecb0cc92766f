"""The contractor's store of digitised books: a real PostgreSQL database, filled from the same city.

    HT_KHAISINH HT_KHAITU HT_KETHON HT_NHANCHAMECON    one table for each register: the book's fields and the store's own columns
    DM_NOIDANGKY                                       places: the store's own code, the national code in IDMap, the parent place
    DM_TINHTRANG                                       state of the work on a row; names and numbers 1 to 4 are ours

It holds books opened in ten years, keyed row by row. Dates are dotted text, as in the books. A defect of the registry's
entry is here too, if the store has the field. The store's own defects are typing errors and missing constraints: no
change time, a place without a national code, a misread name. The owner writes the tables once; readers get SELECT only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from twins.city.columns import stream
from twins.city.fields import REGISTER_FIELDS
from twins.defects.contradictions import CLASSES as ACROSS
from twins.defects.planting import ACCEPTED, QUARANTINE, TRUTH_SCHEMA, Bed
from twins.defects.registers import ROLES
from twins.population import City

SYSTEM = "digitised-store"
TABLES = {"birth": "HT_KHAISINH", "death": "HT_KHAITU", "marriage": "HT_KETHON", "recognition": "HT_NHANCHAMECON"}
PLACES, STATES = "DM_NOIDANGKY", "DM_TINHTRANG"
HELD, READ = (2000, 2009), (2005, 2006)
"""Years in which the books were opened that the store holds; and those of them that the shipped deployment reads (a test compares)."""
FINISHED = (5, 6, 7)
UNFINISHED_SHARE = 0.03
RATE = 0.001
"""Share of a register's rows that each of the store's own planters takes."""
UNMAPPED = 1
"""Code of a place without a national code."""
TITLES = (
    "Mới quét",
    "Nhập lần một",
    "Nhập lần hai",
    "Hai lần nhập lệch nhau",
    "Đã đối chiếu",
    "Đã duyệt",
    "Đã bàn giao",
)
OWN = (
    "ID",
    "NgayCapNhat",
    "TinhTrangID",
    "NamMoSo",
    "TenFile",
    "TenFileSauUpload",
    "URLTapTinDinhKem",
    "LoaiGiay",
    "DuLieuCu",
)
TYPES = {
    "ID": "bigint primary key",
    "NgayCapNhat": "timestamp",
    "TinhTrangID": "smallint not null",
    "NamMoSo": "smallint",
    "noiDangKy": "integer",
    "DuLieuCu": "boolean",
}


@dataclass(frozen=True)
class Stored:
    """One register in the store."""

    table: str
    rows: pl.DataFrame
    """Its rows, as texts; `_id` is the registry's number of the same entry."""
    truth: pl.DataFrame
    """Defects of the rows that are read, inherited and the store's own."""


def fields_of(register: str) -> tuple[str, ...]:
    """The book's fields that the store has: all but the registry's own three, and the personal number that no table of births has."""
    return tuple(name for name in REGISTER_FIELDS[register][3:] if name != "nksSoDDCN")


def stored(city: City) -> dict[str, Stored]:
    """What the store holds, register by register."""
    codes = _places(city)
    return {register: _stored(city, register, table, codes) for register, table in TABLES.items()}


def fill(city: City, url: str, reader: str) -> int:
    """Make and fill the tables in the database that the URL's role owns, unless this city's are there already; return how many rows it holds.

    `reader` is a login that the server's administrator made; it may SELECT and nothing else.

    Raises:
        LookupError: there is no such login.
    """
    name = f"{city.seed} {city.as_of.isoformat()} {' '.join(str(len(frame)) for frame in city.registers.values())}"
    with psycopg.connect(url) as owner:
        if owner.execute("select from pg_roles where rolname = %s and rolcanlogin", [reader]).fetchone() is None:
            raise LookupError(
                f"The database has no login {reader}, which the credentials of {SYSTEM} name: its administrator makes it"
            )
        if owner.execute("select obj_description(to_regclass(%s))", [f'"{STATES}"']).fetchone() != (name,):
            _make(owner, city, name)
        owner.execute(sql.SQL("grant select on all tables in schema public to {}").format(sql.Identifier(reader)))
        counts = [
            owner.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
            for table in TABLES.values()
        ]
    return sum(each[0] for each in counts if each)


def _make(owner: psycopg.Connection, city: City, name: str) -> None:
    states = pl.DataFrame({"ID": [str(n) for n in range(1, len(TITLES) + 1)], "Ten": TITLES})
    tables = {table: each.rows.drop("_id") for each in stored(city).values() for table in [each.table]}
    for table, rows in {STATES: states, PLACES: _place_rows(city), **tables}.items():
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(each), sql.SQL(_type(table, each))) for each in rows.columns
        )
        owner.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))
        owner.execute(sql.SQL("create table {} ({})").format(sql.Identifier(table), columns))
        with owner.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as copy:
            for row in rows.iter_rows():
                copy.write_row(row)
        if "NgayCapNhat" in rows.columns:
            owner.execute(sql.SQL('create index on {} ("NgayCapNhat", "ID")').format(sql.Identifier(table)))
    owner.execute(sql.SQL("comment on table {} is {}").format(sql.Identifier(STATES), sql.Literal(name)))


def _type(table: str, column: str) -> str:
    if table == PLACES:
        return "integer" if column in ("Ma", "MaCapCha") else "text"
    if table == STATES:
        return "integer" if column == "ID" else "text"
    return TYPES.get(
        column,
        "varchar(50)"
        if column in ("ngayDangKy", "so", "quyenSo", "trangSo") or column.endswith("NgaySinh")
        else "text",
    )


def _places(city: City) -> dict[str, int]:
    """National code, or what was written for one -> the store's own."""
    offices = (
        pl.concat([frame["noiDangKy"] for frame in city.registers.values()]).drop_nulls().unique().sort().to_list()
    )
    return {
        code: UNMAPPED + 1 + number for number, code in enumerate([*sorted(set(city.places.ward_districts)), *offices])
    }


def _place_rows(city: City) -> pl.DataFrame:
    """The table of places: districts, and the offices that registered, each below its district."""
    codes, above = _places(city), dict(zip(city.places.ward_codes, city.places.ward_districts, strict=True))
    rows = [
        (str(own), city.places.district_titles.get(code, f"Nơi {code}"), _text(codes.get(above.get(code, ""))), code)
        for code, own in codes.items()
    ]
    return pl.DataFrame(
        [(str(UNMAPPED), "Nơi đăng ký chưa rõ", None, None), *rows],
        schema=["Ma", "Ten", "MaCapCha", "IDMap"],
        orient="row",
    )


def _stored(city: City, register: str, table: str, codes: dict[str, int]) -> Stored:
    opened = pl.col("quyenSo").str.slice(-4).cast(pl.Int32)
    # By unit, not by the place as written: the wrong places of a large city would make a batch of nothing else.
    books = city.registers[register].filter(opened.is_between(*HELD)).sort("maDonVi", "quyenSo", "id", nulls_last=True)
    rng = stream(city.seed, f"store-{register}")
    number = pl.int_range(1, pl.len() + 1).cast(pl.String)
    unfinished = rng.random(len(books)) < UNFINISHED_SHARE
    states = np.where(unfinished, rng.integers(1, 5, len(books)), rng.choice(FINISHED, len(books)))
    scan = f"/so-hoa/{table.lower()}/"
    rows = books.select(
        number.alias("ID"),
        # Clients round their clock to the minute: many rows share one.
        pl.from_epoch(pl.col("_changed") // 60 * 60, time_unit="s")
        .dt.to_string("%Y-%m-%d %H:%M:%S")
        .alias("NgayCapNhat"),
        pl.Series("TinhTrangID", states).cast(pl.String),
        pl.col("quyenSo").str.slice(-4).alias("NamMoSo"),
        (number + ".pdf").alias("TenFile"),
        (pl.lit(f"{table.lower()}-") + number + ".pdf").alias("TenFileSauUpload"),
        (pl.lit(scan) + number + ".pdf").alias("URLTapTinDinhKem"),
        pl.lit("A3").alias("LoaiGiay"),
        (opened == READ[0]).cast(pl.Int8).cast(pl.String).alias("DuLieuCu"),
        *(pl.col(name) for name in fields_of(register)),
        pl.col("id").alias("_id"),
    ).with_columns(
        pl.col("noiDangKy").replace_strict({code: str(own) for code, own in codes.items()}, return_dtype=pl.String)
    )
    read = (~unfinished) & rows["NamMoSo"].cast(pl.Int32).is_between(*READ).to_numpy()
    inherited = city.truth.filter(pl.col("dataset") == register, ~pl.col("defect").is_in(ACROSS)).join(
        rows.select("ID", "_id").filter(pl.Series(read)), left_on="record_id", right_on="_id"
    )
    inherited = inherited.filter(pl.col("field").is_in([*fields_of(register)]))
    # The unit that answers for an entry is the place's, so what is wrong with the one is wrong with the other.
    both = pl.concat(
        [inherited, inherited.filter(pl.col("field") == "noiDangKy").with_columns(field=pl.lit("maDonVi"))]
    )
    truth = both.select(
        pl.lit(SYSTEM).alias("system"), "dataset", pl.col("ID").alias("record_id"), "field", "defect", "expected"
    )
    free = read & ~rows["_id"].is_in(city.truth["record_id"].implode()).to_numpy()
    bed = Bed(
        register,
        rows,
        pl.Series([SYSTEM]).new_from_index(0, len(rows)),
        rows["ID"],
        stream(city.seed, f"dirt-store-{register}"),
        free,
    )
    _plant(bed, ROLES[register].name)
    rows = bed.finish()
    return Stored(table, rows, pl.concat([truth, pl.DataFrame(bed.truth, schema=TRUTH_SCHEMA, orient="row")]))


def _plant(bed: Bed, name: str) -> None:
    """The store's own defects."""
    bed.write(bed.choose(RATE, pl.lit(True)), "NgayCapNhat", None, "missing-change-time", QUARANTINE)
    unmapped = bed.choose(RATE, pl.col("noiDangKy").is_not_null())
    bed.write(unmapped, "noiDangKy", str(UNMAPPED), "unmapped-place", QUARANTINE)
    bed.note(unmapped, "maDonVi", "unmapped-place", QUARANTINE)
    bed.write(
        bed.choose(RATE, pl.col(name).str.contains(" ")),
        name,
        lambda old: old.rpartition(" ")[0] + " Nhan",
        "keyed-otherwise",
        ACCEPTED,
    )
    bed.truth = [(*row[:3], "ngayCapNhat" if row[3] == "NgayCapNhat" else row[3], *row[4:]) for row in bed.truth]


def truth_of(city: City) -> Iterator[pl.DataFrame]:
    """The expected verdicts of a hub that reads the store."""
    return (each.truth for each in stored(city).values())


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
