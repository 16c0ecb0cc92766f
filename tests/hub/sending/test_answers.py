"""What counts as a receiver's word about a delivery, and what it makes of its counts."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.outgoing.sink import ReceiverHolds, SinkReply
from hub.core.errors import DatabaseRefused
from hub.feeds.releases import row_of
from hub.feeds.signing import key_id
from hub.sending import answers, settling
from hub.sending.answers import AnswerUnfit, HeldOtherwise
from tests.hub.sending.answered import settle, signed
from tests.hub.sending.inbox import SYSTEM, Way, paper

STRANGER = Ed25519PrivateKey.generate()
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "by a key that is not the one it names": ("forged", {"by": STRANGER}),
    "by a key that nobody pinned": ("key-unknown", {"by": STRANGER, "key": key_id(STRANGER.public_key())}),
    "of another delivery": ("other-delivery", {"delivery": "moj-papers-00000002"}),
    "of another receiver": ("form", {"receiver": "000.00.00.G16"}),
    "of another format": ("form", {"format": "motlan-thanks/1"}),
    "of another manifest": ("other-content", {"manifest_sha256": "0" * 64}),
    "of another payload": ("other-content", {"payload_sha256": "0" * 64}),
    "with an outcome that is none": ("form", {"outcome": "perhaps"}),
    "without a zone": ("form", {"at": "2022-06-03T08:00:00"}),
    "with a line that is not there": ("form", {"refused": [{"line": 3, "reason": "unknown-unit"}]}),
    "with a line twice": ("form", {"refused": [{"line": 1, "reason": "x"}, {"line": 1, "reason": "y"}]}),
    "with a text for a reason": ("form", {"refused": [{"line": 1, "reason": "Nguyễn Văn A không có"}]}),
    "refused without a reason": ("form", {"outcome": "refused"}),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_count(way: Way, what: str) -> None:
    """Each wrong answer is refused for its reason, quotes nothing, and leaves the delivery as it was."""
    reason, given = WRONG[what]
    way.release(paper("A"), paper("B"))
    body = signed(way, **given)
    with pytest.raises(AnswerUnfit) as raised:
        settle(way, body)
    assert reason == raised.value.reason
    assert isinstance(raised.value, HeldOtherwise) == (reason == "other-content")
    assert "Nguyễn" not in str(raised.value)
    assert ({1: "released"}, []) == (way.states(), way.log())


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"format": "motlan-receipt/1"}', b"\xff"])
def test_what_is_not_in_the_one_form(way: Way, body: bytes) -> None:
    """Bytes that are not canonical JSON were signed by nobody."""
    way.release(paper("A"))
    with pytest.raises(AnswerUnfit) as raised:
        settle(way, body)
    assert "form" == raised.value.reason


def test_single_rows_refused(way: Way) -> None:
    """The rest is acknowledged; a later answer with more refused rows counts, an older one does not."""
    way.release(paper("A"), paper("B"), paper("C"))
    lines = [{"line": number, "reason": "unknown-unit"} for number in (1, 3)]
    settle(way, signed(way, refused=lines[:1]))
    assert [(1, 3, 2, 1, 0, 0)] == way.equation()
    settle(way, signed(way, days=1, refused=lines))
    assert [(1, 3, 1, 2, 0, 0)] == way.equation()
    settle(way, signed(way, refused=lines[:1]))
    assert [(1, 3, 1, 2, 0, 0)] == way.equation()
    assert [(2,)] == way.city.rows("select count(*) from hub.delivery_answer")


def test_a_delivery_refused_whole(way: Way) -> None:
    """All of its records are refused; none waits."""
    way.release(paper("A"), paper("B"))
    assert "refused" == settle(way, signed(way, outcome="refused", reason="content-form"))
    assert [(1, 2, 0, 2, 0, 0)] == way.equation()


def test_a_loss_that_is_signed(way: Way) -> None:
    """What was acknowledged waits again."""
    way.release(paper("A"))
    settle(way, signed(way))
    assert "released" == settle(way, signed(way, "loss"))
    assert [(1, 1, 0, 0, 1, 0)] == way.equation()


def test_an_unsigned_word_about_what_is_settled(way: Way) -> None:
    """`nothing` and `taken` change nothing after a receipt."""
    way.release(paper("A"))
    settle(way, signed(way))
    for held in (ReceiverHolds.NOTHING, ReceiverHolds.TAKEN):
        with way.city.engine.begin() as connection:
            settling.settle(connection, way.city.feed.id, 1, SinkReply(held), SYSTEM, way.city.clock[0])
    assert {1: "acknowledged"} == way.states()


def test_taken_and_not_judged(way: Way) -> None:
    """The receiver has it, and its records wait for the answer."""
    way.release(paper("A"))
    with way.city.engine.begin() as connection:
        settling.begin(connection, row_of(connection, way.city.feed.id, 1), SYSTEM, way.city.clock[0])
        settling.settle(connection, way.city.feed.id, 1, SinkReply(ReceiverHolds.TAKEN), SYSTEM, way.city.clock[0])
    assert ({1: "sent"}, [(1, 1, 0, 0, 1, 0)]) == (way.states(), way.equation())


@pytest.mark.parametrize(
    "change",
    [
        "state = 'unknown'",
        "acknowledged = 1",
        "state = 'acknowledged', waiting = 0",
        "state = 'refused', waiting = 0, acknowledged = 1",
        "state = 'acknowledged', acknowledged = 1",
    ],
)
def test_the_equation_is_a_check(way: Way, change: str) -> None:
    """No statement sets a state without its counts, or counts that do not add up."""
    way.release(paper("A"))
    with pytest.raises(DatabaseRefused, match=r"delivery_(balances|counts_follow)"):
        with way.city.engine.begin() as connection:
            connection.execute(sa.text(f"update hub.delivery set {change}"))


@pytest.mark.parametrize("table", ["sending", "delivery_answer"])
def test_what_was_noted_stays(way: Way, table: str) -> None:
    """The log and the answers are only ever appended to."""
    way.release(paper("A"))
    way.send()
    with pytest.raises(DatabaseRefused, match="only ever appended"):
        with way.city.engine.begin() as connection:
            connection.execute(sa.text(f"delete from hub.{table}"))


def test_a_reading_is_pure(way: Way) -> None:
    """The same bytes say the same, and the reason of a refusal is a code."""
    way.release(paper("A"))
    with way.city.engine.connect() as connection:
        expected = settling.expected_of(row_of(connection, way.city.feed.id, 1))
    keys = {key_id(way.receiver.signing.public_key()): way.receiver.signing.public_key()}
    body = signed(way, outcome="refused", reason="content-form")
    first, second = (answers.read(body, expected, keys) for _ in range(2))
    assert first == second
    assert "content-form" == first.reason
