"""The Ministry's registry is submitted open dossiers, each once; what its officer decides is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from connectors import open_record_sink
from hub.feeds import approvals
from hub.submitting.submitter import SubmittedNow
from tests.connectors.registry_intake import RegistryTwin
from tests.hub.submitting.portal import NOW, PERSON, SubmittingCity, feed_of
from twins.faults import InjectedFault

COLUMNS = ("MaHoSo", "MaTTHC", "ChuHoSo", "DinhDanhCHS_CCCD", "NgayTiepNhan", "TrangThaiHoSo")


class Ministry:
    """The city's feed of open dossiers, and the registry."""

    def __init__(self, city: SubmittingCity, twin: RegistryTwin) -> None:
        submitted = feed_of(
            city.feed.contract, columns=COLUMNS, lists={}, after="", modules={"1.001193": "KS"}, service="dangKyHoTich"
        )
        file = submitted.file.model_copy(update={"service": "dangKyHoTich", "system": "moj-registry-rest"})
        self.city, self.twin, self.feed = city, twin, replace(submitted, file=file)

    def submit(self) -> SubmittedNow:
        return self.city.submitter.submit(self.feed, open_record_sink(self.twin.system(), "dangKyHoTich"))

    def states(self) -> list[tuple[str, ...]]:
        return self.city.rows("select state, their_state from hub.submitted_record order by key")


@pytest.fixture
def ministry(portal: SubmittingCity) -> Iterator[Ministry]:
    with RegistryTwin().standing() as twin, portal.engine.begin() as connection:
        ministry = Ministry(portal, twin)
        connection.execute(
            sa.text(
                """insert into hub.case_owner (system, unit, since, owner, list) values ('one-stop-760', '760', '2021', 'Q1', 'x')"""
            )
        )
        approvals.approve(connection, ministry.feed.id, ministry.feed.terms(NOW.date()).digest, PERSON, NOW)
        connection.commit()
        yield ministry


def test_an_open_dossier_is_taken_then_registered(ministry: Ministry) -> None:
    """Submitted once, it is taken until the officer has decided; later runs only ask, whatever the district changes."""
    name = ministry.city.dossier(1)
    assert ministry.submit().states["taken"] == 1
    assert ministry.twin.intake.dossiers[name]["maDonVi"] == "760"
    assert ministry.states() == [("taken", "1")]

    ministry.city.dossier(1, "9")
    ministry.submit()
    assert ministry.states() == [("taken", "1")]
    ministry.twin.intake.decide()
    ministry.submit()
    assert ministry.states() == [("acknowledged", "4")]
    assert ministry.twin.intake.calls["dangKyHoTich"] == 1


def test_what_is_decided_already_is_not_submitted(ministry: Ministry) -> None:
    """An entry that is registered would be registered twice; other procedures have no module."""
    ministry.city.dossier(1, "9")
    ministry.city.dossier(2, MaTTHC="9.999999")
    ministry.city.dossier(3, "10")
    assert (ministry.submit().left, ministry.states()) == (0, [])
    assert ministry.twin.intake.dossiers == {}


def test_losses_and_refusals_register_nothing_twice(ministry: Ministry) -> None:
    """A third of the replies is lost, some dossiers are refused: each of the others is held once."""
    for number in range(1, 31):
        ministry.city.dossier(number)
    ministry.twin.intake.lost, ministry.twin.intake.refused, ministry.twin.intake.seed = 0.3, 0.15, 2
    ministry.twin.faults.script.append(InjectedFault("status", {"op": "traTrangThaiHoSo"}, args={"status": 503}))
    while ministry.submit().left:
        pass
    ministry.twin.intake.decide()
    ministry.submit()
    states = [state for state, _ in ministry.states()]

    assert ministry.twin.intake.calls["doubled"] == 0
    assert len(ministry.twin.intake.dossiers) == states.count("acknowledged") == 30 - states.count("refused")
    assert ministry.city.rows("select count(*) from hub.\"case\" where state = 'open'") == [(states.count("refused"),)]
