"""Decisions and what is looked at under them, cut by the grants of the very entry. All people are synthetic."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import yaml

from hub.access import row_security
from hub.access.grants.live import pin
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.answers.decisions.decision_service import DecisionService
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.people import Subject
from tests.hub.in_force import put_in_force

from .conftest import MOTHER, QUAN_1, WIFE

CLERK = Actor("officer-1", "tại quầy")
ADOPTION = "2.001263"
"""Demands the certificate of marriage."""


@pytest.fixture
def ask(hub, folder):
    """Ask for a marriage under grants and needs of a test's own; the first wall by itself, or both."""

    def ask(grants: list[dict[str, object]], needed: list[str], number: str = MOTHER) -> tuple[DecisionService, object]:
        purposes = yaml.safe_load((folder / "purposes.yaml").read_text())
        purposes["purposes"][0]["needed"] = {"marriage": needed}
        (folder / "purposes.yaml").write_text(yaml.safe_dump(purposes))
        same = {
            "agencies": [QUAN_1],
            "purpose": "civil-status",
            "legal_basis": "once-held",
            "territory": "city",
            "valid_from": "2022-01-01",
            "hourly_limit": 10,
            "approver": "mẫu",
        }
        (folder / "grants.yaml").write_text(
            yaml.safe_dump({"grants": [same | {"id": f"g{n}"} | each for n, each in enumerate(grants)]})
        )
        put_in_force(hub)
        service = DecisionService(hub)
        decided = service.ask(
            Question(
                Inquiry(QUAN_1, "officer-1", "civil-status", "H1"), ADOPTION, {"applicant": Subject(personal_id=number)}
            ),
            refresh=False,
        )
        [found] = [each for each in decided if each.evidence_type == "register:marriage"]
        return service, found

    return ask


@pytest.mark.parametrize("walled", [True, False])
def test_a_grant_of_another_place_gives_no_evidence(put, ask, monkeypatch, walled: bool) -> None:
    """A grant of answers over the whole city opened rows elsewhere to another one, of fields in District 1: the record was named as evidence."""
    if not walled:
        monkeypatch.setattr(row_security, "read_as", lambda connection, **who: pin(connection))
        monkeypatch.setattr(row_security, "read_own", lambda connection, dataset, day: None)
    put("marriage", "1", **WIFE | {"noiDangKy": "27154", "ngayDangKy": "2021-03-05"})
    district = {"datasets": {"marriage": ["voHoTen", "so"]}, "territory": "760"}
    _, found = ask([district, {"answers": ["is_married"]}], ["voHoTen", "so"])
    assert (found.outcome, found.record) == ("ask", None)
    assert [(why["condition"], why["effect"]) for why in found.why if why["effect"] == "fails"] == [("held", "fails")]


def test_a_grant_of_what_the_purpose_does_not_need_is_none(put, ask) -> None:
    put("marriage", "1", **WIFE)
    _, found = ask([{"datasets": {"marriage": ["voHoTen"]}, "answers": ["is_married"]}], ["chongHoTen"])
    assert [why["value"] for why in found.why if why["condition"] == "permitted"] == ["no grant"]


def test_an_entry_ended_since_is_not_shown_as_if_in_force(put, ask, engine) -> None:
    """Who may not be told of a divorce was shown the marriage with the name of the field that ended it."""
    put("marriage", "1", **WIFE)
    service, found = ask([{"datasets": {"marriage": ["voHoTen", "so"]}}], ["voHoTen", "so"])
    assert service.preview(found.id, CLERK).entry == "3"
    with engine.begin() as connection:
        connection.execute(sa.text("update warehouse.marriage set tinh_trang_ket_hon = 'đã ly hôn'"))
    with pytest.raises(NotFound):
        service.preview(found.id, CLERK)
