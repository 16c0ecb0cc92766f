"""A hub with a few synthetic people, and a command line over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from hub.access import audit
from hub.access.audit import AuditEntry
from hub.access.inquiry import Inquiry
from tests.hub import registers

contracts, engine, put = registers.contracts, registers.engine, registers.put

LAN, AN = "079190000001", "079316000001"
QUAN_1, SCHOOL = "000.00.16.H29", "000.05.16.H29"


@pytest.fixture
def people(put: registers.Put) -> None:
    """A mother and her child."""
    put("marriage", "1", voSoGiayToTuyThan=LAN, voHoTen="Trần Thị Hoà Lan")
    put("birth", "1", nksSoDDCN=AN, nksHoTen="Nguyễn Minh An", meSoGiayToTuyThan=LAN)


Noted = Callable[..., None]


@pytest.fixture
def noted(engine: sa.Engine) -> Noted:
    """Note a question in the audit log, as the way out does."""

    def noted(
        number: str, at: str, *, agency: str = QUAN_1, what: str = "record", who: str = "officer-1", **more: Any
    ) -> None:
        inquiry = Inquiry(agency, who, "civil-status", "000.00.16.H29-220602-0001", "once-held")
        given = {"outcome": "answered", "fields": ("birth.nksHoTen",), "legal_bases": ("once-held",)} | more
        with engine.begin() as connection:
            audit.write(
                connection,
                AuditEntry(inquiry, what, (number,)),
                registers.KEYS,
                datetime.fromisoformat(at),
                **given,
            )

    return noted


@pytest.fixture
def hub(engine: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`hub` with these words and this standard input, under the key of the test's people."""
    from hub.cli import app

    key = tmp_path / "keys.json"
    key.write_text(json.dumps({"master": registers.MASTER.hex()}), encoding="utf-8")
    for name, value in {
        "HUB_HOME": str(tmp_path),
        "HUB_KEY_FILE": str(key),
        "HUB_DATABASE_URL": engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
        "HUB_AS_OF": "2026-03-02T08:00:00+07:00",
    }.items():
        monkeypatch.setenv(name, value)
    return lambda *words, given="": CliRunner().invoke(app, list(words), input=given)
