"""The contractor's store: real tables that fit the shipped map, filled once, and a reader who may only look."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pytest
import yaml

from hub.local.embedded import EmbeddedServer
from twins.digitised.store import FINISHED, PLACES, READ, TABLES, fill, stored
from twins.population import City

SYSTEMS = Path(__file__).parents[3] / "deployments" / "hcmc" / "systems"
OPTIONS = yaml.safe_load((SYSTEMS / "digitised-store.yaml").read_text(encoding="utf-8"))["options"]


@pytest.fixture
def reader() -> tuple[str, str]:
    return f"reader_{os.urandom(4).hex()}", "a-password"


@pytest.fixture
def url(server: EmbeddedServer, pg_url: str, reader: tuple[str, str]) -> str:
    """The owner's, who makes no roles; the administrator made the reader."""
    server.ensure("tester_store", "tester", "tester", readers=dict([reader]))
    server.drop("tester_store")
    return pg_url


def test_it_is_what_the_shipped_deployment_reads(url: str, city: City, reader: tuple[str, str]) -> None:
    """Tables, columns, finished states, places and years of the system's file are all there."""
    fill(city, url, reader[0])

    assert TABLES == OPTIONS["tables"]
    assert {"from": READ[0], "to": READ[1], "column": "NamMoSo"} == OPTIONS["years"]
    assert list(FINISHED) == OPTIONS["state"]["finished"]
    with psycopg.connect(url) as look:
        for register, table in TABLES.items():
            wanted = {
                wire
                for wire in yaml.safe_load((SYSTEMS / "digitised-store" / f"{register}.yaml").read_text())[
                    "fields"
                ].values()
                if wire
            }
            there = {
                name
                for (name,) in look.execute(
                    "select column_name from information_schema.columns where table_name = %s", [table]
                )
            }
            assert wanted | {"TinhTrangID", "NamMoSo", *OPTIONS["kept"]} == there
        kinds = look.execute(
            "select distinct data_type, character_maximum_length from information_schema.columns where column_name = 'ngayDangKy'"
        )
        assert [("character varying", 50)] == kinds.fetchall()
        assert (
            look.execute(f'select count(*) from "{PLACES}" a join "{PLACES}" b on b."Ma" = a."MaCapCha"').fetchone()[0]
            > 300
        )


def test_a_second_start_writes_nothing_and_another_city_writes_anew(
    url: str, city: City, reader: tuple[str, str]
) -> None:
    """Nobody's reading is disturbed by a restart."""
    place = f"""select pg_relation_filenode('"{TABLES["birth"]}"')"""
    rows = fill(city, url, reader[0])
    with psycopg.connect(url, autocommit=True) as look:
        first = look.execute(place).fetchone()
        assert rows == fill(city, url, reader[0]) == sum(len(each.rows) for each in stored(city).values())
        assert first == look.execute(place).fetchone()
        look.execute("comment on table \"DM_TINHTRANG\" is 'another city'")
        fill(city, url, reader[0])
        assert first != look.execute(place).fetchone()


def test_the_reader_may_only_look(url: str, city: City, reader: tuple[str, str]) -> None:
    fill(city, url, reader[0])
    with psycopg.connect(url, user=reader[0], password=reader[1], autocommit=True) as look:
        assert look.execute(f'select count(*) from "{TABLES["birth"]}"').fetchone()[0] > 0
        for statement in (
            f'update "{TABLES["birth"]}" set so = null',
            f'delete from "{PLACES}"',
            "create table x (y integer)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                look.execute(statement)


def test_a_reader_that_nobody_made_is_named(url: str, city: City) -> None:
    """The owner could make it by a right that reaches a superuser's; now an administrator does, and what is missing is said."""
    with pytest.raises(LookupError, match="has no login nobody-made-me"):
        fill(city, url, "nobody-made-me")


def test_its_defects_stand_in_the_truth_table(city: City) -> None:
    """Of rows that are read only: finished, and of the years; the store's own and those of the registry's entries."""
    for register, each in stored(city).items():
        rows = each.rows.filter(each.rows["ID"].is_in(each.truth["record_id"].implode()))
        assert set(rows["TinhTrangID"]) <= set(map(str, FINISHED))
        assert set(rows["NamMoSo"]) <= set(map(str, range(READ[0], READ[1] + 1)))
        if register == "birth":
            assert {"missing-change-time", "unmapped-place", "keyed-otherwise"} <= set(each.truth["defect"])
            assert (
                each.truth.filter(each.truth["defect"] == "missing-change-time").height
                == rows["NgayCapNhat"].null_count()
                > 0
            )
            assert "nksSoDDCN" not in each.rows.columns


def test_wrong_places_lie_among_the_others(city: City) -> None:
    """All of them stood last, so that a large city's last batch was wrong in every fifth row and was held."""
    births = city.registers["birth"]
    strange = pl.Series(np.random.default_rng(1).random(len(births)) < 0.01)
    written = births.with_columns(noiDangKy=pl.when(strange).then(pl.lit("99999")).otherwise("noiDangKy"))
    rows = stored(replace(city, registers={**city.registers, "birth": written}))["birth"].rows
    wrong = rows["_id"].is_in(written.filter(strange)["id"].implode())
    assert wrong.sum() > 3
    assert wrong.tail(len(rows) // 4).sum() < wrong.sum()
