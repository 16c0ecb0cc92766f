"""A search by name stays behind the second wall, in the table of its dataset. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.core.errors import DatabaseRefused

from .conftest import DEAD, HOSPITAL, SCHOOL
from .reading import ALL, DAY, reading


def test_names_are_looked_up_behind_the_policy(held, engine) -> None:
    named = sa.text(
        "select key from hub.named('birth', 'warehouse', 'nks_ho_ten', 'nks_ngay_sinh', 'nguyen minh an', '2016') order by 1"
    )
    with reading(engine, **ALL) as connection:
        assert connection.scalars(named).all() == ["1", "2"]
    with reading(engine, agency=HOSPITAL, purpose="civil-status", day=DAY) as connection:
        assert connection.scalars(named).all() == []


def test_a_search_by_name_stays_in_the_table_of_its_dataset(held, put, engine) -> None:
    """It was told the table beside the dataset: whoever is granted births could have had it look through deaths. Now the table follows."""
    put("death", "1", **DEAD | {"nktHoTen": "Nguyễn Minh An", "nktNgaySinh": "1950"})
    search = "select count(*) from hub.named({}, 'nkt_ho_ten', 'nkt_ngay_sinh', 'nguyen minh an', '{}')"
    deaths = search.format("'death', 'warehouse'", "1950")
    with engine.connect() as connection:
        assert connection.scalar(sa.text(deaths)) == 1, "as the owner: there is one"
        assert connection.scalar(sa.text(deaths.replace("'death'", "'nothing'"))) == 0
    only_births = {"agency": SCHOOL, "purpose": "school-enrolment", "day": DAY}
    with reading(engine, **only_births) as connection:
        assert connection.scalar(
            sa.text("select 'birth' = any (hub.readable()) and not 'death' = any (hub.readable())")
        )
        assert connection.scalar(sa.text(deaths)) == 0
    # With births' dataset only births' table can be looked through: it has no such column, and no other place is one.
    for among in ("warehouse", "warehouse.death", "hub", "pg_catalog", "Warehouse", ""):
        with pytest.raises(
            DatabaseRefused, match="UndefinedColumn" if among == "warehouse" else "RaiseException P0001"
        ):
            with reading(engine, **only_births) as connection:
                connection.scalar(sa.text(search.format(f"'birth', '{among}'", "2016")))


def test_a_search_by_name_follows_a_table_of_another_name(held, engine, contracts) -> None:
    """A contract may call its table otherwise than its dataset."""
    with engine.begin() as connection:
        connection.execute(sa.text("alter table warehouse.birth rename to births"))
        [birth] = contracts["birth"].datasets
        connection.execute(
            sa.text("""update hub.dataset set "table" = 'births' where dataset = :d"""), {"d": birth.name}
        )
    with reading(engine, **ALL) as connection:
        found = sa.text(
            "select count(*) from hub.named('birth', 'warehouse', 'nks_ho_ten', 'nks_ngay_sinh', 'nguyen minh an', '2016')"
        )
        assert connection.scalar(found) == 2
