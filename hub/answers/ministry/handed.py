"""What is handed over for a question in state 4: the data, a draft to sign, and the receipt for both."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.local_time import LOCAL
from hub.access.legal_bases import duty
from hub.access.session import Session
from hub.answers.decisions.decision_service import DecisionService
from hub.answers.extracts import extract_layout
from hub.answers.extracts.drafts import Copy
from hub.answers.ministry import fields, questions
from hub.answers.ministry.judged import PURPOSE
from hub.answers.ministry.questions import Asked
from hub.evidence.evidence import Evidence, row_of
from hub.evidence.registers import register_of


@dataclass(frozen=True)
class Handed:
    """The content of a hand-over. Personal data: only for the asker."""

    number: str
    """Of the draft extract."""
    data: str
    """`<hotich><hoso>...`; the receipt has its sha256."""
    draft: str
    """The draft as PDF, base64."""
    receipt: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Handed({self.number}, receipt {self.receipt['soBienNhan']})"


def hand_over(service: DecisionService, session: Session, asked: Asked, found: Evidence, copy: Copy) -> Handed:
    """Data, draft and receipt of an entry that its asker may see as a whole; the outcome is noted."""
    inquiry, shown = session.inquiry, extract_layout.fields(found.type)
    dataset = register_of(service.hub.contracts, found.type).in_contract(service.hub.contracts)
    data = fields.written(row_of(session.connection, dataset, found, shown))
    draft = copy.pdf()
    given = {
        "agency": asked.agency,
        "who": inquiry.officer,
        "what": f"{found.record} · {copy.number}",
        "purpose": PURPOSE,
        "reference": asked.reference,
        "legal_basis": duty(inquiry.legal_basis),
        "sha256": hashlib.sha256(data.encode()).hexdigest(),
        "draft_sha256": hashlib.sha256(draft).hexdigest(),
    }
    receipt = questions.hand_over(session.connection, session.keys, given, found.number, session.now)
    grants = service.rule.grants_of(inquiry, found.dataset, session.today, shown, found)
    session.concerns(numbers=(found.number,) if found.number else ())
    session.found(
        given,
        datasets=(found.dataset,),
        fields=[f"{found.dataset}.{name}" for name in shown],
        grants=[g.id for g in grants],
        legal_bases=(duty(inquiry.legal_basis),),
    )
    return Handed(copy.number, data, base64.b64encode(draft).decode(), _shown(receipt))


def _shown(receipt: Mapping[str, Any]) -> dict[str, str]:
    """A receipt with the receiver's field names."""
    return {
        "soBienNhan": f"{receipt['number']}/{receipt['year']}/BN",
        "thoiDiem": receipt["handed_at"].astimezone(LOCAL).isoformat(timespec="seconds"),
        "coQuan": receipt["agency"],
        "nguoiHoi": receipt["who"],
        "biDanh": receipt["pseudonym"],
        "noiDung": receipt["what"],
        "mucDich": f"{receipt['purpose']}: {receipt['reference']}",
        "canCu": receipt["legal_basis"],
        "sha256": receipt["sha256"],
        "sha256BanNhap": receipt["draft_sha256"],
    }
