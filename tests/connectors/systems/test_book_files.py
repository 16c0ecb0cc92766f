"""Books as files: what the twins deliver, read by the shipped system, plainly and spoiled one way after another."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from connectors import System, Window, open_source
from connectors.errors import Malformed
from connectors.testing.conformance import PLAIN, Target, Unmet
from connectors.testing.file_conformance import FAULTS, file_checks_for
from connectors.testing.file_faults import FileFault, reseal
from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.load import load_contracts
from twins.city.fields import MODULES, REGISTER_FIELDS
from twins.digitised.book_files import deliver, packed, workbook
from twins.population import AS_OF, REFERENCE, City, build_city

SHIPPED = Path(__file__).parents[3] / "deployments" / "hcmc" / "systems" / "book-files.yaml"
CONTRACTS = load_contracts()
READ = {"birth": ".xlsx", "death": ".xlsx", "marriage": ".xlsx", "scan": ".zip"}


@pytest.fixture(scope="module")
def city() -> City:
    return build_city(4_000, 10, 1, AS_OF, reference=REFERENCE)


@pytest.fixture(scope="module")
def delivered(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three books of each register. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("books")
    deliver(city, folder, 3)
    return folder


@pytest.fixture
def folder(delivered: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(delivered, tmp_path / "books"))


def system(folder: Path, **options: object) -> System:
    entry = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    return System(
        "book-files",
        entry["title"],
        entry["dialect"],
        folder.as_uri(),
        {},
        {**entry["options"], **options},
        SHIPPED.parent,
        now=lambda: AS_OF,
    )


def target(folder: Path, contract: str) -> Target:
    return Target(system(folder), CONTRACTS[contract], lambda request: True, ())


def book_of(folder: Path, mark: str, suffix: str) -> str:
    """The first delivered book of a kind."""
    return min(path.name for path in folder.glob(f"{mark}.*{suffix}"))


NAMES = {
    contract: [*(c.name for c in PLAIN), *(f.name for f in FAULTS[suffix])]
    for contract, suffix in READ.items()
    if contract in ("birth", "scan")
}


@pytest.mark.parametrize(
    ("contract", "place"),
    [pytest.param(c, i, id=f"{c}: {n}") for c, names in NAMES.items() for i, n in enumerate(names)],
)
def test_promise(delivered: Path, contract: str, place: int) -> None:
    """Each fault of a file becomes its documented error, and honest reading is whole, pure and inclusive."""
    checks = list(file_checks_for(book_of(delivered, "KS", READ[contract])))

    checks[place].run(target(delivered, contract))


def test_the_suite_can_fail(delivered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is not spoiled at all is no Malformed: the suite says that the promise is unmet."""
    monkeypatch.setitem(FAULTS, ".xlsx", (FileFault("harmless", Malformed, lambda folder, name: None),))
    [check] = [each for each in file_checks_for(book_of(delivered, "KS", ".xlsx")) if each.name == "harmless"]

    with pytest.raises(Unmet, match="Malformed was due"):
        check.run(target(delivered, "birth"))


@pytest.mark.parametrize("mark", MODULES)
def test_every_entry_comes_as_the_city_holds_it(city: City, delivered: Path, mark: str) -> None:
    """A book's rows are the city's entries of it, value by value; the key is kind, place with its day, book, number."""
    contract = MODULES[mark]
    source = open_source(system(delivered), CONTRACTS[contract])
    frames = [source.records(page.body, page.media_type)[contract] for page in source.pages(Window())]
    came = pl.concat(frames)

    assert len(frames) == 3
    entries = city.registers[contract].with_columns(
        pl.concat_str(pl.col("noiDangKy"), pl.lit("|"), pl.col("quyenSo")).alias("_book")
    )
    books = came.select(pl.concat_str("noiDangKy", pl.lit("|"), "quyenSo")).to_series()
    fields = list(REGISTER_FIELDS[contract][3:])
    held = entries.filter(pl.col("_book").is_in(books.implode()), pl.col("so").str.contains(r"^\d+(/\d{4})?$")).select(
        fields
    )
    assert held.sort(fields).equals(came.select(fields).sort(fields))
    first = came.row(0, named=True)
    assert first["id"] == f"{mark}|{first['noiDangKy']}@2021-01-01|{first['quyenSo']}|{first['so']}"
    assert came["maDonVi"].equals(came["noiDangKy"].alias("maDonVi"))


def test_scans_are_reported_by_name_and_hash_and_never_opened(delivered: Path) -> None:
    """One record a scan, its SHA-256 that of the bytes; the stray cover names no entry; what does not fit is told by key."""
    source = open_source(system(delivered), CONTRACTS["scan"])
    pages = list(source.pages(Window()))
    rows = pl.concat([source.records(page.body, page.media_type)["scan"] for page in pages])

    for page in pages:
        archive = zipfile.ZipFile(io.BytesIO(page.body))
        scans = source.records(page.body, page.media_type)["scan"]
        assert {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()} == dict(
            scans.select("tep", "sha256").rows()
        )
    assert rows.filter(pl.col("hoSo").is_null())["tep"].to_list() == ["bia-so.pdf"]
    refused = {key: code for page in pages for key, code in page.refused.items()}
    assert sorted(refused.values()) == ["entry-without-scan", "scan-without-entry"]
    births = open_source(system(delivered), CONTRACTS["birth"])
    entries = {i for page in births.pages(Window()) for i in births.records(page.body, page.media_type)["birth"]["id"]}
    of_births = set(rows.filter(pl.col("hoSo").str.starts_with("KS"))["hoSo"])
    assert entries - of_births == {key for key, code in refused.items() if code == "entry-without-scan"}
    assert not of_births - entries


def test_a_scan_that_no_parser_would_open_is_landed_like_any_other(folder: Path) -> None:
    """The bytes of a scan are nobody's business here: rubbish is hashed and told."""
    name = book_of(folder, "KT", ".zip")
    reseal(folder, name, packed({"1.pdf": b"\0rubbish"}))
    source = open_source(system(folder), CONTRACTS["scan"])
    [page] = [each for each in source.pages(Window()) if f'"{name}"' in each.media_type]

    assert source.records(page.body, page.media_type)["scan"]["kichThuoc"].to_list() == ["8"]


def test_an_entry_without_its_number_has_no_key(folder: Path, city: City) -> None:
    """A row that lacks a part of the key comes with no id: the contract refuses that row, and the others pass."""
    name = book_of(folder, "KH", ".xlsx")
    book = city.registers["marriage"].select(REGISTER_FIELDS["marriage"][3:]).head(2)
    reseal(folder, name, workbook(book.with_columns(so=pl.Series([None, "7"], dtype=pl.String))))
    source = open_source(system(folder), CONTRACTS["marriage"])
    [page] = [each for each in source.pages(Window()) if f'"{name}"' in each.media_type]
    ids = source.records(page.body, page.media_type)["marriage"]["id"].to_list()

    assert ids[0] is None
    assert ids[1].endswith("|7")


def test_a_book_still_arriving_holds_the_position_back_and_nothing_else(folder: Path) -> None:
    """The oldest book lacks its ZIP: the others come, none moves the position past it; once it is there, it comes."""
    stamp = {path: json.loads(path.read_text())["time"] for path in folder.glob("KS.*.manifest.json")}
    oldest = min(stamp, key=lambda path: stamp[path])
    scans = folder / oldest.name.replace(".manifest.json", ".zip")
    away = scans.rename(scans.with_suffix(".away"))
    patient = open_source(system(folder, patience_h=24 * 366), CONTRACTS["birth"])

    pages = list(patient.pages(Window()))
    assert len(pages) == 2
    assert [page.end for page in pages] == [None, None]

    away.rename(scans)
    assert [page.end is not None for page in patient.pages(Window())] == [True] * 3


def test_the_same_folder_gives_the_same_pages_again(delivered: Path) -> None:
    """Two readings of a folder that did not change are byte for byte alike, and so is what the landing will note."""
    source = open_source(system(delivered), CONTRACTS["birth"])

    assert list(source.pages(Window())) == list(source.pages(Window()))


def test_a_delivery_dated_ahead_of_the_clock_never_moves_the_position(delivered: Path) -> None:
    """A manifest of next year is read, and does not carry the position past all honest ones."""
    early = replace(system(delivered), now=lambda: AS_OF - timedelta(days=3650))
    source = open_source(early, CONTRACTS["birth"])

    assert [page.end for page in source.pages(Window())] == [None] * 3


def test_check_says_what_lies_there(delivered: Path) -> None:
    """`hub systems check` counts complete deliveries and reads the newest."""
    for contract in READ:
        probes = list(open_source(system(delivered), CONTRACTS[contract]).check())
        assert [probe.ok for probe in probes] == [True, True, True], probes


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kinds": {}}, "kinds must map"),
        ({"units_from": None}, "units_from is missing"),
        ({"book_name": "{loai}.{quyenSo}"}, "book_name must hold"),
        ({"scan_nam": "x"}, "knows no option scan_nam"),
        ({"settle_s": 0}, "settle_s"),
        ({"max_ratio": "100"}, "max_ratio"),
        ({"manifests": "yes"}, "manifests"),
    ],
)
def test_an_option_that_cannot_work_is_named(delivered: Path, options: dict[str, object], words: str) -> None:
    """Nothing is guessed: the option and what it should be are told before anything is read."""
    with pytest.raises(DeploymentInvalid, match=words):
        open_source(system(delivered, **options), CONTRACTS["birth"])


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/books", "file://elsewhere/books", "sftp://user:word@127.0.0.1/books"]
)
def test_an_address_that_is_no_place_of_files_is_refused(delivered: Path, address: str) -> None:
    """Only folders and SFTP, and never a login in the address; the error does not repeat it."""
    with pytest.raises(DeploymentInvalid) as caught:
        open_source(replace(system(delivered), address=address), CONTRACTS["birth"])

    assert "word" not in str(caught.value)


def test_a_contract_without_the_key_of_an_entry_is_refused(delivered: Path) -> None:
    """Procedures are no book."""
    with pytest.raises(ContractInvalid, match="lacks"):
        open_source(system(delivered, kinds={"procedures": "KS"}), CONTRACTS["procedures"])


def test_a_contract_of_several_tables_is_refused(delivered: Path) -> None:
    with pytest.raises(
        ContractInvalid, match="one table a file; the contract dossier has several: dossier, dossier_component"
    ):
        open_source(system(delivered, kinds={"dossier": "KS"}), CONTRACTS["dossier"])


TITLES = {"marriage": {"so": "Số đăng ký", "quyenSo": "Quyển số", "chongHoTen": "Họ tên chồng"}}


def test_titles_of_another_contractor(folder: Path, city: City) -> None:
    """The header's titles are declared: the same values come in the same fields, and the scans still find their entries."""
    names = {path.name for path in folder.glob("KH.*.xlsx")}
    plain = open_source(system(folder), CONTRACTS["marriage"])
    before = [plain.records(page.body, page.media_type)["marriage"] for page in plain.pages(Window())]
    for name in names:
        [held] = [
            each
            for each in before
            if f"{each[0, 'quyenSo'].replace('/', '-')}.xlsx" in name and each[0, "noiDangKy"] in name
        ]
        reseal(folder, name, workbook(held.select(REGISTER_FIELDS["marriage"][3:]).rename(TITLES["marriage"])))

    with pytest.raises(Malformed, match="cell A1"):
        list(plain.pages(Window()))
    titled = open_source(system(folder, titles=TITLES), CONTRACTS["marriage"])
    assert [
        frame.equals(titled.records(page.body, page.media_type)["marriage"])
        for frame, page in zip(before, titled.pages(Window()), strict=True)
    ] == [True] * 3
    scans = open_source(system(folder, titles=TITLES), CONTRACTS["scan"])
    assert not [key for page in scans.pages(Window()) for key in page.refused if key.startswith("KH")]


@pytest.mark.parametrize(
    ("titles", "words"),
    [
        ({"so": "Số"}, "titles must map"),
        ({"birth": {"id": "Mã"}}, "no field of a book: id"),
        ({"birth": {"soo": "Số"}}, "no field of a book: soo"),
        ({"birth": {"so": "quyenSo"}}, "«quyenSo» to two fields"),
    ],
)
def test_titles_that_cannot_be_meant(delivered: Path, titles: dict[str, object], words: str) -> None:
    """A misspelt field or one title for two: told at the start."""
    with pytest.raises((DeploymentInvalid, ContractInvalid), match=words):
        open_source(system(delivered, titles=titles), CONTRACTS["birth"])
