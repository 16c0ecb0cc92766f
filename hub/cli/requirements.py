"""hub requirements share, show."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.backtest import proposal
from hub.cli.moved import moved
from hub.core.errors import NotFound
from hub.terminal import AsJson, console, show

if TYPE_CHECKING:
    from hub.requirements.catalogue import Requirement
    from hub.requirements.mapping import Proposal


app = typer.Typer(no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...", help="CSV of demanded papers, and of procedures for their names.", show_default=False
    ),
]


@app.command("map", hidden=True)
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
    """Goes with the next release: python -m proofs.requirements map."""
    proofs = moved("hub requirements map", "proofs.requirements", "python -m proofs.requirements map")
    proofs.map_(files, held=held, every=every, text=text, write=write, as_json=as_json)


@app.command("score", hidden=True)
def score_(files: Files, as_json: AsJson = False) -> None:
    """Goes with the next release: python -m proofs.requirements score."""
    moved("hub requirements score", "proofs.requirements", "python -m proofs.requirements score").score_(
        files, as_json=as_json
    )


@app.command()
def share(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="A catalogue; by default what the deployment ships."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Share of the demanded papers (rows with at least one copy) that the city can answer itself, by evidence type."""
    from hub.core.settings import read_settings
    from hub.requirements import facts
    from hub.requirements.catalogue import read_requirements

    if files:
        folder_rows = [facts.requirement_of(p) for p in proposals_of(files) if p.paper.copies]
        found, procedures = facts.shares(folder_rows), len({r.procedure for r in folder_rows})
        reviewed = 0
    else:
        shipped = [r for each in read_requirements(read_settings().deployment).values() for r in each]
        found, procedures = facts.shares(shipped), len({r.procedure for r in shipped})
        reviewed = sum(r.reviewed for r in shipped)
    rows = [{"answered by": s.by, "papers": s.rows, "of": s.of, "share": f"{s.share:.1%}"} for s in found]
    title = f"Demanded papers of {procedures} procedures: rows with at least one copy; {reviewed} reviewed by a person"
    show(rows, as_json=as_json, title=title)


@app.command("show")
def show_(
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="MaTTHC, like 1.003583")],
    as_json: AsJson = False,
) -> None:
    """Papers that one procedure demands, with the evidence and today's law for each."""
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.requirements.catalogue import national_code, read_legal_bases, read_requirements

    settings = read_settings()
    found, procedure = read_requirements(settings.deployment), national_code(procedure)
    if procedure not in found:
        near = [code for code in found if code.startswith(procedure[:5])] or list(found)
        raise NotFound(
            f"No requirements of procedure {procedure}",
            hint=f"known are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}",
        )
    bases, today = (
        read_legal_bases(settings.deployment),
        load_deployment(settings.deployment, as_of=settings.as_of).today,
    )

    def law(each: Requirement) -> str:
        basis = bases.on(each.legal_basis, today) if each.legal_basis else None
        return (
            f"{basis.articles}{'' if basis.in_force else ' (status unverified)'}"
            if basis
            else "none on this day"
            if each.legal_basis
            else ""
        )

    rows: list[dict[str, Any]] = [
        {
            "requirement": r.id,
            "name": r.name,
            "copies": r.copies,
            "answered by": r.evidence_type or "nothing: ask",
            "about": str(r.about),
            "territory": str(r.territory),
            "greatest age": "the stream's" if r.max_age is None else f"{r.max_age.days} d",
            "validity": str(r.validity),
            f"law on {today}": law(r),
            "rule": r.rule,
            "reviewed": r.reviewed,
        }
        for r in found[procedure]
    ]
    show(rows, as_json=as_json, title=f"Procedure {procedure}")
    if not as_json:
        counts = Counter(r.held for r in found[procedure])
        console.print(f"{counts[True]} of {len(rows)} papers need not be asked for where the evidence is found.")


def proposals_of(files: list[Path]) -> tuple[Proposal, ...]:
    """What the deployment's rules propose for the papers of some files."""
    from hub.core.settings import read_settings
    from hub.requirements.mapping import propose_all
    from hub.requirements.papers import read_papers
    from hub.requirements.rules import read_rules

    papers = read_papers(files)
    unnamed = len({p.procedure for p in papers if not p.procedure_name})
    if unnamed:
        typer.echo(
            f"{unnamed} procedures without a name: rules that look at the name hold more than they should; give the file of procedures too",
            err=True,
        )
    return propose_all(read_rules(read_settings().deployment), papers)


app.command("proposal")(proposal)
