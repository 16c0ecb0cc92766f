"""A receiver of feeds to which deliveries are pushed over HTTPS: each one call, and a question about each.

    PUT ADDRESS/deliveries/ID    the delivery as one tar, the payload last (application/x-tar)
    GET ADDRESS/deliveries/ID    what became of it

Both are answered in JSON: 200 with what the receiver signed, 202 `{"delivery": ID, "state": "taken"}` when it holds the
delivery and has not judged it, and to the question 404 `{"delivery": ID, "state": "nothing"}`, with `"needs": ID` where
it lacks a delivery that must come first. Any other status, and a 404 that does not name the delivery, is no answer.
The receiver knows us by our TLS certificate (`client_certificate_file`, `client_key_file`), and by `username` and
`password` where it gave any. kit/README.md says the same to the receiver's engineer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from .. import options, probe
from ..errors import Malformed
from ..http.body import CallLimits
from ..http.client import Http, HttpReply
from ..http.credential_files import client_certificate
from ..interface import Probe, System
from ..outgoing.sink import Parcel, ReceiverHolds, Sink, SinkReply, TarBody
from ..rest.session import decode

JSON, TAR = "application/json", "application/x-tar"
NO_DELIVERY = "hub-check-00000000"
"""An id that no delivery has: numbers count from 1."""
_OBJECT = msgspec.json.Decoder(dict[str, object])


def sink(system: System) -> Sink:
    """The receiver as a Sink."""
    return PushedInbox(system)


class PushedInbox(Sink):
    """Pushes deliveries to a receiver and asks it about them."""

    def __init__(self, system: System) -> None:
        options.check_names(system)
        self._system = system
        self._address = system.address.rstrip("/")
        self._http = Http(
            system.id,
            options.limits(system, CallLimits),
            ca_file=options.ca_file(system),
            client_certificate=client_certificate(system),
        )
        name, password = (system.credentials.get(each, "") for each in ("username", "password"))
        self._auth = (name.encode(), password.encode()) if name else None

    def deliver(self, parcel: Parcel) -> SinkReply:
        # One try: whether a broken call may be repeated is known only after asking.
        return _read(self._call("PUT", parcel.id, (200, 202), parcel.tar), parcel.id, "deliver", self._system.id)

    def ask(self, id: str) -> SinkReply:
        return _read(self._call("GET", id, (200, 202, 404)), id, "ask", self._system.id)

    def check(self) -> Iterable[Probe]:
        yield from probe.reach(self._system, options.ca_file(self._system))
        replies: list[HttpReply] = []
        yield probe.attempt("question", lambda: self._sample(replies))
        yield probe.clock(self._system, replies[0].source_time if replies else None)

    def close(self) -> None:
        self._http.close()

    def _call(
        self, method: str, id: str, statuses: Collection[int], body: Callable[[], TarBody] | None = None
    ) -> HttpReply:
        return self._http.call(
            method,
            f"{self._address}/deliveries/{id}",
            what="deliver" if body else "ask",
            accept=(JSON,),
            data=body,
            headers={"Content-Type": TAR, "Idempotency-Key": id} if body else None,
            auth=self._auth,
            statuses=statuses,
            idempotent=body is None,
        )

    def _sample(self, replies: list[HttpReply]) -> str:
        replies.append(self._call("GET", NO_DELIVERY, (200, 202, 404)))
        if _read(replies[0], NO_DELIVERY, "ask", self._system.id).held is not ReceiverHolds.NOTHING:
            raise Malformed(f"{self._system.id}: ask: it holds a delivery that nobody sent")
        return "it answers, and holds no delivery of the check"


def _read(reply: HttpReply, id: str, what: str, system: str) -> SinkReply:
    """What a reply says. Raises Incomplete, Malformed."""
    about = f"{system}: {what}"
    said = decode(_OBJECT, reply.body, about)
    if reply.status == 200:
        return SinkReply(ReceiverHolds.ANSWERED, reply.body)
    held = ReceiverHolds.TAKEN if reply.status == 202 else ReceiverHolds.NOTHING
    if said.get("delivery") != id or said.get("state") != held.value:
        raise Malformed(
            f"{about}: HTTP {reply.status} is not about the delivery",
            hint=f'it is answered with {{"delivery": "{id}", "state": "{held.value}"}}',
        )
    needs = said.get("needs", "")
    return SinkReply(held, needs=needs if isinstance(needs, str) else "")


__all__ = ["PushedInbox", "sink"]
