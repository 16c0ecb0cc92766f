"""Questions about one paper of a register, and every way in which a decision about it shows or issues something."""

from __future__ import annotations

import sqlalchemy as sa

from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question
from hub.evidence.people import Subject
from tests.hub.answers.builders import QUAN_1, requirement
from tests.hub.answers.decisions.lan import CLERK, KNOWN

PAPERS = {
    register: (requirement(register, procedure=register),) for register in ("register:birth", "register:marriage")
}
"""Procedures that demand one paper each, named as its register."""


def question(register: str = "register:birth", subject: Subject = KNOWN, dossier: str = "H1") -> Question:
    return Question(Inquiry(QUAN_1, "officer-1", "civil-status", dossier), register, {"applicant": subject})


def change(engine: sa.Engine, table: str, what: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"update warehouse.{table} set {what}"))


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(f"select count(*) from hub.{table}")) or 0)


def acts(service, number: int):
    """Every way in which a decision shows or issues something."""
    return (
        lambda: service.preview(number, CLERK),
        lambda: service.act(number, "used", CLERK),
        lambda: service.confirm(number, CLERK),
        lambda: service.extract(number, "Ủy ban nhân dân Quận 1", CLERK),
    )
