"""Dossiers and steps are submitted one by one: each once, whatever is lost, and what is refused becomes a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.core.errors import NotFound, NotGranted
from hub.feeds.building import FeedNotDue
from hub.submitting import reading
from hub.submitting.submitter import NotAllSubmitted, NotApproved, require_submitted
from tests.hub.submitting.portal import NOW, SubmittingCity, feed_of, granted
from twins.faults import InjectedFault


def test_nothing_is_submitted_before_a_person_approves(portal: SubmittingCity) -> None:
    """The first record leaves when somebody has let the feed begin under its terms."""
    portal.dossier(1)
    with pytest.raises(NotApproved):
        portal.submit()

    assert portal.intake.calls == {}


def test_what_is_here_is_held_there(portal: SubmittingCity) -> None:
    """The first run submits every current dossier, with its list, under an audit row each."""
    portal.approve()
    name = portal.dossier(1, reused=True)
    portal.dossier(2, "9")
    done = portal.submit()

    assert (done.states["acknowledged"], done.left) == (2, 0)
    assert portal.held() == portal.current()
    held = portal.intake.dossiers[name]
    assert held["DinhDanhCHS"] == [{"LoaiDinhDanh": "1", "SoDinhDanh": "079190000001"}]
    assert held["NgayTiepNhan"] == "20220518150000"
    assert held["TaiLieuNop"][0]["DuocTaiSuDung"] == "2"
    assert held["TaiLieuNop"][0]["MaKetQuaThayThe"] == "KQ.G15.000031"
    assert portal.rows("select what, agency, grants from hub.audit order by 1 limit 1") == [
        ("sending", "000.00.00.G22", ["portal"])
    ]


def test_what_changes_is_updated_and_nothing_else(portal: SubmittingCity) -> None:
    """A later run submits the changed dossier as an update; a batch that changed nothing that is submitted costs no call."""
    portal.approve()
    portal.dossier(1)
    portal.dossier(2)
    portal.submit()
    portal.dossier(1, "9")
    portal.dossier(2)
    done = portal.submit()

    assert (done.queued, done.states["acknowledged"], done.unchanged) == (2, 1, 1)
    assert (portal.intake.calls["created"], portal.intake.calls["updated"]) == (2, 1)
    assert portal.held() == portal.current()


def test_a_lost_reply_is_asked_about_in_the_same_run(portal: SubmittingCity) -> None:
    """The portal kept a dossier and its reply was lost: it is asked, and not submitted again."""
    portal.approve()
    portal.dossier(1)
    portal.faults.script.append(InjectedFault("reset", {"op": "DongBoHoSoMC"}))
    done = portal.submit()

    assert (len(done.errors), done.left, portal.states().popitem()[1]) == (1, 0, "acknowledged")
    assert portal.intake.calls["created"] == 1


def test_a_portal_that_does_not_answer_ends_the_run(portal: SubmittingCity) -> None:
    """After some calls in a row the run ends; what was submitted is unknown, the rest waits, and the next run goes on."""
    portal.approve()
    for number in range(1, 7):
        portal.dossier(number)
    portal.faults.script.append(InjectedFault("status", {}, times=8, args={"status": 503}))
    done = portal.submit()
    with pytest.raises(NotAllSubmitted):
        require_submitted([done])
    assert {"unknown", "waiting"} >= set(portal.states().values())

    portal.faults.script.clear()
    assert portal.submit().left == 0
    assert portal.held() == portal.current()
    assert portal.intake.calls["created"] == 6


def test_a_refusal_is_a_case_until_the_source_mends_it(portal: SubmittingCity) -> None:
    """The unit's case names the field; a newer version is submitted again by itself, and taking it closes the case."""
    portal.approve()
    portal.dossier(1, TrichYeuHoSo="x" * 1001)
    portal.dossier(2)
    portal.submit()
    cases = "select rules, detail, state, owner <> '' from hub.\"case\""

    assert sorted(portal.states().values()) == ["acknowledged", "refused"]
    assert portal.rows(cases) == [(["record.refused-by-receiver"], "portal-dossiers: -5 TrichYeuHoSo", "open", True)]
    portal.dossier(1, TrichYeuHoSo="ngắn")
    portal.submit()
    assert portal.rows(cases)[0][2] == "closed"
    assert portal.held() == portal.current()


def test_a_refused_record_is_submitted_again_when_a_person_says_so(portal: SubmittingCity) -> None:
    """The receiver had the wrong catalogue; nothing changed at the source."""
    portal.approve()
    name = portal.dossier(1)
    portal.intake.procedures = {"1.000894"}
    portal.submit()
    portal.intake.procedures = {"1.001193"}
    assert portal.submit().states == {}

    with portal.engine.begin() as connection:
        assert [row["reasons"] for row in reading.refused(connection, "portal-dossiers", 10)] == ["-6 MaTTHC"]
        with pytest.raises(NotFound):
            reading.again(connection, "portal-dossiers", ["none"], NOW)
        assert reading.again(connection, "portal-dossiers", [name], NOW) == 1
        assert len(reading.cases(connection, "portal-dossiers", [name])) == 1
    portal.submit()
    assert portal.states() == {name: "acknowledged"}


def test_the_source_s_state_and_the_submitted_one_stay_apart(portal: SubmittingCity) -> None:
    """A receiver without state 8 is submitted another, by the feed's file; what the source said is not lost."""
    portal.feed = feed_of(portal.feed.contract, states={"8": "9"})
    portal.approve()
    portal.dossier(1, "8")
    portal.submit()

    assert list(portal.held().values()) == ["9"]
    assert portal.rows("select source_state, submitted_state from hub.submitted_record") == [("8", "9")]
    with portal.engine.connect() as connection:
        assert reading.status(connection, [portal.feed])[0]["submitted otherwise"] == 1


def test_steps_follow_their_dossier_ten_a_call(portal: SubmittingCity) -> None:
    """No step is submitted before its dossier is held; each change of state is one, and receipt is the first."""
    portal.approve()
    name = portal.dossier(1, "2")
    for state in ("4", "4", "5", "4", "9"):
        portal.dossier(1, state)
    assert portal.submit(portal.progress).left == 0
    assert portal.intake.steps == {}

    portal.submit()
    done = portal.submit(portal.progress)
    steps = portal.intake.steps[name]
    assert [each["TrangThai"] for each in steps] == ["2", "4", "5", "4", "9"]
    assert steps[0]["ThoiDiemXuLy"] == "20220518150000"
    assert steps[0]["NoiDungXuLy"] == "Được tiếp nhận"
    assert (done.states["acknowledged"], portal.intake.calls["CapNhatTienDoHoSoMC"]) == (5, 1)

    portal.dossier(1, "10")
    portal.submit(portal.progress)
    assert [each["TrangThai"] for each in portal.intake.steps[name]][-1] == "10"


def test_a_lost_reply_to_steps_doubles_none(portal: SubmittingCity) -> None:
    """Each step of the chunk is asked about."""
    portal.approve()
    name = portal.dossier(1, "2")
    portal.dossier(1, "4")
    portal.submit()
    portal.faults.script.append(InjectedFault("reset", {"op": "CapNhatTienDoHoSoMC"}))
    done = portal.submit(portal.progress)

    assert (done.left, len(portal.intake.steps[name])) == (0, 2)


def test_what_the_portal_submitted_us_is_not_submitted_back(portal: SubmittingCity) -> None:
    """A system that repeats what others handle is left out."""
    portal.approve()
    portal.rows("select 1")
    with portal.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into hub.stream (id, system, contract, repeats) values ('p.dossier', 'p', 'dossier', true)"
        )
    portal.put("dossier", "H1", system="p", MaHoSo="H29.16-220601-000001", TrangThaiHoSo="4")
    assert portal.submit().queued == 0


def test_what_is_granted_no_more_is_not_submitted(portal: SubmittingCity) -> None:
    """The grants of the day are looked at before each record."""
    portal.approve()
    portal.dossier(1)
    portal.feed = replace(portal.feed, granted=granted(date(2022, 6, 1)))
    with pytest.raises(NotGranted):
        portal.submit()
    off = replace(portal.feed, file=portal.feed.file.model_copy(update={"active": False}))
    with pytest.raises(FeedNotDue):
        portal.submit(off)
    assert portal.intake.dossiers == {}


def test_many_with_losses_and_refusals_end_equal(portal: SubmittingCity) -> None:
    """A fifth of the replies is lost and some dossiers are refused: what is held is what is here, none double."""
    portal.approve()
    for number in range(1, 61):
        portal.dossier(number)
    portal.intake.lost, portal.intake.refused, portal.intake.seed = 0.2, 0.1, 3
    while portal.submit().left:
        pass
    refused = {number for number, state in portal.states().items() if state == "refused"}

    assert portal.held() == {number: state for number, state in portal.current().items() if number not in refused}
    assert portal.intake.calls["created"] == 60 - len(refused)
    assert 0 < len(refused) < 20
