"""A restart of the twins loses nothing that happened to them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from twins.clock import Clock
from twins.journal import Built, Change, Journal
from twins.population import REFERENCE, build_city
from twins.serve import twin_app

AS_OF = datetime.fromisoformat("2022-06-02T08:00:00+07:00")
BUILT = Built(1_000, 30, 3, AS_OF)


@contextmanager
def serving(journal: Path, wsdl: Path, credentials: dict[str, dict[str, str]], wire_to: Any) -> Iterator[Any]:
    """The twins of a newly built city, as a start makes them; and their wire."""
    city = build_city(BUILT.records, BUILT.dossiers, BUILT.seed, BUILT.as_of)
    app = twin_app(
        city,
        credentials=credentials,
        reference=REFERENCE,
        wsdl=wsdl,
        clock=Clock(AS_OF),
        journal=Journal(journal, BUILT),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, log_level="critical", date_header=False, lifespan="off", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield wire_to(server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(5)


def held(wire: Any) -> tuple[object, ...]:
    """Every dossier of District 4, and how many records each system holds."""
    dossiers = wire.call("GET", "/one-stop/764/DongBoHoSoMC?soLuong=1000", headers=wire.headers("764")).json()["result"]
    return dossiers, wire.call("GET", "/control/state").json()["records"]


def test_changes_survive_a_restart(
    tmp_path: Path, wsdl: Path, credentials: dict[str, dict[str, str]], wire_to: Any
) -> None:
    """Changes were gone after Ctrl-C, so that the warehouse knew versions which no system had: now the same records are served again."""
    journal = tmp_path / "journal.jsonl"
    with serving(journal, wsdl, credentials, wire_to) as wire:
        built = held(wire)
        wire.control("change", {"system": "one-stop-764", "count": 8, "seed": 5})
        wire.control("clock", {"advance_s": 7200})
        wire.control("change", {"system": "one-stop-764", "count": 4, "seed": 6})
        wire.control("change", {"system": "moj-registry", "count": 10, "seed": 7})
        for what in ("deleted", "rekeyed"):
            assert wire.control("depart", {"system": "one-stop-764", "what": what, "count": 3}).status == 200
        wire.control("depart", {"system": "moj-registry", "what": "deleted", "count": 5, "register": "death"})
        changed, clock = held(wire), wire.call("GET", "/control/state").json()["now"]

    with serving(journal, wsdl, credentials, wire_to) as wire:
        again, later = held(wire), wire.call("GET", "/control/state").json()["now"]

    assert again == changed != built
    # The clock of a new start knows nothing of the two hours; it goes on where the last change was made.
    assert datetime.fromisoformat(later) >= datetime.fromisoformat(clock) - timedelta(seconds=5)


def test_a_refused_change_is_not_kept(
    tmp_path: Path, wsdl: Path, credentials: dict[str, dict[str, str]], wire_to: Any
) -> None:
    """What the control API refuses must not stand in the way of the next start."""
    journal = tmp_path / "journal.jsonl"
    with serving(journal, wsdl, credentials, wire_to) as wire:
        wrong = [
            {"system": "one-stop-999", "count": 1},
            {"count": 1},
            {"system": "one-stop-764", "count": 1, "seed": -1},
        ]
        answers = [wire.control("change", asked).status for asked in wrong]

    assert answers == [400, 400, 400]
    assert Journal(journal, BUILT).changes == []


def test_a_torn_line_is_dropped(tmp_path: Path) -> None:
    """The machine stopped while a line was written: its caller never had an answer, and the next line is not glued to it."""
    path, change = tmp_path / "journal.jsonl", Change("one-stop-764", 3, 1, AS_OF)
    Journal(path, BUILT).note(change)
    with path.open("ab") as file:
        file.write(b'{"system":"one-st')

    Journal(path, BUILT).note(change)

    assert Journal(path, BUILT).changes == [change, change]


@pytest.mark.parametrize(
    "line", [b'{"records":1000,"dossiers":30,"seed":4,"as_of":"2022-06-02T08:00:00+07:00"}\n', b"no journal\n"]
)
def test_a_journal_of_another_city_is_refused(tmp_path: Path, line: bytes) -> None:
    """A change repeats itself only on the records that it was made of."""
    path = tmp_path / "journal.jsonl"
    path.write_bytes(line)

    with pytest.raises(ValueError, match=r"journal\.jsonl"):
        Journal(path, BUILT)


def test_a_filed_dossier_survives_a_restart(
    tmp_path: Path, wsdl: Path, credentials: dict[str, dict[str, str]], wire_to: Any
) -> None:
    """Filed, then completed under its own number; what a dossier does not have is refused, and not kept."""
    journal = tmp_path / "journal.jsonl"
    with serving(journal, wsdl, credentials, wire_to) as wire:
        filed = wire.control(
            "file",
            {
                "system": "one-stop-764",
                "dossier": {"MaTTHC": "1.003583", "ChuHoSo": "Trần Thị Hoà Lan", "TrangThaiHoSo": "2"},
            },
        )
        number = filed.json()["MaHoSo"]
        paper = {"MaThanhPhanHoSo": "KQ.G15.000032", "DuocTaiSuDung": "2"}
        wire.control("file", {"system": "one-stop-764", "dossier": {"MaHoSo": number, "TaiLieuNop": [paper]}})
        for wrong in ({"MaHoSo": "000.00.18.H29-220602-9999"}, {"Ten": "x"}):
            assert 400 == wire.control("file", {"system": "one-stop-764", "dossier": wrong}).status
        changed = held(wire)
    [dossier] = [d for d in changed[0] if d["MaHoSo"] == number]
    assert ("Trần Thị Hoà Lan", "2") == (dossier["ChuHoSo"], dossier["TaiLieuNop"][0]["DuocTaiSuDung"])
    assert dossier["TaiLieuNop"][0]["TepDinhKemId"]

    with serving(journal, wsdl, credentials, wire_to) as wire:
        assert changed == held(wire)
