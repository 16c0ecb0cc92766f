"""Corrections at the registry, until everybody who was informed the old value knows: exactly those, and each recall closes.

    python -m proofs.recall [--corrections 200] [--seed 1]

A city of twins is read. For each birth with a number, a desk gets a record, an answer and prefill; every birth is
delivered to a receiver. Then records change at the registry, until enough of these births have another content. Whom it
concerns is known from what was asked and delivered before, not from the hub's own tables. Desks are acknowledged by a
person; deliveries when the receiver fetches the one with the new version, checks it with the kit and signs its receipt. Writes proofs/recall.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import warehouse_births
from bench.loaders import free_port
from hub.access.inquiry import Inquiry
from hub.answers.disclosure.disclosure import Disclosure
from hub.app import Hub
from hub.core import events
from hub.core.actions import Actor
from hub.core.settings import ROOT, read_settings
from hub.demonstration.local_stack import standing
from hub.evidence.people import Subject
from hub.recall import recalls
from hub.sending.fetching import FeedInbox
from hub.terminal import show_one
from proofs.departures import Differs
from twins.ministry_inbox.receiver import load_kit

RESULTS = Path(__file__).parent / "recall.json"
STREAM, DESK = "moj-registry.birth", "000.00.16.H29"
OFFICER = Actor("Minh", "the desk was informed")
PERSONS = 60
"""Persons about whom one officer asks: within the limits of an officer's day."""
Carrier = tuple[str, str]
"""Kind, key of the record."""


def main() -> None:
    """Ask, deliver, correct, look, acknowledge, print, write."""
    parser = argparse.ArgumentParser(
        prog="python -m proofs.recall", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corrections", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = {"home": folder / "home", "records": max(1_000, 10 * asked.corrections), "dossiers": 10}
        with standing(read_settings(**given, port_base=free_port())) as (hub, twins):
            twins.wait()
            found = _proved(hub, twins.address, folder / "receiver", asked.corrections, asked.seed)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    show_one(found, as_json=False)


def _proved(hub: Hub, address: str, receiver: Path, corrections: int, seed: int) -> dict[str, Any]:
    _sync(hub)
    informed = _ask(hub, 3 * corrections)
    warehouse_births.enrol(hub, receiver)
    _deliver(hub, receiver, 1)
    _look(hub)
    before = _contents(hub)
    carriers = informed | {("delivery", key) for key in before}
    corrected = set[str]()
    while len(corrected & {key for _, key in informed}) < corrections:
        seed += 1
        body = json.dumps({"system": "moj-registry", "count": 4 * corrections, "seed": seed}).encode()
        urllib.request.urlopen(f"{address}/control/change", body, timeout=60).close()
        _sync(hub)
        after = _contents(hub)
        corrected = {key for key, content in after.items() if before.get(key, content) != content}
    began = time.monotonic()
    first = _look(hub)
    seconds = time.monotonic() - began
    expected = {(kind, key) for kind, key in carriers if key in corrected}
    if (noticed := _noticed(hub)) != expected:
        lacking, more = len(expected - noticed), len(noticed - expected)
        raise Differs(f"{lacking} who hold an older version have no notice, and {more} have one for nothing")
    if _look(hub).notices:
        raise Differs("a second look found what was found before")
    with hub.engine.begin() as connection:
        query = "select id from hub.recall_notice where kind <> 'delivery' and acknowledged_at is null"
        desks = list(connection.scalars(sa.text(query)))
        recalls.acknowledge(connection, desks, OFFICER, hub.scenario.now())
        open_before = len(recalls.listed(connection, limit=10**6))
    _deliver(hub, receiver, 2)
    last = _look(hub)
    with hub.engine.connect() as connection:
        left = len(recalls.listed(connection, limit=10**6))
    if left:
        raise Differs(f"{left} recalls are open, though everybody knows")
    return {
        "records": len(before),
        "corrected": len(corrected),
        "corrected_and_known_at_a_desk": len(corrected & {key for _, key in informed}),
        "notices": first.notices,
        "of_them": {
            kind: sum(each == kind for each, _ in expected) for kind in ("record", "answer", "prefill", "delivery")
        },
        "look_s": round(seconds, 2),
        "open_until_the_receiver_acknowledged": open_before,
        "settled_by_its_acknowledgement": last.settled,
        "open_at_the_end": left,
    }


def _sync(hub: Hub) -> None:
    hub.exchange(STREAM, on_event=events.ignore).sync()


def _look(hub: Hub) -> recalls.RecallRound:
    return recalls.look(hub.engine, hub.contracts, hub.keys, hub.scenario.now())


def _ask(hub: Hub, number: int) -> set[Carrier]:
    """Let desks ask about persons; what was informed, as the desks saw it."""
    way_out, informed = Disclosure.of(hub), set[Carrier]()
    with hub.engine.connect() as connection:
        query = "select nks_so_ddcn from warehouse.birth where length(nks_so_ddcn) = 12 order by _key limit :number"
        numbers = list(connection.scalars(sa.text(query), {"number": number}))
    for place, number_ in enumerate(numbers):
        inquiry = Inquiry(DESK, f"officer-{place // PERSONS}", "civil-status", f"{DESK}-220602-{place:04d}")
        subject = Subject(personal_id=number_)
        record = way_out.record(inquiry, "register:birth", subject, ["nksHoTen", "nksNgaySinh"])
        if record.record is not None:
            key = record.record.rsplit("/", 1)[-1]
            informed.add(("record", key))
            filled = way_out.prefill(inquiry, subject, ["hoTen", "queQuan"])
            informed |= {
                ("prefill", each.record.rsplit("/", 1)[-1]) for each in filled.facts.values() if "birth/" in each.record
            }
            if way_out.answer(
                inquiry, "matches", Subject(personal_id=number_, name=str(record.values["nksHoTen"]))
            ).answer:
                informed.add(("answer", key))
    return informed


def _deliver(hub: Hub, receiver: Path, sequence: int) -> None:
    """Build the next delivery. Its receiver fetches the later ones from the inbox, checks each with the kit and answers
    with its signed receipt.
    """
    feed = hub.feed(warehouse_births.FEED)
    id = hub.delivery_builder().build(feed)
    if sequence == 1:
        return
    folder = hub.scenario.folder / "deliveries"
    inbox = FeedInbox(hub.engine, hub.keys, folder, hub.feeds, hub.deployment.local_day, hub.scenario.now)
    inquiry = Inquiry(feed.file.receiver, "inbox", feed.file.purpose, id, feed.file.legal_basis, door="service")
    fetched = inbox.fetch(inquiry, id)
    kit = load_kit(ROOT / "kit/verify.py")
    delivery = kit.verify(fetched.payload.parent, kit.pinned(receiver / "keys"))
    sign = kit.private_key(receiver / "signing.pem", Ed25519PrivateKey)
    said = {"outcome": "accepted", "refused": []}
    if (
        inbox.answer(inquiry, id, kit.signed_answer("receipt", delivery, sign, hub.scenario.now(), **said))
        != "acknowledged"
    ):
        raise Differs(f"the receipt of {id} does not count")


def _contents(hub: Hub) -> dict[str, bytes]:
    with hub.engine.connect() as connection:
        return {
            key: bytes(hash_) for key, hash_ in connection.execute(sa.text("select _key, _hash from warehouse.birth"))
        }


def _noticed(hub: Hub) -> set[Carrier]:
    with hub.engine.connect() as connection:
        return {
            (kind, key) for kind, key in connection.execute(sa.text("select kind, record_key from hub.recall_notice"))
        }


if __name__ == "__main__":
    main()
