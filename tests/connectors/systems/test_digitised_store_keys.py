"""Keys of a store that are none: doubled, empty, padded, equal by collation only, or doubled by the places."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from connectors.errors import Malformed
from contracts.errors import DeploymentInvalid
from contracts.local_time import LOCAL
from contracts.refused import RAW, REFUSED
from hub.local.embedded import EmbeddedServer
from quality.rows import judge
from tests.connectors.plain_stores import CONTRACT, FIRST, PLACES, PlainStore, postgres_store, row, rows, sqlite_store

Make = Callable[..., AbstractContextManager[PlainStore]]
WAYS = (
    {},
    {"page_size": 7},
    {"page_size": 1},
    {"changed": None},
    {"changed": None, "page_size": 7},
    {"max_raw_bytes": 900},
)
"""Ways to read: page sizes, with and without a change time, pages that are cut by their bytes."""


@pytest.fixture(params=["postgresql", "sqlite"])
def make(request: pytest.FixtureRequest, server: EmbeddedServer, tmp_path: Path) -> Make:
    """Makes a store on either engine."""

    @contextmanager
    def made(given: Sequence[Mapping[str, object]], **more: object) -> Iterator[PlainStore]:
        if request.param == "sqlite":
            yield sqlite_store(tmp_path, given, **more)  # type: ignore[arg-type]
            return
        with postgres_store(server, tmp_path, given, **more) as store:  # type: ignore[arg-type]
            yield store

    return made


def refused(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col(REFUSED).is_not_null())


def test_rows_of_one_key_all_come_and_are_refused(make: Make) -> None:
    """Once rows of one key and time that lay around a page's edge were never told, in no run, without a word."""
    given = rows()
    for number in range(49, 57):
        given[number - 1] = row(number, ID="K000049", NgayCapNhat="2026-05-01 08:07:00")
    with make(given) as store:
        for options in WAYS:
            frame = store.read(**options)
            assert 130 == frame.height, options
            assert 122 == frame["ma"].drop_nulls().n_unique() - 1, options
            bad = refused(frame)
            assert ["K000049"] * 8 == bad["ma"].to_list(), options
            assert {"ID: a key that 8 rows have"} == set(bad[REFUSED]), options
            assert 8 == bad[RAW].n_unique(), options
        assert "DS.ID: 8 rows that share their key with others" in store.failed()["key"]


def test_a_doubled_key_is_found_across_change_times_and_windows(make: Make) -> None:
    """Two people under one key at two times: once the later one took the place of the earlier one, as its newer version."""
    given = [*rows(20), row(21, ID="K000003", NgayCapNhat="2026-05-20 08:00:00")]
    with make(given) as store:
        from datetime import UTC, datetime

        from connectors.interface import Position, Window

        frame = store.read()
        late = store.read(Window(Position(datetime(2026, 5, 19, tzinfo=UTC))))

    assert ["K000003"] * 2 == refused(frame)["ma"].to_list()
    assert ["ID: a key that 2 rows have"] == late[REFUSED].to_list()


def test_rows_of_other_states_double_no_key(make: Make) -> None:
    """A draft of a finished row has its key and is not read: the key is unique among the rows that are."""
    with make([*rows(5), row(3, TinhTrangID=1)]) as store:
        assert 0 == refused(store.read()).height
        assert "key" not in store.failed()


def test_a_column_that_is_no_key_at_all_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """More shared keys than anybody repairs: another column is the key."""
    monkeypatch.setattr("connectors.sql.keys.MOST", 10)
    with make([row(number, ID=f"K{number // 2}") for number in range(1, 40)]) as store:
        with pytest.raises(Malformed, match="ID is no key") as raised:
            store.read()
        assert "as `key`" in str(raised.value)


def test_rows_without_a_key_are_quarantined_as_rows(make: Make) -> None:
    """Once they were never told, or the stream stopped at them for ever with an unnamed error, as the page size would have it."""
    given = [row(number, ID=None if 40 <= number <= 60 else f"K{number:06d}") for number in range(1, 131)]
    with make(given) as store:
        for options in ({"page_size": 20}, {"page_size": 5}, *WAYS):
            frame = store.read(**options)
            broken = judge(CONTRACT.datasets[0], frame.drop(REFUSED, RAW, strict=False), {}).frame["_broken"]
            assert 130 == frame.height, options
            assert ["ma.required"] * 21 == broken.drop_nulls().to_list(), options
            assert {f"Hộ {number}" for number in range(1, 131)} == set(frame["ten"]), options
        assert "21 rows without a key" in store.failed()["key"]


def test_rows_are_asked_for_by_their_change_time(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of that time come, whatever their key; a time that too many rows have is left to a full reading."""
    given = [*(row(n, ID=None) for n in (14, 15)), *rows(13), *(row(n) for n in range(16, 40))]
    few, many = (FIRST + timedelta(minutes=n) for n in (2, 3))
    with make([*given, *(row(n, NgayCapNhat=many.isoformat(" ")) for n in range(100, 110))]) as store:
        monkeypatch.setattr("connectors.systems.digitised_store.store._ROWS_AT_A_TIME", 10)
        source = store.opened(page_size=3)
        moments = [each.replace(tzinfo=LOCAL) for each in (few, many)]
        answer = source.at_times(moments)
        assert answer is not None
        frames = [source.records(page.body, page.media_type)["plain_list"] for page in answer.pages]
        source.close()
        whole = store.opened(changed=None)
        assert whole.at_times(moments) is None
        whole.close()

    assert frozenset(moments[:1]) == answer.times
    assert [f"Hộ {number}" for number in range(14, 21)] == sorted(pl.concat(frames)["ten"])


def test_a_table_without_any_key_is_read(make: Make) -> None:
    """Nothing orders the rows: each still comes once."""
    with make([row(number, ID=None, NgayCapNhat=None) for number in range(1, 31)]) as store:
        for options in ({"page_size": 7}, {"page_size": 7, "changed": None}, {"max_raw_bytes": 900}):
            assert sorted(f"Hộ {number}" for number in range(1, 31)) == sorted(store.read(**options)["ten"])


def test_blanks_of_a_fixed_length_are_no_part_of_a_value(make: Make) -> None:
    """Once every record doubled when a source changed char(10) to varchar(10), and no key equalled another system's."""
    given = [row(number, ID=f"K{number:06d}   ", SoHieu=f"S{number}    ") for number in range(1, 30)]
    with make(given, types={"ID": "char(10)", "SoHieu": "char(6)"}) as store:
        frame = store.read(page_size=7)

    assert [(f"K{number:06d}", f"S{number}") for number in range(1, 30)] == frame.select("ma", "soHieu").rows()


def test_the_same_records_after_the_type_changed(server: EmbeddedServer, tmp_path: Path) -> None:
    """Padded or not, the frames are equal."""
    then = ('alter table "DS" alter "ID" type varchar(10), alter "SoHieu" type text',)
    kinds = {"ID": "char(10)", "SoHieu": "char(6)"}
    with postgres_store(server, tmp_path, rows(5), types=kinds) as store:
        padded = store.read()
    with postgres_store(server, tmp_path, rows(5), types=kinds, then=then) as store:
        assert padded.equals(store.read())


def test_keys_that_only_the_database_takes_for_equal(make: Make, request: pytest.FixtureRequest) -> None:
    """`k50` and `K50` by a collation, 50 and 50.0 by number: they lie at one place of the order, here and there of a
    page's edge. None is lost, and all are found."""
    if "sqlite" in request.node.name:
        kind, equal, other = "text collate nocase", "K50", "k50"
    else:  # the server of the tests has no collation but those that compare bytes
        kind, equal, other = "numeric", "50", "50.0"
    letter = equal[:-2]
    given = [row(n, ID=other if n == 51 else f"{letter}{n}", NgayCapNhat="2026-05-01 08:00") for n in range(1, 101)]
    with make(given, types={"ID": kind}) as store:
        for options in WAYS:
            frame = store.read(**options)
            assert sorted(str(each["ID"]) for each in given) == sorted(frame["ma"]), options
            assert sorted([equal, other]) == sorted(refused(frame)["ma"]), options
        assert "2 rows that share their key" in store.failed()["key"]


def test_a_code_of_two_units_makes_cases_and_no_second_row(make: Make) -> None:
    """Once every record of such a place came twice or once, as the page size would have it, and one unit was taken by chance."""
    given = [row(number, noiDangKy=1 if number % 10 == 0 else 12) for number in range(1, 61)]
    with make(given, places=(*PLACES, (12, 1, "26743"), (1, None, "760"))) as store:
        for options in WAYS:
            frame = store.read(**options)
            assert sorted(f"K{number:06d}" for number in range(1, 61)) == sorted(frame["ma"]), options
            bad = refused(frame)
            assert {"noiDangKy: the code 12 stands for the units 26740, 26743"} == set(bad[REFUSED]), options
            assert (54, {None}) == (bad.height, set(bad["donVi"])), options
            assert {"760"} == set(frame.filter(pl.col(REFUSED).is_null())["donVi"]), options
        assert "12: 26740, 26743" in store.failed()["places"]


def test_a_person_decides_which_unit_a_code_stands_for(make: Make) -> None:
    """A merged commune and its successor under one code: the decision stands in the system's file."""
    places = {"table": "DM", "column": "noiDangKy", "code": "Ma", "unit": "IDMap", "parent": "Cha"}
    with make(rows(60), places=(*PLACES, (12, 1, "26743"))) as store:
        frame = store.read(places={**places, "decided": {"12": "26743"}})
        assert ({"26743"}, 0) == (set(frame["donVi"]), refused(frame).height)
        assert "places" not in store.failed(places={**places, "decided": {"12": "26743"}})
        with pytest.raises(DeploymentInvalid, match="decided"):
            store.read(places={**places, "decided": {"12": ""}})


def test_a_place_half_without_a_unit_is_ambiguous_too(make: Make) -> None:
    """Of two places of one code one has no national code yet: which of them is meant, nobody knows."""
    with make(rows(3), places=(*PLACES, (12, 1, None))) as store:
        assert {"noiDangKy: the code 12 stands for the units (none), 26740"} == set(refused(store.read())[REFUSED])


def test_keys_of_a_unique_column_are_not_counted(server: EmbeddedServer, tmp_path: Path) -> None:
    """Where the database itself lets no key stand twice, a reading does not compare them all again."""
    given = [*rows(5), row(6, ID=None), row(7, ID=None)]
    with postgres_store(server, tmp_path, given, then=('create unique index on "DS" ("ID")',)) as store:
        source = store.opened(page_size=2)
        database = source._database  # type: ignore[attr-defined]
        reading = database.listed(source._register.listing(), None, None, "a test")  # type: ignore[attr-defined]
        assert {} == reading.facts.doubled
        assert 7 == sum(page.count for page in reading.pages(2))
        source.close()


ALIKE = {
    "a blank behind": "K000003 ",
    "a blank before": " K000003",
    "a line end": "K000003\n",
    "a no-break space": "K000003\u00a0",
    "a mark without width": "\u200bK000003",
}


@pytest.mark.parametrize("kind", ALIKE)
def test_keys_that_are_one_here_are_refused(make: Make, kind: str) -> None:
    """Two people whose keys differ by what nobody sees: the later one took the place of the earlier one."""
    from datetime import UTC, datetime

    from connectors.interface import Position, Window

    given = [*rows(20), row(21, ID=ALIKE[kind], NgayCapNhat="2026-05-20 08:00:00")]
    with make(given) as store:
        for options in WAYS:
            bad = refused(store.read(**options))
            assert [ALIKE[kind], "K000003"] == sorted(bad["ma"].to_list(), key=lambda key: key == "K000003"), options
            assert {"ID: a key that 2 rows have"} == set(bad[REFUSED]), options
        late = store.read(Window(Position(datetime(2026, 5, 19, tzinfo=UTC))))
        assert "DS.ID: 2 rows that share their key with others" in store.failed()["key"]

    assert ["ID: a key that 2 rows have"] == late[REFUSED].to_list()


def test_keys_in_two_forms_of_unicode_are_one(make: Make) -> None:
    """A Mac writes letter and mark apart. Those in one form alone are as good as any other key."""
    forms = [unicodedata.normalize(form, "HỘ-7") for form in ("NFC", "NFD")]
    with make(
        [*rows(20), row(21, ID=forms[0]), row(22, ID=forms[1]), row(23, ID=unicodedata.normalize("NFD", "Ổ-8"))]
    ) as store:
        for options in WAYS:
            assert forms == sorted(refused(store.read(**options))["ma"].to_list(), key=len), options


def test_blanks_that_every_key_has_cost_nothing(make: Make) -> None:
    """A column that was of a fixed length once: its keys are cut here, and each is one row's."""
    with make([row(number, ID=f"K{number:06d}   ") for number in range(1, 41)]) as store:
        for options in WAYS:
            frame = store.read(**options)
            assert 40 == frame.height, options
            assert 0 == refused(frame).height, options
        assert "key" not in store.failed()
