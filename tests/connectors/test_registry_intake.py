"""Submitting the registry open dossiers keeps every promise of a RecordSink, against the twin's registry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import OutgoingRecord, RecordHeld, open_record_sink
from connectors.errors import Transient
from connectors.testing.fault_scripts.http import HTTP_FAULTS
from connectors.testing.record_conformance import RecordTarget, record_checks
from contracts.errors import DeploymentInvalid
from tests.connectors.registry_intake import RegistryTwin, dossier
from twins.faults import InjectedFault


@pytest.fixture
def twin() -> Iterator[RegistryTwin]:
    with RegistryTwin().standing() as twin:
        yield twin


def target(twin: RegistryTwin) -> RecordTarget:
    about = lambda request: not request.path.endswith("/token")  # noqa: E731
    return RecordTarget(twin.system(), "dangKyHoTich", (dossier(1), dossier(2)), dossier(3, module="XX"), about)


@pytest.mark.parametrize("check", list(record_checks(HTTP_FAULTS)), ids=lambda check: check.name)
def test_promise(twin: RegistryTwin, check: Any) -> None:
    """Each damaged reply is its error, and whatever was damaged, the registry says the truth when asked."""
    check.run(target(twin))


def test_an_officer_decides_there(twin: RegistryTwin) -> None:
    """What was submitted waits until the registry's officer has registered it; the hub only asks."""
    sink = target(twin).open()
    assert sink.put([dossier(1)], known=False)[0].held is RecordHeld.TAKEN
    twin.intake.decide()

    assert sink.ask(dossier(1)).held is RecordHeld.ACCEPTED
    assert sink.ask(dossier(1)).state == "4"


def test_a_lost_reply_leads_to_no_second_registration(twin: RegistryTwin) -> None:
    """The registry kept the dossier and its reply was lost: asked, it says so, and nothing is submitted twice."""
    twin.faults.script.append(InjectedFault("reset", {"op": "dangKyHoTich"}))
    sink = target(twin).open()
    with pytest.raises(Transient):
        sink.put([dossier(1)], known=False)
    assert sink.ask(dossier(1)).held is RecordHeld.TAKEN
    assert sink.put([dossier(1)], known=True)[0].held is RecordHeld.TAKEN
    assert twin.intake.calls["doubled"] == 0


def test_a_refusal_names_the_field_and_no_value(twin: RegistryTwin) -> None:
    """The Ministry's code, with the field that its text names."""
    [reply] = target(twin).open().put([dossier(1, name="")], known=False)

    assert (reply.held, reply.reasons) == (RecordHeld.REFUSED, ("200 nycHoTen",))


def test_the_check_asks_and_submits_nothing(twin: RegistryTwin) -> None:
    """It asks about a dossier that nobody has."""
    assert [probe.step for probe in target(twin).open().check() if probe.ok is False] == []
    assert twin.intake.dossiers == {}


def test_another_service_is_named(twin: RegistryTwin) -> None:
    """A typing error in a feed's file is found when it is opened."""
    with pytest.raises(DeploymentInvalid, match="submitted nothing by"):
        open_record_sink(twin.system(), "dangKyHoTichs")


def test_a_content_is_submitted_as_xml(twin: RegistryTwin) -> None:
    """`data` is the published envelope, with what must be escaped escaped."""
    target(twin).open().put([OutgoingRecord("X", {**dossier(1).content, "data": {"nycHoTen": "A < B"}})], known=False)
    assert (
        twin.intake.dossiers[dossier(1).number]["data"] == "<hotich><hoso><nycHoTen>A &lt; B</nycHoTen></hoso></hotich>"
    )
