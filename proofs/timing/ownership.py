"""Pairs of questions about what is another's and what does not exist: both are refused, by the same words.

decisions, reports      a number that was never given | another agency's, purpose's, law's or dossier's
dossiers                a number that nobody knows | one that another agency filed and the hub knows
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.errors import HubError
from hub.access.inquiry import Inquiry
from hub.answers.agency_view import AgencyView
from hub.answers.error_reports import Finding
from hub.answers.ministry.codes import MinistryRefusal
from proofs.timing.city import (
    KNOWN_DOSSIER,
    OWN_DOSSIER,
    PEOPLE,
    REGISTRY,
    STRANGE_OFFICE,
    STRANGER,
    UNKNOWN_DOSSIER,
)
from proofs.timing.doors import Doors
from proofs.timing.on_record import WHY, asker
from proofs.timing.people import FIELDS
from service import problems

Ask = Callable[[Doors], object]
Act = Callable[[AgencyView, int], object]
BOUND = asker(dossier=OWN_DOSSIER)
"""A token for one dossier only."""
NOBODY, ALIVE = PEOPLE["nobody"], PEOPLE["alive"]

ACTS: dict[str, Act] = {
    "preview": lambda view, number: view.preview(number, WHY),
    "use": lambda view, number: view.act(number, "used", WHY),
    "confirm": lambda view, number: view.confirm(number, WHY),
    "refuse": lambda view, number: view.act(number, "refused", WHY),
    "extract": lambda view, number: view.extract(number, WHY),
}
DISCLOSED: dict[str, Callable[[AgencyView, str, str], object]] = {
    "record": lambda view, dossier, who: view.record(dossier, "register:birth", PEOPLE[who].by_number, FIELDS),
    "prefill": lambda view, dossier, who: view.prefill(dossier, PEOPLE[who].by_number, ("hoTen", "soDinhDanh")),
    "matches": lambda view, dossier, who: view.answer(dossier, "matches", PEOPLE[who].by_name, None),
}


@dataclass(frozen=True)
class OwnershipPair:
    """Two questions that must be answered alike."""

    title: str
    sides: tuple[Ask, Ask]

    def ask(self, doors: Doors, side: int) -> object:
        """Ask one of the two. Returns what the asker gets, a refusal as the service words it."""
        try:
            return self.sides[side](doors)
        except MinistryRefusal as refused:
            return refused.code
        except HubError as refused:
            return bytes(problems.of(refused, "").body)


def pairs() -> Iterator[OwnershipPair]:
    """All pairs about what is another's."""
    yield from _of_decisions()
    yield from _of_reports()
    yield from _of_dossiers()
    yield OwnershipPair("ministry, granted: office unknown | another's", (_office("99999"), _office(STRANGE_OFFICE)))


def _of_decisions() -> Iterator[OwnershipPair]:
    for act in ACTS:
        yield _numbered(act, "another agency's", asker())
        yield _numbered(act, "another dossier's", BOUND)
    for kind in ("another purpose's", "another law's"):
        yield _numbered("preview", kind, asker())
    yield _numbered("preview", "another agency's", asker(STRANGER), "stranger")


def _numbered(act: str, kind: str, inquiry: Inquiry, who: str = "granted") -> OwnershipPair:
    def of(whose: str) -> Ask:
        return lambda doors: ACTS[act](AgencyView(doors.service, inquiry), doors.on_record.decisions[whose])

    return OwnershipPair(f"{act}, {who}: no such decision | {kind}", (of("none"), of(kind)))


def _of_reports() -> Iterator[OwnershipPair]:
    for kind, inquiry in (("another agency's", asker()), ("another dossier's", BOUND)):

        def of(whose: str, inquiry: Inquiry = inquiry) -> Ask:
            return lambda doors: AgencyView(doors.service, inquiry).reported(doors.on_record.reports[whose])

        yield OwnershipPair(f"error report, granted: no such report | {kind}", (of("none"), of(kind)))
    missing, elsewhere, held = "missing", "elsewhere", "alive"
    for title, one, other in (
        ("not held, dossier unknown | another agency's", (UNKNOWN_DOSSIER, missing), (KNOWN_DOSSIER, missing)),
        ("dossier unknown, record not held | held", (UNKNOWN_DOSSIER, missing), (UNKNOWN_DOSSIER, held)),
        ("record not held | out of reach", (OWN_DOSSIER, missing), (OWN_DOSSIER, elsewhere)),
    ):
        yield OwnershipPair(f"reporting, granted: {title}", (_reporting(*one), _reporting(*other)))


def _reporting(dossier: str, key: str) -> Ask:
    finding = Finding(("birth", REGISTRY, key), "nksHoTen", "wrong", WHY)
    return lambda doors: AgencyView(doors.service, asker()).report(dossier, finding)


def _of_dossiers() -> Iterator[OwnershipPair]:
    unknown, known = UNKNOWN_DOSSIER, KNOWN_DOSSIER
    for who, inquiry in (("bound", BOUND), ("stranger", asker(STRANGER))):
        yield OwnershipPair(
            f"status, {who}: dossier unknown | another agency's", (_status(inquiry, unknown), _status(inquiry, known))
        )
    yield OwnershipPair(
        "shown, granted: dossier unknown | another agency's", (_shown(asker(), unknown), _shown(asker(), known))
    )
    yield OwnershipPair(
        "shown, granted: dossier unknown | another purpose's",
        (_shown(asker(), UNKNOWN_DOSSIER), _shown(asker(), OWN_DOSSIER)),
    )
    for way in DISCLOSED:
        one, other = (_disclosed(way, dossier, "nobody") for dossier in (unknown, known))
        yield OwnershipPair(f"{way}, nobody: dossier unknown | another agency's", (one, other))
        yield OwnershipPair(f"{way}, dossier unknown: nobody | alive", (one, _disclosed(way, UNKNOWN_DOSSIER, "alive")))


def _status(inquiry: Inquiry, dossier: str) -> Ask:
    return lambda doors: AgencyView(doors.service, inquiry).status(dossier)


def _shown(inquiry: Inquiry, dossier: str) -> Ask:
    return lambda doors: doors.on_record and AgencyView(doors.service, inquiry).shown(dossier)


def _disclosed(way: str, dossier: str, who: str) -> Ask:
    return lambda doors: DISCLOSED[way](AgencyView(doors.service, asker()), dossier, who)


def _office(unit: str) -> Ask:
    return lambda doors: doors.ministry.state(asker(), unit, OWN_DOSSIER)
