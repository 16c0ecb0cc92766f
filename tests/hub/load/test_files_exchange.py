"""Books and lists as files through the main path, on a real PostgreSQL: landed, judged, merged, and read again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
import yaml

from connectors import System, open_source
from connectors.errors import Malformed
from connectors.interface import Window
from connectors.testing.file_faults import reseal
from contracts.load import load_contracts
from hub.core.crypto import Keys
from hub.core.deployment import load_deployment
from hub.load import batching, stream_state
from hub.load.counts import Counts
from hub.load.exchange import Exchange
from hub.load.landing import Landing
from hub.load.transcoding import TranscodingSource
from hub.load.validation import Validator
from hub.load.warehouse import ensure_tables
from quality.legacy_encoding.encodings import TABLES, Encoding
from twins.city.fields import MODULES, REGISTER_FIELDS
from twins.digitised.book_files import deliver, workbook
from twins.population import AS_OF, REFERENCE, City, build_city

ROOT = Path(__file__).parents[3]
HCMC = ROOT / "deployments" / "hcmc"
TTHC = ROOT.parent / "shared" / "data" / "tthc" / "tthc_core.csv"
CONTRACTS = load_contracts()
BOOKS = yaml.safe_load((HCMC / "systems" / "book-files.yaml").read_text(encoding="utf-8"))["options"]
Opened = Callable[..., Exchange]


class UngatedJudge(Validator):
    """Judges rows only: Great Expectations takes 5 s to import and has tests of its own."""

    def suite_is_due(self, run: object, batch: object) -> None:
        return None


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(4_000, 10, 1, AS_OF, reference=REFERENCE)


@pytest.fixture
def folder(city: City, tmp_path: Path) -> Path:
    """Three books of each register."""
    deliver(city, tmp_path / "books", 3)
    return tmp_path / "books"


@pytest.fixture
def opened(engine: sa.Engine, tmp_path: Path) -> Opened:
    """A stream over a folder, ready to move; every reading goes back to the first file."""
    keys = Keys(b"k" * 32)
    landing = Landing(tmp_path / "landing", keys)
    lists = load_deployment(HCMC).code_lists()

    def open_(dialect: str, contract: str, folder: Path, options: Mapping[str, object]) -> Exchange:
        stream, promised = f"files.{contract}", CONTRACTS[contract]
        with engine.begin() as connection:
            ensure_tables(connection, promised)
            stream_state.register(connection, stream, "files", contract)
        source = open_source(
            System("files", "", dialect, folder.as_uri(), {}, options, HCMC, now=lambda: AS_OF), promised
        )
        judge = UngatedJudge(source, promised, engine, landing, keys, lists, 0.01)
        return Exchange(
            stream,
            source,
            promised,
            engine,
            landing,
            judge,
            now=lambda: AS_OF,
            overlap=timedelta(days=400),
            batch_records=10_000,
        )

    return open_


def asked(engine: sa.Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


@pytest.mark.parametrize("contract", ["birth", "death", "marriage", "recognition", "scan"])
def test_a_second_reading_accepts_nothing(opened: Opened, folder: Path, city: City, contract: str) -> None:
    """All books come in; read again whole, every entry is unchanged, and what is wrong in itself is so again: the city's dirt, the stray scan."""
    stream = opened("book_files", contract, folder, BOOKS)
    first, second = (stream.sync()[1][contract] for _ in range(2))

    assert first.accepted > 0
    assert first.quarantined == (1 if contract == "scan" else _dirty(folder, city, contract))
    assert second == Counts(received=first.received, unchanged=first.accepted, quarantined=first.quarantined)


def test_a_scan_can_be_found_from_its_entry(opened: Opened, folder: Path, engine: sa.Engine) -> None:
    """From the key of an entry to the bytes of its scan: the warehouse names ZIP, file and hash, the landing has them as received."""
    births, scans = opened("book_files", "birth", folder, BOOKS), opened("book_files", "scan", folder, BOOKS)
    births.sync()
    scans.sync()
    [(archive, name, digest, page)] = asked(
        engine,
        "select s.goi, s.tep, s.sha256, l.sha256 from warehouse.birth b join warehouse.scan s on s.ho_so = b._key"
        " join hub.landing l on l.id = s._landing order by b._key limit 1",
    )

    landed = scans.landing.read(str(page))
    assert landed == (folder / str(archive)).read_bytes()
    assert hashlib.sha256(zipfile.ZipFile(io.BytesIO(landed)).read(str(name))).hexdigest() == digest
    codes = [code for (refused,) in asked(engine, "select refused from hub.landing") for code in refused.values()]
    assert sorted(codes) == ["entry-without-scan", "scan-without-entry"]


def test_a_book_typed_anew_changes_what_it_changes(opened: Opened, folder: Path, city: City) -> None:
    """A book comes a second time with a note in one entry and a later manifest: that entry has a new version, all others are unchanged."""
    stream = opened("book_files", "marriage", folder, BOOKS)
    stream.sync()
    name = min(path.name for path in folder.glob("KH.*.xlsx"))
    _, place, book, _ = name.split(".")
    entries = city.registers["marriage"].select(REGISTER_FIELDS["marriage"][3:])
    entries = entries.filter(pl.col("noiDangKy") == place, pl.col("quyenSo") == book.replace("-", "/"))
    first = pl.int_range(pl.len()) == 0
    reseal(
        folder,
        name,
        workbook(
            entries.with_columns(pl.when(first).then(pl.lit("Cải chính số liệu")).otherwise("ghiChu").alias("ghiChu"))
        ),
    )
    manifest = folder / name.replace(".xlsx", ".manifest.json")
    manifest.write_text(re.sub('"time": "[^"]+"', '"time": "2022-06-01T10:00:00+07:00"', manifest.read_text()))

    counts = stream.sync()[1]["marriage"]
    assert (counts.accepted, counts.unchanged) == (1, counts.received - 1)


def test_pages_of_scans_close_batches_by_bytes(
    opened: Opened, folder: Path, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of large pages is closed before it fills the memory, however few records it holds; nothing is lost by that."""
    whole = len(list(folder.glob("*.zip")))
    monkeypatch.setattr(batching, "BATCH_BYTES", 1)
    opened("book_files", "scan", folder, BOOKS).sync()

    assert asked(engine, "select count(*) from hub.batch") == [(whole,)]


@pytest.mark.skipif(not TTHC.exists(), reason="the real procedures are not beside the checkout")
def test_the_real_procedures_go_through_the_path(opened: Opened, tmp_path: Path) -> None:
    """All 2,642 national procedures are accepted once; 59 rows with result codes of another form are findings."""
    exported = tmp_path / "export"
    exported.mkdir()
    (exported / "tthc_core.csv").write_bytes(TTHC.read_bytes())
    os.utime(exported / "tthc_core.csv", (AS_OF.timestamp() - 60,) * 2)
    fields = [field.name for field in CONTRACTS["national_procedures"].datasets[0].fields][:-1]
    options = {
        "manifests": False,
        "settle_s": 0.01,
        "files": {"national_procedures": "tthc_*.csv"},
        "columns": {"national_procedures": fields},
    }
    stream = opened("table_files", "national_procedures", exported, options)

    assert stream.sync()[1]["national_procedures"] == Counts(received=2_642, accepted=2_642, findings=59)
    assert stream.sync()[1]["national_procedures"] == Counts(received=2_642, unchanged=2_642)


def _dirty(folder: Path, city: City, contract: str) -> int:
    """Entries of the delivered books that the city's truth table says are wrong in themselves."""
    mark = next(mark for mark, register in MODULES.items() if register == contract)
    books = [path.name.split(".")[1:3] for path in folder.glob(f"{mark}.*.xlsx")]
    wrong = city.truth.filter(pl.col("dataset") == contract, pl.col("expected") == "quarantine")["record_id"]
    delivered = pl.concat_list("noiDangKy", pl.col("quyenSo").str.replace("/", "-")).is_in(pl.Series(books).implode())
    return (
        city.registers[contract]
        .filter(pl.col("so").is_not_null(), delivered, pl.col("id").is_in(wrong.implode()))
        .height
    )


# -- old encodings ---------------------------------------------------------------------------------

TO_TCVN3 = {char: chr(code) for code, char in TABLES[Encoding.TCVN3].items() if code > 160}


def test_a_book_in_tcvn3_becomes_nfc_and_what_the_encoding_lost_is_a_finding(
    opened: Opened, engine: sa.Engine, folder: Path
) -> None:
    """As received in landing, NFC in the warehouse; a toned capital, which TCVN3 cannot write, stays as it came and waits for a person."""
    plain = opened("book_files", "birth", folder, BOOKS)
    deliver(build_city(40_000, 10, 1, AS_OF, reference=REFERENCE), folder, 1)  # a book of more than a few entries
    page = max((each for each in plain.source.pages(Window())), key=lambda each: each.count)
    name = page.request.split(" ")[0]
    frame = plain.source.records(page.body, page.media_type)["birth"].select(REGISTER_FIELDS["birth"][3:])
    writable = set(TO_TCVN3) | {chr(code) for code in range(32, 127)}
    names = [value if value and set(value) <= writable else "Lê Văn Bé" for value in frame["nksHoTen"].to_list()]
    old = ["".join(TO_TCVN3.get(char, char) for char in value) if value else value for value in names]
    lost, old[0] = "A\u00b8i Di\u00d6u Loan", "A\u00b8i Di\u00d6u Loan"
    reseal(folder, name, workbook(frame.with_columns(pl.Series("nksHoTen", old))))

    stream = replace(plain, source=TranscodingSource(plain.source, plain.contract, plain.stream))
    stream = replace(stream, validator=replace(plain.validator, source=stream.source))
    stream.sync()
    held = dict(asked(engine, "select _key, nks_ho_ten from warehouse.birth"))
    keys = plain.source.records(*_resealed(plain, name))["birth"]["id"].to_list()
    assert [held[key] for key in keys if key in held] == [
        lost if value == names[0] else value for key, value in zip(keys, names, strict=True) if key in held
    ]
    assert asked(engine, "select record_key from hub.finding where rule = 'record.unclear-encoding'") == [(keys[0],)]
    assert old[1] in plain.source.records(*_resealed(plain, name))["birth"]["nksHoTen"].to_list()


def _resealed(stream: Exchange, name: str) -> tuple[bytes, str]:
    [page] = [each for each in stream.source.pages(Window()) if name in each.request]
    return page.body, page.media_type


# -- what cannot be read ---------------------------------------------------------------------------


def test_a_bad_row_is_a_case_and_a_bad_book_keeps_no_other_out(opened: Opened, folder: Path, engine: sa.Engine) -> None:
    """Once one error cell kept a book out, and one refused book all others of the folder, in every run, without a case."""
    stream = opened("book_files", "birth", folder, BOOKS)
    size = {page.request.split(" ")[0]: page.count for page in stream.source.pages(Window())}
    spoiled, refused, honest = sorted(size)
    entries = stream.source.records(*_resealed(stream, spoiled))["birth"].select(REGISTER_FIELDS["birth"][3:])
    notes = pl.Series(["=1+1", *([None] * (entries.height - 1))], dtype=pl.String)
    reseal(folder, spoiled, workbook(entries.with_columns(ghiChu=notes)))
    reseal(folder, refused, b"<html></html>")

    with pytest.raises(Malformed, match=f"files: {refused}: a web page"):
        stream.sync()

    [(detail, content)] = asked(
        engine, "select detail, content is not null from hub.\"case\" where rules = array['record.unreadable']"
    )
    assert re.fullmatch(
        rf"{spoiled}: sheet 1, row 2: cell [A-Z]+2 \(ghiChu\): a formula without a computed result: .*", str(detail)
    )
    assert content is True
    [(received, accepted)] = asked(engine, "select sum(received), sum(accepted) from hub.ledger")
    assert received == size[spoiled] + size[honest]
    [(held,)] = asked(engine, "select count(*) from warehouse.birth")
    assert held == accepted
    sent = json.loads((folder / refused.replace(".xlsx", ".manifest.json")).read_text())["time"]
    [(before,)] = asked(
        engine, f"select coalesce((position->>'changed_at')::timestamptz < '{sent}', true) from hub.stream"
    )
    assert before is True
