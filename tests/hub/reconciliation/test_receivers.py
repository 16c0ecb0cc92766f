"""A receiver that loaded its deliveries with the kit answers for itself over a socket; differences planted there are found."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connectors.errors import AuthenticationFailed, Untrusted
from hub.core.errors import NotFound
from hub.feeds import approvals, signing
from hub.reconciliation.reconciler import Reconciler
from tests.hub.feeds.city import MINISTRY, PERSON, ROOT, City

import digests  # isort: skip - kit/ is on the path since tests.hub.feeds.city
import load  # isort: skip


def paper(key: str, at: str, **values: str) -> dict[str, object]:
    return {"MaHoSo": key, "NgayCapNhat": at, "parts": [], **values}


class Receiver:
    """A ministry with the kit, a database and its keys."""

    def __init__(self, city: City, folder: Path) -> None:
        self.city, self.folder = city, folder
        self.sign = Ed25519PrivateKey.generate()
        (folder / "keys").mkdir()
        secret = Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        (folder / "signing.pem").write_bytes(self.sign.private_bytes(*secret))
        (folder / "opening.pem").write_bytes(city.opening.private_bytes(*secret))
        self.pin(self.sign)

    def pin(self, key: Ed25519PrivateKey) -> None:
        pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        with self.city.engine.begin() as connection:
            approvals.pin(connection, MINISTRY, pem, PERSON, self.city.clock[0])

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder}/city.db"

    def load(self) -> None:
        for each in signing.signers(self.city.builder.signing_keys):
            (self.folder / "keys" / f"{each.id}.pem").write_text(each.public_pem)
        feed = self.city.folder / self.city.feed.id
        load.load(
            feed, self.folder / "keys", self.folder / "opening.pem", self.database, datetime(2022, 6, 9, tzinfo=UTC)
        )

    def do(self, statement: str) -> None:
        with sqlite3.connect(self.folder / "city.db") as connection:
            connection.execute(statement)

    @contextmanager
    def serving(self) -> Iterator[str]:
        answering = digests.Receiver(self.database, self.folder / "keys", self.folder / "signing.pem")
        server = digests.serve(answering, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def receiver(city: City, tmp_path: Path) -> Receiver:
    (tmp_path / "ministry").mkdir()
    return Receiver(city, tmp_path / "ministry")


@pytest.fixture
def reconciler(city: City) -> Reconciler:
    return Reconciler(city.engine, city.builder.signing_keys, "hcmc", lambda: datetime.now(UTC))


def fill(city: City) -> None:
    """A snapshot, a delta with changes, and one more that the receiver may not have yet."""
    city.sync(*(paper(f"K{n}", "20220601080000", NgaySinh="1990-05", SoDinhDanh=f"07919000000{n}") for n in range(9)))
    city.build()
    city.sync(paper("K1", "20220602080000", TrangThai="2"), paper("N", "20220602080001"))
    city.build()


def test_a_receiver_that_lost_nothing(city: City, receiver: Receiver, reconciler: Reconciler) -> None:
    """Deliveries that it has not applied yet are no difference: it says how far it is."""
    fill(city)
    receiver.load()
    city.sync(paper("K2", "20220603080000", TrangThai="2"))
    city.build()
    with receiver.serving() as address:
        found = reconciler.feed(city.feed, address)
    assert found.equal
    assert (10, 10) == (found.comparison.rows_here, found.comparison.rows_there)
    assert ("delivery", 2) in found.more


def test_exactly_what_differs_there(city: City, receiver: Receiver, reconciler: Reconciler) -> None:
    """A row lost, a row invented, a value altered, null made the empty text."""
    fill(city)
    receiver.load()
    receiver.do("delete from paper where _key = 'K3'")
    receiver.do("update paper set _key = 'X' where _key = 'K4'")
    receiver.do("update paper set NgaySinh = '1990' where _key = 'K5'")
    receiver.do("update paper set TrangThai = '' where _key = 'K6'")
    with receiver.serving() as address:
        found = reconciler.feed(city.feed, address).comparison
    names = [[key for _, _, key in part] for part in (found.only_here, found.only_there, found.otherwise)]
    assert [["K3", "K4"], ["X"], ["K5", "K6"]] == names


def test_signed_by_nobody_known(city: City, receiver: Receiver, reconciler: Reconciler) -> None:
    """An answer of another key proves nothing; a question of another key is not answered."""
    fill(city)
    receiver.load()
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (receiver.folder / "signing.pem").write_bytes(other)
    with receiver.serving() as address, pytest.raises(Untrusted, match="no pinned key"):
        reconciler.feed(city.feed, address)
    signing.rotate(city.builder.signing_keys)  # the receiver has not pinned it
    with receiver.serving() as address, pytest.raises(AuthenticationFailed):
        reconciler.feed(city.feed, address)


def test_a_receiver_ahead_of_the_city(city: City, receiver: Receiver, reconciler: Reconciler) -> None:
    """A city that was restored from an old backup says so, instead of calling the receiver's records wrong."""
    fill(city)
    receiver.load()
    receiver.do("update _deliveries set sequence = 9 where sequence = 2")
    with receiver.serving() as address, pytest.raises(NotFound, match="delivery 9"):
        reconciler.feed(city.feed, address)


def test_the_statement_is_checked_without_the_hub(city: City, receiver: Receiver, reconciler: Reconciler) -> None:
    """The receiver checks the city's statement with the kit; one changed byte is refused."""
    fill(city)
    receiver.load()
    with receiver.serving() as address:
        made = reconciler.signed(reconciler.feed(city.feed, address), "Minh")
    file = receiver.folder / "statement.json"
    file.write_bytes(made.content)
    Path(f"{file}.sig").write_bytes(made.signature)
    check = [
        sys.executable,
        str(ROOT / "kit" / "digests.py"),
        "statement",
        str(file),
        "--keys",
        str(receiver.folder / "keys"),
    ]
    assert "moj-papers" in subprocess.run(check, capture_output=True, text=True, check=True).stdout
    file.write_bytes(made.content.replace(b'"equal":true', b'"equal":false'))
    assert 1 == subprocess.run(check, capture_output=True, text=True).returncode
