"""The Ministry's module BS, over REST by tokens and over SOAP by signed messages: the same three operations, the same rights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from hub.access.tokens import Claims
from tests.matrix import expected
from tests.matrix.city import City
from tests.matrix.expected import NOT_FOR_YOU
from tests.matrix.policy import MINISTRY, OFFICES, Asking, holding, may_name, office_of
from tests.matrix.questions import Question
from tests.matrix.registered import DOSSIERS
from tests.matrix.routes import send, shape
from tests.matrix.ways import LIMIT, Reply, Way
from tests.service.signed_message import SOAP, N, message

KINDS = {"birth": "KS", "death": "KT", "marriage": "KH", "recognition": "CMC"}
PURPOSE, LAW = "civil-status", "extract-anywhere"
"""Of whatever is asked through the Ministry's system."""
NOTHING = (None, "106", "201")
"""What says nothing: neither held nor permitted, no such office or not the caller's, no such question."""
OPERATIONS = {"register": "dangKyHoTich", "state": "traTrangThaiHoSo", "result": "ketQuaDangKyHS"}


@dataclass(frozen=True)
class Put:
    """A question to an operation, as it stands on record once it was taken."""

    caller: str
    unit: str
    reference: str
    dataset: str
    who: str

    @property
    def data(self) -> str:
        return json.dumps({"loaiBanSao": KINDS[self.dataset], "cbsSoDDCN": self.who})


def put(here: City, q: Question, operation: str, caller: str) -> Put:
    """A new question; or the same again, or about one that is on record."""
    standing = [each for each, _ in here.registered if each.unit == q.unit] or [each for each, _ in here.registered]
    known = standing[q.earlier % len(standing)] if standing else None
    if known is None or (operation == "register" and q.earlier % 5) or not q.earlier % 7:
        return Put(caller, q.unit, q.filed_at(OFFICES.get(q.unit, (q.asking.agency,))[0]), q.dataset, q.who)
    return Put(
        caller,
        known.unit,
        known.reference,
        known.dataset,
        q.who if operation == "register" and q.earlier % 2 else known.who,
    )


def _standing(here: City, asked: Put) -> tuple[Put, str] | None:
    """What is on record under that number, with its state."""
    return next(
        (
            (each, state)
            for each, state in reversed(here.registered)
            if (each.unit, each.reference) == (asked.unit, asked.reference)
        ),
        None,
    )


def must_say(here: City, operation: str, asked: Put, law: str) -> Any:
    """`1` taken, a state, what is handed over, or one of the Ministry's codes; None: neither held nor permitted."""
    office = office_of(asked.caller, asked.unit, here.day)
    if office is None:
        return "106"
    asking, standing = Asking(office, PURPOSE, law, here.day), _standing(here, asked)
    if operation == "register" and not may_name(office, asked.reference, DOSSIERS):
        return "201"
    if operation == "register":
        return "500" if standing and standing[0].data != asked.data and standing[1] != "2" else "1"
    if standing is None:
        return "201"
    known, state = standing
    if operation == "state":
        if state == "4" and expected.ministry(here, asking, known.dataset, known.who) == "6":
            return None  # what is done is judged again, under the caller's law
        return state if state != "6" and holding(here.world, asking) else None
    entry = here.entry_of(known.dataset, known.who)
    if state != "4" or entry is None or expected.ministry(here, asking, known.dataset, known.who) == "6":
        return None
    return {name: entry[1][name] for name in expected.COPY[known.dataset] if entry[1].get(name)}


def _said(operation: str, values: Mapping[str, Any]) -> Any:
    if str(values["status"]) == "0":
        return None if values["maLoi"] == "200" else values["maLoi"]
    match operation:
        case "register":
            return "1"
        case "state":
            return None if values["trangThai"] == "6" else values["trangThai"]
        case _:
            return {each.tag: each.text for each in etree.fromstring(values["duLieu"])[0]}


def _took(here: City, operation: str, asked: Put, law: str, answer: Reply) -> Reply:
    """Keep what is on record now, with the state that it must have come to; what was refused is looked at anew."""
    standing, office = _standing(here, asked), office_of(asked.caller, asked.unit, here.day)
    if (
        office
        and operation == "register"
        and answer.said == "1"
        and (standing is None or standing[0].data != asked.data or standing[1] == "6")
    ):
        here.registered.append(
            (asked, expected.ministry(here, Asking(office, PURPOSE, law, here.day), asked.dataset, asked.who))
        )
    return answer


def _over_rest(operation: str) -> Callable[[City, Question], Reply]:
    def ask(here: City, q: Question) -> Reply:
        asked = put(here, q, operation, q.caller)
        body = {"maDonVi": asked.unit, "maHoSo": asked.reference}
        body |= {"module": "BS", "ngayTiepNhan": here.day, "data": asked.data} if operation == "register" else {}

        def read(reply: Any) -> Reply:
            values = reply.json()
            values |= {"duLieu": values["value"]["duLieu"]} if values.get("value") else {}
            said = _said(operation, values)
            return Reply(said, shape(str(said), reply) if said in NOTHING else None)

        claims = Claims(q.caller, "officer-1", *_named(q), q.bound)
        return _took(
            here,
            operation,
            asked,
            _named(q)[1],
            send(here, q, "POST", f"/ministry/{OPERATIONS[operation]}", body, read=read, claims=claims),
        )

    return ask


def _over_soap(operation: str) -> Callable[[City, Question], Reply]:
    def ask(here: City, q: Question) -> Reply:
        asked = put(here, q, operation, MINISTRY)
        inside = f"<maHoSo>{asked.reference}</maHoSo>"
        if operation == "register":
            inside = (
                f"<module>BS</module>{inside}<ngayTiepNhan>{here.day}</ngayTiepNhan><data>{escape(asked.data)}</data>"
            )
        inside = f'<{OPERATIONS[operation]} xmlns="{N[1:-1]}"><maDonVi>{asked.unit}</maDonVi>{inside}</{OPERATIONS[operation]}>'
        reply = here.client.post(
            "/ministry/soap", content=message(here.hub, inside), headers={"Content-Type": "text/xml"}
        )
        [element] = etree.fromstring(reply.content).find(f"{{{SOAP}}}Body")
        if reply.status_code != 200:
            return Reply(LIMIT if element.findtext(f"detail/{N}maLoi") == "429" else etree.tostring(element))
        said = _said(operation, {etree.QName(each).localname: each.text for each in element})
        return _took(here, operation, asked, LAW, Reply(said, shape(str(said), reply) if said in NOTHING else None))

    return ask


def _named(q: Question) -> tuple[str, str]:
    """Purpose and law of the token: now and then those of something else."""
    return (q.asking.purpose, q.asking.law) if not q.earlier % 6 else (PURPOSE, LAW)


def _way(operation: str, share: int, *, rest: bool) -> Way:
    def asked(here: City, q: Question) -> Put:
        return put(here, q, operation, q.caller if rest else MINISTRY)

    def must(here: City, q: Question) -> Any:
        this, (purpose, law) = asked(here, q), _named(q) if rest else (PURPOSE, LAW)
        if rest and (purpose != PURPOSE or q.bound not in ("", this.reference)):
            return NOT_FOR_YOU
        return must_say(here, operation, this, law)

    def noted(here: City, q: Question) -> Asking | None:
        this = asked(here, q)
        return (
            None
            if must(here, q) == NOT_FOR_YOU
            else Asking(
                office_of(this.caller, this.unit, here.day) or this.caller,
                PURPOSE,
                _named(q)[1] if rest else LAW,
                here.day,
            )
        )

    route = ("POST", f"/ministry/{OPERATIONS[operation]}") if rest else ("POST", "/ministry/soap")
    return Way(
        f"{'REST' if rest else 'SOAP'} {OPERATIONS[operation]}",
        share,
        (_over_rest if rest else _over_soap)(operation),
        must,
        noted=noted,
        routes=(route,),
    )


MODULE_BS = tuple(_way(operation, 600, rest=rest) for operation in OPERATIONS for rest in (True, False))
