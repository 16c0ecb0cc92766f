"""Dumps of a register as NDJSON, CSV and Parquet: whole pages of whole records, and each fault by its name."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors import System, open_source
from connectors.dumps import dump_frames
from connectors.errors import Incomplete, Malformed
from connectors.interface import Page, Position, Window
from connectors.testing.file_conformance import DUMP_FAULTS, file_checks_for
from connectors.testing.plain_checks import PLAIN
from connectors.testing.target import Target
from contracts.deployment.files import SystemFile
from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.load import load_contracts
from contracts.refused import RAW, REFUSED
from contracts.yaml.models import load
from tests.connectors.dump_files import FRAME, NOW, SENT, put, system

BIRTH = load_contracts()["birth"]
WRITE: dict[str, Callable[[pl.DataFrame, Any], object]] = {
    ".ndjson": lambda frame, file: frame.write_ndjson(file),
    ".csv": lambda frame, file: frame.write_csv(file),
    ".parquet": lambda frame, file: frame.write_parquet(file, row_group_size=4),
}


def body(frame: pl.DataFrame, suffix: str) -> bytes:
    made = io.BytesIO()
    WRITE[suffix](frame, made)
    return made.getvalue()


def read(of: System, window: Window | None = None) -> tuple[list[Page], pl.DataFrame]:
    """The pages, and their records by a source that has not seen them before."""
    source, other = open_source(of, BIRTH), open_source(of, BIRTH)
    pages = list(source.pages(window or Window()))
    frames = [other.records(page.body, page.media_type)["birth"] for page in pages]
    for each in (source, other):
        each.close()
    return pages, pl.concat(frames) if frames else pl.DataFrame()


@pytest.fixture(params=WRITE)
def dump(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A folder with a dump of seven births, and its name."""
    name = f"births{request.param}"
    put(tmp_path, name, body(FRAME, request.param))
    return tmp_path, name


CHECKS = [
    (suffix, number, name)
    for suffix in WRITE
    for number, name in enumerate([*(each.name for each in PLAIN), *(each.name for each in DUMP_FAULTS[suffix])])
]


@pytest.mark.parametrize(("suffix", "place"), [pytest.param(s, i, id=f"{s}: {name}") for s, i, name in CHECKS])
def test_promise(tmp_path: Path, suffix: str, place: int) -> None:
    """Each fault of a delivery, and of each format, becomes its error; honest reading is whole, pure and inclusive."""
    for number in (1, 2):
        put(tmp_path, f"births-{number}{suffix}", body(FRAME, suffix), SENT - timedelta(days=9 - number))
    target = Target(system(tmp_path), BIRTH, lambda request: True, ())
    list(file_checks_for(f"births-2{suffix}", DUMP_FAULTS))[place].run(target)


def test_every_format_says_the_same(dump: tuple[Path, str]) -> None:
    """Null and empty text are one; quotes, commas and line breaks inside a value stay."""
    pages, frame = read(system(dump[0]))

    assert [3, 3, 1] == [page.count for page in pages]
    assert FRAME.with_columns(pl.when(pl.all() != "").then(pl.all())).equals(frame.select(FRAME.columns))
    assert [*(field.name for field in BIRTH.datasets[0].fields), REFUSED, RAW] == frame.columns


def test_lines_are_landed_as_they_came(dump: tuple[Path, str]) -> None:
    """The pages of a file of lines, put together again, are the file; each page of CSV begins with the header."""
    folder, name = dump
    pages, _ = read(system(folder))
    original = (folder / name).read_bytes()
    if name.endswith(".csv"):
        header, _, _ = original.partition(b"\n")
        assert all(page.body.startswith(header) for page in pages)
        assert original == header + b"\n" + b"".join(page.body.removeprefix(header + b"\n") for page in pages)
    elif name.endswith(".ndjson"):
        assert original == b"".join(page.body for page in pages)
    else:
        assert FRAME.equals(pl.concat(pl.read_parquet(page.body) for page in pages))


def test_the_position_moves_behind_a_whole_file(dump: tuple[Path, str]) -> None:
    """A reading that ends in the middle of a file reads that file again."""
    pages, _ = read(system(dump[0]))

    assert [None, None, Position(SENT.replace(microsecond=0), dump[1])] == [page.end for page in pages]


def test_a_page_is_not_read_twice(dump: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The loading path asks for the records of a page that the source has just read to check it."""
    read, whole = list[bytes](), dump_frames.frame_of

    def counted(kind: str, body: bytes, *rest: Any) -> pl.DataFrame:
        read.append(body)
        return whole(kind, body, *rest)

    monkeypatch.setattr("connectors.dumps.dump_frames.frame_of", counted)
    source = open_source(system(dump[0]), BIRTH)
    pages = list[Page]()
    frames = []
    for page in source.pages(Window()):
        pages.append(page)
        frames.append(source.records(page.body, page.media_type)["birth"])

    assert 7 == pl.concat(frames).height == sum(page.count for page in pages)
    assert [page.body for page in pages] == read


def test_pages_of_lines_that_nobody_asks_for_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reload read every page of a dump before it saw that nothing had changed: half of its work."""
    put(tmp_path, "births.ndjson", body(FRAME, ".ndjson").replace(b"\n", b"\n\n \r\n", 2))
    monkeypatch.setattr("connectors.dumps.dump_frames.frame_of", None)

    pages = list(open_source(system(tmp_path), BIRTH).pages(Window()))

    assert 7 == sum(page.count for page in pages)


def test_titles_of_their_own(tmp_path: Path) -> None:
    """What a sender calls otherwise, and what is not taken, is declared."""
    frame = FRAME.rename({"nksHoTen": "Họ tên"}).with_columns(noi_bo=pl.lit("x"))
    put(tmp_path, "births.csv", body(frame, ".csv"))
    columns = {"birth": {"Họ tên": "nksHoTen", "noi_bo": None}}

    assert FRAME["nksHoTen"].to_list() == read(system(tmp_path, columns=columns))[1]["nksHoTen"].to_list()


def test_a_record_without_a_change_time_has_the_file_s(tmp_path: Path) -> None:
    """Whether one record lacks it, or all do."""
    some = FRAME.with_columns(pl.when(pl.col("so") != "2").then("ngayCapNhat").alias("ngayCapNhat"))
    put(tmp_path, "births.ndjson", body(some, ".ndjson"))
    put(tmp_path, "births-b.csv", body(FRAME.drop("ngayCapNhat"), ".csv"), SENT + timedelta(hours=1))
    found = read(system(tmp_path))[1]["ngayCapNhat"].to_list()

    assert [some["ngayCapNhat"][0], SENT.isoformat()] == found[:2]
    assert {(SENT + timedelta(hours=1)).isoformat()} == set(found[7:])


def test_a_header_of_values_is_not_repeated(tmp_path: Path) -> None:
    """A file without a header begins with a person: the error does not say who."""
    put(tmp_path, "births.csv", body(FRAME, ".csv").partition(b"\n")[2])
    with pytest.raises(Malformed) as raised:
        read(system(tmp_path))

    assert "Khai Sinh" not in str(raised.value)


def test_typed_columns_of_parquet_are_texts(tmp_path: Path) -> None:
    """As a database's would be: ISO times, booleans as 1 and 0, decimals as written."""
    moment = datetime(2022, 5, 1, 8, 0, 0, 500)
    typed = FRAME.head(2).with_columns(
        so=pl.Series([7, None]),
        ngayCapNhat=pl.Series([moment, datetime(2022, 5, 2)]),
        ngayDangKy=pl.Series([date(2022, 5, 1), None]),
        trangSo=pl.Series([Decimal("1.50"), None]),
        loaiDangKy=pl.Series([True, False]),
    )
    put(tmp_path, "births.parquet", body(typed, ".parquet"))
    frame = read(system(tmp_path))[1]

    assert [
        ("7", "2022-05-01T08:00:00.000500", "2022-05-01", "1.50", "1"),
        (None, "2022-05-02T00:00:00", None, None, "0"),
    ] == (frame.select("so", "ngayCapNhat", "ngayDangKy", "trangSo", "loaiDangKy").rows())


def test_without_a_manifest_a_file_that_changes_is_not_finished(tmp_path: Path) -> None:
    """Its last page does not come, so the position stays before it."""
    file = tmp_path / "births.ndjson"
    file.write_bytes(body(FRAME, ".ndjson"))
    pages = open_source(system(tmp_path, manifests=False, settle_s=0.01), BIRTH).pages(Window())
    first = next(pages)
    with file.open("ab") as more:
        more.write(b'{"id": "8.KS"}\n')

    assert 3 == first.count
    with pytest.raises(Incomplete, match="changed while it was read"):
        list(pages)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"files": {"death": "x*"}}, DeploymentInvalid),
        ({"delimiter": ";;"}, DeploymentInvalid),
        ({"page_records": 0}, DeploymentInvalid),
        ({"colour": 1}, DeploymentInvalid),
        ({"columns": {"birth": {"a": "nobody"}}}, ContractInvalid),
        ({"columns": {"birth": {"a": "so", "b": "so"}}}, ContractInvalid),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, object], error: type[Exception]) -> None:
    """A description that does not fit is refused before anything is read."""
    with pytest.raises(error):
        open_source(system(tmp_path, **options), BIRTH)


def test_the_check_reads_a_page(dump: tuple[Path, str]) -> None:
    """`hub systems check` says what it found."""
    source = open_source(system(dump[0]), BIRTH)

    assert any("3 records on its first page" in probe.detail for probe in source.check())
    assert all(probe.ok is not False for probe in source.check())


def test_another_folder(dump: tuple[Path, str]) -> None:
    """A pattern that no file has gives no page, and no error."""
    assert [] == read(replace(system(dump[0]), options={"files": {"birth": "deaths*"}}))[0]


def test_the_example_of_the_page_is_a_system(tmp_path: Path) -> None:
    """What docs/systems.md shows can be copied: it is read, and opens."""
    page = (Path(__file__).parents[3] / "docs" / "systems.md").read_text(encoding="utf-8")
    text = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "register_dumps" in block)
    file = tmp_path / "birth-dump.yaml"
    file.write_text(text, encoding="utf-8")
    described = load(file, SystemFile).value
    put(tmp_path, "khai_sinh_1.ndjson", body(FRAME.rename({"nksHoTen": "ho_ten"}), ".ndjson"))
    options = {name: value for name, value in described.options.items() if name != "host_key"}
    of = System(described.id, described.title, described.dialect, tmp_path.as_uri(), {}, options, now=lambda: NOW)

    assert FRAME["nksHoTen"].to_list() == read(of)[1]["nksHoTen"].to_list()
