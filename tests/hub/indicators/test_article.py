"""The figures of the article of 2022-06-02 come back out of the twins' city, through the main path: read, judged, merged, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.core.crypto import Keys
from hub.core.database import connect, migrate
from hub.core.deployment import load_deployment
from hub.indicators.city import read_city
from hub.indicators.figures import Figure, figures
from hub.indicators.keeping import keep
from hub.indicators.selection import CityLists, FigureSelection
from hub.load.landing import Landing
from tests.databases import Databases
from tests.hub.twin_streams import HCMC, opener, served
from twins.population import AS_OF, build_city

NOW = AS_OF


@pytest.fixture(scope="module")
def filled(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """The dossiers of Districts 1 and 3, and what all units offer online, as hub and twins have them."""
    city = build_city(400, 1_500, 1, AS_OF)
    with databases.fresh("article", migrate) as url, served(city) as address:
        engine = connect(url)
        landing = Landing(tmp_path_factory.mktemp("article") / "landing", Keys(b"k" * 32))
        opened = opener(engine, landing, address)
        for system in ("one-stop-760", "one-stop-770"):
            opened(system, "dossier").sync()
        opened("city-portal", "offered_procedure").sync()
        basis, _ = lists()
        with engine.begin() as connection:
            keep(connection, basis, NOW)
        yield engine
        engine.dispose()


def lists() -> tuple[object, CityLists]:
    deployment = load_deployment(HCMC)
    return read_city(deployment.folder, deployment.described, deployment.today)


def ask(engine: sa.Engine, id: str, asked: FigureSelection, now: datetime = NOW) -> list[Figure]:
    with engine.connect() as connection:
        return figures(connection, [id], asked, lists()[1], now)


def test_district_1_takes_everything_online(filled: sa.Engine) -> None:
    """100 % of the dossiers of procedures that it offers online."""
    [figure] = ask(filled, "online-share", FigureSelection(unit="760"))

    assert figure.value == 100
    assert (figure.denominator or 0) > 800


def test_district_3_offers_34_of_195(filled: sa.Engine) -> None:
    """Of which 11 have dossiers."""
    [offered] = ask(filled, "offered", FigureSelection(unit="770"))
    [used] = ask(filled, "offered-used", FigureSelection(unit="770"))

    assert (offered.numerator, offered.denominator) == (34, 195)
    assert (used.numerator, used.denominator) == (11, 34)


def test_district_3_by_sector(filled: sa.Engine) -> None:
    """Economy 93 %, justice 11 %, urban between them; a little over 45 % in all, but for dossiers not yet received."""
    shares = {
        f.sector: f.value for f in ask(filled, "online-share", FigureSelection(unit="770", by=("sector",))) if f.value
    }
    [whole] = ask(filled, "online-share", FigureSelection(unit="770"))

    assert shares["economy"] == pytest.approx(93, abs=1)
    assert shares["justice"] == pytest.approx(11, abs=1)
    assert shares["justice"] < shares["urban"] < shares["economy"]
    assert 45 < (whole.value or 0) < 47


def test_levels_add_up_to_what_is_offered(filled: sa.Engine) -> None:
    """Over all units a procedure counts once, at the highest level that any of them has reached."""
    for unit in ("", "770"):
        three, four, all_ = (
            ask(filled, id, FigureSelection(unit=unit))[0].numerator
            for id in ("offered-level-3", "offered-level-4", "offered")
        )
        assert None not in (three, four, all_)
        assert (three or 0) + (four or 0) == all_
        assert four


def test_what_was_offered_on_an_earlier_day(filled: sa.Engine) -> None:
    """Days of the portal's rows say what was online at the end of 2019, when the twins had begun with a third."""
    then = FigureSelection(unit="770", last=datetime(2019, 12, 1).date())
    [early] = ask(filled, "offered", then)

    assert early.numerator is not None
    assert 0 < early.numerator < 34


def test_idle_procedures_need_a_year(filled: sa.Engine) -> None:
    """The twins tell five months: N/A now, a number once dossiers of a year are counted."""
    [now] = ask(filled, "idle-procedures", FigureSelection())
    [later] = ask(filled, "idle-procedures", FigureSelection(), NOW + timedelta(days=300))

    assert now.value is None
    assert "year" in now.missing
    assert later.numerator is not None
    assert (later.denominator, later.missing) == (195, "")


def test_a_unit_that_no_portal_lists_is_not_zero(filled: sa.Engine) -> None:
    """Sở Tư pháp handles dossiers, but offers nothing that the portal lists: N/A, with the input."""
    [figure] = ask(filled, "offered", FigureSelection(unit="79"))

    assert figure.value is None
    assert "offers online" in figure.missing


def test_the_shipped_sectors_are_of_listed_fields() -> None:
    """A field that no procedure has would be a slip."""
    _, city = lists()

    assert set(city.sectors) <= set(city.procedures.values())
    assert {"economy", "urban", "justice"} == set(city.sectors.values())
    assert Path(HCMC / "facts" / "sectors.csv").exists()
