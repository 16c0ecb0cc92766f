"""A delivery is handed over until its receiver has signed what became of it: once, whatever goes wrong in between."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from connectors.errors import Incomplete
from connectors.outgoing.sink import Parcel, ParcelMissing, ReceiverHolds, SinkReply
from contracts.errors import HubError
from hub.core.errors import NotGranted
from hub.feeds.rebuilding import DeliveryExpired
from hub.sending import lock, settling
from hub.sending.answers import HeldOtherwise
from hub.sending.lock import alone
from hub.sending.sender import FeedBusy, NotPushed, ReceiverForgot, send_each
from hub.sending.status import status
from tests.hub.feeds.city import MINISTRY, granted
from tests.hub.sending.inbox import Way, paper
from twins.ministry_inbox.misbehaviour import AT_DELIVERY


def test_from_released_to_acknowledged(way: Way) -> None:
    """Handed over, judged by the kit, and signed: the receiver holds what the city released."""
    way.release(paper("A", TrangThai="1"), paper("B"))
    way.release(paper("A", 2, TrangThai="2"))
    assert [(1, 2, 0, 0, 2, 0), (2, 1, 0, 0, 1, 0)] == way.equation()
    done = way.send()
    assert (Counter({"acknowledged": 2}), []) == (done.states, done.errors)
    assert [(1, 2, 2, 0, 0, 0), (2, 1, 1, 0, 0, 0)] == way.equation()
    assert way.city.current() == way.held()
    assert ["begun", "answered"] * 2 == way.log()
    assert Counter() == way.send().states


def test_every_sending_is_an_audit_row(way: Way) -> None:
    """To whom, why, which fields, under which law: as the release, and once for each time that it left."""
    way.release(paper("A"))
    way.wrong.script = ["crash before store"]
    way.send()
    query = "select agency, reference, fields = (select fields from hub.audit where what = 'delivery') from hub.audit where what = 'sending'"
    assert [(MINISTRY, "moj-papers-00000001", True)] * 2 == way.city.rows(query)


@pytest.mark.parametrize("kind", AT_DELIVERY)
def test_a_receiver_goes_wrong_once(way: Way, kind: str) -> None:
    """Each of the twelve ways: asked afterwards, the delivery ends as acknowledged, and took effect once."""
    way.release(paper("A"), paper("B"))
    way.wrong.script = [kind]
    way.send()
    if kind == "loses data and says so":  # nobody asks about what is acknowledged, until the next one does not fit
        way.release(paper("C", 2))
        way.send()
    assert {"acknowledged"} == set(way.states().values())
    assert way.city.current() == way.held()
    effects = Counter(way.journal("accepted")) - Counter(way.journal("lost"))
    assert set(effects.values()) == {1}


@pytest.mark.parametrize("seed", range(3))
def test_a_receiver_that_goes_wrong_half_of_the_time(way: Way, seed: int) -> None:
    """Whatever is drawn, after some runs the receiver holds what was released, without a gap and without a double."""
    way.wrong.seed, way.wrong.share, way.wrong.kinds = seed, 0.5, tuple(each for each in AT_DELIVERY if each != "slow")
    for number in range(6):
        way.release(paper("A", number + 1), paper(f"{number}", 1))
        way.send()
    for _ in range(40):
        if not way.send().errors:
            break
    assert {"acknowledged"} == set(way.states().values())
    way.wrong.share = 0.0
    way.release(paper("last", 9))  # what was lost since is missing now, and is sent again
    way.send()
    assert {"acknowledged"} == set(way.states().values())
    assert way.city.current() == way.held()
    effects = Counter(way.journal("accepted")) - Counter(way.journal("lost"))
    assert {f"moj-papers-{n:08d}": 1 for n in way.states()} == effects


@pytest.mark.parametrize("moment", ["before the call", "after the call", "before the commit"])
def test_a_sender_that_dies(way: Way, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before the first byte until the answer is kept, it is unknown; the next run asks before anything is sent."""
    way.release(paper("A"))
    sink = way.open()
    deliver = sink.deliver

    def dies(parcel: Parcel) -> SinkReply:
        if moment != "before the call":
            deliver(parcel)
        raise SystemExit

    with monkeypatch.context() as patch:
        if moment == "before the commit":
            patch.setattr(settling, "take", lambda *_: (_ for _ in ()).throw(SystemExit))
        else:
            patch.setattr(sink, "deliver", dies)
        with pytest.raises(SystemExit):
            way.sender.send(way.city.feed, sink)
    assert [(1, 1, 0, 0, 0, 1)] == way.equation()
    way.send()
    came = ["nothing", "begun", "answered"] if moment == "before the call" else ["answered"]
    assert ["begun", "asked", *came] == way.log()
    assert [(1, 1, 1, 0, 0, 0)] == way.equation()
    assert ["moj-papers-00000001"] == way.journal("accepted")


def test_a_lost_reply_is_asked_about_and_not_guessed(way: Way) -> None:
    """While the receiver does not answer, the delivery stays unknown; it is not sent a second time."""
    way.release(paper("A"))
    way.wrong.script, way.wrong.questions = ["answer lost"], ["answer lost"] * 3
    [error] = way.send().errors
    assert isinstance(error, Incomplete)
    assert [(1, 1, 0, 0, 0, 1)] == way.equation()
    way.send()
    assert 1 == way.log().count("begun")
    assert {1: "acknowledged"} == way.states()


def test_other_content_under_the_same_id(way: Way) -> None:
    """A signed receipt of another hash is an error that names itself; nothing is sent again."""
    way.release(paper("A"))
    way.wrong.script, way.wrong.questions = ["wrong hash"], ["wrong hash"] * 3
    [error] = way.send().errors
    assert isinstance(error, HeldOtherwise)
    assert ["begun", "unfit", *["asked", "unfit"] * 3] == way.log()
    assert {1: "unknown"} == way.states()


def test_what_is_granted_no_more_stays(way: Way) -> None:
    """A grant that ended between release and sending: no byte leaves, and the error says so."""
    way.release(paper("A"))
    way.city.feed = replace(way.city.feed, granted=granted(valid_to=date(2022, 6, 2)))
    [error] = way.send().errors
    assert isinstance(error, NotGranted)
    assert ({1: "released"}, []) == (way.states(), way.log())


def test_what_expired_stays(way: Way) -> None:
    """After its retention a delivery does not leave any more."""
    way.release(paper("A"))
    way.city.clock[0] += timedelta(days=91)
    [error] = way.send().errors
    assert isinstance(error, DeliveryExpired)
    assert [] == way.log()


def test_a_payload_that_is_gone(way: Way) -> None:
    """The error says how to make it again; nothing is noted as sent."""
    way.release(paper("A"))
    for path in way.city.folder.rglob("payload.*"):
        path.unlink()
    [error] = way.send().errors
    assert isinstance(error, ParcelMissing)
    assert "hub feed rebuild moj-papers-00000001" in error.hint
    assert {1: "released"} == way.states()


def test_a_delivery_that_waits_for_a_person_does_not_leave(way: Way) -> None:
    """Nothing is sent before the approval."""
    way.city.sync(paper("A"))
    way.city.build()
    way.pin()
    assert (Counter(), []) == ((done := way.send()).states, done.errors)
    assert {1: "built"} == way.states()


def test_a_receiver_that_has_not_pinned_the_new_key(way: Way) -> None:
    """After a rotation deliveries wait, unharmed, until the receiver has pinned the key that it was handed."""
    from hub.feeds import signing

    way.release(paper("A"))
    way.send()
    signing.rotate(way.city.builder.signing_keys)
    way.city.sync(paper("B", 2))
    way.city.build()
    assert way.send().errors
    assert {1: "acknowledged", 2: "released"} == way.states()
    way.pin()
    way.send()
    assert {1: "acknowledged", 2: "acknowledged"} == way.states()


class Forgetful:
    """A receiver that acknowledged, and holds nothing any more without having signed that."""

    def deliver(self, parcel: Parcel) -> SinkReply:
        raise Incomplete("cut")

    def ask(self, id: str) -> SinkReply:
        return SinkReply(ReceiverHolds.NOTHING, needs="moj-papers-00000001" if id.endswith("2") else "")

    def close(self) -> None: ...


def test_an_unsigned_word_undoes_no_receipt(way: Way) -> None:
    """What was acknowledged stays so until the receiver signs that it lost it; a person is called."""
    way.release(paper("A"))
    way.send()
    way.release(paper("B", 2))
    errors: list[HubError] = way.sender.send(way.city.feed, Forgetful()).errors  # type: ignore[arg-type]
    assert [ReceiverForgot] == [type(each) for each in errors]
    assert "acknowledged" == way.states()[1]


def test_one_sender_a_feed(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process waits for a while and says so; the first goes on."""
    monkeypatch.setattr(lock, "LOCK_S", 0.0)
    with alone(way.sender.engine, way.city.feed.id):
        with pytest.raises(FeedBusy):
            way.send()
    assert [] == way.send().errors


def test_a_feed_that_is_fetched(way: Way) -> None:
    """It is not pushed, and the error says what its file lacks."""
    file = way.city.feed.file.model_copy(update={"channel": "inbox", "system": ""})
    with pytest.raises(NotPushed, match="fetches it"):
        send_each(way.sender, [replace(way.city.feed, file=file)], lambda _: way.open())


def test_how_far_a_feed_is(way: Way) -> None:
    """What is acknowledged, what waits, and what came last."""
    way.release(paper("A"))
    way.send()
    way.release(paper("B", 2))
    way.wrong.script, way.wrong.questions = ["500 after store"], ["answer lost"] * 3
    way.send()
    with way.city.engine.connect() as connection:
        [row] = status(connection, [way.city.feed])
    assert (1, 0, 0, 1) == tuple(row[name] for name in ("acknowledged", "built", "waiting", "unknown"))
    assert ("ministry-inbox", "failed Incomplete") == (row["goes to"], row["last"])
