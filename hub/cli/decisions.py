"""hub decisions ask, show, preview, confirm, use, refuse; hub extracts draft."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.acts import Person
from hub.bootstrap import open_hub
from hub.cli.output import AsJson, console, counting, show, show_one
from hub.inquiry import Inquiry
from hub.reuse import decisions, indexes
from hub.reuse.decide import Question
from hub.reuse.decisions import Recorded
from hub.reuse.desk import Desk
from hub.reuse.people import Entry, NotAPerson, Subject

app = typer.Typer(no_args_is_help=True)
copies = typer.Typer(no_args_is_help=True)

Who = Annotated[str, typer.Option("--by", help="Who decides; by default the login name.", envvar="USER")]
Record = Annotated[str, typer.Option("--record", help="Which candidate, of a confirm with several; by default the decision's own record.")]
Because = Annotated[str, typer.Option("--because", help="Why; stays on record.")]


@app.command()
def ask(
    file: Annotated[Path, typer.Argument(help="The question as JSON, - for standard input: {agency, dossier, procedure, purpose, people: {applicant: "
                                              "{personal_id, old_id, name, born, parent, entry: {number, book, place, registered}}}}")],
    refresh: Annotated[bool, typer.Option("--refresh/--no-refresh", help="Ask a source anew when our copy is old or lacks the record.")] = True,
    as_json: AsJson = False,
) -> None:
    """Before a paper is demanded: reuse, confirm or ask, for each requirement. The same question is judged again."""
    question = read_question(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    with open_hub() as hub:
        desk = Desk(hub)
        names = {each.id: each.name for each in desk.demanded(question.procedure)}
        show([_row(each, names) for each in desk.ask(question, refresh=refresh)], as_json=as_json, title=f"{question.dossier} · {question.procedure}")


@app.command("show")
def show_(dossier: str, why: Annotated[bool, typer.Option("--why", help="Every condition with its value.")] = False, by: Who = "hub",
          as_json: AsJson = False) -> None:  # fmt: skip
    """The decisions of a dossier, with their reasons. That you looked is noted."""
    with open_hub() as hub:
        found = Desk(hub).shown(dossier, by)
    if not why:
        show([_row(each, {}) for each in found], as_json=as_json, title=dossier)
        return
    rows = [{"decision": each.id, "requirement": each.requirement, "outcome": each.outcome, **reason} for each in found for reason in each.why]
    show(rows, as_json=as_json, title=dossier)


@app.command()
def preview(decision: int, because: Because, by: Who = "", record: Record = "", as_json: AsJson = False) -> None:
    """Look at the evidence of a decision: PERSONAL DATA on your screen. That you looked stays on record."""
    with open_hub() as hub:
        evidence = Desk(hub).preview(decision, Person(by, because), record=record)
        fields = ("record", "role", "name", "born", "number", "registered", "place", "book", "entry", "ended")
        show_one({name: getattr(evidence, name) for name in fields}, as_json=as_json)


@app.command()
def confirm(decision: int, because: Because, by: Who = "", record: Record = "", as_json: AsJson = False) -> None:
    """You compared the candidate with the book or the person's papers and answer for it (đối chiếu): a copy may then be drafted. Previewed first."""
    _act(decision, "confirmed", Person(by, because), as_json, record)


@app.command()
def use(decision: int, because: Because, by: Who = "", as_json: AsJson = False) -> None:
    """Use the evidence instead of a paper; prints what then goes to the national portal (TaiLieuNop)."""
    _act(decision, "used", Person(by, because), as_json)


@app.command()
def refuse(decision: int, because: Because, by: Who = "", as_json: AsJson = False) -> None:
    """Do not use it: the paper is asked for, with this reason."""
    _act(decision, "refused", Person(by, because), as_json)


@app.command()
def prepare() -> None:
    """Build the indexes that questions need, beside the running work."""
    with open_hub() as hub, counting("indexes") as step:
        indexes.build(hub.engine, hub.contracts, lambda name, done, of: step(done, of))


@copies.command()
def draft(
    decision: int,
    agency: Annotated[str, typer.Option(help="Name of the agency on the copy.")],
    because: Because,
    by: Who = "",
    pdf: Annotated[Path | None, typer.Option(help="Write the draft here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draft the copy of extract that a decision reuses, numbered in the register of issued copies: PERSONAL DATA in the files."""
    with open_hub() as hub:
        copy = Desk(hub).extract(decision, agency, Person(by, because))
    for path, content in ((pdf, copy.pdf), (html, copy.html)):
        if path:
            made = content()
            path.write_bytes(made if isinstance(made, bytes) else made.encode())
    show_one({"number": copy.number, "title": copy.sheet.title, "sha256": copy.sha256, "source": copy.sheet.source}, as_json=as_json)


def read_question(text: str) -> Question:
    """A question as JSON.

    Raises:
        NotAPerson: what is missing or unknown, never a value of a person.
    """
    try:
        told = json.loads(text)
        people = {about: _subject(each) for about, each in told.pop("people").items()}
        inquiry = Inquiry(told.pop("agency"), "hub", told.pop("purpose"), told.pop("dossier"), told.pop("legal_basis", ""))
        return Question(inquiry, people=people, **told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        what = str(error) if isinstance(error, KeyError) else type(error).__name__
        raise NotAPerson(f"The question cannot be read: {what}", hint="hub decisions ask --help shows its form") from None


def _subject(told: dict[str, Any]) -> Subject:
    entry = told.pop("entry", None)
    return Subject(**told, entry=Entry(**entry) if entry else None)


def _act(decision: int, what: str, person: Person, as_json: bool, record: str = "") -> None:
    with open_hub() as hub:
        known = Desk(hub).act(decision, what, person, record=record)
    console.print(f"decision {decision}: {', '.join(known.acts)}")
    show_one(decisions.component(known), as_json=as_json)


def _row(each: Recorded, names: dict[str, str]) -> dict[str, Any]:
    against = [f"{r['condition']}: {r['value']}" for r in each.why if r["effect"] != "holds"]
    named = {"paper": names[each.requirement]} if each.requirement in names else {}
    superseded = [f"{each.superseded_by}: {', '.join(each.superseded_because)}"] if each.superseded_by else []
    return {"decision": each.id, "requirement": each.requirement, **named, "outcome": each.outcome, "record": each.record, "because": against,
            "candidates": each.candidate_records, "acts": list(each.acts), "superseded by": superseded}
