"""Compares the registering unit of an entry with the unit that a citizen names, across renamings and mergers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from hub.core.partial_dates import first_and_last
from hub.core.units import Ambiguous, Certainty, Unit, Units, Unknown


class Same(StrEnum):
    """Answer of `same_place`."""

    YES = "yes"
    """The same territory, or merged completely into the named unit."""
    PARTLY = "partly"
    """The unit of the entry was divided; a part of it is in the named unit."""
    NO = "no"
    UNKNOWN = "unknown"
    """The lists do not reach back to that day, or the name fits several units."""


def same_place(
    units: Units, named_unit: str, named_on: str | None, code: str | None, registered: str | None, today: date
) -> Same:
    """Compare a unit that a citizen names (by code or name, old or new) with the code of an entry, as of the entry's
    day.
    """
    if not code or not registered:
        return Same.UNKNOWN
    own = unit_of(units, code, registered)
    if own is None:
        return Same.UNKNOWN
    named, vague = _named(units, named_unit, [*(first_and_last(named_on or registered)), today])
    answers = {_compare(units, own, each) for each in named}
    if Same.YES in answers:
        return Same.UNKNOWN if vague and Same.NO in answers else Same.YES
    if Same.PARTLY in answers:
        return Same.PARTLY
    return Same.NO if named and not vague else Same.UNKNOWN


def codes_of(units: Units, code: str, registered: str) -> list[str]:
    """All codes of the territory that a code named on a partial date, its own code first."""
    own = unit_of(units, code, registered)
    return [code] if own is None else list(dict.fromkeys([code, *units.codes_of(own.territory)]))


def unit_of(units: Units, code: str, registered: str) -> Unit | None:
    """The unit of a code on a partial date; None if it is unknown or changed within it."""
    first, last = (units.at(code, day) for day in first_and_last(registered))
    return first if isinstance(first, Unit) and first == last else None


def _named(units: Units, named_unit: str, days: list[date]) -> tuple[set[Unit], bool]:
    """The units that a name may mean on some days, and whether the name alone is too vague."""
    found, vague = set[Unit](), False
    for day in days:
        answer: Unit | Ambiguous | Unknown = (
            units.at(named_unit, day) if named_unit.isdigit() else units.named(named_unit, day)
        )
        match answer:
            case Unit():
                found.add(answer)
            case Ambiguous():
                found |= set(answer.units)
                vague = True
            case Unknown():
                pass
    return found, vague


def _compare(units: Units, own: Unit, named: Unit) -> Same:
    if own.territory == named.territory:
        return Same.YES
    earlier, later = (own, named) if own.first <= named.first else (named, own)
    if earlier.on(later.first):
        return Same.NO
    shares = {share.unit.territory: share.certainty for share in units.forward(earlier, later.first).shares}
    if later.territory not in shares:
        return Same.NO
    return Same.YES if shares[later.territory] is Certainty.WHOLE and earlier is own else Same.PARTLY
