"""Facts and cells kept by what merges changed are those that a full count gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from hub.indicators.keeping import keep, recompute
from tests.hub.registers import NOW, Put

from .conftest import BASIS, PORTAL
from .sixty import P, Q, at


def cells(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(sa.text("select * from hub.indicator_cell order by 1, 2, 3, 4"))
        ]


def facts(engine: sa.Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text("select * from hub.indicator_fact order by 1, 2"))]


@pytest.mark.parametrize("seed", range(4))
def test_any_changes_leave_what_a_full_count_gives(systems: sa.Engine, put: Put, seed: int) -> None:
    """New dossiers, other states, months, procedures and papers, mirrors under the same and under another number, in any order."""
    chance, serial = random.Random(seed), 1
    for _ in range(12):
        serial += 1
        for _ in range(chance.randrange(1, 6)):
            _change(systems, put, chance, serial)
        with systems.begin() as connection:
            keep(connection, BASIS, NOW)
    kept = cells(systems), facts(systems)
    with systems.begin() as connection:
        recompute(connection, BASIS, NOW)
    assert kept[0]
    assert kept == (cells(systems), facts(systems))


def _change(engine: sa.Engine, put: Put, chance: random.Random, serial: int) -> None:
    number = chance.randrange(9)
    system = chance.choice(("one-stop-760", "one-stop-770", PORTAL))
    mine = f"P-{number}" if system == PORTAL and chance.random() < 0.4 else f"H-{number}"
    values = {
        "TrangThaiHoSo": chance.choice(("2", "4", "5", "9", "10")),
        "MaTTHC": chance.choice((P, Q)),
        "KenhThucHien": chance.choice(("1", "2", "3", None)),
        "NgayTiepNhan": chance.choice((at(3), at(3, 4), None)),
        "NgayHenTra": chance.choice((at(9), None)),
        "NgayKetThucXuLy": chance.choice((at(5), at(15), None)),
        "MaHoSoKhac": f"H-{number}" if mine.startswith("P") else None,
    }
    with engine.begin() as connection:  # a newer version in the place of the older, as a merge leaves it
        for table, owner in (("dossier", "_key"), ("dossier_component", "_parent")):
            connection.execute(
                sa.text(f"delete from warehouse.{table} where _system = :system and {owner} = :key"),
                {"system": system, "key": mine},
            )
    put("dossier", mine, system=system, _batch=serial, MaHoSo=mine, **values)
    if chance.random() < 0.5:
        put(
            "dossier",
            f"{mine}/1",
            "dossier_component",
            system=system,
            _batch=serial,
            _parent=mine,
            MaHoSo=mine,
            DuocSoHoa="1",
        )


def test_a_day_s_change_looks_at_a_day_s_dossiers(systems: sa.Engine, put: Put, sixty: Callable[[], None]) -> None:
    """Of sixty-one, the one that came; and nothing when nothing came."""
    sixty()
    with systems.begin() as connection:
        first = keep(connection, BASIS, NOW)
    put(
        "dossier",
        "H-9001",
        system="one-stop-770",
        _batch=7,
        MaHoSo="H-9001",
        MaTTHC=Q,
        NgayTiepNhan=at(11),
        TrangThaiHoSo="2",
    )
    with systems.begin() as connection:
        second = keep(connection, BASIS, NOW)
    with systems.begin() as connection:
        third = keep(connection, BASIS, NOW)
    assert (first, second, third) == (59, 1, 0)


def test_other_lists_count_anew(systems: sa.Engine, sixty: Callable[[], None]) -> None:
    """A procedure that ends in no paper by the new list: its dossiers lack no electronic result any more."""
    sixty()
    with systems.begin() as connection:
        keep(connection, BASIS, NOW)
        before = connection.scalar(sa.text("select sum(result_due) from hub.indicator_cell"))
        keep(connection, replace(BASIS, procedures=[{"code": P, "field": "Hộ tịch", "result": False}]), NOW)
        after = connection.scalar(sa.text("select sum(result_due) from hub.indicator_cell"))
    assert (before, after) == (24, 0)
