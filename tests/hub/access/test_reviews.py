"""Break-glass: each question is an alert at once, and somebody looks at it within a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.access import alerts, audit, limits, looks, reviews
from hub.access.audit import AuditEntry
from hub.access.grants.allowance import Allowance, QuestionLimits
from hub.access.inquiry import Inquiry
from hub.access.reviews import AlreadyReviewed
from hub.core.actions import Actor
from hub.core.crypto import Keys
from hub.core.database import connect
from hub.core.errors import DatabaseRefused, NotFound

KEYS, NOW = Keys(b"k" * 32), datetime(2022, 6, 2, 3, tzinfo=UTC)
WARD = "000.20.13.H29"
PERSON = Actor("Trần Văn Mẫu", "gọi lại khoa cấp cứu")


@pytest.fixture
def engine(pg_url: str):  # type: ignore[no-untyped-def]
    engine = connect(pg_url)
    yield engine
    engine.dispose()


def asked(engine: sa.Engine, *, break_glass: bool = True, at: datetime = NOW) -> int:
    """A question from its place to its row; the row's number."""
    entry = AuditEntry(Inquiry(WARD, "bác sĩ trực", "emergency", "H1"), "record", ("079190000001",), break_glass)
    with engine.begin() as connection:
        assert limits.enter(connection, entry, Allowance(10, QuestionLimits(), granted=True), KEYS, at) is None
        audit.write(connection, entry, KEYS, at, outcome="answered")
        return int(connection.scalar(sa.text("select max(id) from hub.audit")) or 0)


def kinds(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(each.kind for each in alerts.listed(connection))


def test_each_question_is_an_alert_and_waits_for_a_review(engine) -> None:  # type: ignore[no-untyped-def]
    ordinary, number = asked(engine, break_glass=False), asked(engine)
    assert kinds(engine) == ["break-glass"]
    with engine.begin() as connection:
        assert [each["id"] for each in reviews.waiting(connection)] == [number]
        reviews.review(connection, number, PERSON, NOW, justified=False)
        assert reviews.waiting(connection) == []
        with pytest.raises(AlreadyReviewed):
            reviews.review(connection, number, PERSON, NOW, justified=True)
        for other in (ordinary, 10**6):
            with pytest.raises(NotFound):
                reviews.review(connection, other, PERSON, NOW, justified=True)
    with pytest.raises(DatabaseRefused, match="only ever appended"), engine.begin() as connection:
        connection.execute(sa.text("update hub.audit_review set justified = true"))


def test_a_review_that_is_late_is_an_alert(engine) -> None:  # type: ignore[no-untyped-def]
    """A day by the deployment's clock; reviewed in time it is none."""
    asked(engine)
    for after, raised in ((timedelta(hours=23), ["break-glass"]), (timedelta(hours=25), ["break-glass", "unreviewed"])):
        with engine.begin() as connection:
            reviews.alert_overdue(connection, NOW + after)
        assert kinds(engine) == raised


def test_a_look_is_a_row_with_name_and_reason(engine) -> None:  # type: ignore[no-untyped-def]
    """Operators saw records, and only the questions of agencies stood in the log: a person's number finds both now."""
    with engine.begin() as connection:
        looks.note(connection, KEYS, NOW, PERSON, "case 95", dataset="birth", numbers=("079190000001",))
        [row] = audit.rows(connection, subject=bytes.fromhex(KEYS.lookup("079190000001")))
    assert (row["agency"], row["who"], row["what"], row["reference"]) == ("hub", PERSON.who, "look", "case 95")
    assert (row["because"], row["outcome"]) == (PERSON.why, "answered")
