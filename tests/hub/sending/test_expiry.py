"""After its retention a delivery's bytes are gone here, and a signed proof says what they were."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.feeds import signing
from hub.feeds.manifest import canonical
from hub.feeds.rebuilding import DeliveryExpired, rebuild
from hub.feeds.releases import row_of
from hub.sending import expiry
from hub.sending.expiry import Expiry
from tests.hub.sending.answered import settle, signed
from tests.hub.sending.inbox import Way, paper

FIRST = "moj-papers-00000001"


def executor(way: Way, days: float) -> Expiry:
    city = way.city
    now = city.clock[0] + timedelta(days=days)
    return Expiry(city.engine, city.folder, city.builder.signing_keys, "hcmc", now)


@pytest.fixture
def acknowledged(way: Way) -> Iterator[Way]:
    """One delivery that the receiver took, kept for ninety days."""
    way.release(paper("A", TrangThai="1"), paper("B"))
    way.send()
    return way


def proof(way: Way, number: int = 1) -> dict[str, Any]:
    with way.city.engine.connect() as connection:
        [(_, said, _)] = expiry.proofs(connection, way.city.feed, number)
    return said


def test_nothing_is_deleted_before_its_term(acknowledged: Way) -> None:
    """On the last day it is whole, and there is no proof."""
    assert [] == executor(acknowledged, 89.9).run()
    with pytest.raises(NotFound):
        proof(acknowledged)
    assert (acknowledged.city.folder / "moj-papers/00000001").is_dir()


def test_deleted_with_a_proof(acknowledged: Way) -> None:
    """Files and the delivery's key are gone; hashes, counts, who, when and law remain, signed by the city."""
    city = acknowledged.city
    with city.engine.connect() as connection:
        before = row_of(connection, "moj-papers", 1)
    assert [FIRST] == executor(acknowledged, 90).run()
    said = proof(acknowledged)
    expected = ("as signed", {"put": 2, "delete": 0}, before.digest, "hub", "Luật A Điều 1", 90)
    names = ("found", "counts", "manifest_sha256", "who", "law", "retention_days")
    assert expected == tuple(said[name] for name in names)
    [signer] = signing.signers(city.builder.signing_keys)
    signature = base64.b64decode(said.pop("signature"))
    signer.private.public_key().verify(signature, canonical(said))
    assert [] == list((city.folder / "moj-papers").iterdir())
    assert [(True, b"", 2)] == city.rows("select deleted_at is not null, once, acknowledged from hub.delivery")
    assert [] == executor(acknowledged, 91).run()


def test_expired_is_the_answer_afterwards(acknowledged: Way) -> None:
    """To a rebuild; the doctor counts it as expired, and as broken if the bytes come back."""
    city = acknowledged.city
    kept = shutil.copytree(city.folder / "moj-papers/00000001", city.folder.parent / "kept")
    with city.engine.connect() as connection:
        assert ({"whole": 1, "expired": 0}, []) == expiry.standing(connection, city.folder, city.clock[0])
    executor(acknowledged, 90).run()
    with pytest.raises(DeliveryExpired):
        rebuild(city.engine, city.builder.keys, city.folder, city.feed, 1, city.clock[0])
    with city.engine.connect() as connection:
        assert ({"whole": 0, "expired": 1}, []) == expiry.standing(connection, city.folder, city.clock[0])
        shutil.copytree(kept, city.folder / "moj-papers/00000001")
        _, [broken] = expiry.standing(connection, city.folder, city.clock[0])
    assert broken.startswith(FIRST)


@pytest.mark.parametrize("harm", ["missing", "altered"])
def test_what_was_harmed_before(acknowledged: Way, harm: str) -> None:
    """The proof says that the bytes were not as signed when they were deleted, and the doctor says it before."""
    folder = acknowledged.city.folder
    [payload] = (folder / "moj-papers/00000001").glob("payload.*")
    payload.unlink() if harm == "missing" else payload.write_bytes(b"x")
    with acknowledged.city.engine.connect() as connection:
        _, [broken] = expiry.standing(connection, folder, acknowledged.city.clock[0])
    assert "hub feed rebuild" in broken
    executor(acknowledged, 90).run()
    assert harm == proof(acknowledged)["found"]


def test_a_kill_between_files_and_proof(acknowledged: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are gone and nothing says so: the next run writes the proof."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(expiry, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            executor(acknowledged, 90).run()
    assert [(None,)] == acknowledged.city.rows("select deleted_at from hub.delivery")
    assert [FIRST] == executor(acknowledged, 90).run()
    assert "missing" == proof(acknowledged)["found"]


def test_what_is_unsent_at_its_term_stays_unsent(way: Way) -> None:
    """It is not sent without its bytes; the equation says that it waits."""
    way.release(paper("A"))
    executor(way, 90).run()
    [error] = way.send().errors
    assert isinstance(error, DeliveryExpired)
    assert [(1, 1, 0, 0, 1, 0)] == way.equation()


def test_the_receivers_own_proof(acknowledged: Way) -> None:
    """Kept beside the city's, once; the delivery's state and counts stay."""
    body = signed(acknowledged, "deletion")
    assert ["acknowledged"] * 2 == [
        settle(acknowledged, body),
        settle(acknowledged, signed(acknowledged, "deletion", days=1)),
    ]
    assert [(1, 2, 2, 0, 0, 0)] == acknowledged.equation()
    executor(acknowledged, 90).run(person=Actor("Trần Thị Bình", "biên bản 12"))
    with acknowledged.city.engine.connect() as connection:
        found = expiry.proofs(connection, acknowledged.city.feed, 1)
    assert [("city", "Trần Thị Bình"), ("receiver", None)] == [(side, said.get("who")) for side, said, _ in found]
    assert body == found[1][2]
