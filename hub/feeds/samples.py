"""Deliveries to try `kit/` with: a snapshot, ten deltas, and one that somebody else has signed. All people are invented.

keys/city.pub.pem      what a receiver pins            feeds/sample-births/00000001 ... 00000011
receiver/              the receiver's own two key pairs, handed out here because nothing is at stake
forged/sample-births/  the same feed, with one delivery that the city's key has not signed
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hub.feeds.forms import FORMS
from hub.feeds.items import Item
from hub.feeds.manifest import ContractName, ManifestHead, Period
from hub.feeds.package import Package, write
from hub.feeds.signing import FeedSigner

FEED = "sample-births"
DELTAS = 10
FORGED = 7
"""Number of the delivery that is forged in the second copy of the feed."""
BORN = datetime(2022, 6, 1, 1, tzinfo=UTC)

_FAMILY = ("NGUYỄN", "TRẦN", "LÊ", "PHẠM", "HOÀNG", "VÕ", "ĐẶNG", "BÙI")
_GIVEN = ("AN", "BÌNH", "CHÂU", "DŨNG", "HÀ", "KHANG", "LINH", "MINH", "NGỌC", "PHÚC", "QUỲNH", "THẢO")
COLUMNS = ("id", "so", "quyenSo", "ngayDangKy", "noiDangKy", "nksHoTen", "nksGioiTinh", "nksNgaySinh", "nksNoiSinh")


def write_samples(folder: Path, births: int = 200, seed: int = 1, form: str = "jsonl.gz") -> list[Package]:
    """Write sample deliveries into a folder: keys, feed, and a copy of the feed with a forged delivery.

    Raises:
        KeyError: no such form.
    """
    city, thief = FeedSigner(Ed25519PrivateKey.generate()), FeedSigner(Ed25519PrivateKey.generate())
    opening, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (folder / "keys").mkdir(parents=True, exist_ok=True)
    (folder / "keys" / "city.pub.pem").write_text(city.public_pem, encoding="utf-8")
    (folder / "receiver").mkdir(exist_ok=True)
    for name, private in (("opening", opening), ("signing", signing)):
        secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "receiver" / f"{name}.pem").write_bytes(secret)
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "receiver" / f"{name}.pub.pem").write_bytes(public)
    written, previous = list[Package](), None
    for number, items in enumerate(_story(births, random.Random(seed)), 1):
        head = _head(number, previous, form)
        once = X25519PrivateKey.generate()
        package = write(folder / "feeds" / FEED, head, items, opening.public_key(), city, once)
        written.append(package)
        previous = package.digest
    forged = folder / "forged" / FEED
    shutil.rmtree(forged, ignore_errors=True)
    shutil.copytree(folder / "feeds" / FEED, forged)
    lie = replace(_head(FORGED, written[FORGED - 2].digest, form), agreement="none")
    item = Item("put", "moj-registry", "1", _version(FORGED, 0), _birth(random.Random(seed), 1, "NGUYỄN VĂN GIẢ"))
    shutil.rmtree(forged / f"{FORGED:08d}")
    write(forged, lie, [item], opening.public_key(), _named(thief, city), X25519PrivateKey.generate())
    return written


class _Pretender(FeedSigner):
    """Signs with its own key, and says that it is another."""

    def __init__(self, own: FeedSigner, shown: str) -> None:
        super().__init__(own.private)
        object.__setattr__(self, "_shown", shown)

    @property
    def id(self) -> str:
        return str(vars(self)["_shown"])


def _named(own: FeedSigner, other: FeedSigner) -> FeedSigner:
    return _Pretender(own, other.id)


def _head(number: int, previous: str | None, form: str) -> ManifestHead:
    if form not in FORMS:
        raise KeyError(form)
    at = BORN + timedelta(days=number - 1)
    return ManifestHead(
        feed=FEED,
        sequence=number,
        kind="snapshot" if number == 1 else "delta",
        sender="000.00.15.H99",
        receiver="000.00.00.G15",
        contract=ContractName("birth", "1.2.0", "birth"),
        columns=COLUMNS,
        form=form,
        period=Period(None if number == 1 else at - timedelta(days=1), at),
        created_at=at,
        valid_until=at + timedelta(days=30),
        agreement="sample",
        legal_basis="sample",
        purpose="sample",
        retention_days=30,
        deletion="delete the payload after 30 days and send the proof of deletion",
        quality={"verdict": "accepted"},
        previous=previous,
    )


def _story(births: int, chance: random.Random) -> Iterator[list[Item]]:
    """The snapshot, then days on which births are registered, corrected and annulled."""
    there = {str(n): _birth(chance, n) for n in range(1, births + 1)}
    yield [Item("put", "moj-registry", key, _version(1, 0), values) for key, values in sorted(there.items())]
    for day in range(2, DELTAS + 2):
        changed: dict[str, Item] = {}
        for number in range(births + 1, births + 4):
            there[str(number)] = _birth(chance, number)
            changed[str(number)] = Item("put", "moj-registry", str(number), _version(day, number), there[str(number)])
        births += 3
        for key in chance.sample(sorted(there), 3):
            there[key] = {**there[key], "nksNoiSinh": f'Bệnh viện số {chance.randint(1, 9)}, «sửa» "{day}",\n{key}'}
            changed[key] = Item("put", "moj-registry", key, _version(day, 1), there[key])
        gone = chance.choice(sorted(there))
        del there[gone]
        changed[gone] = Item("delete", "moj-registry", gone, _version(day, 2))
        yield [changed[key] for key in sorted(changed)]


def _version(day: int, second: int) -> str:
    return (BORN + timedelta(days=day - 2, seconds=second)).isoformat()


def _birth(chance: random.Random, number: int, name: str = "") -> dict[str, str | int | None]:
    name = name or f"{chance.choice(_FAMILY)} {chance.choice(_GIVEN)} {chance.choice(_GIVEN)}"
    sex = chance.choice(("1", "2", None))
    days: tuple[str, ...] = ("2022", "2022-05", f"2022-05-{chance.randint(1, 28):02d}")
    values: dict[str, str | int | None] = {"id": str(number), "so": f"{number}/2022", "quyenSo": "01/2022"}
    values |= {"ngayDangKy": "2022-06-01", "noiDangKy": "970", "nksHoTen": name, "nksGioiTinh": sex}
    return values | {"nksNgaySinh": chance.choice(days), "nksNoiSinh": chance.choice((None, "", "Huyện Mẫu 1"))}
