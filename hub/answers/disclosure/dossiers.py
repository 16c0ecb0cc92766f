"""Whether a dossier may be named as the purpose of a question: it is the agency's own by its code, or the hub knows it.

A dossier's number begins with the code of the agency that took it in (Circular 01/2018/TT-VPCP Art. 19). So what was
filed minutes ago and is not synced yet is good for its own agency, and a number invented under another's code for
nobody.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from hub.load.warehouse import has_table

NUMBER = re.compile(r"(?P<code>[0-9A-Z]+(\.[0-9A-Z]+)*)-(\d{6}|\d{8})-\d{4,7}")
"""Code of the agency, day, sequence of that day; some products write the day with the century."""
TOP = re.compile(r"[A-Z]\d{2}")
"""A ministry or province in an identity code."""


def stands(connection: sa.Connection, agency: str, dossier: str) -> bool:
    """Whether an agency may ask for a dossier.

    Read as the owner: the agency need not be granted anything of dossiers.
    """
    return is_own(agency, dossier) or _is_known(connection, dossier)


def is_own(agency: str, dossier: str) -> bool:
    """Whether a dossier bears the code of the agency or of a unit below: communes ask by their district's grants."""
    number = NUMBER.fullmatch(dossier)
    own, filed_at = _levels(agency), _levels(number["code"]) if number else ()
    return bool(own) and filed_at[: len(own)] == own


def _levels(code: str) -> tuple[str, ...]:
    """An identity code from the top down, without empty levels. Empty: it is no code.

    `000.00.16.H29` (QCVN 102:2016) and `H29.16` (Decision 20/2020) are one.
    """
    parts = code.split(".")
    if TOP.fullmatch(parts[-1]) and len(parts) > 1:
        parts.reverse()
    if not TOP.fullmatch(parts[0]):
        return ()
    while not parts[-1].strip("0"):
        parts.pop()
    return tuple(parts)


def _is_known(connection: sa.Connection, dossier: str) -> bool:
    """By its number or another one. Both are looked up, so that a known dossier takes no less time."""
    if not has_table(connection, "dossier"):
        return False  # no dossier was received yet
    query = sa.text("""
        select exists (select from warehouse.dossier d where d._key = :dossier),
               exists (select from warehouse.dossier d where d.ma_ho_so_khac = :dossier)""")
    return any(connection.execute(query, {"dossier": dossier}).one())
