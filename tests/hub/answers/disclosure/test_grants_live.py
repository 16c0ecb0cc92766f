"""A new version of the grants is in force for every process at once: for the next question, in both walls and on its row."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from hub.access.grants import versions
from hub.access.grants.model import Grants
from hub.access.inquiry import Inquiry
from hub.answers.agency_view import AgencyView
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.disclosure.disclosure import Disclosure
from hub.core.actions import Actor
from hub.core.database import connect
from hub.core.errors import NotGranted
from hub.evidence.people import Subject
from tests.hub.answers.builders import small_hub
from tests.hub.in_force import put_in_force

from .conftest import BORN, CHILD, QUAN_1, SCHOOL, asking

NAME = ["nksHoTen"]
WHO = Subject(personal_id=CHILD)
PERSON = Actor("Trần Văn Mẫu", "agreement 12")


@pytest.fixture
def other(engine, contracts, folder) -> Iterator[Any]:
    """A second hub, as of another process, over the same database."""
    own = connect(engine.url.render_as_string(hide_password=False))
    yield small_hub(own, contracts, folder)
    own.dispose()


@pytest.fixture
def replicas(hub, other, put) -> tuple[Disclosure, Disclosure]:
    """Two that answer, with the first version in force and known to both."""
    put("birth", "1", **BORN)
    both = Disclosure.of(hub), Disclosure.of(other)
    for each in both:
        assert each.record(asking(), "register:birth", WHO, NAME).found
    return both


def without_birth(grants: Grants) -> Grants:
    return replace(grants, all=tuple(g for g in grants.all if g.dataset != "birth"))


def asked(engine: sa.Engine) -> list[tuple[str, int]]:
    """Outcome and version of each audit row, oldest first."""
    with engine.connect() as connection:
        query = sa.text("select outcome, grants_version from hub.audit order by id")
        return [(row.outcome, row.grants_version) for row in connection.execute(query)]


def test_a_withdrawal_holds_for_the_next_question_everywhere(replicas, hub, engine) -> None:
    """Grants were read when a process started: what was withdrawn went on being told until each had been restarted."""
    here, there = replicas
    all_of_them = here.rule.grants
    put_in_force(hub, without_birth(all_of_them))
    for each in (there, here):
        assert not each.record(asking(), "register:birth", WHO, NAME).found
    put_in_force(hub, all_of_them)
    for each in (there, here):
        assert each.record(asking(), "register:birth", WHO, NAME).found
    assert asked(engine) == [("answered", 1)] * 2 + [("denied", 2)] * 2 + [("answered", 3)] * 2


def test_a_new_grant_is_answered_by_a_process_that_never_heard_of_it(replicas, hub) -> None:
    """Its first look is by the version that it knows; what it then finds in force decides."""
    _, there = replicas
    grants = there.rule.grants
    [school] = [g for g in grants.all if g.agency == SCHOOL]
    civil = asking(SCHOOL, "civil-status")
    assert not there.record(civil, "register:birth", WHO, NAME).found
    put_in_force(hub, replace(grants, all=(*grants.all, replace(school, id="new", purpose="civil-status"))))
    assert there.record(civil, "register:birth", WHO, NAME).found


def test_a_limit_is_that_of_the_version_in_force(replicas, hub) -> None:
    _, there = replicas
    grants = there.rule.grants
    put_in_force(hub, replace(grants, all=tuple(replace(g, hourly_limit=2) for g in grants.all)))
    with pytest.raises(Exception, match="2 are allowed"):
        there.record(asking(), "register:birth", WHO, NAME)


def _waits(engine: sa.Engine) -> bool:
    """Whether somebody waits for the lock of the grants."""
    query = sa.text(
        "select exists (select from pg_locks l join pg_database d on d.oid = l.database where d.datname = current_database()"
        " and locktype = 'advisory' and not granted)"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(query))


def test_an_answer_in_work_ends_by_its_own_version_and_none_after_it(replicas, hub, other, engine) -> None:
    """Applying waits for it; so once it is done, no answer by the older version leaves any process."""
    here, there = replicas
    less = without_birth(here.rule.grants)
    with ThreadPoolExecutor(1) as pool:
        with here.way_out.admitted(asking(), "record") as admission, admission.answering() as session:
            applied: Future[versions.Applied] = pool.submit(put_in_force, other, less)
            while not _waits(engine):
                assert not applied.done()
            assert session.connection.scalar(sa.text("select count(*) from warehouse.birth")) == 1
            with session.as_hub_for_deaths():
                pass
            assert session.connection.scalar(sa.text("select count(*) from warehouse.birth")) == 1
            session.nothing()
        assert applied.result().number == 2
    assert not there.record(asking(), "register:birth", WHO, NAME).found
    assert asked(engine)[2:] == [("nothing", 1), ("denied", 2)]


def test_a_withdrawal_between_admission_and_answer_counts(hub, put, engine) -> None:
    """An agency's own decisions stand open to it while it holds a grant: asked again in the answer's own transaction."""
    service = DecisionService(hub)
    view = AgencyView(service, Inquiry(QUAN_1, "officer", "civil-status", legal_basis="once-held"))
    nobody = replace(service.grants, all=())

    def asked_meanwhile() -> None:
        with view._admitted("decisions", "H1") as admission:
            put_in_force(hub, nobody)
            with admission.answering():
                pytest.fail("answered by a version that was in force no more")

    with pytest.raises(NotGranted):
        asked_meanwhile()
    assert asked(engine) == [("denied", 2)]


def test_every_row_names_its_version_also_a_refusal(replicas, hub, engine) -> None:
    here, _ = replicas
    put_in_force(hub, replace(here.rule.grants, without_grant=1))
    stranger = asking("999.00.00.H29")
    here.record(stranger, "register:birth", WHO, NAME)
    with pytest.raises(Exception, match="1 are allowed"):
        here.record(stranger, "register:birth", WHO, NAME)
    assert asked(engine)[2:] == [("denied", 2), ("limit", 2)]
