"""A city's feed and the inbox of its receiver, both on real sockets: what is released is sent, and judged by the kit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors import System, open_sink
from hub.feeds import approvals
from hub.sending.sender import FeedSender, Sent
from tests.hub.feeds.city import MINISTRY, PERSON, ROOT, City
from tests.sockets import listening
from twins.ministry_inbox.app import InboxCalls
from twins.ministry_inbox.misbehaviour import Misbehaviour
from twins.ministry_inbox.receiver import Receiver

SYSTEM = "ministry-inbox"


def paper(id: str, day: int = 1, **values: str) -> dict[str, object]:
    return {"MaHoSo": id, "NgayCapNhat": f"202206{day:02d}080000", "parts": [], **values}


@dataclass
class Scripted(Misbehaviour):
    """Goes wrong as the test says, then rightly."""

    seed: int = 0
    share: float = 0.0
    script: list[str] = field(default_factory=list)
    """What goes wrong with the next deliveries."""
    questions: list[str] = field(default_factory=list)

    def draw(self, *, question: bool) -> str:
        if self.share:
            return super().draw(question=question)
        script = self.questions if question else self.script
        return script.pop(0) if script else ""


@dataclass
class Way:
    """The way from the city to its receiver."""

    city: City
    receiver: Receiver
    wrong: Scripted
    address: str
    sender: FeedSender

    def open(self) -> Any:
        return open_sink(System(SYSTEM, "Bộ", "delivery_push", self.address, options={"deadline_s": 2.0}))

    def send(self) -> Sent:
        return self.sender.send(self.city.feed, self.open())

    def release(self, *records: dict[str, object]) -> int:
        """Records come in, and the next delivery is built and may leave; its number."""
        if records:
            self.city.sync(*records)
        made = self.city.build()
        self.city.approve()
        self.pin()
        return int(made.rpartition("-")[2])

    def pin(self) -> None:
        """The receiver gets the city's public keys, as on paper."""
        from hub.feeds import signing

        for signer in signing.signers(self.city.builder.signing_keys):
            (self.receiver.home / "keys" / f"{signer.id}.pem").write_text(signer.public_pem)

    def states(self) -> dict[int, str]:
        return dict(self.city.rows("select sequence, state from hub.delivery order by sequence"))  # type: ignore[arg-type]

    def equation(self) -> list[tuple[object, ...]]:
        return self.city.rows(
            "select sequence, released, acknowledged, refused, waiting, unknown from hub.delivery order by sequence"
        )

    def log(self) -> list[str]:
        return [str(row[0]) for row in self.city.rows("select what from hub.sending order by id")]

    def held(self) -> dict[str, dict[str, object]]:
        """What the receiver holds, by the kit and its own key alone."""
        kit, there = self.receiver.kit, dict[str, dict[str, object]]()
        for delivery in kit.verify_chain(
            self.receiver.home / "feeds" / self.city.feed.id, kit.pinned(self.receiver.home / "keys")
        ):
            if delivery.manifest["kind"] == "snapshot":
                there.clear()
            for row in kit.rows(delivery, self.receiver.opening):
                there.pop(row.key, None)
                if row.op == "put":
                    there[row.key] = dict(row.values)
        return there

    def journal(self, what: str) -> list[str]:
        """Ids of the deliveries to which something happened at the receiver."""
        path = self.receiver.home / "journal.jsonl"
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [line["delivery"] for line in lines if line["what"] == what]


@pytest.fixture
def way(city: City, tmp_path: Path) -> Iterator[Way]:
    """A feed that is pushed; both keys of the receiver are pinned, nothing is built yet."""
    receiver = Receiver(tmp_path / "inbox", ROOT / "kit/verify.py", lambda: city.clock[0])
    with city.engine.begin() as connection:
        for name in ("opening", "signing"):
            pem = (receiver.home / f"own/{name}.pub.pem").read_bytes()
            approvals.pin(connection, MINISTRY, pem, PERSON, city.clock[0])
    file = city.feed.file.model_copy(update={"channel": "push", "system": SYSTEM})
    city.feed = replace(city.feed, file=file)
    wrong = Scripted()
    builder = city.builder
    sender = FeedSender(city.engine, builder.keys, builder.folder, lambda moment: moment.date(), lambda: city.clock[0])
    with listening(InboxCalls(receiver, wrong, slow_s=4.0).app()) as address:
        yield Way(city, receiver, wrong, address, sender)
