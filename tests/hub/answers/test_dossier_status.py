"""A dossier's state by its number, another number of it, or a district's opaque reference; several tellings side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from contracts.load import load_contracts
from hub.answers.dossier_status import status, status_label
from hub.core.errors import NotFound
from hub.evidence.dossier_links import Disagreement, counted, disagreements
from hub.load import stream_state
from hub.load.warehouse import ensure_tables

AT = datetime(2022, 6, 1, tzinfo=UTC)
DESK, PORTAL = "one-stop-760", "national-portal"
NUMBER, OTHER = "000.00.16.H29-220601-0001", "H29.16-220601-000001"
Put = Callable[..., None]


@pytest.fixture
def put(engine: sa.Engine) -> Put:
    """A row of a dataset, by columns."""
    contracts = load_contracts()
    with engine.begin() as connection:
        for name in ("dossier", "identification_event"):
            ensure_tables(connection, contracts[name])
        for table in ("dossier", "identification_event"):
            names = connection.scalars(
                sa.text(
                    f"select conname from pg_constraint where conrelid = 'warehouse.{table}'::regclass and contype = 'c'"
                )
            ).all()
            for name in names:
                connection.execute(sa.text(f'alter table warehouse.{table} drop constraint "{name}"'))
        stream_state.register(connection, f"{DESK}.dossier", DESK, "dossier")
        stream_state.register(connection, f"{PORTAL}.dossier", PORTAL, "dossier", repeats=True)

    def put(table: str, system: str, key: str, version: datetime = AT, **columns: object) -> None:
        row = {
            "_system": system,
            "_key": key,
            "_version": version,
            "_hash": b"x" * 16,
            "_known_from": AT,
            "_batch": 1,
            "_landing": 1,
            "_row": 1,
        } | columns
        with engine.begin() as connection:
            connection.execute(
                sa.text(f"insert into warehouse.{table} ({', '.join(row)}) values ({', '.join(':' + n for n in row)})"),
                row,
            )

    return put


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        yield connection


def test_by_its_number(put: Put, connection: sa.Connection) -> None:
    """The state that the desk told, in the contract's words too."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="4")
    found = status(connection, f" {NUMBER} ")

    assert (found.by, found.number, found.state, found.changed_at, found.numbers) == (
        "number",
        NUMBER,
        "4",
        AT,
        (NUMBER,),
    )
    assert status_label(load_contracts(), found.state) == "Đang xử lý"
    assert not found.disagree


@pytest.mark.parametrize("asked", [NUMBER, OTHER])
def test_by_either_number_it_is_one_dossier(put: Put, connection: sa.Connection, asked: str) -> None:
    """The portal's telling stands beside the desk's, which counts; their rows are not merged."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="5")
    put("dossier", PORTAL, OTHER, ma_ho_so_khac=NUMBER, trang_thai_ho_so="9")
    found = status(connection, asked)

    assert found.by == ("number" if asked == NUMBER else "other number")
    assert [(t.system, t.state) for t in found.records] == [(DESK, "5"), (PORTAL, "9")]
    assert (found.number, found.state, found.numbers) == (NUMBER, "5", (NUMBER, OTHER))
    assert found.disagree


def test_by_the_districts_reference(put: Put, connection: sa.Connection) -> None:
    """No receipt and no identity number: the reference leads to the dossier."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="2")
    put("identification_event", "e-identification-760", "DD1", ma_tham_chieu="Q1-ABC", ma_ho_so=NUMBER)
    put("identification_event", "e-identification-760", "DD2", ma_tham_chieu="Q1-ABC", ma_ho_so=NUMBER)

    assert (status(connection, "Q1-ABC").by, status(connection, "Q1-ABC").number) == ("reference", NUMBER)


def test_a_reference_of_two_dossiers_is_not_guessed(put: Put, connection: sa.Connection) -> None:
    for number in (NUMBER, OTHER):
        put("dossier", DESK, number, trang_thai_ho_so="2")
        put("identification_event", "e-identification-760", number, ma_tham_chieu="Q1-ABC", ma_ho_so=number)

    with pytest.raises(NotFound, match="stands for 2 dossiers"):
        status(connection, "Q1-ABC")


def test_what_is_not_known_is_not_quoted(put: Put, connection: sa.Connection) -> None:
    """An identity number is no reference, and no message repeats it."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="2", dinh_danh_chs_cccd="079090000001")

    with pytest.raises(NotFound) as raised:
        status(connection, "079090000001")
    assert "079090000001" not in str(raised.value)


def test_before_anything_was_read(engine: sa.Engine) -> None:
    """A hub without dossiers says that it knows none."""
    with engine.connect() as connection, pytest.raises(NotFound):
        status(connection, NUMBER)


def test_states_that_disagree_are_findings_and_a_late_portal_is_none(put: Put, connection: sa.Connection) -> None:
    """5 at the desk and 9 at the portal is the senders' rewriting; a portal that is merely behind says nothing."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="5")
    put("dossier", PORTAL, NUMBER, trang_thai_ho_so="9")
    put("dossier", DESK, "000.00.16.H29-220601-0002", trang_thai_ho_so="4")
    put("dossier", PORTAL, "000.00.16.H29-220601-0002", AT - timedelta(days=1), trang_thai_ho_so="2")
    put("dossier", DESK, "000.00.16.H29-220601-0003", trang_thai_ho_so="3")
    put("dossier", PORTAL, "000.00.16.H29-220601-0003", trang_thai_ho_so="10")

    assert disagreements(connection) == [
        Disagreement(DESK, NUMBER, "5", PORTAL, "9", rewritten=True),
        Disagreement(DESK, "000.00.16.H29-220601-0003", "3", PORTAL, "10", rewritten=False),
    ]


def test_a_dossier_counts_once(put: Put, connection: sa.Connection) -> None:
    """By its handling system; by the portal only while nobody else tells it."""
    put("dossier", DESK, NUMBER, trang_thai_ho_so="5")
    put("dossier", PORTAL, OTHER, ma_ho_so_khac=NUMBER, trang_thai_ho_so="9")
    put("dossier", PORTAL, "000.00.16.H29-220601-0009", trang_thai_ho_so="1")
    rows = connection.execute(
        sa.text(f"select d._system, d._key from warehouse.dossier d where {counted('d')} order by 1, 2")
    ).all()

    assert [(PORTAL, "000.00.16.H29-220601-0009"), (DESK, NUMBER)] == [tuple(row) for row in rows]
