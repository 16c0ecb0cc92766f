"""hub decisions ask, show, preview, confirm, use, refuse."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.backtest import backtest_
from hub.cli.looking import LookBy, LookReason, looker
from hub.terminal import AsJson, Because, By, console, counting, login, show, show_one

if TYPE_CHECKING:
    from hub.answers.decisions.decide import Question
    from hub.answers.decisions.recorded import Recorded
    from hub.core.actions import Actor
    from hub.evidence.people import Subject


app = typer.Typer(no_args_is_help=True)

Record = Annotated[
    str, typer.Option("--record", help="The candidate, if a confirm has several; by default the decision's own record.")
]


@app.command()
def ask(
    file: Annotated[
        Path,
        typer.Argument(
            help="The question as JSON, - for standard input: {agency, dossier, procedure, purpose, people: {applicant: "
            "{personal_id, old_id, name, born, parent, entry: {number, book, place, registered}}}}"
        ),
    ],
    by: Annotated[
        str,
        typer.Option("--by", help="Who asks on the agency's behalf.", default_factory=login, show_default="your login"),
    ],
    refresh: Annotated[
        bool,
        typer.Option("--refresh/--no-refresh", help="Ask the source again if our copy is old or lacks the record."),
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Decide for each requirement whether to reuse, confirm or ask. A repeated question is decided again."""
    from hub.answers.decisions.decision_service import DecisionService
    from hub.app import open_hub

    question = read_question(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"), by)
    with open_hub() as hub:
        service = DecisionService(hub)
        names = {each.id: each.name for each in service.demanded(question.procedure)}
        show(
            [_row(each, names) for each in service.ask(question, refresh=refresh)],
            as_json=as_json,
            title=f"{question.dossier} · {question.procedure}",
        )


@app.command("show")
def show_(
    dossier: str,
    by: LookBy,
    because: LookReason = "",
    why: Annotated[bool, typer.Option("--why", help="Every condition with its value.")] = False,
    as_json: AsJson = False,
) -> None:
    """The decisions of a dossier, with their reasons. The audit log records that you read them."""
    from hub.answers.decisions.decision_service import DecisionService
    from hub.app import open_hub

    person = looker(by, because, f"the decisions of {dossier}")
    with open_hub() as hub:
        found = DecisionService(hub).shown(dossier, person)
    if not why:
        show([_row(each, {}) for each in found], as_json=as_json, title=dossier)
        return
    rows = [
        {"decision": each.id, "requirement": each.requirement, "outcome": each.outcome, **reason}
        for each in found
        for reason in each.why
    ]
    show(rows, as_json=as_json, title=dossier)


@app.command()
def preview(decision: int, because: Because, by: By, record: Record = "", as_json: AsJson = False) -> None:
    """Show the evidence of a decision: PERSONAL DATA on your screen. The audit log records that you read it."""
    from hub.answers.decisions.decision_service import DecisionService
    from hub.app import open_hub
    from hub.core.actions import Actor

    with open_hub() as hub:
        evidence = DecisionService(hub).preview(decision, Actor(by, because), record=record)
        fields = ("record", "role", "name", "born", "number", "registered", "place", "book", "entry", "ended")
        row = {name: getattr(evidence, name) for name in fields}
        show_one(row | {"findings": [vars(each) for each in evidence.noted]}, as_json=as_json)


@app.command()
def confirm(decision: int, because: Because, by: By, record: Record = "", as_json: AsJson = False) -> None:
    """Confirm that you compared the candidate with the book or the person's papers (đối chiếu).

    Preview the candidate first. After the confirmation a copy may be drafted.
    """
    from hub.core.actions import Actor

    _act(decision, "confirmed", Actor(by, because), as_json, record)


@app.command()
def use(decision: int, because: Because, by: By, as_json: AsJson = False) -> None:
    """Use the evidence instead of a paper; prints what then goes to the national portal (TaiLieuNop)."""
    from hub.core.actions import Actor

    _act(decision, "used", Actor(by, because), as_json)


@app.command()
def refuse(decision: int, because: Because, by: By, as_json: AsJson = False) -> None:
    """Refuse the evidence: the paper is asked for, with this reason."""
    from hub.core.actions import Actor

    _act(decision, "refused", Actor(by, because), as_json)


@app.command()
def prepare() -> None:
    """Build the indexes that questions need, without blocking other work."""
    from hub.app import open_hub
    from hub.evidence import indexes

    with open_hub() as hub, counting("indexes") as step:
        indexes.build(hub.engine, hub.contracts, lambda name, done, of: step(done, of))


def read_question(text: str, officer: str = "hub") -> Question:
    """A question as JSON, asked by an officer.

    Raises:
        NotAPerson: names what is missing or unknown, never a value.
    """
    from hub.access.inquiry import Inquiry
    from hub.answers.decisions.decide import Question
    from hub.evidence.people import NotAPerson

    try:
        data = json.loads(text)
        people = {about: _subject(each) for about, each in data.pop("people").items()}
        inquiry = Inquiry(
            data.pop("agency"), officer, data.pop("purpose"), data.pop("dossier"), data.pop("legal_basis", "")
        )
        return Question(inquiry, people=people, **data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = str(error) if isinstance(error, KeyError) else type(error).__name__
        raise NotAPerson(
            f"The question cannot be read: {what}", hint="hub decisions ask --help shows its form"
        ) from None


def _subject(data: dict[str, Any]) -> Subject:
    from hub.evidence.people import Entry, Subject

    entry = data.pop("entry", None)
    return Subject(**data, entry=Entry(**entry) if entry else None)


def _act(decision: int, what: str, person: Actor, as_json: bool, record: str = "") -> None:
    from hub.answers.decisions import store
    from hub.answers.decisions.decision_service import DecisionService
    from hub.app import open_hub

    with open_hub() as hub:
        known = DecisionService(hub).act(decision, what, person, record=record)
    console.print(f"decision {decision}: {', '.join(known.acts)}")
    show_one(store.component(known), as_json=as_json)


def _row(each: Recorded, names: dict[str, str]) -> dict[str, Any]:
    against = [f"{r['condition']}: {r['value']}" for r in each.why if r["effect"] != "holds"]
    named = {"paper": names[each.requirement]} if each.requirement in names else {}
    superseded = [f"{each.superseded_by}: {', '.join(each.superseded_because)}"] if each.superseded_by else []
    return {
        "decision": each.id,
        "requirement": each.requirement,
        **named,
        "outcome": each.outcome,
        "record": each.record,
        "because": against,
        "candidates": each.candidate_records,
        "acts": list(each.acts),
        "superseded by": superseded,
    }


app.command("backtest")(backtest_)
