"""`hub dossiers`: a dossier's state by any reference, with the reason when it is not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from contracts.load import load_contracts
from hub.cli import app
from hub.core.errors import NotFound
from hub.load import stream_state
from hub.load.warehouse import ensure_tables

LOOK = ("--because", "the portal differs", "--by", "Trần Thị Bình")
NUMBER, OTHER = "000.00.16.H29-220601-0001", "H29.16-220601-000001"


@pytest.fixture
def invoke(engine: sa.Engine, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    monkeypatch.setenv("HUB_DATABASE_URL", pg_url)
    return lambda *words: CliRunner().invoke(app, ["dossiers", *words])


def test_nothing_is_known_yet(invoke) -> None:  # type: ignore[no-untyped-def]
    """Before anything was read: an empty list, and a dossier that nobody knows."""
    assert invoke("identified", "--json").stdout.strip() == "[]"
    assert isinstance(invoke("status", NUMBER, *LOOK).exception, NotFound)


def test_a_state_reported_twice(invoke, engine: sa.Engine) -> None:  # type: ignore[no-untyped-def]
    """The handling system's line first, in the contract's words; what the portal tells beside it, and that they differ."""
    with engine.begin() as connection:
        ensure_tables(connection, load_contracts()["dossier"])
        for system, number, other, state in (
            ("one-stop-760", NUMBER, None, "5"),
            ("national-portal", OTHER, NUMBER, "9"),
        ):
            stream_state.register(
                connection, f"{system}.dossier", system, "dossier", repeats=system == "national-portal"
            )
            row = {
                "_system": system,
                "_key": number,
                "_version": datetime(2022, 6, 1, tzinfo=UTC),
                "_hash": b"x" * 16,
                "_known_from": datetime(2022, 6, 1, tzinfo=UTC),
                "_batch": 1,
                "_landing": 1,
                "_row": 1,
                "ma_ho_so": number,
                "ma_tthc": "1.000894",
                "chu_ho_so": "A",
                "trang_thai_ho_so": state,
                "ngay_cap_nhat": datetime(2022, 6, 1, tzinfo=UTC),
                "ma_ho_so_khac": other,
            }
            connection.execute(
                sa.text(
                    f"insert into warehouse.dossier ({', '.join(row)}) values ({', '.join(':' + name for name in row)})"
                ),
                row,
            )

    printed = json.loads(invoke("status", OTHER, "--json", *LOOK).stdout)
    assert [(line["system"], line["state"], line["label"]) for line in printed] == [
        ("one-stop-760", "5", "Yêu cầu bổ sung giấy tờ"),
        ("national-portal", "9", "Đã xử lý xong"),
    ]
    assert "the states differ" in invoke("status", NUMBER, *LOOK).output
    [differs] = json.loads(invoke("disagreements", "--json").stdout)
    assert (differs["number"], differs["state"], differs["sent"], differs["rewritten"]) == (NUMBER, "5", "9", True)
