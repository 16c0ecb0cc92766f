"""The routes of the service, asked over HTTP by whoever a signed token says. Beside it stands another agency in the query, which nobody may heed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from httpx import Response

from hub.access.tokens import Claims, machine_now
from tests.matrix import expected
from tests.matrix.city import City
from tests.matrix.doors import decided
from tests.matrix.expected import NOT_FOR_YOU, NOT_NOW
from tests.matrix.policy import may_name
from tests.matrix.questions import Question
from tests.matrix.registered import DOSSIERS, PROCEDURE
from tests.matrix.ways import LIMIT, Reply, Way

BECAUSE = {"because": "matrix"}
REFUSED: Mapping[int, Any] = {403: NOT_FOR_YOU, 404: None, 409: NOT_NOW, 429: LIMIT}
Read = Callable[[Response], Any]


def send(
    here: City,
    q: Question,
    method: str,
    path: str,
    body: object = None,
    *,
    read: Read,
    claims: Claims | None = None,
    **query: str,
) -> Reply:
    """Ask a route, with a token of who asks; `read` takes out of a good answer what is compared."""
    claims = claims or Claims(q.asking.agency, "officer-1", q.asking.purpose, q.asking.law, q.bound)
    token = here.app.state.tokens.sign(claims, machine_now(), timedelta(minutes=5))
    decoy = {name: value for name, value in asdict(q.decoy).items() if name != "day"}
    reply = here.client.request(
        method, path, json=body, params=decoy | query, headers={"Authorization": f"Bearer {token}"}
    )
    if reply.status_code == 200:
        answer = read(reply)
        return answer if isinstance(answer, Reply) else Reply(answer)
    return Reply(
        REFUSED.get(reply.status_code, reply.text), shape("nothing", reply) if reply.status_code == 404 else None
    )


def shape(said: str, reply: Response) -> dict[str, object]:
    """Status, headers and bytes, without the number of the request."""
    number = reply.headers.get("x-request-id", "")
    headers = sorted((name, value) for name, value in reply.headers.items() if name != "x-request-id")
    return {said: (reply.status_code, headers, reply.content.replace(number.encode(), b""))}


def _decisions(here: City, q: Question) -> Reply:
    body = {"dossier": q.dossier, "procedure": PROCEDURE, "people": {"applicant": {"personal_id": q.who}}}
    return send(here, q, "POST", "/v1/decisions", body, read=lambda reply: decided(reply.json()["decisions"]))


def _shown(here: City, q: Question) -> Reply:
    dossier = q.decided.dossier if q.decided else q.dossier
    return send(
        here,
        q,
        "GET",
        f"/v1/dossiers/{dossier}/decisions",
        read=lambda reply: [each["record"] for each in reply.json()["decisions"] if each["supersedes"] is None],
    )


def _number(q: Question) -> int:
    return q.decided.number if q.decided else 10**9


def _preview(here: City, q: Question) -> Reply:
    def read(reply: Response) -> dict[str, Any]:
        here.acts.setdefault(_number(q), set()).add("previewed")
        here.answered_to.append(q.asking)
        return {name: reply.json()[name] for name in ("number", "name", "born", *expected.SHOWN, "ended")}

    return send(here, q, "POST", f"/v1/decisions/{_number(q)}/preview", BECAUSE, read=read)


def _act(what: str, done: str) -> Callable[[City, Question], Reply]:
    def act(here: City, q: Question) -> Reply:
        def read(reply: Response) -> str:
            here.acts.setdefault(_number(q), set()).add(done)
            assert done in reply.json()["decision"]["acts"]
            return str(reply.json()["decision"]["record"])

        return send(here, q, "POST", f"/v1/decisions/{_number(q)}/{what}", BECAUSE, read=read)

    return act


def _judging(ask: Callable[[City, Question], Reply]) -> Callable[[City, Question], Reply]:
    """A way at which one's own decision is judged again."""

    def asked(here: City, q: Question) -> Reply:
        answer, own = ask(here, q), expected.own(here, q)
        if answer.said != LIMIT and own is not None:
            expected.judged(here, q)
        return answer

    return asked


def _extract(here: City, q: Question) -> Reply:
    def read(reply: Response) -> object:
        match q.form:
            case "data":
                return (
                    sum(len(part["lines"]) for part in reply.json()["parts"]) == len(expected.COPY[q.decided.dataset])
                    if q.decided
                    else None
                )
            case "page":
                return "(bản sao)" in reply.text
            case _:
                return reply.content.startswith(b"%PDF-")

    return send(here, q, "POST", f"/v1/decisions/{_number(q)}/extract", BECAUSE, read=read, form=q.form)


def _person(q: Question, **more: Any) -> dict[str, Any]:
    return {"dossier": q.named, "person": {"personal_id": q.who}} | more


def _evidence(here: City, q: Question) -> Reply:
    return send(
        here,
        q,
        "POST",
        "/v1/evidence",
        _person(q, type=f"register:{q.dataset}", fields=list(q.requested)),
        read=lambda reply: reply.json()["values"],
    )


def _answer(here: City, q: Question) -> Reply:
    body = _person(q, question=q.answer, other={"personal_id": q.other})
    body["person"] |= {"name": q.name} if q.name else {}
    return send(here, q, "POST", "/v1/answers", body, read=lambda reply: reply.json()["answer"])


def _prefill(here: City, q: Question) -> Reply:
    return send(
        here,
        q,
        "POST",
        "/v1/prefill",
        _person(q),
        read=lambda reply: {fact: each["value"] for fact, each in reply.json()["facts"].items()},
    )


def _status(here: City, q: Question) -> Reply:
    return send(
        here,
        q,
        "GET",
        f"/v1/dossiers/{q.reference}/status",
        read=lambda reply: (reply.json()["number"], reply.json()["state"]),
    )


def _report(here: City, q: Question) -> Reply:
    def read(reply: Response) -> str:
        answer = reply.json()
        here.reports.setdefault(answer["id"], q)  # the same report again is the first one, under its purpose
        here.answered_to.append(q.asking)
        return str(answer["record"])

    body = {
        "dossier": q.named,
        "record": "/".join((q.record[0], "moj-registry", q.record[1])),
        "kind": "wrong",
        "words": "sai",
    }
    return send(here, q, "POST", "/v1/error-reports", body, read=read)


def _reported(here: City, q: Question) -> Reply:
    return send(here, q, "GET", f"/v1/error-reports/{q.report}", read=lambda reply: reply.json()["record"])


def _of_body(
    must: Callable[[City, Question], Any], dossier: Callable[[Question], str] = lambda q: q.named
) -> Callable[[City, Question], Any]:
    """A token that is bound to a dossier asks about no other one: then it was no question, and is not noted."""
    return lambda here, q: must(here, q) if q.bound in ("", dossier(q)) else NOT_FOR_YOU


def _asked(here: City, q: Question) -> Any:
    """Over HTTP the dossier counts; the hub's own command is the city's."""
    return expected.decisions(here, q) if may_name(q.asking.agency, q.dossier, DOSSIERS) else None


def _route(
    method: str, path: str, share: int, ask: Callable[[City, Question], Reply], must: Callable[[City, Question], Any]
) -> Way:
    return Way(
        f"{method} {path}",
        share,
        ask,
        must,
        routes=((method, path),),
        noted=lambda here, q: None if must(here, q) == NOT_FOR_YOU else q.asking,
    )


ROUTES = (
    _route("POST", "/v1/decisions", 800, _decisions, _of_body(_asked, lambda q: q.dossier)),
    _route("GET", "/v1/dossiers/{dossier}/decisions", 700, _shown, expected.shown),
    _route("POST", "/v1/decisions/{decision}/preview", 1000, _judging(_preview), expected.previewed),
    _route("POST", "/v1/decisions/{decision}/use", 900, _judging(_act("use", "used")), expected.used),
    _route("POST", "/v1/decisions/{decision}/confirm", 600, _judging(_act("confirm", "confirmed")), expected.confirmed),
    _route("POST", "/v1/decisions/{decision}/refuse", 600, _act("refuse", "refused"), expected.refused),
    _route("POST", "/v1/decisions/{decision}/extract", 700, _judging(_extract), expected.extracted),
    _route("POST", "/v1/evidence", 1300, _evidence, _of_body(expected.record)),
    _route("POST", "/v1/answers", 1100, _answer, _of_body(expected.answer)),
    _route("POST", "/v1/prefill", 1100, _prefill, _of_body(expected.prefill)),
    _route("GET", "/v1/dossiers/{reference}/status", 600, _status, expected.status),
    _route("POST", "/v1/error-reports", 700, _report, _of_body(expected.report)),
    _route("GET", "/v1/error-reports/{number}", 600, _reported, expected.reported),
)
