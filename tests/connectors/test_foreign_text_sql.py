"""Words of a database, or of what answers at its port, are never passed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from connectors import Window, open_source
from contracts.errors import HubError
from contracts.load import load_contracts
from hub.local.embedded import EmbeddedServer
from tests.connectors import canaries
from tests.connectors.canaries import SAID, WORD, passed_on, saying
from tests.connectors.digitised_books import COLUMNS, LOGIN, row, typed
from tests.connectors.digitised_books import system as store_system

overheard = canaries.overheard


@pytest.fixture(scope="module")
def owner(server: EmbeddedServer) -> Iterator[str]:
    """The owner's URL of a store whose table of births is a view over the owner's own code."""
    url = server.ensure("store_talks", "talking-owner", "owner", readers={LOGIN["username"]: LOGIN["password"]})
    with psycopg.connect(url) as connection:
        connection.execute(f"create table behind ({', '.join(typed(name, engine='postgresql') for name in COLUMNS)})")
        connection.execute(f"insert into behind values ({', '.join(['%s'] * len(COLUMNS))})", list(row(1).values()))
        connection.execute('create table "DM_NOIDANGKY" ("Ma" integer, "Ten" text, "MaCapCha" integer, "IDMap" text)')
        connection.execute("create function says() returns boolean language plpgsql as $$ begin return true; end $$")
        connection.execute('create view "HT_KHAISINH" as select * from behind where says()')
        connection.execute(f'grant select on all tables in schema public to "{LOGIN["username"]}"')
    yield url
    server.drop("store_talks")
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(f'drop role "{LOGIN["username"]}"')


@pytest.mark.parametrize(
    "state", ["P0001", "23505", "42P01", "42501", "57014", "08006", "22023", "53300", "40001", "XX000", "28000"]
)
def test_over_sql(overheard: Callable[[BaseException], str], owner: str, state: str) -> None:
    """A function or trigger of theirs may raise with any code, and put words into message, detail, hint, and names of tables."""
    quoted = SAID.replace("'", "''")
    names = ", ".join(
        f"{part} = '{quoted}'"
        for part in ("message", "detail", "hint", "table", "column", "constraint", "schema", "datatype")
    )
    body = f"begin raise warning '%', '{quoted}'; raise notice '%', '{quoted}'; raise exception using errcode = '{state}', {names}; end"
    with psycopg.connect(owner) as connection:
        connection.execute(f"create or replace function says() returns boolean language plpgsql as $$ {body} $$")
    port = psycopg.conninfo.conninfo_to_dict(owner)["port"]
    with pytest.raises(HubError) as raised:
        list(
            open_source(store_system(f"postgresql://127.0.0.1:{port}/store_talks"), load_contracts()["birth"]).pages(
                Window()
            )
        )

    assert [] == passed_on(overheard(raised.value))
    assert state in str(raised.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"E\x00\x00\x00\x00" + f"SFATAL\0C28000\0M{SAID}\0\0".encode(),
        SAID.encode(),
        b"R\x00\x00\x00\x0c\x00\x00\x00\x63" + WORD.encode(),
    ],
)
def test_a_server_that_is_no_database(overheard: Callable[[BaseException], str], answer: bytes) -> None:
    """Before anybody is let in a server may say anything, and the driver's error repeats it."""
    whole = answer[:1] + (len(answer) - 1).to_bytes(4, "big") + answer[5:] if answer[:1] == b"E" else answer
    with saying(whole) as place:
        source = open_source(
            store_system(f"postgresql://{place}/x?sslmode=disable&gssencmode=disable"), load_contracts()["birth"]
        )
        with pytest.raises(HubError) as raised:
            list(source.pages(Window()))

    assert [] == passed_on(overheard(raised.value))
