"""Each dialect that lists its keys: they are the keys of what it reads whole, and a list that is cut is none."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest

from connectors import Source, System, open_source
from connectors.errors import Incomplete, Malformed, Unreachable
from connectors.interface import Window
from contracts.errors import DeploymentInvalid, HubError
from contracts.model import Contract
from hub.local.embedded import EmbeddedServer
from tests.connectors import digitised_books, small_city
from tests.connectors.digitised_books import CONTRACT
from tests.connectors.dump_files import FRAME, SENT, ndjson, put
from tests.connectors.dump_files import system as dump_system
from tests.connectors.small_city import Twins

twins = small_city.twins
nothing_scripted = small_city.nothing_scripted
owner, store, sqlite = digitised_books.owner, digitised_books.store, digitised_books.sqlite

OVER_HTTP = {
    "one-stop-760": "dossier",
    "city-portal": "dossier",
    "national-portal": "national_procedures",
    "e-identification-760": "identification_event",
    "moj-registry": "birth",
    "moj-registry-rest": "death",
}


def read_whole(source: Source, contract: Contract) -> pl.DataFrame:
    """Keys and change times of a full reading."""
    dataset = contract.datasets[0]
    names = [*(field.name for field in dataset.key), str(dataset.version_field)]
    frames = [source.records(page.body, page.media_type)[dataset.name] for page in source.pages(Window())]
    return pl.concat([frame.select(names) for frame in frames]).unique()


def listed(source: Source) -> pl.DataFrame:
    pages = source.listing()
    assert pages is not None
    return pl.concat([page.keys for page in pages]).unique()


@pytest.mark.parametrize(("system", "contract"), OVER_HTTP.items())
def test_what_is_listed_is_what_is_read(twins: Twins, system: str, contract: str) -> None:
    """The same keys, and the same change times where the source lists them."""
    source = twins.open(system, contract)
    whole, keys = read_whole(source, twins.contracts[contract]), listed(source)
    source.close()

    assert keys.height > 0
    assert sorted(keys.rows()) == sorted(whole.select(keys.columns).unique().rows())
    assert (str(twins.contracts[contract].datasets[0].version_field) in keys.columns) == ("moj" not in system)


@pytest.mark.parametrize("system", OVER_HTTP)
def test_a_listing_that_is_cut_is_an_error(twins: Twins, system: str) -> None:
    """The connection breaks on a later page: what came before is no list."""
    source = twins.open(system, OVER_HTTP[system], **({} if "moj" in system else {"page_size": 5}))
    pages = source.listing()
    assert pages is not None
    next(pages)
    twins.play({"kind": "reset", "match": {"system": system}, "times": 50})

    with pytest.raises(HubError):
        list(pages)
    source.close()


def test_a_page_that_lies_about_its_count_is_no_listing(twins: Twins) -> None:
    source = twins.open("one-stop-760", "dossier")
    twins.play({"kind": "missing-record", "match": {"system": "one-stop-760"}, "times": 1})

    with pytest.raises((Incomplete, Malformed)):
        list(source.listing() or ())
    source.close()


def test_a_registry_lists_across_midnight(twins: Twins) -> None:
    """A record that changes after midnight is on the new day's list alone: the listing goes on to that day."""
    source = twins.open("moj-registry", "birth")
    pages = source.listing()
    assert pages is not None
    first = next(pages)
    twins.clock.advance(86_400)

    days = [first.place, *(page.place for page in pages)]

    assert days == sorted(days)
    body = json.dumps({"system": "moj-registry", "count": 10, "seed": 3}).encode()
    urllib.request.urlopen(f"{twins.address}/control/change", body, timeout=5).close()
    assert listed(source).height == read_whole(source, twins.contracts["birth"]).height
    source.close()


# -- stores in SQL ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["store", "sqlite"])
def test_a_store_lists_the_rows_that_are_read(engine: str, request: pytest.FixtureRequest) -> None:
    """Finished rows of the years that are read, with their change times."""
    system: System = request.getfixturevalue(engine)
    source = open_source(system, CONTRACT)

    keys = listed(source)

    assert sorted(keys.rows()) == sorted(read_whole(source, CONTRACT).rows())
    source.close()


def test_a_store_is_listed_in_one_state(store: System, owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is deleted between two pages of keys is there still, as the count says; the next listing lacks it."""
    monkeypatch.setattr("connectors.systems.digitised_store.store._KEYS_ON_A_PAGE", 20)
    source = open_source(store, CONTRACT)
    pages = source.listing()
    assert pages is not None
    first = next(pages)
    with psycopg.connect(owner) as connection:
        deleted = connection.execute('delete from "HT_KHAISINH" where "ID" in (100, 101)').rowcount

    keys = pl.concat([first.keys, *(page.keys for page in pages)])

    assert deleted == 2
    assert keys.height - listed(source).height == 2
    source.close()


def test_a_store_that_goes_away_lists_nothing(
    store: System, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is cut: another one would see another state."""
    monkeypatch.setattr("connectors.systems.digitised_store.store._KEYS_ON_A_PAGE", 20)
    source = open_source(store, CONTRACT)
    pages = source.listing()
    assert pages is not None
    next(pages)
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'store_test'")

    with pytest.raises((Incomplete, Unreachable)):
        list(pages)
    assert listed(source).height > 0, "the next listing has a connection of its own"
    source.close()


def test_a_store_without_change_times_lists_keys_alone(sqlite: System) -> None:
    options = {name: value for name, value in sqlite.options.items() if name != "changed"}
    source = open_source(replace(sqlite, options=options), CONTRACT)

    assert listed(source).columns == ["id"]
    source.close()


# -- files --------------------------------------------------------------------------------------------


def dump_of(folder: Path, numbers: range, day: int) -> None:
    """A dump of some births, sent so many days before the last."""
    some = FRAME[numbers.start : numbers.stop]
    put(folder, f"births_{9 - day}.ndjson", ndjson(some), SENT - timedelta(days=day))


@pytest.mark.parametrize(("full_list", "expected"), [("newest", 4), ("all", 7)])
def test_a_dump_is_the_list_of_its_keys(tmp_path: Path, full_list: str, expected: int) -> None:
    """Of dumps that are each the whole register, the newest; of one in parts, all parts."""
    dump_of(tmp_path, range(0, 5), 2)
    dump_of(tmp_path, range(3, 7), 1)
    source = open_source(dump_system(tmp_path, full_list=full_list), CONTRACT)

    assert listed(source).height == expected
    source.close()


def test_nothing_says_what_a_folder_is_worth(tmp_path: Path) -> None:
    """A dump may be what changed since the last: without a word of the deployment it is no list."""
    dump_of(tmp_path, range(0, 5), 2)
    source = open_source(dump_system(tmp_path), CONTRACT)

    assert source.listing() is None
    with pytest.raises(DeploymentInvalid, match="full_list must be one of newest, all"):
        open_source(dump_system(tmp_path, full_list="yes"), CONTRACT)
    source.close()


@pytest.mark.parametrize(
    ("damage", "full_list", "error"),
    [
        ("nothing lies there", "all", Incomplete),
        ("a newer one is not complete", "newest", Incomplete),
        ("an older one is not complete", "all", Incomplete),
        ("an older one is not complete", "newest", None),
        ("the newest cannot be read", "newest", Malformed),
        ("a manifest that is none", "newest", Malformed),
        ("another form", "all", Malformed),
    ],
)
def test_a_folder_with_a_part_missing_is_no_list(
    tmp_path: Path, damage: str, full_list: str, error: type[HubError] | None
) -> None:
    """What cannot be read could have any key."""
    if damage != "nothing lies there":
        dump_of(tmp_path, range(0, 5), 3)
    late = tmp_path / "births_late.ndjson"
    match damage:
        case "a newer one is not complete" | "an older one is not complete":
            put(tmp_path, late.name, ndjson(FRAME), SENT - timedelta(days=1 if "newer" in damage else 5))
            late.write_bytes(b"{}")
        case "the newest cannot be read":
            put(tmp_path, late.name, b'{"x": 1}\n', SENT - timedelta(days=1))
        case "a manifest that is none":
            (tmp_path / "births_late.manifest.json").write_text("{")
        case "another form":
            put(tmp_path, "births_late.xls", b"", SENT - timedelta(days=1))
    source = open_source(dump_system(tmp_path, full_list=full_list), CONTRACT)

    if error is None:
        assert listed(source).height == 5
    else:
        with pytest.raises(error, match="register-dump: "):
            list(source.listing() or ())
    source.close()
