"""Columns of a drafted contract from a real table's catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.interface import System
from connectors.sql import draft
from contracts.drafting.text import contract_text
from contracts.errors import DeploymentInvalid
from contracts.load import load_contract
from contracts.model import Kind
from hub.local.embedded import EmbeddedServer

TABLE = """
create type phase as enum ('open', 'closed');
create table "Hồ sơ" (id uuid primary key, so integer not null, phi numeric(12, 2), ten varchar(200) not null, sinh date,
  cap_nhat timestamptz not null, trang_thai phase not null, xong boolean, "order" text);
comment on table "Hồ sơ" is 'One dossier.';
comment on column "Hồ sơ".phi is 'Fee in dong.';
insert into "Hồ sơ" values ('00000000-0000-0000-0000-000000000001', 1, 2.5, 'Người Thử', null, now(), 'open', true, 'x')
"""


@pytest.fixture
def system(server: EmbeddedServer) -> Iterator[System]:
    url = sa.make_url(server.ensure("draft_test", "draft-owner", "owner"))
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(TABLE))
    engine.dispose()
    credentials = {"username": "draft-owner", "password": "owner"}
    address = f"postgresql://{url.host}:{url.port}/{url.database}"
    yield System("one-stop", "S", "d", address, credentials, {}, Path())
    server.drop("draft_test")


def test_a_table_gives_what_its_catalogue_says(system: System, tmp_path: Path) -> None:
    """Kinds, lengths, key, codes and comments; no value of a row."""
    source, columns = draft.columns_of(system, "public.Hồ sơ", "drafted")
    text = contract_text("drafted", source, columns)
    path = tmp_path / "drafted.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    [dataset] = load_contract(path).datasets

    assert {
        "id": (Kind.TEXT, True),
        "so": (Kind.INTEGER, True),
        "phi": (Kind.DECIMAL, False),
        "ten": (Kind.TEXT, True),
        "sinh": (Kind.TEXT, False),
        "cap_nhat": (Kind.TIMESTAMP, True),
        "trang_thai": (Kind.TEXT, True),
        "xong": (Kind.TEXT, False),
        "order": (Kind.TEXT, False),
    } == {field.name: (field.kind, field.required) for field in dataset.fields}
    assert ("id", "cap_nhat") == (dataset.key[0].name, dataset.version_field)
    assert (200, "Fee in dong.") == (dataset.by_name["ten"].max_length, dataset.by_name["phi"].meaning)
    assert ["open", "closed"] == [code.value for code in dataset.by_name["trang_thai"].codes]
    assert "One dossier." == dataset.meaning
    assert "Người Thử" not in text


def test_a_table_that_is_not_there_is_named(system: System) -> None:
    """With those that are."""
    with pytest.raises(DeploymentInvalid, match=r"no table public\.births") as caught:
        draft.columns_of(system, "public.births", "drafted")

    assert "Hồ sơ" in caught.value.hint
