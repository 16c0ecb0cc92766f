"""The reference policy: who may be told what. Written from the words of docs/grants.md alone, it imports nothing of the hub; a jurist can read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

World = Mapping[str, Any]
"""`grants`, `purposes` and the limits, as their files say them."""
Entry = Mapping[str, str]
"""Fields of an entry, with where and when it was registered."""


@dataclass(frozen=True)
class Asking:
    """Who asks for what, under which law, on which day."""

    agency: str
    purpose: str
    law: str
    """Empty: the asker names none (the hub's own commands), and stands under the grants' own."""
    day: str


EVER = "9999-12-31"
LAWS = {  # in force, from and to; the days between are unverified
    "once-held": [("2020-05-25", "2025-10-21"), ("2026-07-01", EVER)],
    "extract-anywhere": [("2016-01-01", EVER)],
    "marital-status": [("2020-09-15", EVER)],
}
AGENCIES_END = {
    "000.00.16.H29": "2025-06-30",
    "000.05.16.H29": "2025-06-30",
}  # District 1 and its school office; the others stay
DISTRICTS = {("26734", 2021): "760", ("27154", 2021): "770"}  # in which a commune lay; nothing is listed before 2021
ANSWERED_FROM = {"is_married": "marriage", "is_deceased": "death", "matches": "birth", "parent_of": "birth"}
OFFICES = {  # of the Ministry's system: whose grants count for a unit, from and to
    "760": ("000.00.16.H29", "2021-01-01", "2025-06-30"),
    "26734": ("000.00.16.H29", "2021-01-01", "2025-06-30"),
    "79": ("000.00.15.H29", "2021-01-01", EVER),
}
MINISTRY = "000.00.00.G15"


def holding(world: World, asking: Asking, dataset: str | None = None, entry: Entry | None = None) -> list[Any]:
    """The grants that hold: agency, purpose, law, day; over a dataset, unless any will do; and of a certain entry, its place."""
    found = []
    for grant in world["grants"]:
        over = set(grant["datasets"]) | {ANSWERED_FROM[answer] for answer in grant["answers"]}
        lawful = asking.law in ("", grant["legal_basis"]) and any(
            first <= asking.day <= last for first, last in LAWS[grant["legal_basis"]]
        )
        days = (
            grant["valid_from"] <= asking.day <= min(grant.get("valid_to", EVER), AGENCIES_END.get(asking.agency, EVER))
        )
        here = entry is None or grant["territory"] in (
            "city",
            DISTRICTS.get((entry.get("noiDangKy"), int(entry.get("ngayDangKy", "0")[:4]))),
        )
        if (
            asking.agency in grant["agencies"]
            and asking.purpose in ("", grant["purpose"])
            and dataset in (None, *over)
            and lawful
            and days
            and here
        ):
            found.append(grant)
    return found


def fields_for(world: World, asking: Asking, dataset: str, requested: set[str], entry: Entry | None = None) -> set[str]:
    """Requested AND granted AND needed for the purpose."""
    granted = {
        field for grant in holding(world, asking, dataset, entry) for field in grant["datasets"].get(dataset, [])
    }
    return requested & granted & set(world["purposes"][asking.purpose]["needed"].get(dataset, []))


def may_leave(world: World, feed: Mapping[str, Any], day: str, entry: Entry) -> bool:
    """A feed carries an entry if each of its columns is needed, and given by a grant of that day over the entry's place."""
    asking = Asking(feed["receiver"], feed["purpose"], feed["law"], day)
    columns = set(feed["columns"])
    return columns == fields_for(world, asking, feed["dataset"], columns, entry)


def may_be_built(world: World, feed: Mapping[str, Any], day: str) -> bool:
    """A feed is built if its receiver is there that day, and grants of that day give all its columns somewhere."""
    asking, columns = Asking(feed["receiver"], feed["purpose"], feed["law"], day), set(feed["columns"])
    there = day <= AGENCIES_END.get(feed["receiver"], EVER)
    return there and columns == fields_for(world, asking, feed["dataset"], columns)


def may_answer(world: World, asking: Asking, answer: str, entry: Entry) -> bool:
    """Yes or no: granted by name, and needed by name."""
    granted = any(answer in grant["answers"] for grant in holding(world, asking, ANSWERED_FROM[answer], entry))
    return granted and answer in world["purposes"][asking.purpose]["answers"]


def office_of(caller: str, unit: str, day: str) -> str | None:
    """The agency whose grants count when somebody asks for an office: that office itself, or the Ministry's system for all."""
    agency, first, last = OFFICES.get(unit, ("", EVER, ""))
    return agency if first <= day <= last and caller in (MINISTRY, agency) else None


UNITS_BELOW = {"000.00.16.H29": {"000.05.16.H29"}}  # District 1 may name its school office's dossiers


def may_name(agency: str, dossier: str, known: Sequence[str]) -> bool:
    """A dossier whose number begins with the agency's own code, or that of a unit below it; or one that the hub knows."""
    return dossier in known or dossier.rsplit("-", 2)[0] in {agency} | UNITS_BELOW.get(agency, set())


def over_the_limit(world: World, asking: Asking, noted: Sequence[tuple[str, bool]]) -> bool:
    """The widest limit of the agency's grants for the purpose counts, under whatever law; else of its others; else what is laid down for who has none.

    `noted`: outcome of each of its questions of this hour, and whether it missed. Refusals count for who has no grant only, and only where denied.
    """
    any_grant = holding(world, replace(asking, law="", purpose=""))
    own = holding(world, replace(asking, law="")) or any_grant
    counted = [
        outcome
        for outcome, missed in noted
        if missed or outcome in ("answered", "nothing") or (outcome == "denied" and not any_grant)
    ]
    hour = len(counted) >= max((grant["hourly_limit"] for grant in own), default=world["hourly_limit_without_grant"])
    return (
        hour
        or sum(missed for _, missed in noted) >= world["hourly_misses"]
        or counted.count("answered") >= world["daily_answers"]
    )
