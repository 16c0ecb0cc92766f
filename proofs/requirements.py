"""What the rules for demanded papers propose for a catalogue, and how right they are.

python -m proofs.requirements map FILE...       row by row: which rule decides, and why
                                                (--held, --all, --text, --write, --json)
python -m proofs.requirements verdicts FILE...  reuse, confirm, ask: rows, shares, Wilson bounds (--labels, --by-field,
                                                --city, --json)
python -m proofs.requirements variants FILE...  added phrases after which a row is held all the same: none (--json)
python -m proofs.requirements score FILE...     precision and recall on the labels of the deployment (--json)
python -m proofs.requirements sample            wrong and found on the labelled sample of all fields, with Wilson bounds
                                                (--by-field, --faults, --json)
python -m proofs.requirements speed             seconds of one core for a catalogue of 15,000 rows (--rows, --json)
"""

from __future__ import annotations

import csv
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.errors import HubError
from hub.cli.requirements import Files, proposals_of
from hub.core.settings import read_settings
from hub.requirements import facts
from hub.requirements.catalogue import FILE
from hub.requirements.mapping import Mapper, Proposal
from hub.requirements.rules import read_rules
from hub.terminal import AsJson, dump, failed, show
from proofs import requirement_measure as measure
from proofs import requirement_sample as sample
from proofs import requirement_score as score

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)


@app.command("map")
def map_(
    files: Files,
    held: Annotated[bool, typer.Option("--held", help="Only rows that something answers.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Rows of which no copy is demanded, too.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The row's own text, for reviewing.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write requirements.csv of the deployment; reviewed rows stay.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Propose, row by row, what answers each demanded paper: which rule decides, and why."""
    proposals = proposals_of(files)
    if write:
        rows, kept = facts.write(read_settings().deployment, proposals)
        print(f"wrote {FILE}: {rows} demanded papers, {kept} of them kept as a person left them")
        return
    chosen = [p for p in proposals if (p.held or not held) and (p.paper.copies or every)]
    show([_row(p, text) for p in chosen], as_json=as_json, title=f"{len(chosen)} of {len(proposals)} rows")


@app.command("score")
def score_(files: Files, as_json: AsJson = False) -> None:
    """Precision and recall of the rules on labels given by hand, on procedures that were not read when the rules were written."""
    path = score.FILE
    rows = score.judged(score.read_labels(path), proposals_of(files), path)
    families = sorted(
        {answer.split(":")[0] for row in rows for answer in row.label.answers}
        | {row.proposal.rule.answer for row in rows if row.proposal.held}
    )
    groups = [("all rows", rows), ("distinct texts", score.distinct(rows))]
    groups += [(family, tuple(r for r in rows if _family(r, family))) for family in families]
    table = [_scored(name, score.score(group)) for name, group in groups]
    faults = [
        {
            "row": r.label.requirement,
            "what": "wrong" if r.wrong else "missed",
            "proposed": r.proposal.evidence or "none",
            "label": " or ".join(sorted(r.label.answers)) or "none",
            "rule": r.proposal.rule.id,
        }
        for r in rows
        if r.wrong or r.missed
    ]
    if as_json:
        print(dump({"scores": table, "faults": faults}))
        return
    show(table, as_json=False, title="Held by the rules, against our labels (ours, not a jurist's)")
    show(faults, as_json=False, title="Rows on which rules and labels differ")


@app.command("verdicts")
def verdicts_(
    files: Files,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Labels of some rows, like requirement_labels.csv.")
    ] = None,
    by_field: Annotated[bool, typer.Option("--by-field", help="Share held in each field of procedures.")] = False,
    city: Annotated[bool, typer.Option("--city", help="Only procedures of the deployment's own list.")] = False,
    as_json: AsJson = False,
) -> None:
    """Verdicts over a catalogue with their shares and 95 % Wilson bounds; against labels where there are any."""
    proposals = proposals_of(files)
    if city:
        own = procedures_of(read_settings().deployment)
        proposals = tuple(each for each in proposals if each.paper.procedure in own)
    shares = measure.fields(proposals) if by_field else measure.verdicts(proposals)
    if labels is not None:
        shares += measure.against(score.judged(score.read_labels(labels), proposals, labels))
    title = f"{len(measure.demanded(proposals))} demanded papers of {len({p.paper.procedure for p in proposals})} procedures"
    show([each.row() for each in shares], as_json=as_json, title=title)


@app.command("variants")
def variants_(files: Files, as_json: AsJson = False) -> None:
    """Exceptions, companions, foreign issuers, states and second persons added to each held row: which stay held."""
    found = [
        {"row": p.paper.id, "kind": kind, "reach": str(p.reach), "text": text}
        for kind, text, p in measure.flips(Mapper(read_rules(read_settings().deployment)), proposals_of(files))
    ]
    show(found, as_json=as_json, title="Rows that an added phrase leaves held")


@app.command("sample")
def sample_(
    by_field: Annotated[bool, typer.Option("--by-field", help="What is found in each field of procedures.")] = False,
    faults: Annotated[bool, typer.Option("--faults", help="Rows that are wrong or missed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Wrong and found on the labelled sample of all fields, with 95 % Wilson bounds."""
    rows = sample.read_sample(Mapper(read_rules(read_settings().deployment)))
    if faults:
        table = [
            {
                "text": r.proposal.paper.text,
                "what": "wrong" if r.wrong else "missed",
                "proposed": r.proposal.evidence or "none",
                "label": " or ".join(sorted(r.answers)) or "none",
                "not understood": r.proposal.unread,
            }
            for r in rows
            if r.wrong or (r.answers and not r.right and not r.ask_too)
        ]
        show(table, as_json=as_json, title=f"{len(table)} of {len(rows)} rows of the sample")
        return
    shares = [
        {"set": name, **each.row()}
        for name in sample.SETS
        if (chosen := [r for r in rows if r.stratum == name])
        for each in (sample.by_field(chosen) if by_field else sample.measured(chosen))
    ]
    show(
        shares, as_json=as_json, title=f"Sample of {len(rows)} demanded papers, labelled by hand (ours, not a jurist's)"
    )


@app.command("speed")
def speed_(
    rows: Annotated[
        int, typer.Option(min=1, help="Rows of the catalogue: the sample's, each text made another.")
    ] = 15_000,
    as_json: AsJson = False,
) -> None:
    """Seconds of one core that it takes to read the rules and to map a catalogue of so many different rows."""
    began = time.process_time()
    mapper = Mapper(read_rules(read_settings().deployment))
    texts = sample.texts()
    papers = [
        replace(texts[n % len(texts)], id=f"speed/{n}", text=f"{n % 99 + 1}. {texts[n % len(texts)].text} ({n} bản)")
        for n in range(rows)
    ]
    held = sum(mapper.propose(each).held for each in papers)
    seconds = round(time.process_time() - began, 1)
    show([{"rows": rows, "held": held, "seconds of one core": seconds}], as_json=as_json, title="Mapping a catalogue")


def _row(proposal: Proposal, text: bool) -> dict[str, Any]:
    row = {
        "row": proposal.paper.id,
        "copies": proposal.paper.copies,
        "answer": str(proposal.rule.answer),
        "evidence": proposal.evidence,
        "at most": str(proposal.reach),
        "about": str(proposal.about) if proposal.held else "",
        "validity": proposal.validity if proposal.held else "",
        "rule": proposal.rule.id,
        "why": proposal.why,
    }
    read = {"text": proposal.paper.text, "words that decided": proposal.derivation, "not understood": proposal.unread}
    return row | ((read | {"still to hand in": proposal.still}) if text else {})


def procedures_of(folder: Path) -> frozenset[str]:
    """Codes of the deployment's own procedures (`reference/procedures.csv`)."""
    with (folder / "reference" / "procedures.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))


def _family(row: score.LabelledProposal, family: str) -> bool:
    return row.proposal.rule.answer == family or any(answer.split(":")[0] == family for answer in row.label.answers)


def _scored(name: str, found: score.Score) -> dict[str, Any]:
    def share_of(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    return {
        "rows": name,
        "labelled": found.rows,
        "answered": found.answered,
        "held": found.held,
        "right": found.right,
        "wrong": found.held - found.right,
        "precision": share_of(found.precision),
        "recall": share_of(found.recall),
    }


if __name__ == "__main__":
    try:
        app()
    except HubError as error:
        sys.exit(failed(error))
