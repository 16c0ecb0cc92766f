"""Whoever was told of a record that was corrected later has a notice, once, until it is acknowledged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.answers.decisions import store
from hub.answers.decisions.decide import Decider, Question, Terms
from hub.answers.extracts import drafts
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.evidence import Moment
from hub.evidence.locator import Locator
from hub.evidence.people import Subject
from hub.recall import events, recalls
from tests.hub.answers.decisions.asking import BIRTH, permits
from tests.hub.answers.disclosure.conftest import BORN, CHILD, MOTHER, QUAN_1, asking
from tests.hub.registers import KEYS, NOW

WHO = Subject(personal_id=CHILD, name="Nguyễn Minh An")
MINH = Actor("Minh", "told by telephone")


def rows(engine: sa.Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


@pytest.fixture
def informed(put, disclosure, engine, contracts, units) -> None:
    """A desk got a record, an answer, prefill, a decision and a copy of one birth; another birth was told to nobody."""
    put("birth", "1", **BORN)
    put("birth", "2", **BORN | {"nksSoDDCN": "079316000002", "nksHoTen": "Trần Văn Bình"})
    assert disclosure.record(asking(), "register:birth", WHO, ["nksHoTen"]).found
    assert disclosure.answer(asking(), "parent_of", WHO, Subject(personal_id=MOTHER)).answer
    assert disclosure.prefill(asking(), WHO, ["hoTen", "queQuan"]).facts
    with engine.begin() as connection:
        locator = Locator(connection, contracts, KEYS, units, Moment(NOW), "")
        question = Question(asking(), "1.000894", {"applicant": WHO})
        decider = Decider(
            locator, Terms(usual_age_days=7), lambda *_: permits("760", "birth", "civil-status"), now=lambda: NOW
        )
        decided = decider.dossier(question, (BIRTH,))
        assert ["reuse"] == [each.outcome.value for each in decided]
        store.record(connection, question, store.requirement_set(question, ["r"], KEYS), decided, NOW, NOW)
        [found] = locator.find("register:birth", WHO)
        drafts.issue(
            connection, found.evidence, contracts, units, agency=(QUAN_1, "Quận 1"), reference="H1",
            legal_basis="civil-status-law:63", now=NOW,
        )  # fmt: skip


def test_every_kind_of_carrier_is_found(informed, engine, correct, looked) -> None:
    """Record, answer, prefill, decision and copy of the corrected birth; nothing for the one that nobody was told of."""
    looked()
    correct("1")
    correct("2")
    found = looked()
    assert (2, 1, 5) == (found.corrected, found.recalls, found.notices)
    kinds = "select kind, agency, record_key from hub.recall_notice order by kind"
    expected = [(kind, QUAN_1, "1") for kind in ("answer", "copy", "decision", "prefill", "record")]
    assert expected == rows(engine, kinds)


def test_looking_again_finds_nothing_new(informed, engine, correct, looked) -> None:
    """Each batch is looked at once, and a carrier is told once however often the record is corrected."""
    correct("1")
    assert [5, 0] == [looked().notices for _ in range(2)]
    correct("1")
    assert 0 == looked().notices


def test_what_was_given_after_the_correction_is_true(put, disclosure, engine, correct, looked) -> None:
    """The version told is the newest; that its change time moves on later makes it no older content."""
    put("birth", "1", **BORN)
    correct("1")
    assert disclosure.record(asking(), "register:birth", WHO, ["nksHoTen"]).found
    correct("1", content=False)
    assert 0 == looked().notices


def test_a_record_of_one_content_is_found_by_the_next(put, disclosure, correct, looked) -> None:
    """Told, its change time moved on, then corrected: the teller's version is older than both."""
    put("birth", "1", **BORN)
    assert disclosure.record(asking(), "register:birth", WHO, ["nksHoTen"]).found
    correct("1", content=False)
    correct("1")
    assert 1 == looked().notices


def test_a_denied_answer_carries_nothing(put, disclosure, engine) -> None:
    """Only what was told is named; a row names no key."""
    put("birth", "1", **BORN)
    assert not disclosure.record(asking("999.00.00.H29"), "register:birth", WHO, ["nksHoTen"]).found
    assert disclosure.record(asking(), "register:birth", WHO, ["nksHoTen"]).found
    mark = bytes.fromhex(KEYS.lookup("birth/moj-registry/1"))
    found = rows(engine, "select outcome, records from hub.audit order by id")
    assert ["denied", "answered"] == [outcome for outcome, _ in found]
    assert [[], [mark]] == [[bytes(each) for each in records] for _, records in found]


def test_a_recall_closes_when_all_know(informed, engine, correct, looked) -> None:
    """Each acknowledged by a person, with name and reason; the last one closes it, and not before."""
    correct("1")
    looked()
    with engine.begin() as connection:
        numbers = [row["id"] for row in recalls.notices(connection, 1)]
        assert 0 == recalls.acknowledge(connection, numbers[:-1], MINH, NOW)
        [waiting] = recalls.listed(connection)
        assert (5, 4, 1) == (waiting["notices"], waiting["acknowledged"], waiting["open"])
        assert 1 == recalls.acknowledge(connection, numbers[-1:], MINH, NOW)
        assert [] == recalls.listed(connection)
    assert [("Minh", "told by telephone")] == rows(engine, "select distinct who, how from hub.recall_notice")


def test_a_notice_that_is_none(engine) -> None:
    """Nothing is acknowledged by a mistyped number."""
    with engine.begin() as connection, pytest.raises(NotFound, match="No notice 7"):
        recalls.acknowledge(connection, [7], MINH, NOW)


def test_a_decision_judged_again_settles_its_notice(informed, engine, correct, looked) -> None:
    """The successor was made from what is true now: nobody has to be told."""
    correct("1")
    looked()
    with engine.begin() as connection:
        connection.execute(
            sa.text("""
                insert into hub.decision (agency, dossier, requirement_set, requirement, procedure, purpose, outcome,
                    legal_basis, why, known_at, decided_at, generation, supersedes, changed)
                select agency, dossier, requirement_set, requirement, procedure, purpose, 'ask', legal_basis, why, known_at,
                    decided_at, 2, id, array['version'] from hub.decision""")
        )
    assert 1 == looked().settled
    found = rows(engine, "select kind, how from hub.recall_notice where acknowledged_at is not null")
    assert [("decision", "the decision was judged again")] == found


def test_notices_go_out_once(informed, engine, correct, looked, tmp_path: Path) -> None:
    """CloudEvents, a file an agency: type, id and what to do; no key and no value of the record."""
    correct("1")
    looked()
    for expected in ({QUAN_1: 5}, {}):
        with engine.begin() as connection:
            assert expected == events.send(connection, tmp_path / "out", "hcmc", NOW)
    lines = (tmp_path / "out" / f"{QUAN_1}.ndjson").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert {"1.0"} == {each["specversion"] for each in found}
    assert {"vn.motlan.record.corrected"} == {each["type"] for each in found}
    assert 5 == len({each["id"] for each in found})
    assert not [word for word in (CHILD, "Nguyễn", "moj-registry") if word in "\n".join(lines)]
