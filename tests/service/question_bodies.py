"""Bodies of questions about people and records of the tests."""

from __future__ import annotations

from typing import Any

from .conftest import AN, DOSSIER, HOSPITAL, LAN

CHILD, WIFE = {"personal_id": AN}, {"personal_id": LAN}


def asking(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"dossier": DOSSIER, "person": person} | more


BIRTH = asking(CHILD, type="register:birth", fields=["nksHoTen"])
PATIENT = (HOSPITAL, "patient-admission")
NOBODY = BIRTH | {"person": {"personal_id": "079190000099"}}
"""Asks for a birth of which nothing is held."""
WRONG = {
    "dossier": DOSSIER,
    "record": "marriage/moj-registry/1",
    "field": "voNgaySinh",
    "kind": "wrong",
    "words": "Năm sinh của bà Lan là 1991",
}
