"""`hub breach`: whose data, which fields, and the notice of 72 hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.access.tokens import Claims, TokenRefused, machine_now, tokens_of

from .conftest import AN, LAN, QUAN_1, SCHOOL, Noted

pytestmark = pytest.mark.usefixtures("people")
Run = Callable[..., Any]
WHO = ("--by", "Trần Văn Đáp", "--because", "biên bản 3/2026")
SPAN = ("--from", "2026-02-01T00:00:00", "--to", "2026-02-03T00:00:00")


def test_an_agency_within_a_span(hub: Run, noted: Noted) -> None:
    """What was told before, after, to others, or not at all is no part of it."""
    noted(LAN, "2026-02-01T09:00:00+07:00", fields=("marriage.voHoTen", "marriage.voNgaySinh"))
    noted(LAN, "2026-02-02T09:00:00+07:00", fields=("birth.nksHoTen",))
    noted(LAN, "2026-02-02T09:30:00+07:00", outcome="denied", fields=())
    noted(AN, "2026-02-03T00:00:00+07:00")
    noted(AN, "2026-02-02T09:00:00+07:00", agency=SCHOOL)

    found = json.loads(hub("breach", "--agency", QUAN_1, *SPAN, *WHO, "--json").stdout)

    [person] = found["persons"]
    assert (2, 2) == (found["answers"], person["answers"])
    assert ["birth/moj-registry/1", "marriage/moj-registry/1"] == sorted(person["records"])
    assert ["birth.nksHoTen", "marriage.voHoTen", "marriage.voNgaySinh"] == person["fields"]


def test_the_notice_is_drafted_in_both_languages(hub: Run, noted: Noted, tmp_path: Path) -> None:
    """Due 72 hours after it was found; it names fields and numbers of persons, and nobody."""
    noted(LAN, "2026-02-01T09:00:00+07:00", fields=("marriage.voHoTen",))

    done = hub(
        "breach", "--agency", QUAN_1, *SPAN, *WHO, "--found", "2026-03-01T10:00:00", "--out", str(tmp_path / "notice")
    )
    vi, en = ((tmp_path / "notice" / f"notice.{name}.md").read_text(encoding="utf-8") for name in ("vi", "en"))

    assert done.exit_code == 0, done.output
    for text in (vi, en):
        assert "2026-03-04 10:00" in text
        assert "Luật 91/2025/QH15 Điều 23" in text
        assert "Ủy ban nhân dân Quận 1" in text
        assert LAN not in text
        assert "Hoà Lan" not in text
    assert "1 người, 1 lượt trả lời" in vi
    assert "1 persons, 1 answers" in en


def test_one_token_within_its_life(hub: Run, noted: Noted, tmp_path: Path) -> None:
    """Its officer's answers while it held; those of another officer of the agency are no part of it."""
    hub("breach", "--agency", QUAN_1, *SPAN, *WHO)  # makes the state folder
    [folder] = {path.parent for path in tmp_path.glob("*/clock.json")}
    tokens = tokens_of(folder, "hcmc")
    token = tokens.sign(Claims(QUAN_1, "officer-1", "civil-status", "once-held"), machine_now())
    noted(LAN, "2026-03-02T08:00:00+07:00")
    noted(AN, "2026-03-02T08:00:00+07:00", who="officer-2")

    found = json.loads(hub("breach", "--token", *WHO, "--json", given=token).stdout)

    assert (QUAN_1, 1) == (found["agency"], found["answers"])
    assert ["birth.nksHoTen"] == found["persons"][0]["fields"]


def test_a_token_of_somebody_else_is_refused(hub: Run, tmp_path: Path) -> None:
    """A made-up token would give a list of anybody's questions."""
    other = tokens_of(tmp_path / "other", "hcmc")
    token = other.sign(Claims(QUAN_1, "officer-1", "civil-status", "once-held"), machine_now(), timedelta(minutes=5))

    for given in (token, "no token", "a.b.c"):
        assert isinstance(hub("breach", "--token", *WHO, given=given).exception, TokenRefused)


def test_the_look_is_audited_with_its_reason(hub: Run, noted: Noted, engine: sa.Engine) -> None:
    """It says whose data went where: so it is a question itself."""
    noted(LAN, "2026-02-01T09:00:00+07:00", fields=("marriage.voHoTen",))
    hub("breach", "--agency", QUAN_1, *SPAN, *WHO)

    with engine.connect() as connection:
        row = connection.execute(sa.text("select * from hub.audit order by id desc limit 1")).one()
    assert ("breach", "Trần Văn Đáp", "biên bản 3/2026", ["marriage.voHoTen"]) == (
        row.what,
        row.who,
        row.reference,
        row.fields,
    )
