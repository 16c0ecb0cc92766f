"""Submitting the national portal dossiers and steps keeps every promise of a RecordSink, against the twin's portal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette

import connectors
from connectors import OutgoingRecord, RecordHeld, System, open_record_sink
from connectors.errors import Transient
from connectors.testing.fault_scripts.http import HTTP_FAULTS
from connectors.testing.record_conformance import PORTAL_INTAKE_FAULTS, RecordTarget, record_checks
from contracts.errors import DeploymentInvalid
from tests.sockets import listening
from twins.clock import Clock
from twins.faults import Faults, InjectedFault, KnowsTransport
from twins.services.lgsp import Gateway
from twins.services.national_portal import Portal, Portals
from twins.services.portal_intake import PortalReceipts

NOW = datetime(2022, 6, 12, 8, tzinfo=UTC)
LOGIN = {"username": "city", "password": "secret-of-the-city"}
FAULTS = (*HTTP_FAULTS, *PORTAL_INTAKE_FAULTS)


def dossier(number: int, **values: Any) -> OutgoingRecord:
    name = f"000.00.16.H29-220601-{number:04d}"
    content = {"MaHoSo": name, "MaTTHC": "1.001193", "TrangThaiHoSo": "4", "ChuHoSo": "Nguyễn Thị Mẫu"}
    return OutgoingRecord(name, {**content, "TaiLieuNop": [], **values})


def step(number: int, state: str = "2") -> OutgoingRecord:
    values = {"MaHoSo": dossier(1).number, "ThoiDiemXuLy": f"2022060{number}080000", "TrangThai": state}
    return OutgoingRecord(f"{values['MaHoSo']}|{number}", {**values, "PhongBanXuLy": "UBND Quận 1"})


class Twin:
    """A portal that is submitted, on a real socket."""

    def __init__(self) -> None:
        self.intake, self.faults = PortalReceipts({"1.001193"}), Faults()
        self.address = ""

    def app(self) -> Any:
        portal = Portal("national-portal", "VN:GOV:x", {}, {}, self.intake)
        credentials, clock = {"national-portal": LOGIN}, Clock(NOW)
        gateway = Gateway(credentials, clock)
        portals = Portals({"national": portal}, credentials, gateway, clock, self.faults)
        return KnowsTransport(Starlette(routes=portals.routes()))

    def target(self, service: str = "DongBoHoSoMC") -> RecordTarget:
        options = {"dstcode": "VN:GOV:x", "madonvi": "000.00.00.H29"}
        system = System(
            "national-portal", "Cổng", "national_portal", self.address, LOGIN, options=options, now=lambda: NOW
        )
        about = lambda request: request.path.endswith("/api")  # noqa: E731
        if service == "DongBoHoSoMC":
            changed = dossier(1, TrangThaiHoSo="9")
            return RecordTarget(
                system, service, (dossier(1), dossier(2)), dossier(3, TrangThaiHoSo="11"), about, changed
            )
        return RecordTarget(system, service, (step(1), step(2, "4")), step(3, "11"), about)


@pytest.fixture
def twin() -> Iterator[Twin]:
    twin = Twin()
    with listening(twin.app()) as address:
        twin.address = f"{address}/portal/national"
        yield twin


@pytest.mark.parametrize("check", list(record_checks(FAULTS)), ids=lambda check: check.name)
def test_promise_of_dossiers(twin: Twin, check: Any) -> None:
    """Each damaged reply is its error, and whatever was damaged, the portal says the truth when asked."""
    check.run(twin.target())


@pytest.mark.parametrize("check", list(record_checks(PORTAL_INTAKE_FAULTS)), ids=lambda check: check.name)
def test_promise_of_steps(twin: Twin, check: Any) -> None:
    """The same of progress, about a dossier that the portal holds."""
    twin.target().open().put([dossier(1)], known=False)
    if check.name == "nothing is held before":
        twin.intake.calls.clear()
    check.run(twin.target("CapNhatTienDoHoSoMC"))


def test_a_dossier_that_exists_is_updated_by_the_same_call(twin: Twin) -> None:
    """Create-or-update is the caller's job: what the hub does not know to be held is found out, and nothing doubles."""
    sink = twin.target().open()
    sink.put([dossier(1)], known=False)
    sink.put([dossier(1, TrangThaiHoSo="10")], known=False)
    sink.put([dossier(2)], known=True)

    assert {number: each["TrangThaiHoSo"] for number, each in twin.intake.dossiers.items()} == {
        dossier(1).number: "10",
        dossier(2).number: "4",
    }
    assert (twin.intake.calls["created"], twin.intake.calls["updated"]) == (2, 1)


def test_a_lost_reply_is_asked_about(twin: Twin) -> None:
    """The portal kept the dossier and its reply was lost: the call is an error, and the question finds it held."""
    twin.faults.script.append(InjectedFault("reset", {"op": "DongBoHoSoMC"}))
    sink = twin.target().open()
    with pytest.raises(Transient):
        sink.put([dossier(1)], known=False)

    assert sink.ask(dossier(1)).held is RecordHeld.ACCEPTED
    assert sink.ask(dossier(1, TrangThaiHoSo="9")).held is RecordHeld.OTHER


def test_a_refusal_names_the_field_and_no_value(twin: Twin) -> None:
    """The reason is the portal's code with the name of a known field; its text may hold a value, and is left."""
    [reply] = twin.target().open().put([dossier(1, TrichYeuHoSo="x" * 1001)], known=False)

    assert (reply.held, reply.reasons) == (RecordHeld.REFUSED, ("-5 TrichYeuHoSo",))


def test_a_chunk_of_steps_is_judged_step_by_step(twin: Twin) -> None:
    """Nine of ten steps are kept although one is refused."""
    twin.target().open().put([dossier(1)], known=False)
    steps = [step(number, "11" if number == 3 else "4") for number in range(1, 10)]
    replies = twin.target("CapNhatTienDoHoSoMC").open().put(steps, known=False)

    assert [reply.held is RecordHeld.ACCEPTED for reply in replies] == [number != 3 for number in range(1, 10)]
    assert len(twin.intake.steps[dossier(1).number]) == 8


def test_the_check_asks_and_submits_nothing(twin: Twin) -> None:
    """`hub systems check` logs in and asks about a dossier that nobody has."""
    probes = list(twin.target().open().check())

    assert [probe.step for probe in probes if probe.ok is False] == []
    assert twin.intake.dossiers == {}


def test_what_takes_no_records_says_so(twin: Twin) -> None:
    """A dialect without records, and a service that the portal does not have, are submitted by name."""
    system = twin.target().system
    with pytest.raises(DeploymentInvalid, match="submitted nothing by"):
        open_record_sink(system, "LayThuTuc")
    other = System("x", "x", "one_stop", "http://127.0.0.1:1")
    with pytest.raises(DeploymentInvalid, match="takes no records"):
        connectors.open_record_sink(other, "DongBoHoSoMC")
