"""A small contract (a file and its papers) and a source whose pages a test writes itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
import sqlalchemy as sa

from connectors.interface import Page, Position, Probe, Source, Window
from contracts.model import Classification, Code, Contract, Dataset, Effect, Field, Kind, Rule
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.load import stream_state
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables

NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)


def field_of(name: str, column: str, **more: object) -> Field:
    given: dict[str, object] = {
        "title": name,
        "meaning": name,
        "kind": Kind.TEXT,
        "classification": Classification.NONE,
    } | more
    return Field(name=name, column=column, **given)  # type: ignore[arg-type]


def rule_of(id: str, kind: str, *fields: str, effect: Effect = Effect.QUARANTINE, **arguments: object) -> Rule:
    return Rule(id, kind, fields, "Câu giải thích.", effect, arguments)


PARENT = Dataset(
    "paper",
    "paper",
    "Hồ sơ",
    "A file.",
    fields=(
        field_of("MaHoSo", "ma_ho_so", required=True, key_position=1),
        field_of("NgayCapNhat", "ngay_cap_nhat", kind=Kind.TIMESTAMP, required=True, transport=True),
        field_of("TrangThai", "trang_thai", codes=(Code("1", "Mới"), Code("2", "Xong"))),
        field_of("SoDinhDanh", "so_dinh_danh", identity=True, classification=Classification.PERSONAL_BASIC),
        field_of("NguyenNhan", "nguyen_nhan", classification=Classification.PERSONAL_SENSITIVE),
        field_of("NgaySinh", "ngay_sinh", kind=Kind.PARTIAL_DATE),
    ),
    rules=(
        rule_of("MaHoSo.required", "required", "MaHoSo"),
        rule_of("NgayCapNhat.required", "required", "NgayCapNhat"),
        rule_of("NgayCapNhat.timestamp", "timestamp", "NgayCapNhat"),
        rule_of("TrangThai.code", "code", "TrangThai", codes=["1", "2"]),
        rule_of("NgaySinh.partial_date", "partial_date", "NgaySinh"),
        rule_of(
            "SoDinhDanh.identity_matches_birth",
            "identity_matches_birth",
            "SoDinhDanh",
            "NgaySinh",
            effect=Effect.FINDING,
        ),
    ),
    version_field="NgayCapNhat",
)
CHILD = Dataset(
    "paper_part",
    "paper_part",
    "Thành phần",
    "A part of a file.",
    fields=(
        field_of("MaHoSo", "ma_ho_so", required=True, key_position=1),
        field_of("Ten", "ten", required=True, key_position=2),
        field_of("NgayCapNhat", "ngay_cap_nhat", kind=Kind.TIMESTAMP, required=True, transport=True),
        field_of("Gia", "gia", kind=Kind.INTEGER),
    ),
    rules=(
        rule_of("Ten.required", "required", "Ten"),
        rule_of("Gia.integer", "integer", "Gia"),
    ),
    version_field="NgayCapNhat",
    parent="paper",
    parent_key=("MaHoSo",),
)
CONTRACT = Contract(
    "urn:test:paper",
    "paper",
    "1.0.0",
    "Hồ sơ",
    "Files.",
    "Nowhere.",
    "nobody",
    "none",
    "P1Y",
    {},
    (PARENT, CHILD),
    Path("paper.odcs.yaml"),
)


def record(id: str, at: str, parts: Iterable[tuple[str, str]] = (), **values: str) -> dict[str, object]:
    """One record of the test source; `at` is yyyyMMddHHmmss."""
    return {"MaHoSo": id, "NgayCapNhat": at, **values, "parts": [{"Ten": n, "Gia": g} for n, g in parts]}


@dataclass
class ListSource(Source):
    """A source that serves the pages it is given; remembers the windows it was asked for."""

    served: list[list[dict[str, object]]] = field(default_factory=list)
    asked: list[Window] = field(default_factory=list)

    def pages(self, window: Window) -> Iterator[Page]:
        self.asked.append(window)
        for page in self.served:
            times = [str(r["NgayCapNhat"]) for r in page if str(r["NgayCapNhat"]).isdigit()]
            end = max(datetime.strptime(t, "%Y%m%d%H%M%S").replace(tzinfo=UTC) - timedelta(hours=7) for t in times)
            yield Page(msgspec.json.encode(page), "application/json", len(page), "list", Position(end))

    def records(self, body: bytes, media_type: str) -> Mapping[str, pl.DataFrame]:
        rows = msgspec.json.decode(body)
        parts = [p | {"MaHoSo": r["MaHoSo"], "NgayCapNhat": r["NgayCapNhat"]} for r in rows for p in r["parts"]]
        owners = pl.Series("_owner", [i for i, r in enumerate(rows, 1) for _ in r["parts"]], dtype=pl.Int64)
        main, children = (
            pl.DataFrame(data, schema={f.name: pl.String for f in d.fields})
            for d, data in ((PARENT, rows), (CHILD, parts))
        )
        return {"paper": main, "paper_part": children.with_columns(owners)}

    def check(self) -> Iterable[Probe]:
        return []


@pytest.fixture
def source() -> ListSource:
    return ListSource()


@pytest.fixture
def engine(pg_url: str) -> Iterator[sa.Engine]:
    engine = connect(pg_url)
    yield engine
    engine.dispose()


@pytest.fixture
def exchange(engine: sa.Engine, source: ListSource, tmp_path: Path) -> Exchange:
    """The main path over the test source; the declared suite is left to its own tests."""
    keys = Keys(b"k" * 32)
    landing = Landing(tmp_path / "landing", keys)
    with engine.begin() as connection:
        ensure_tables(connection, CONTRACT)
        stream_state.register(connection, "test.paper", "test", "paper")
    judge = UngatedValidator(source, CONTRACT, engine, landing, keys, {}, 0.01)
    return Exchange(
        "test.paper",
        source,
        CONTRACT,
        engine,
        landing,
        judge,
        now=lambda: NOW,
        overlap=timedelta(minutes=15),
        batch_records=100,
    )


@pytest.fixture
def lone(exchange: Exchange) -> Exchange:
    """The same stream under a contract of one table: its records own no others, and are recognised when they come again."""
    contract = replace(CONTRACT, datasets=(PARENT,))
    return replace(
        exchange, contract=contract, validator=replace(exchange.validator, contract=contract), batch_records=1
    )


class UngatedValidator(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


def replaced(exchange: Exchange, **changes: object) -> Exchange:
    return replace(exchange, **changes)  # type: ignore[arg-type]


@pytest.fixture(name="record")
def record_fixture():
    return record
