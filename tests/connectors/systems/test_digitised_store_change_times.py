"""Change times of a store in the types and forms that databases have them in: windows find all rows, or the form is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import Malformed
from connectors.interface import Position, Window
from contracts.refused import REFUSED
from hub.local.embedded import EmbeddedServer
from quality.rows import judge
from tests.connectors.plain_stores import CONTRACT, FIRST, NOW, PlainStore, postgres_store, row, rows, sqlite_store

DAY = Window(Position(datetime(2026, 5, 1, 17, tzinfo=UTC)), datetime(2026, 5, 2, 16, 59, 59, tzinfo=UTC))
"""2 May, as the source's clock shows it."""
LATER = Window(Position(datetime(2026, 5, 1, 18, tzinfo=UTC)))
"""From 2 May, 01:00."""
MOMENTS = [FIRST + timedelta(minutes=30 * number) for number in range(1, 131)]
UTC_TIMES = timedelta(hours=7)


def _mixed(*forms: Callable[[datetime, int], str]) -> Callable[[datetime, int], str]:
    return lambda at, n: forms[n % len(forms)](at, n)


def _blank(at: datetime, _: int) -> str:
    return at.isoformat(" ")


def _letter(at: datetime, _: int) -> str:
    return at.isoformat()


def _zulu(at: datetime, _: int) -> str:
    return f"{(at - UTC_TIMES).isoformat()}Z"


def _offset(at: datetime, _: int) -> str:
    return f"{at.isoformat()}+07:00"


TEXTS: Mapping[str, Callable[[datetime, int], str]] = {
    "blank": _blank,
    "T": _letter,
    "blank and T": _mixed(_blank, _letter),
    "Z": _zulu,
    "Z with blank": lambda at, n: _zulu(at, n).replace("T", " "),
    "Z, blank and T": _mixed(_zulu, lambda at, n: _zulu(at, n).replace("T", " ")),
    "local offset": _offset,
    "local offset or none": _mixed(_offset, _letter),
    "parts of a second": lambda at, n: f"{at.isoformat(' ')}.{n % 10}0",
    "minutes": lambda at, n: at.strftime("%Y-%m-%d %H:%M"),
    "compact": lambda at, n: at.strftime("%Y%m%d%H%M%S"),
}
CONVERTED: Mapping[str, Callable[[datetime, int], str]] = {
    "Z and local": _mixed(_zulu, _letter, _blank),
    "other offset": lambda at, n: f"{(at - UTC_TIMES + timedelta(hours=9)).isoformat()}+09:00",
    "several offsets": _mixed(_offset, lambda at, n: f"{(at - UTC_TIMES).isoformat(' ')}-00:00", _zulu),
}
"""Forms that do not sort together: SQLite converts them, elsewhere they are refused."""


def _given(form: Callable[[datetime, int], str]) -> list[dict[str, object]]:
    return [row(n, NgayCapNhat=form(at, n)) for n, at in enumerate(MOMENTS, 1)]


def _come_in_windows(store: PlainStore) -> tuple[int, int, int, int]:
    """Rows told in all, of one day, since a moment; and how many of all break a rule."""
    whole = store.read()
    broken = judge(CONTRACT.datasets[0], whole.drop(REFUSED, "_raw", strict=False), {}).frame["_broken"]
    return whole.height, store.read(DAY).height, store.read(LATER).height, broken.count()


@pytest.mark.parametrize("form", [*TEXTS, *CONVERTED])
def test_texts_in_sqlite(tmp_path: Path, form: str) -> None:
    """Once a window found 0 or 24 of a day's 48 rows, and reading on from a position lost 12 of 97, all with exit 0."""
    store = sqlite_store(tmp_path, _given((TEXTS | CONVERTED)[form]))

    assert (130, 48, 97, 0) == _come_in_windows(store)
    assert "change times" not in store.failed()


@pytest.mark.parametrize("form", TEXTS)
def test_texts_in_postgresql(server: EmbeddedServer, tmp_path: Path, form: str) -> None:
    """The same as texts of another engine, whose own order of texts may be that of a language."""
    with postgres_store(server, tmp_path, _given(TEXTS[form]), types={"NgayCapNhat": "text"}) as store:
        assert (130, 48, 97, 0) == _come_in_windows(store)


@pytest.mark.parametrize("form", CONVERTED)
def test_forms_that_do_not_sort_are_refused(server: EmbeddedServer, tmp_path: Path, form: str) -> None:
    """By the check and by the reading, once, with the column and the forms."""
    with postgres_store(server, tmp_path, _given(CONVERTED[form]), types={"NgayCapNhat": "text"}) as store:
        with pytest.raises(Malformed, match="NgayCapNhat are written in forms that do not sort together") as raised:
            store.read()
        assert "leave it out" in raised.value.hint
        assert "do not sort together" in store.failed()["change times"]


@pytest.mark.parametrize("kind", ["timestamp", "timestamptz", "timestamp(0)"])
def test_types_of_time(server: EmbeddedServer, tmp_path: Path, kind: str) -> None:
    """With a zone or without one, as the source's clock shows it."""
    given = _given(_offset if kind == "timestamptz" else _blank)
    with postgres_store(server, tmp_path, given, types={"NgayCapNhat": kind}) as store:
        assert (130, 48, 97, 0) == _come_in_windows(store)


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_a_day_is_its_first_moment(server: EmbeddedServer, tmp_path: Path, engine: str) -> None:
    """Once all rows broke the rule for timestamps. A day counts from its start, and a reading from a position in it
    begins with the whole day, because its rows may have changed since."""
    given = [row(n, NgayCapNhat=f"2026-05-{1 + n // 10:02}") for n in range(1, 131)]
    since = Window(Position(datetime(2026, 5, 4, 17, tzinfo=UTC) - timedelta(minutes=15)))
    day = Window(Position(datetime(2026, 5, 2, 17, tzinfo=UTC)), datetime(2026, 5, 3, 16, 59, 59, tzinfo=UTC))

    def read_by_days(store: PlainStore) -> None:
        whole = store.read()
        assert 130 == whole.height
        assert "2026-05-01T00:00:00" == whole["capNhat"][0]
        broken = judge(CONTRACT.datasets[0], whole.drop(REFUSED, "_raw", strict=False), {}).frame["_broken"]
        assert 0 == broken.count()
        assert {f"2026-05-{n:02}T00:00:00" for n in range(4, 15)} == set(store.read(since)["capNhat"])
        assert ["2026-05-03T00:00:00"] * 10 == store.read(day)["capNhat"].to_list()
        source = store.opened()
        assert {datetime(2026, 5, 13, 17, tzinfo=UTC)} == {[*source.pages(Window())][-1].end.changed_at}  # type: ignore[union-attr]

    if engine == "sqlite":
        read_by_days(sqlite_store(tmp_path, given))
        return
    with postgres_store(server, tmp_path, given, types={"NgayCapNhat": "date"}) as store:
        read_by_days(store)


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_a_number_is_no_change_time(server: EmbeddedServer, tmp_path: Path, engine: str) -> None:
    """Seconds since 1970 sort, but not as times: refused by name, by the check too."""
    given = [row(n, NgayCapNhat=1_777_600_000 + n) for n in range(1, 10)]

    def refused(store: PlainStore) -> None:
        with pytest.raises(Malformed, match="the change time NgayCapNhat is"):
            store.read()
        assert "NgayCapNhat" in store.failed()["change times"]

    if engine == "sqlite":
        refused(sqlite_store(tmp_path, given, types={"NgayCapNhat": "integer"}))
        return
    with postgres_store(server, tmp_path, given, types={"NgayCapNhat": "bigint"}) as store:
        refused(store)


def test_single_texts_in_no_form_cost_themselves(tmp_path: Path) -> None:
    """`hôm nay` in one row: it comes with every reading as one without a change time, and becomes a case."""
    given = [
        *rows(20),
        row(21, NgayCapNhat="hôm nay"),
        row(22, NgayCapNhat=""),
        row(23, NgayCapNhat="2026-02-30 08:00:00"),
    ]
    store = sqlite_store(tmp_path, given)

    assert 23 == store.read().height
    assert {"K000021", "K000022"} <= set(store.read(LATER)["ma"])


def test_a_change_time_out_of_the_calendar_does_not_end_the_stream(server: EmbeddedServer, tmp_path: Path) -> None:
    """Infinity stands for `still valid` in many registers: such a row is a case, and the position is that of the others."""
    odd = {7: "infinity", 20: "-infinity", 33: "12022-05-01", 50: "0044-03-15 BC"}
    given = [row(n, **({"NgayCapNhat": odd[n]} if n in odd else {})) for n in range(1, 131)]
    with postgres_store(server, tmp_path, given) as store:
        for size in (1, 7, 50):
            frame = store.read(page_size=size)
            bad = frame.filter(frame[REFUSED].is_not_null())
            assert sorted(f"K{n:06d}" for n in range(1, 131)) == sorted(frame["ma"])
            assert sorted(f"K{n:06d}" for n in odd) == sorted(bad["ma"])
            assert {"NgayCapNhat: a time that is not between the years 1 and 9999"} == set(bad[REFUSED])
            assert {None} == set(bad["capNhat"])
        source = store.opened()
        ends = [page.end for page in source.pages(Window()) if page.end]
        source.close()
    assert "K000130" == max(ends).record_id
    assert max(ends).changed_at < NOW
