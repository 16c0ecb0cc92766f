"""A desk's question about Lan's birth, decided over the registers without grants and put on record. All people are synthetic."""

from __future__ import annotations

from hub.access.grants.permission import Permission
from hub.access.inquiry import Inquiry
from hub.answers.decisions import store
from hub.answers.decisions.decide import Decider, Question, Terms
from hub.core.actions import Actor
from hub.evidence.people import Subject
from hub.requirements.catalogue import Answer
from tests.hub.answers.builders import requirement
from tests.hub.registers import KEYS, NOW

OFFICER = Actor("officer-1", "hồ sơ tại quầy")


BIRTH = requirement(procedure="1.000894", id="KQ.G15.000031")
FORM = requirement("", procedure="1.000894", id="TK", answer=Answer.NONE)
LAN_ASKS = Question(
    Inquiry("760", "officer-1", "civil-status", "H1"),
    "1.000894",
    {"applicant": Subject(personal_id="079190000001", name="Trần Thị Hòa Lan")},
)


def permits(agency: str, dataset: str, purpose: str) -> Permission:
    return Permission(agency == "760", purpose == "civil-status", "grant-1")


def decider(locator, **more) -> Decider:
    return Decider(locator, Terms(usual_age_days=7, here=("Thành phố Hồ Chí Minh",)), permits, now=lambda: NOW, **more)


def ask(engine, look, question=LAN_ASKS, requirements=(BIRTH, FORM), **more):
    decided = decider(look(), **more).dossier(question, requirements)
    set_ = store.requirement_set(question, [r.id for r in requirements], KEYS)
    with engine.begin() as connection:
        return store.record(connection, question, set_, decided, NOW, NOW)
