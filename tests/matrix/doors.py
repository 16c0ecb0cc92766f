"""The hub's own doors, as its commands and other parts of it call them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from hub.access.audit import LimitReached
from hub.access.inquiry import Inquiry
from hub.answers.decisions.decide import Question as Dossier
from hub.answers.decisions.rejudge import AskAnew
from hub.answers.decisions.store import PreviewRequired
from hub.core.actions import Actor
from hub.core.errors import NotFound
from hub.evidence.people import Subject
from tests.matrix import expected
from tests.matrix.city import City
from tests.matrix.questions import Question
from tests.matrix.registered import PROCEDURE
from tests.matrix.ways import LIMIT, Reply, Way

CLERK = Actor("officer-1", "matrix")
ABOUT_DECISIONS = ("preview", "extract")
"""Doors at which a decision is judged again, whether or not anything is told."""


def decided(rows: Iterable[Mapping[str, Any]]) -> Reply:
    """Requirement -> outcome with the record, or with the reason why the paper is asked for: not permitted, or not held."""
    said, shape = {}, {}
    for each in rows:
        reason = next(
            (
                why["condition"]
                for why in each["why"]
                if why["effect"] == "fails" and why["condition"] in ("permitted", "held")
            ),
            None,
        )
        said[each["requirement"]] = (each["outcome"], each["record"] or reason)
        if reason == "held":  # what is not permitted is said of the asker's grants
            shape[f"{each['requirement']} not held"] = [
                (why["condition"], why["effect"], why["value"] if why["condition"] != "permitted" else "")
                for why in each["why"]
            ]
    return Reply(said, shape)


def _record(here: City, q: Question) -> Reply:
    answer = here.service.disclosure.record(
        _asking(q), f"register:{q.dataset}", Subject(personal_id=q.who), q.requested
    )
    return _reply(dict(answer.values) or None, {**vars(answer), "type": ""})


def _answer(here: City, q: Question) -> Reply:
    answer = here.service.disclosure.answer(
        _asking(q), q.answer, Subject(personal_id=q.who, name=q.name), Subject(personal_id=q.other)
    )
    return _reply(answer.answer, {**vars(answer), "question": ""})


def _prefill(here: City, q: Question) -> Reply:
    answer = here.service.disclosure.prefill(_asking(q), Subject(personal_id=q.who))
    return _reply({fact: each.value for fact, each in answer.facts.items()} or None, vars(answer))


def _ask(here: City, q: Question) -> Reply:
    question = Dossier(_asking(q).about(q.dossier), PROCEDURE, {"applicant": Subject(personal_id=q.who)})
    return decided({**vars(each), "record": each.record} for each in here.service.ask(question))


def _preview(here: City, q: Question) -> Reply:
    assert q.decided is not None
    answer = here.service.preview(q.decided.number, CLERK, q.asking.law)
    here.acts.setdefault(q.decided.number, set()).add("previewed")
    return Reply(
        {name: getattr(answer, name) for name in ("number", "name", "born", *expected.SHOWN, "ended", "parents")}
    )


def _extract(here: City, q: Question) -> Reply:
    assert q.decided is not None
    here.service.extract(q.decided.number, "x", CLERK, q.asking.law)
    return Reply(True)


def _asking(q: Question) -> Inquiry:
    return Inquiry(q.asking.agency, "officer-1", q.asking.purpose, q.named, q.asking.law)


def _reply(value: Any, nothing: object) -> Reply:
    return Reply(value, {"nothing": nothing} if value is None else None)


def _door(
    name: str, share: int, ask: Callable[[City, Question], Reply], must: Callable[[City, Question], Any], **more: Any
) -> Way:
    def at_the_door(here: City, q: Question) -> Reply:
        try:
            said = ask(here, q)
        except LimitReached:
            return Reply(LIMIT)
        except NotFound as error:
            said = Reply(None, {"nothing": type(error)})
        except (AskAnew, PreviewRequired):
            said = Reply(expected.NOT_NOW)
        if name in ABOUT_DECISIONS:
            expected.judged(here, q)
        return said

    return Way(f"door: {name}", share, at_the_door, must, **{"asks": _plain} | more)


def _plain(q: Question) -> Question:
    """No token is bound here, and every other question names no law."""
    return replace(q, bound="", asking=replace(q.asking, law=q.asking.law if q.earlier % 2 else ""))


def _about_a_decision(q: Question) -> Question:
    """A decision is asked for by its number, for the agency that it was made for; who names no law stands under its own."""
    known, plain = q.decided or q.any_decided, _plain(q)
    asking = replace(plain.asking, agency=known.agency, purpose=known.purpose, law=plain.asking.law or known.law)
    return replace(plain, decided=replace(known, law=""), asking=asking)


DOORS = (
    _door("record", 1500, _record, expected.record),
    _door("answer", 1200, _answer, expected.answer),
    _door("prefill", 1200, _prefill, expected.prefill),
    _door("ask", 700, _ask, expected.decisions),
    _door("preview", 900, _preview, expected.looked_at, asks=_about_a_decision),
    _door("extract", 800, _extract, expected.extracted, asks=_about_a_decision),
)
