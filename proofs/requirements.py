"""What the rules for demanded papers propose for a catalogue, and how right they are.

python -m proofs.requirements map FILE...       row by row: which rule decides, and why
                                                (--held, --all, --text, --write, --json)
python -m proofs.requirements score FILE...     precision and recall on the labels of the deployment (--json)
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from contracts.errors import HubError
from hub.cli.requirements import Files, proposals_of
from hub.core.settings import read_settings
from hub.requirements import facts
from hub.requirements.catalogue import FILE
from hub.requirements.mapping import Proposal
from hub.terminal import AsJson, dump, failed, show
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
    path = read_settings().deployment / score.FILE
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


def _row(proposal: Proposal, text: bool) -> dict[str, Any]:
    row = {
        "row": proposal.paper.id,
        "copies": proposal.paper.copies,
        "answer": str(proposal.rule.answer),
        "evidence": proposal.evidence,
        "about": str(proposal.about) if proposal.held else "",
        "rule": proposal.rule.id,
        "why": proposal.why,
    }
    return row | ({"text": proposal.paper.text} if text else {})


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
