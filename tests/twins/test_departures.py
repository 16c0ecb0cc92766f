"""Records that leave a twin without a word, come back, or are called otherwise; the same by seed, and after a restart."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import psycopg
import pytest

from hub.local.embedded import EmbeddedServer
from twins.departures import Departed
from twins.digitised.departures import depart
from twins.digitised.store import TABLES, fill
from twins.population import City
from twins.registry.books import registers
from twins.services.dossier_store import DossierStore

from .conftest import AS_OF

NOW = AS_OF + timedelta(hours=1)


def dossiers(store: DossierStore) -> dict[str, str]:
    """MaHoSo -> change time."""
    import msgspec

    return {d["MaHoSo"]: d["NgayCapNhat"] for d in map(msgspec.json.decode, store.page("", "", "", 10**6)[0])}


@pytest.mark.parametrize("silent", [True, False])
def test_dossiers(city: City, silent: bool) -> None:
    store, twin = DossierStore("one-stop-760", city.filed), DossierStore("one-stop-760", city.filed)
    before = dossiers(store)

    def both(what: str, seed: int) -> Departed:
        done = store.depart(what, 20, np.random.default_rng(seed), NOW, silent=silent)
        assert done == twin.depart(what, 20, np.random.default_rng(seed), NOW, silent=silent)
        return done

    deleted, rekeyed = both("deleted", 1), both("rekeyed", 2)
    restored = both("restored", 3)
    after = dossiers(store)

    assert {old for old, _ in deleted} == {new for _, new in restored}
    assert set(after) == set(before) - {old for old, _ in rekeyed} | {new for _, new in rekeyed}
    times = {after[str(new)] for _, new in (*restored, *rekeyed)}
    assert (times == {NOW.strftime("%Y%m%d%H%M%S")}) != silent
    assert store.count() == len(before)


@pytest.mark.parametrize("silent", [True, False])
def test_registrations(city: City, silent: bool) -> None:
    book = registers(city)["birth"]
    days = [AS_OF.date() - timedelta(days=day) for day in range(9_000)]

    def listed() -> set[str]:
        return {i for day in days for i, _ in book.on(day)}

    before = listed()
    deleted = book.depart("deleted", 30, np.random.default_rng(1), NOW, silent=silent)
    assert listed() == before - {str(old) for old, _ in deleted}
    assert book.records([str(old) for old, _ in deleted]) == {}
    assert len(book) == len(before) - 30

    rekeyed = book.depart("rekeyed", 10, np.random.default_rng(2), NOW, silent=silent)
    restored = book.depart("restored", 30, np.random.default_rng(3), NOW, silent=silent)

    assert {new for _, new in restored} == {old for old, _ in deleted}
    assert listed() == before - {str(old) for old, _ in rekeyed} | {str(new) for _, new in rekeyed}
    new = [str(number) for _, number in rekeyed]
    assert {record["id"] for record in book.records(new).values()} == set(new)
    assert len(book) == len(before)


@pytest.mark.parametrize("silent", [True, False])
def test_rows_of_the_store(city: City, server: EmbeddedServer, silent: bool) -> None:
    url = server.ensure(f"departing_{int(silent)}", "store-owner", "owner", readers={"reader-1": "1"})
    fill(city, url, "reader-1")

    def ids() -> set[str]:
        with psycopg.connect(url) as owner:
            return {str(i) for (i,) in owner.execute(f'select "ID" from "{TABLES["birth"]}"')}

    before = ids()
    deleted = depart(url, "birth", "deleted", 10, 1, silent=silent)
    rekeyed = depart(url, "birth", "rekeyed", 5, 2, silent=silent)
    assert ids() == before - {str(old) for old, _ in (*deleted, *rekeyed)} | {str(new) for _, new in rekeyed}
    restored = depart(url, "birth", "restored", 10, 3, silent=silent)

    assert {new for _, new in restored} == {old for old, _ in deleted}
    assert len(ids()) == len(before)
    with pytest.raises(ValueError, match="1 rows were asked for, and there are 0"):
        depart(url, "birth", "restored", 1, 3, silent=silent)


def test_over_the_control_api(wire) -> None:
    """What happened says the answer: the key before, and the key after."""
    answer = wire.control("depart", {"system": "one-stop-760", "what": "rekeyed", "count": 2, "seed": 4}).json()
    assert [len(pair) for pair in answer["departed"]] == [2, 2]
    gone = wire.control("depart", {"system": "moj-registry", "what": "deleted", "count": 3, "register": "death"}).json()
    assert [new for _, new in gone["departed"]] == [None] * 3
    for wrong in (
        {"system": "one-stop-760", "what": "stolen", "count": 2},
        {"system": "one-stop-1", "what": "deleted", "count": 2},
        {"system": "one-stop-760", "what": "restored", "count": 2},
        {"system": "moj-registry", "what": "deleted"},
    ):
        assert wire.control("depart", wrong).status == 400


def test_a_clock_can_be_set_back(wire) -> None:
    before = wire.call("GET", "/control/state").json()["now"]
    assert wire.control("clock", {"back_s": 3600}).json()["now"] < before
