"""Bytes of a delivery: always the same for the same items, and read back as they were."""

from __future__ import annotations

import gzip
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from contracts.model import Code, Dataset, Kind
from hub.feeds.forms import FORMS, content
from hub.feeds.forms.xml_lines import xsd
from hub.feeds.items import Item
from hub.feeds.manifest import ContractName, ManifestHead, Period
from hub.feeds.package import Package, write
from hub.feeds.signing import FeedSigner
from tests.hub.conftest import field_of

sys.path.insert(0, str(Path(__file__).parents[3] / "kit"))
import verify as kit

COLUMNS = ("hoTen", "so", "noiSinh")
AT = datetime(2022, 6, 1, tzinfo=UTC)
RECEIVER = X25519PrivateKey.generate()
CITY = FeedSigner(Ed25519PrivateKey.generate())
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
ITEMS = st.lists(
    st.builds(
        lambda op, key, values: Item(op, "moj-registry", key, AT.isoformat(), values if op == "put" else {}),
        st.sampled_from(["put", "delete"]),
        TEXT,
        st.fixed_dictionaries({"hoTen": st.none() | TEXT, "so": st.none() | TEXT, "noiSinh": st.none() | TEXT}),
    ),
    max_size=8,
)


def packed(folder: Path, items: list[Item], form: str, once: X25519PrivateKey | None = None) -> Package:
    """A delivery of some items."""
    period, contract = Period(None, AT), ContractName("birth", "1.2.0", "birth")
    head = ManifestHead(
        "births", 1, "snapshot", "city", "ministry", contract, COLUMNS, form, period, AT, AT + timedelta(1), "a",
        "law", "purpose", 30, "delete", {"verdict": "accepted"}, None,
    )  # fmt: skip
    return write(folder, head, items, RECEIVER.public_key(), CITY, once or X25519PrivateKey.generate())


def files(package: Package) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(package.folder.iterdir())}


@pytest.mark.parametrize("form", ["csv.gz", "jsonl.gz", "xml.gz"])
@given(items=ITEMS)
@settings(max_examples=40, deadline=None)
def test_the_receiver_reads_what_was_written(form: str, items: list[Item]) -> None:
    """Any text comes through: quotes, line ends of every kind, commas, the empty text and null."""
    with tempfile.TemporaryDirectory() as folder:
        package = packed(Path(folder), items, form)
        delivery = kit.verify(package.folder, {CITY.id: CITY.private.public_key()})
        found = [(r.op, r.key, r.values or {}) for r in kit.rows(delivery, RECEIVER)]
    assert [(i.operation, i.key, i.values) for i in items] == found


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_same_bytes_again(tmp_path: Path, form: str) -> None:
    """A delivery that is made again, with the same key made for it, is the same in every byte."""
    items = [Item("put", "s", "1", AT.isoformat(), {"hoTen": "Đỗ", "so": 7, "noiSinh": None})]
    once = X25519PrivateKey.generate()
    assert files(packed(tmp_path / "a", items, form, once)) == files(packed(tmp_path / "b", items, form, once))


def test_the_hash_of_the_lines(tmp_path: Path) -> None:
    """By it a delivery that is made again is compared, even if zlib has changed meanwhile."""
    items = [Item("put", "s", str(n), AT.isoformat(), {"hoTen": "Đỗ", "so": n, "noiSinh": None}) for n in range(9000)]
    plain = hashlib.sha256()
    packed_bytes = b"".join(content("jsonl.gz", iter(items), COLUMNS, plain))
    assert hashlib.sha256(gzip.decompress(packed_bytes)).hexdigest() == plain.hexdigest()
    assert plain.hexdigest() == packed(tmp_path, items, "jsonl.gz").content_sha256


@given(items=ITEMS)
@settings(max_examples=20, deadline=None)
def test_parquet_is_read_by_others(items: list[Item]) -> None:
    """One table, all columns as text, null and the empty text apart; its hash is that of the JSON Lines."""
    plain, lines = hashlib.sha256(), hashlib.sha256()
    file = b"".join(content("parquet", iter(items), COLUMNS, plain))
    b"".join(content("jsonl.gz", iter(items), COLUMNS, lines))
    found = pl.read_parquet(file)
    assert ["_op", "_system", "_key", "_version", *COLUMNS] == found.columns
    expected = [(i.operation, i.key, *(i.values.get(name) for name in COLUMNS)) for i in items]
    assert expected == found.select("_op", "_key", *COLUMNS).rows()
    assert lines.hexdigest() == plain.hexdigest()


SCHEMA = Dataset(
    "birth",
    "birth",
    "Khai sinh",
    "A birth.",
    fields=(
        field_of("hoTen", "ho_ten"),
        field_of("so", "so", kind=Kind.INTEGER),
        field_of("noiSinh", "noi_sinh", codes=(Code("760", "Quận 1"),)),
        field_of("ngaySinh", "ngay_sinh", kind=Kind.PARTIAL_DATE),
    ),
    rules=(),
    version_field=None,
)


def xml_of(**values: str | int | None) -> etree._Element:
    given = {"hoTen": None, "so": None, "noiSinh": None, "ngaySinh": None, **values}
    items = [Item("put", "s", "1\x07", AT.isoformat(), given), Item("delete", "s", "2", AT.isoformat())]
    packed_bytes = b"".join(content("xml.gz", items, tuple(given), hashlib.sha256()))
    return etree.fromstring(gzip.decompress(packed_bytes))


def test_xml_is_valid_against_the_schema_of_its_contract() -> None:
    """Texts of any kind, and nothing, are valid; another code, date or number is not."""
    schema = etree.XMLSchema(etree.fromstring(xsd(SCHEMA, [f.name for f in SCHEMA.fields]).encode()))
    right = ({}, {"hoTen": "Đỗ <&> \r\n\x01", "so": 7, "noiSinh": "760", "ngaySinh": "2022-06"}, {"hoTen": ""})
    assert [True] * 3 == [schema.validate(xml_of(**values)) for values in right]
    wrong = ({"noiSinh": "761"}, {"ngaySinh": "06/2022"}, {"so": "seven"})
    assert [False] * 3 == [schema.validate(xml_of(**values)) for values in wrong]


def test_several_chunks(tmp_path: Path) -> None:
    """A payload of more than a chunk opens whole, and a chunk that is left out is found."""

    def many() -> Iterator[Item]:
        for n in range(60_000):
            noise = hashlib.sha512(str(n).encode()).hexdigest()
            yield Item("put", "s", str(n), AT.isoformat(), {"hoTen": noise, "so": n, "noiSinh": None})

    package = packed(tmp_path, many(), "jsonl.gz")  # type: ignore[arg-type]
    assert package.payload.bytes > 2 << 20
    delivery = kit.verify(package.folder, {CITY.id: CITY.private.public_key()})
    assert 60_000 == sum(1 for _ in kit.rows(delivery, RECEIVER))
    payload = package.folder / package.payload.file
    whole = payload.read_bytes()
    head, chunk = len(kit.MAGIC) + 32, kit.CHUNK + kit.TAG
    payload.write_bytes(whole[:head] + whole[head + chunk :])
    with pytest.raises(kit.Refused, match="seal-broken"):
        kit.content(delivery, RECEIVER)
    payload.write_bytes(whole[: head + chunk])
    with pytest.raises(kit.Refused, match="seal-broken"):
        kit.content(delivery, RECEIVER)


def test_postgresql_reads_the_csv(tmp_path: Path, pg_url: str) -> None:
    """`COPY` takes it as it is, with null and the empty text as they were."""
    values = {"hoTen": 'Đỗ "B", C\r\nD', "so": 7, "noiSinh": None}
    items = [
        Item("put", "s", "1", AT.isoformat(), values),
        Item("put", "s", "2", AT.isoformat(), {**values, "noiSinh": ""}),
    ]
    lines = gzip.decompress(b"".join(content("csv.gz", items, COLUMNS, hashlib.sha256())))
    with psycopg.connect(pg_url.replace("postgresql+psycopg", "postgresql")) as connection:
        connection.execute("create temporary table t (op text, sys text, key text, v text, a text, b int, c text)")
        with connection.cursor().copy("copy t from stdin with (format csv, header)") as copy:
            copy.write(lines)
        found = connection.execute("select a, b, c from t order by key").fetchall()
    assert [('Đỗ "B", C\r\nD', 7, None), ('Đỗ "B", C\r\nD', 7, "")] == found


def test_what_a_kill_left_is_replaced(tmp_path: Path) -> None:
    """A half-written folder of an earlier try is no delivery, and does not stand in the way."""
    (tmp_path / ".00000001.part").mkdir()
    (tmp_path / ".00000001.part" / "payload").write_bytes(b"half")
    package = packed(tmp_path, [], "jsonl.gz")
    assert ["00000001"] == [path.name for path in tmp_path.iterdir()]
    assert 4 == len(list(package.folder.iterdir()))
