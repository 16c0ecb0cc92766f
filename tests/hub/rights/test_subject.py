"""`hub subject`: what the office that answers people sees and notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.core.errors import DatabaseRefused, NotFound, ReasonMissing
from hub.evidence.people import NotAPerson
from hub.rights import requests
from hub.rights.requests import RequestClosed

from .conftest import AN, LAN, SCHOOL, Noted

pytestmark = pytest.mark.usefixtures("people")
Run = Callable[..., Any]
WHO = ("--by", "Trần Văn Đáp", "--because", "đơn 12/2026 của công dân")


def audited(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(
            connection.execute(
                sa.text("select what, who, reference, legal_bases, outcome, subjects from hub.audit order by id")
            )
        )


def test_who_saw_received_or_decided_and_under_which_law(hub: Run, noted: Noted) -> None:
    """The law is that of the day of each question; another person's questions are not shown."""
    noted(LAN, "2022-06-02T09:00:00+07:00")
    noted(LAN, "2026-07-02T09:00:00+07:00", what="extract", fields=("marriage.voHoTen",))
    noted(LAN, "2026-02-01T09:00:00+07:00", agency=SCHOOL, outcome="denied", fields=(), legal_bases=())
    noted(AN, "2026-02-02T09:00:00+07:00")

    found = json.loads(hub("subject", "seen", *WHO, "--json", given=f"{LAN}\n").stdout)

    assert [
        ("Phòng Giáo dục và Đào tạo Quận 1", "asked, and was told nothing", []),
        ("Ủy ban nhân dân Quận 1", "received a copy", ["Nghị định 224/2026/NĐ-CP Điều 18 khoản 4"]),
        ("Ủy ban nhân dân Quận 1", "saw", ["Nghị định 47/2020/NĐ-CP Điều 9 khoản 3"]),
    ] == [(each["agency"], each["did"], each["law"] if each["outcome"] == "answered" else []) for each in found]
    assert ["marriage.voHoTen"] == found[1]["disclosed"]


def test_each_use_is_a_row_of_the_audit_log_with_its_reason(hub: Run, engine: sa.Engine) -> None:
    """Who looks at the looks is asked too; the next answer shows it to the person."""
    hub("subject", "seen", *WHO, given=f"{LAN}\n")
    [row] = audited(engine)

    assert ("subject", "Trần Văn Đáp", "đơn 12/2026 của công dân", "nothing") == (
        row.what,
        row.who,
        row.reference,
        row.outcome,
    )
    [seen] = json.loads(hub("subject", "seen", *WHO, "--json", given=f"{LAN}\n").stdout)
    assert "Trần Văn Đáp" == seen["who"]


def test_a_request_to_view_names_the_records_and_no_value(hub: Run) -> None:
    """The mother stands in her marriage and in her child's birth; which fields name her is said."""
    done = hub("subject", "view", "--file", "12/2026", *WHO, "--json", given=f"{LAN}\n")
    [answer] = json.loads(done.stdout)

    assert {
        ("birth/moj-registry/1", "meSoGiayToTuyThan"),
        ("marriage/moj-registry/1", "voSoGiayToTuyThan"),
    } == {(each["record"], each["named in"]) for each in answer["records"]}
    assert "2026-03-12" == answer["request"]["answer by"][:10]
    assert "Hoà Lan" not in done.stdout
    assert LAN not in done.stdout


def test_a_field_is_corrected_only_in_a_record_of_the_person(hub: Run) -> None:
    """Nobody has somebody else's record corrected, and whether it exists is not said."""
    other = hub(
        "subject",
        "correct",
        "--record",
        "marriage/moj-registry/1",
        "--field",
        "voHoTen",
        "--file",
        "13",
        *WHO,
        given=AN,
    )
    own = hub(
        "subject",
        "correct",
        "--record",
        "birth/moj-registry/1",
        "--field",
        "nksHoTen",
        "--file",
        "13",
        *WHO,
        "--json",
        given=AN,
    )

    assert isinstance(other.exception, NotFound)
    assert ("correct", "birth/moj-registry/1") == tuple(json.loads(own.stdout)[name] for name in ("right", "record"))


@pytest.mark.parametrize(
    ("words", "given", "error"),
    [
        (("seen", "--by", "A", "--because", ""), LAN, ReasonMissing),
        (("seen", *WHO), "", NotFound),
        (("seen", *WHO), "0791", NotAPerson),
        (("answer", "99", *WHO), "", NotFound),
    ],
)
def test_what_is_missing_is_said(hub: Run, words: tuple[str, ...], given: str, error: type[Exception]) -> None:
    """A reason, a number, a known request."""
    assert isinstance(hub("subject", *words, given=given).exception, error)


def test_a_request_runs_through_its_clocks(engine: sa.Engine) -> None:
    """Acknowledged, extended once, answered; late is named; closed stays closed."""
    from hub.core.actions import Actor
    from tests.hub.registers import KEYS

    person = Actor("Trần Văn Đáp", "đơn")
    came = datetime(2026, 3, 2, 2, tzinfo=UTC)
    with engine.begin() as connection:
        number = requests.receive(connection, KEYS, "object", [LAN], "14/2026", person, came).id
        again = requests.receive(connection, KEYS, "object", [LAN], "14/2026", person, came).id
        late = requests.one(connection, number, datetime(2026, 3, 20, tzinfo=UTC))
        requests.act(connection, number, "acknowledged", person, came)
        extended = requests.act(connection, number, "extended", person, datetime(2026, 3, 16, tzinfo=UTC))
        with pytest.raises(RequestClosed):
            requests.act(connection, number, "extended", person, came)
        assert [number] == [each.id for each in requests.due(connection, came)]
        requests.act(connection, number, "refused", person, datetime(2026, 3, 30, tzinfo=UTC))
        with pytest.raises(RequestClosed, match="is refused already"):
            requests.act(connection, number, "answered", person, came)
        assert () == requests.due(connection, came)

    assert number == again
    assert ("acknowledge", "answer") == late.overdue
    assert "2026-04-01" == extended.answer_by.date().isoformat()


def test_requests_are_only_ever_appended(engine: sa.Engine) -> None:
    """Neither a request nor an act can be changed or removed."""
    for table in ("subject_request", "subject_act"):
        with engine.connect() as connection, pytest.raises(DatabaseRefused, match="only ever appended"):
            connection.execute(sa.text(f"delete from hub.{table}"))


def test_a_page_of_the_docs_names_each_command(hub: Run) -> None:
    """Whoever answers people finds all of it in one place."""
    page = (Path(__file__).parents[3] / "docs" / "rights.md").read_text(encoding="utf-8")
    listed = hub("subject", "--help").stdout

    for command in ("seen", "view", "correct", "object", "due", "acknowledge", "extend", "answer", "refuse"):
        assert command in listed
        assert f"hub subject {command}" in page
