"""Random feeds under random bulk grants: what was built, fetched and sent, beside what the reference policy allows."""

from __future__ import annotations

import gzip
import random
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.model import Contract, Kind
from hub.access.grants.agencies import Agency
from hub.access.grants.model import Grant, Grants
from hub.access.grants.purposes import Purpose, Purposes
from hub.access.grants.territory import Territories
from hub.access.inquiry import Inquiry
from hub.access.legal_bases import LegalBasis
from hub.core.actions import Actor
from hub.core.errors import NotFound, NotGranted
from hub.core.units import read_units
from hub.feeds import approvals, signing
from hub.feeds.building import DeliveryBuilder, FeedNotDue
from hub.feeds.declared import Feed, FeedFile
from hub.sending.fetching import FeedInbox
from hub.sending.sender import FeedSender
from tests.hub.registers import KEYS, ROOT, Put
from tests.matrix.policy import AGENCIES_END, EVER, LAWS, may_be_built, may_leave
from tests.matrix.registered import BEFORE, DAYS, IN_1, IN_3, QUAN_1

sys.path.insert(0, str(ROOT / "kit"))
import verify as kit

JUSTICE = "000.00.00.G15"
RECEIVERS = (JUSTICE, QUAN_1)
PURPOSES = ("keeping", "counting")
DATASETS = ("birth", "death")
ENTRIES = {"1": IN_1, "2": IN_3, "3": BEFORE, "4": IN_1, "5": IN_3, "6": {}}
"""Key -> where and when it was registered; the last one says nothing of it."""
PERSON = Actor("Trần Thị Bình", "ma trận")


def canary(dataset: str, name: str, key: str) -> str:
    """A value that stands in one field of one entry, and nowhere else."""
    return f"chim-{dataset}-{name}-{key}-hoàng-yến"


@dataclass
class FeedMatrix:
    """A city whose feeds are drawn by chance."""

    engine: sa.Engine
    contracts: Mapping[str, Contract]
    folder: Path
    chance: random.Random
    day: str = DAYS[0]
    made: int = 0
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.opening = {each: X25519PrivateKey.generate() for each in RECEIVERS}
        with self.engine.begin() as connection:
            for receiver, key in self.opening.items():
                pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
                approvals.pin(connection, receiver, pem, PERSON, self.now())
        self.builder = DeliveryBuilder(
            self.engine, KEYS, self.folder / "deliveries", self.folder / "feed-keys",
            Territories(read_units(ROOT / "deployments/hcmc/reference")), "hcmc", "Asia/Ho_Chi_Minh", self.now,
        )  # fmt: skip

    def now(self) -> datetime:
        return datetime.fromisoformat(f"{self.day}T03:00:00+00:00")

    def fill(self, put: Put) -> None:
        """Entries whose every text is a canary, sealed fields too."""
        for dataset in DATASETS:
            described = self.contracts[dataset].dataset(dataset)
            for key, place in ENTRIES.items():
                values = {f.name: canary(dataset, f.name, key) for f in described.fields if f.kind is Kind.TEXT}
                values = {n: v for n, v in values.items() if not described.by_name[n].classification.encrypted}
                drop = {"noiDangKy", "ngayDangKy"} - place.keys()
                put(dataset, key, **{n: v for n, v in (values | place).items() if n not in drop})

    def pool(self, dataset: str) -> list[str]:
        fields = self.contracts[dataset].dataset(dataset).fields
        return [f.name for f in fields if f.kind is Kind.TEXT and not f.classification.encrypted]

    def differences(self, rounds: int) -> Iterator[str]:
        """Where more left than the reference allows, or less was built."""
        for _ in range(rounds):
            world, feed = self._world(), self._feed()
            day, later = sorted(self.chance.choices(DAYS, k=2))
            yield from (f"{said}\n  {day}, {later}, {feed}\n  {world}" for said in self._round(world, feed, day, later))

    def _round(self, world: dict[str, Any], feed: dict[str, Any], day: str, later: str) -> Iterator[str]:
        self.day, self.made = day, self.made + 1
        declared = self._declared(world, feed)
        try:
            terms = declared.terms(date.fromisoformat(day)).digest
            with self.engine.begin() as connection:
                connection.execute(
                    sa.text("insert into hub.feed (id, contract) values (:id, :contract)"),
                    {"id": declared.id, "contract": feed["dataset"]},
                )
                approvals.approve(connection, declared.id, terms, PERSON, self.now())
            id = self.builder.build(declared)
        except (NotGranted, FeedNotDue):
            self.done["not built"] += 1
            if may_be_built(world, feed, day):
                yield "not built, and it may be"
            return
        self.done["built"] += 1
        if not may_be_built(world, feed, day):
            yield "built, and nothing of it may leave"
        allowed = {key for key, place in ENTRIES.items() if may_leave(world, feed, day, place)}
        carried, plain = self._opened(declared, id, feed)
        self.done["records"] += len(carried)
        if carried != allowed:
            yield f"carried {sorted(carried)} instead of {sorted(allowed)}"
        yield from self._canaries(declared, feed, allowed, plain)
        yield from self._fetched(world, declared, feed, id, carried, later)

    def _opened(self, declared: Feed, id: str, feed: dict[str, Any]) -> tuple[set[str], bytes]:
        """Keys of a delivery, as its receiver opens it, and all its bytes in clear."""
        folder = self.folder / "deliveries" / declared.id / id[-8:]
        signer = signing.signers(self.folder / "feed-keys")[0]
        delivery = kit.verify(folder, {signer.id: signer.private.public_key()})
        private = self.opening[feed["receiver"]]
        small = b"".join(p.read_bytes() for p in folder.iterdir() if not p.name.endswith(".sealed"))
        return {row.key for row in kit.rows(delivery, private)}, small + gzip.decompress(
            b"".join(kit.chunks(delivery, private))
        )

    def _canaries(self, declared: Feed, feed: dict[str, Any], allowed: set[str], plain: bytes) -> Iterator[str]:
        for dataset in DATASETS:
            for name in self.pool(dataset):
                for key in ENTRIES:
                    mine = dataset == feed["dataset"] and name in feed["columns"] and key in allowed
                    if not mine and canary(dataset, name, key).encode() in plain:
                        yield f"{name} of {dataset} {key} left in {declared.id}"

    def _fetched(
        self, world: dict[str, Any], declared: Feed, feed: dict[str, Any], id: str, carried: set[str], later: str
    ) -> Iterator[str]:
        """Another day, and in half of the rounds other grants: each agency asks, and the city sends."""
        self.day = later
        if self.chance.random() < 0.7:
            world = self._changed(world)
        declared = self._declared(world, feed, declared.id)
        may = may_be_built(world, feed, later) and all(may_leave(world, feed, later, ENTRIES[key]) for key in carried)
        inbox = FeedInbox(
            self.engine, KEYS, self.folder / "deliveries", {declared.id: declared}, lambda at: at.date(), self.now
        )
        with self.engine.begin() as connection:  # its days of use are another matter
            connection.execute(
                sa.text("update hub.delivery set expires_at = :far where feed = :id"),
                {"far": datetime(2100, 1, 1, tzinfo=UTC), "id": declared.id},
            )
        for agency in RECEIVERS:
            others = [("counting", ""), (feed["purpose"], "marital-status")] if self.made % 4 == 0 else []
            for purpose, law in ((feed["purpose"], feed["law"]), *others):
                mine = agency == feed["receiver"] and purpose == feed["purpose"] and law in ("", feed["law"])
                try:
                    inbox.fetch(Inquiry(agency, "officer-1", purpose, id, law, door="service"), id)
                except (NotFound, NotGranted):
                    continue
                self.done["fetched"] += 1
                if not (mine and may):
                    yield f"fetched by {agency} for {purpose} under {law or 'no law'}, and may not be"
        sender = FeedSender(self.engine, KEYS, self.folder / "deliveries", lambda at: at.date(), self.now)
        pushed = replace(declared, file=declared.file.model_copy(update={"channel": "push", "system": "there"}))
        with self.engine.begin() as connection:
            connection.execute(
                sa.text("update hub.delivery set state = 'released' where feed = :id"), {"id": declared.id}
            )
        try:
            tarfile.open(fileobj=_Joined(sender._begin(pushed, int(id[-8:])).tar()), mode="r|").close()
        except NotGranted:
            return
        self.done["sent"] += 1
        if not may:
            yield "sent, and may not be"

    def _world(self) -> dict[str, Any]:
        chance = self.chance
        needed = {p: {d: self._some(self.pool(d), 0.85) for d in DATASETS} for p in PURPOSES}
        return {
            "purposes": {p: {"needed": needed[p], "answers": []} for p in PURPOSES},
            "grants": [self._grant(n) for n in range(chance.randint(2, 9))],
        }

    def _grant(self, number: int) -> dict[str, Any]:
        chance = self.chance
        found = {
            "id": f"g{number}",
            "agencies": [chance.choice(RECEIVERS)],
            "datasets": {d: self._some(self.pool(d), 0.6) for d in DATASETS if chance.random() < 0.8},
            "answers": [],
            "purpose": chance.choice((PURPOSES[0], *PURPOSES)),
            "legal_basis": chance.choice(list(LAWS)),
            "territory": chance.choice(["city", "760", "770"]),
            "valid_from": chance.choice(["2022-01-01", "2022-06-02"]),
        }
        return found | ({"valid_to": chance.choice(["2022-12-31", "2025-07-01"])} if chance.random() < 0.3 else {})

    def _changed(self, world: dict[str, Any]) -> dict[str, Any]:
        """Each grant in its place, or with other fields, another territory, or gone."""
        grants = []
        for grant in world["grants"]:
            match self.chance.choice(("same", "same", "same", "fields", "fields", "territory", "territory", "gone")):
                case "fields":
                    fields = {d: self._some(self.pool(d), 0.3) for d in grant["datasets"]}
                    grants.append(grant | {"datasets": fields})
                case "territory":
                    grants.append(grant | {"territory": self.chance.choice(["city", "760", "770"])})
                case "same":
                    grants.append(grant)
                case _:
                    pass
        return world | {"grants": grants}

    def _feed(self) -> dict[str, Any]:
        chance, dataset = self.chance, self.chance.choice(DATASETS)
        return {
            "receiver": chance.choice((JUSTICE, *RECEIVERS)),
            "dataset": dataset,
            "columns": tuple(chance.sample(self.pool(dataset), chance.choice((1, 2, 2, 3)))),
            "purpose": chance.choice((PURPOSES[0], *PURPOSES)),
            "law": chance.choice(list(LAWS)),
        }

    def _some(self, names: list[str], whole: float) -> list[str]:
        chance = self.chance
        return list(names) if chance.random() < whole else sorted(chance.sample(names, chance.randint(1, len(names))))

    def _declared(self, world: dict[str, Any], feed: dict[str, Any], id: str = "") -> Feed:
        """The same feed and grants as the hub knows them."""
        contract = self.contracts[feed["dataset"]]
        file = FeedFile.model_validate(
            {
                "feed": id or f"feed-{self.made}", "title": "x", "receiver": feed["receiver"], "contract": contract.name,
                "version": contract.version, "columns": feed["columns"], "purpose": feed["purpose"],
                "legal_basis": feed["law"], "agreement": "x", "owner": "x", "schedule": "30 1 * * *", "valid_days": 7,
                "retention_days": 90, "deletion": "x",
            }
        )  # fmt: skip
        end = AGENCIES_END.get(feed["receiver"])
        agency = Agency(feed["receiver"], "x", "79", None, date.fromisoformat(end) if end else None)
        return Feed(file, contract, contract.dataset(feed["dataset"]), agency, _grants(world))


def _grants(world: dict[str, Any]) -> Grants:
    bulk = tuple(
        Grant(
            f"{g['id']}/{agency}", agency, dataset, frozenset(fields), g["purpose"], g["legal_basis"], g["territory"],
            date.fromisoformat(g["valid_from"]),
            date.fromisoformat(min(g.get("valid_to", EVER), AGENCIES_END.get(agency, EVER))), 60, "x",
            law=_law(g["legal_basis"]), bulk=True,
        )
        for g in world["grants"] for agency in g["agencies"] for dataset, fields in g["datasets"].items()
    )  # fmt: skip
    purposes = {
        p: Purpose(p, p, "once-held", {d: frozenset(n) for d, n in said["needed"].items()}, frozenset())
        for p, said in world["purposes"].items()
    }
    return Grants((), Purposes(purposes), bulk=bulk)


def _law(name: str) -> tuple[LegalBasis, ...]:
    return tuple(
        LegalBasis(name, "x", "x", date.fromisoformat(first), date.fromisoformat(last), in_force=True, source="x")
        for first, last in LAWS[name]
    )


class _Joined:
    """The blocks of an archive as a file that is read once."""

    def __init__(self, blocks: Any) -> None:
        self._bytes = b"".join(blocks)

    def read(self, size: int) -> bytes:
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        return taken
