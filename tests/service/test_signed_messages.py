"""Who sent a message of the Ministry's system, and is it whole and new: on real sockets, over a real database. All people are synthetic."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from service.app import create_app
from tests.sockets import listening

from . import ministry_calls
from .conftest import noted
from .ministry_calls import asked, called, sent
from .signed_message import N, message

hub = ministry_calls.hub
address = ministry_calls.address

STATE = called("traTrangThaiHoSo")
NEW = called("dangKyHoTich", asked())


def code(reply: tuple[int, object]) -> str | None:
    """Of a Fault; None: an answer."""
    return None if reply[0] == 200 else reply[1].findtext(f"detail/{N}maLoi")


def test_a_message_is_good_once(address, hub) -> None:
    once = message(hub, NEW)
    assert [None, "100", "100"] == [code(sent(address, once)) for _ in range(3)]
    assert [("extract", "nothing")] != noted(hub)
    assert len(noted(hub)) == 1


def test_a_message_is_good_once_whatever_was_started_since(address, hub) -> None:
    """A message was taken again by whoever had not seen it: after a restart, or in a second process."""
    once, other = message(hub, NEW), message(hub, STATE)
    assert code(sent(address, once)) is None
    with listening(create_app(hub)) as second:
        assert "100" == code(sent(second, once))
        assert code(sent(second, other)) is None
    assert "100" == code(sent(address, other))


def test_of_many_at_once_one_is_taken(address, hub) -> None:
    once = message(hub, NEW)
    with listening(create_app(hub)) as second, ThreadPoolExecutor(8) as pool:
        reply = list(pool.map(lambda n: code(sent((address, second)[n % 2], once)), range(8)))
    assert sorted(reply, key=str) == ["100"] * 7 + [None]


def test_another_body_under_a_header_that_was_seen(address, hub) -> None:
    """Who saw a header pass could ask anything with it before it arrived: the digest covers no Body."""
    seen = message(hub, STATE)
    for other in (
        seen.replace(b">H-1<", b">H-2<"),
        seen.replace(b">760<", b">761<"),
        seen.replace(STATE.encode(), NEW.encode()),
    ):
        assert other != seen
        assert "100" == code(sent(address, other))
    assert noted(hub) == []
    assert code(sent(address, seen)) is None


def swapped(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    """Writes something in place of a part of a message."""
    return lambda seen: re.sub(pattern, by, seen, flags=re.DOTALL)


def moved(seen: bytes) -> bytes:
    """The signed Body stands aside, in the header; another one is read."""
    signed = re.search(rb"<e:Body.*</e:Body>", seen, re.DOTALL)[0]
    other = signed.replace(b"H-1", b"H-2").replace(b'u:Id="body"', b'u:Id="other"')
    return seen.replace(signed, other).replace(b"</e:Header>", signed + b"</e:Header>")


SPOILED: tuple[Callable[[bytes], bytes], ...] = (
    moved,
    lambda seen: moved(seen).replace(b'"other"', b'"body"'),
    swapped(rb"<ds:Signature .*</ds:Signature>", b""),
    swapped(rb"(<ds:Signature .*</ds:Signature>)", rb"\1\1"),
    swapped(rb"(<ds:SignatureValue>)[^<]*", rb"\1"),
    swapped(rb"<ds:SignedInfo>.*</ds:SignedInfo>", b""),
    swapped(rb"<ds:Reference .*</ds:Reference>", b""),
    lambda seen: seen.replace(b"#hmac-sha256", b"#hmac-sha1"),
    swapped(rb"(<ds:SignatureMethod[^>]*)/>", rb"\1><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>"),
    swapped(rb"(<s:UsernameToken.*</s:UsernameToken>)", rb"\1\1"),
    swapped(rb"(<s:Security>.*</s:Security>)", rb"\1\1"),
    swapped(rb"<s:Security>.*</s:Security>", b""),
    swapped(rb"<e:Header>.*</e:Header>", b""),
    swapped(rb"(<u:Created>)[^<]*", rb"\g<1>9999-12-31T23:59:59-23:59"),
    swapped(rb"(<s:Nonce>)[^<]*", rb"\g<1>" + "é".encode()),
    swapped(rb"(<s:Password [^>]*>)[^<]*", rb"\g<1>" + "é".encode()),
)


def test_what_is_not_signed_as_it_is_read(address, hub) -> None:
    """Nobody is known by it: Fault 100, and no row. Afterwards the message itself is still good."""
    for number, spoil in enumerate(SPOILED):
        seen = message(hub, STATE)
        spoiled, before = spoil(seen), len(noted(hub))
        assert spoiled != seen, number
        assert "100" == code(sent(address, spoiled)), number
        assert len(noted(hub)) == before, number
        assert code(sent(address, seen)) is None, number


def test_what_the_sender_must_do(address, hub) -> None:
    for given in (
        {"username": "nobody"},
        {"password": "wrong"},
        {"nonce": b"short"},
        {"nonce": b"n" * 200},
        {"covers": ()},
        {"covers": ("body",)},
        {"covers": ("token",)},
        {"covers": ("token", "body", "body")},
        {"created": (datetime.now(UTC) - timedelta(minutes=6)).isoformat()},
        {"created": (datetime.now(UTC) + timedelta(minutes=6)).isoformat()},
        {"created": "today"},
        {"created": "0001-01-01T00:00:00+14:00"},
    ):
        assert "100" == code(sent(address, message(hub, STATE, **given))), given
    assert noted(hub) == []


def test_nonces_are_swept_when_their_messages_are_stale(address, hub) -> None:
    with hub.engine.begin() as connection:
        connection.execute(
            sa.text(
                """insert into hub.ws_nonce select 'x', sha256(n::text::bytea), now() - n * interval '1 minute' from generate_series(1, 30) n""".replace(
                    "::", r"\:\:"
                )
            )
        )
    assert code(sent(address, message(hub, STATE))) is None
    with hub.engine.connect() as connection:
        oldest, count = connection.execute(
            sa.text("select extract(epoch from now() - min(created_at)) / 60, count(*) from hub.ws_nonce")
        ).one()
    assert 5 < oldest <= 10.5
    assert 8 < count < 13


def test_without_the_nonces_nothing_is_taken(address, hub) -> None:
    """Nobody can say whether a message came before: a Fault of ours, and nothing is answered."""
    with hub.engine.begin() as connection:
        connection.execute(sa.text("alter table hub.ws_nonce rename to gone"))
    status, element = sent(address, message(hub, STATE))
    assert (500, "500", "s:Server") == (
        status,
        element.findtext(f"detail/{N}maLoi"),
        element.findtext("faultcode"),
    )
    assert noted(hub) == []
