"""The store of digitised books: a real PostgreSQL and a SQLite file, written apart from the connector and from the twin.

More than 300 lines on purpose: both databases are made here, and every situation is tried on both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import yaml

from connectors import Source, System, open_source
from connectors.errors import Malformed, Refused, Unreachable
from connectors.interface import Position, Window
from connectors.testing import sql_conformance
from connectors.testing.conformance import PLAIN, Target, Unmet
from connectors.testing.sql_conformance import NAMES, SqlTarget, run_check
from connectors.testing.sql_faults import SqlFault
from contracts.errors import ContractInvalid, DeploymentInvalid
from contracts.load import load_contracts
from hub.local.embedded import EmbeddedServer

SYSTEMS = Path(__file__).parents[2] / "deployments" / "hcmc" / "systems"
CONTRACT = load_contracts()["birth"]
OPTIONS: dict[str, Any] = yaml.safe_load((SYSTEMS / "digitised-store.yaml").read_text(encoding="utf-8"))["options"]
FIELDS = [
    wire
    for wire in yaml.safe_load((SYSTEMS / "digitised-store" / "birth.yaml").read_text(encoding="utf-8"))[
        "fields"
    ].values()
    if wire
]
COLUMNS = list(dict.fromkeys([*FIELDS, "TinhTrangID", "NamMoSo", *OPTIONS["kept"]]))
NOW = datetime(2022, 6, 2, 1, tzinfo=UTC)
LOGIN = {"username": "reader-7f", "password": "mật-khẩu-19"}
ROWS = 130
CHANGED = [datetime(2022, 5, 1, 8) + timedelta(minutes=number // 7) for number in range(ROWS)]
"""Seven rows share each minute."""


def row(number: int, **values: object) -> dict[str, object]:
    """A finished row of a book of 2005."""
    plain = {
        "ID": number,
        "NgayCapNhat": CHANGED[number - 1] if number <= ROWS else CHANGED[-1],
        "TinhTrangID": 5 + number % 3,
        "NamMoSo": 2005,
        "noiDangKy": 12,
        "so": str(number),
        "quyenSo": "01/2005",
        "ngayDangKy": "05.2005" if number == 4 else "15.05.2005",
        "nksHoTen": f"Trần Văn Khai Sinh {number}",
        "ghiChu": "" if number == 3 else "Đã «cấp»\nbản sao",
        "URLTapTinDinhKem": f"/so-hoa/{number}.pdf",
    }
    return {name: (plain | values).get(name) for name in COLUMNS}


ALL = [*(row(number) for number in range(1, ROWS + 1)), row(201, TinhTrangID=3), row(202, NamMoSo=1999)]
PLACES = [(1, "Quận 1", None, "760"), (12, "Phường Bến Nghé", 1, "26740"), (13, "Nơi chưa rõ", None, None)]


def typed(name: str, *, engine: str) -> str:
    given = {
        "ID": "bigint primary key",
        "NgayCapNhat": "timestamp",
        "TinhTrangID": "smallint",
        "NamMoSo": "smallint",
        "noiDangKy": "integer",
    }
    return (
        f'"{name}" {given.get(name, "text")}'
        if engine == "postgresql" or name not in ("NgayCapNhat",)
        else f'"{name}" text'
    )


def made(run: Callable[..., object], *, engine: str) -> None:
    """Both tables with their rows, by a driver's `execute`."""
    mark = "%s" if engine == "postgresql" else "?"
    columns = ", ".join(typed(name, engine=engine) for name in COLUMNS)
    run(f'create table "HT_KHAISINH" ({columns})')
    run('create table "DM_NOIDANGKY" ("Ma" integer, "Ten" text, "MaCapCha" integer, "IDMap" text)')
    for each in ALL:
        values = [
            value.isoformat(" ") if isinstance(value, datetime) and engine == "sqlite" else value
            for value in each.values()
        ]
        run(f'insert into "HT_KHAISINH" values ({", ".join([mark] * len(COLUMNS))})', values)
    for place in PLACES:
        run(f'insert into "DM_NOIDANGKY" values ({", ".join([mark] * 4)})', place)


@pytest.fixture(scope="module")
def owner(server: EmbeddedServer) -> Iterator[str]:
    """The owner's URL of a store in PostgreSQL, in which the reader may SELECT."""
    url = server.ensure("store_test", "store-owner", "owner", readers={LOGIN["username"]: LOGIN["password"]})
    with psycopg.connect(url) as connection:
        made(connection.execute, engine="postgresql")
        connection.execute(f'grant select on all tables in schema public to "{LOGIN["username"]}"')
    yield url
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("drop database store_test with (force)")
        admin.execute(f'drop role "{LOGIN["username"]}"')


@pytest.fixture
def store(owner: str) -> System:
    """The store as the shipped deployment describes it, in pages of 50."""
    url = sa.make_url(owner)
    return system(f"postgresql://{url.host}:{url.port}/{url.database}")


@pytest.fixture
def sqlite(tmp_path: Path) -> System:
    """The same store as a file, as a contractor may hand it over."""
    with sqlite3.connect(tmp_path / "store.db") as connection:
        made(connection.execute, engine="sqlite")
    connection.close()
    return system(f"sqlite:///{tmp_path / 'store.db'}")


def system(address: str) -> System:
    options = {**OPTIONS, "page_size": 50, "attempts": 1}
    return System("digitised-store", "Kho số hóa", "digitised_store", address, LOGIN, options, SYSTEMS, now=lambda: NOW)


def opened(of: System, **options: object) -> Source:
    return open_source(
        replace(of, options={name: value for name, value in {**of.options, **options}.items() if value is not None}),
        CONTRACT,
    )


def reply(source: Source, field: str, window: Window | None = None) -> list[str | None]:
    """A field of all records, in the order in which they came."""
    found: list[str | None] = []
    for page in source.pages(window or Window()):
        found += source.records(page.body, page.media_type)["birth"][field].to_list()
    source.close()
    return found


@pytest.mark.parametrize("check", NAMES)
def test_promise(owner: str, store: System, check: str) -> None:
    """Each documented fault of a database becomes its error, and honest reading is whole, pure and inclusive."""
    target = Target(store, CONTRACT, lambda request: True, ())
    run_check(check, SqlTarget(target, owner, "HT_KHAISINH", "ghiChu"))


@pytest.mark.parametrize("check", PLAIN, ids=lambda check: check.name)
def test_promise_on_another_engine(sqlite: System, check: Any) -> None:
    """The same dialect reads whatever SQLAlchemy opens."""
    check.run(Target(sqlite, CONTRACT, lambda request: True, ()))


def test_both_engines_say_the_same_records(store: System, sqlite: System) -> None:
    """What is told does not depend on the engine, and the same rows are landed as the same bytes."""
    pages = [list(opened(each).pages(Window())) for each in (store, sqlite, store)]
    frames = [[opened(store).records(page.body, page.media_type)["birth"] for page in each] for each in pages]

    assert all(one.equals(other) for one, other in zip(frames[0], frames[1], strict=True))
    assert [page.body for page in pages[0]] == [page.body for page in pages[2]]


def test_only_finished_rows_of_the_years_asked_for(store: System) -> None:
    """A row that is still being keyed, and a book of another year, are not read; equal change times are told apart by the key."""
    assert [str(number) for number in range(1, ROWS + 1)] == reply(opened(store), "id")


def test_a_place_is_reported_by_its_national_code(store: System) -> None:
    """The store's own code stays in the landing; the unit that answers is the place's."""
    [page, *_] = opened(store).pages(Window())
    frame = opened(store).records(page.body, page.media_type)["birth"]

    assert {("26740", "26740")} == set(frame.select("noiDangKy", "maDonVi").rows())
    assert b'"DM_NOIDANGKY.IDMap"' in page.body
    assert b'"12"' in page.body
    assert b"/so-hoa/1.pdf" in page.body


def test_nothing_can_be_written(store: System, owner: str) -> None:
    """Not by the reader, whose role has SELECT alone; and not by a role that may write, because the session is read only."""
    as_owner = replace(store, credentials={"username": "store-owner", "password": "owner"})
    for each in (store, as_owner):
        source: Any = opened(each)
        for statement in (
            'update "HT_KHAISINH" set "so" = \'1\'',
            'create table "x" ("y" integer)',
            'delete from "DM_NOIDANGKY"',
        ):
            with pytest.raises(Refused), source._database.reading("a test") as connection:
                connection.execute(sa.text(statement))
        source.close()
    failed = [probe.step for probe in opened(as_owner).check() if probe.ok is False]
    assert ["reads only"] == failed
    assert not [probe.step for probe in opened(store).check() if probe.ok is False]
    with psycopg.connect(owner) as connection:
        assert (len(ALL),) == connection.execute('select count(*) from "HT_KHAISINH"').fetchone()


def test_nothing_can_be_written_to_a_file(sqlite: System) -> None:
    """A SQLite file is opened read only; one that is not there is not made."""
    source: Any = opened(sqlite)
    with pytest.raises(Exception, match="digitised-store"), source._database.reading("a test") as connection:
        connection.execute(sa.text('delete from "DM_NOIDANGKY"'))
    with pytest.raises(DeploymentInvalid, match="not there"):
        opened(replace(sqlite, address="sqlite:////nowhere/store.db"))


def test_a_row_without_change_time_comes_with_every_reading(store: System, owner: str) -> None:
    """It can not be found by time, so it is not lost by that: it is read each time, and the contract makes a case of it; a day's reading leaves it out."""
    with changed(
        owner,
        'update "HT_KHAISINH" set "NgayCapNhat" = null where "ID" = 5',
        f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[4]}' where "ID" = 5""",
    ):
        late = Window(Position(datetime(2022, 5, 30, tzinfo=UTC)))
        assert ["5"] == reply(opened(store), "id", late)
        assert [None] == reply(opened(store), "ngayCapNhat", late)
        assert [] == reply(opened(store), "id", replace(late, until=NOW))


def test_a_time_that_has_not_come_does_not_carry_the_position(store: System, owner: str) -> None:
    """2202 for 2022: the row is read, the position stays where honest rows are."""
    with changed(
        owner,
        """update "HT_KHAISINH" set "NgayCapNhat" = '2202-05-01' where "ID" = 5""",
        f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[4]}' where "ID" = 5""",
    ):
        source = opened(store)
        ends = [page.end for page in source.pages(Window()) if page.end]
        source.close()
        assert max(ends).record_id == str(ROWS)
        assert max(ends).changed_at.year == 2022
        assert "5" == reply(opened(store), "id")[-1]


def test_rows_that_change_while_they_are_read_are_not_passed_over(store: System, owner: str) -> None:
    """A row already read, and one not yet read, change between two pages: both come with what they say now, and nothing else is missing."""
    source = opened(store)
    pages = source.pages(Window())
    came = [next(pages)]
    with changed(
        owner,
        """update "HT_KHAISINH" set "NgayCapNhat" = '2022-05-20 10:00', "so" = 'neu' where "ID" in (2, 120)""",
        *(
            f"""update "HT_KHAISINH" set "NgayCapNhat" = '{CHANGED[n - 1]}', "so" = '{n}' where "ID" = {n}"""
            for n in (2, 120)
        ),
    ):
        came += pages
    rows = [
        pair for page in came for pair in source.records(page.body, page.media_type)["birth"].select("id", "so").rows()
    ]
    source.close()

    assert {str(n) for n in range(1, ROWS + 1)} == {key for key, _ in rows}
    assert [("2", "neu"), ("120", "neu")] == rows[-2:]
    assert ("2", "2") in rows
    assert ("120", "120") not in rows


def test_a_table_without_change_time_is_read_whole_by_key(sqlite: System, tmp_path: Path) -> None:
    """Its records bear the time of the reading, which the landed page tells: read again they are unchanged, as the hash leaves transport out."""
    maps = tmp_path / "digitised-store"
    maps.mkdir()
    text = (SYSTEMS / "digitised-store" / "birth.yaml").read_text(encoding="utf-8")
    (maps / "birth.yaml").write_text(text.replace("ngayCapNhat: NgayCapNhat", "ngayCapNhat: null"), encoding="utf-8")
    source = opened(replace(sqlite, folder=tmp_path), changed=None)

    assert [str(number) for number in range(1, ROWS + 1)] == reply(source, "id", Window(Position(NOW)))
    assert {NOW.isoformat()} == set(reply(source, "ngayCapNhat"))


def test_a_page_cut_by_bytes_loses_nothing(store: System) -> None:
    """Large rows make small pages."""
    source = opened(store, max_raw_bytes=2_000)
    heights = [page.count for page in source.pages(Window())]
    source.close()

    assert sum(heights) == ROWS
    assert max(heights) < 50


def test_a_landed_page_that_was_changed_is_none(store: System) -> None:
    """Count and hash stand in the page itself."""
    source = opened(store)
    [page, *_] = source.pages(Window())
    for body in (page.body[:-40], page.body.replace(b"Sinh 1", b"Sinh 9", 1), b"{}", b""):
        with pytest.raises(Malformed):
            source.records(body, page.media_type)
    source.close()


def test_a_renamed_column_is_named_with_what_it_may_be_now(store: System, owner: str) -> None:
    """The person on duty reads both names."""
    with (
        changed(
            owner,
            'alter table "HT_KHAISINH" rename "nksQueQuan" to "nksNguyenQuan"',
            'alter table "HT_KHAISINH" rename "nksNguyenQuan" to "nksQueQuan"',
        ),
        pytest.raises(Malformed, match=r"no column nksQueQuan; columns that nothing reads: nksNguyenQuan"),
    ):
        list(opened(store).pages(Window()))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"state": {"column": "TinhTrangID"}}, "finished"),
        ({"places": {"table": "DM"}}, "places: code, column, parent, unit missing"),
        ({"years": {"from": 2}}, "years"),
        ({"tables": {"death": "HT_KHAITU"}}, "names none for birth"),
        ({"maps": "elsewhere"}, "not there"),
        ({"pagesize": 1}, "pagesize"),
        ({"kept": "x"}, "kept"),
    ],
)
def test_options_that_cannot_work_are_named(store: System, options: dict[str, object], match: str) -> None:
    with pytest.raises(DeploymentInvalid, match=match):
        opened(store, **options)


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("postgresql://me:hush-9@127.0.0.1/store", "holds a login"),
        ("no address", "no database URL"),
        ("nosuch://127.0.0.1/store", "cannot be opened here"),
    ],
)
def test_addresses_that_cannot_work_are_named_without_what_they_hold(store: System, address: str, match: str) -> None:
    with pytest.raises(DeploymentInvalid, match=match) as error:
        opened(replace(store, address=address))
    assert "hush-9" not in str(error.value)


def test_nobody_listens(store: System) -> None:
    with pytest.raises(Unreachable):
        list(opened(replace(store, address="postgresql://127.0.0.1:9/store")).pages(Window()))


def test_a_map_that_forgets_a_field_is_refused(store: System, tmp_path: Path) -> None:
    """A field that nobody mapped would be null for ever."""
    (tmp_path / "digitised-store").mkdir()
    (tmp_path / "digitised-store" / "birth.yaml").write_text("contract: birth\nfields: {id: ID}\n", encoding="utf-8")
    with pytest.raises(ContractInvalid, match="no word on"):
        opened(replace(store, folder=tmp_path))


class changed:
    """Statements of the owner, undone at the end of the block."""

    def __init__(self, owner: str, do: str, *undo: str) -> None:
        self._owner, self._do, self._undo = owner, do, undo

    def __enter__(self) -> None:
        self._run(self._do)

    def __exit__(self, *_: object) -> None:
        for each in self._undo:
            self._run(each)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._owner) as connection:
            connection.execute(statement)


def test_the_suite_can_fail(owner: str, store: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that nothing is done to raises nothing: the suite says that the promise is unmet."""
    monkeypatch.setitem(sql_conformance._FAULTS, "harmless", SqlFault("harmless", Malformed))
    with pytest.raises(Unmet, match="Malformed was due"):
        run_check(
            "harmless", SqlTarget(Target(store, CONTRACT, lambda request: True, ()), owner, "HT_KHAISINH", "ghiChu")
        )
