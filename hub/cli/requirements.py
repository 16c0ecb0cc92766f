"""hub requirements share, show, review."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.backtest import proposal
from hub.cli.moved import moved
from hub.core.errors import NotFound
from hub.terminal import AsJson, console, show, show_one

if TYPE_CHECKING:
    from hub.requirements.catalogue import Requirement
    from hub.requirements.mapping import Proposal
    from hub.requirements.review import RequirementReview


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
        folder_rows = [r for p in proposals_of(files) if p.paper.copies for r in facts.requirements_of(p)]
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
    procedure: Annotated[
        str, typer.Argument(metavar="PROCEDURE", help="MaTTHC, like 1.003583, or one row, like 1.003583/7")
    ],
    as_json: AsJson = False,
) -> None:
    """Papers that one procedure demands, with the evidence and today's law for each; or one of them, explained."""
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.local.scenario import with_its_clock
    from hub.requirements.catalogue import national_code, read_legal_bases
    from hub.requirements.review import read_reviewed, read_reviews

    settings = read_settings()
    deployment = with_its_clock(settings, load_deployment(settings.deployment, as_of=settings.as_of))
    found = read_reviewed(settings.deployment, scenario=deployment.as_of is not None)
    bases, today = read_legal_bases(settings.deployment), deployment.today

    def law(each: Requirement) -> str:
        basis = bases.on(each.legal_basis, today) if each.legal_basis else None
        return (
            f"{basis.articles}{'' if basis.in_force else ' (status unverified)'}"
            if basis
            else "none on this day"
            if each.legal_basis
            else ""
        )

    one = next((each for rows in found.values() for each in rows if each.id == procedure), None)
    if one is not None:
        show_one(explained(one, law(one), read_reviews(settings.deployment).get(one.id)), as_json=as_json)
        return
    procedure = national_code(procedure)
    if procedure not in found:
        near = [code for code in found if code.startswith(procedure[:5])] or list(found)
        raise NotFound(
            f"No requirements of procedure {procedure}",
            hint=f"known are {', '.join(near[:8])}{' …' if len(near) > 8 else ''}",
        )
    rows: list[dict[str, Any]] = [
        {
            "requirement": r.id,
            "name": f"{r.name} (còn phải nộp: {r.still})" if r.still else r.name,
            "copies": r.copies,
            "answered by": r.evidence_type or "nothing: ask",
            "at most": str(r.reach),
            "about": str(r.about),
            "territory": str(r.territory),
            "greatest age": "the stream's" if r.max_age is None else f"{r.max_age.days} d",
            "validity": str(r.validity),
            f"law on {today}": law(r),
            "rule": r.rule,
            "review": str(r.review) if r.held else "",
        }
        for r in found[procedure]
    ]
    show(rows, as_json=as_json, title=f"Procedure {procedure}")
    if not as_json:
        counts = Counter(r.held for r in found[procedure])
        console.print(f"{counts[True]} of {len(rows)} papers need not be asked for where the evidence is found.")


def explained(row: Requirement, law: str, review: RequirementReview | None) -> dict[str, Any]:
    """One row on one screen: what answers it, by which words, under which law, and who has reviewed it."""
    known = review if review is not None and review.settles(row) else None
    older = " (the row has changed since its review)" if review is not None and known is None else ""
    by = f": {known.reviewer}, {known.decision_number}, {known.law_version}, {known.reviewed_on}" if known else older
    if known is not None and known.state is not row.review:
        by, known = " (its review is synthetic and does not count on real time)", None
    return {
        "requirement": row.id,
        "name": row.name,
        "copies": row.copies,
        "answered by": row.evidence_type or "nothing: ask",
        "at most": str(row.reach),
        "about": str(row.about),
        "territory": str(row.territory),
        "validity": str(row.validity),
        "greatest age": "the stream's" if row.max_age is None else f"{row.max_age.days} d",
        "part of": row.part_of,
        "still to hand in": row.still,
        "law today": law,
        "rule": row.rule,
        "words that decided": row.derivation,
        "group": row.group,
        "review": f"{row.review}{by}{', synthetic' if known and known.synthetic else ''}" if row.held else "",
    }


@app.command()
def review(
    group: Annotated[
        str, typer.Argument(metavar="[GROUP]", help="A derivation group: its rows; by default all groups.")
    ] = "",
    confirm: Annotated[bool, typer.Option("--confirm", help="Confirm all rows of the group.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Reject all rows of the group: they are asked for.")] = False,
    reviewer: Annotated[str, typer.Option("--reviewer", help="Name of the jurist who settles it.")] = "",
    decision: Annotated[str, typer.Option("--decision", help="Number of the decision.")] = "",
    law: Annotated[
        str, typer.Option("--law", help="Version of the law's text that was read, like 224/2026/NĐ-CP@2026-07-01.")
    ] = "",
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="For a scenario: on real time it does not count.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rows by the words that decided, proposed until a named jurist confirms or rejects them."""
    from hub.core.deployment import load_deployment
    from hub.core.settings import read_settings
    from hub.requirements import review as reviews
    from hub.requirements.catalogue import ReviewState

    settings = read_settings()
    deployment = load_deployment(settings.deployment, as_of=settings.as_of)
    found = reviews.read_reviewed(settings.deployment, scenario=deployment.as_of is not None)
    by_group = reviews.groups(each for rows in found.values() for each in rows)
    if group and group not in by_group:
        raise NotFound(f"No derivation group {group}", hint="hub requirements review lists them")
    if confirm or reject:
        missing = [
            name for name, given in (("--reviewer", reviewer), ("--decision", decision), ("--law", law)) if not given
        ]
        if not group or confirm == reject or missing:
            raise typer.BadParameter(
                f"a review needs a GROUP, one of --confirm and --reject, and {', '.join(missing) or 'nothing else'}"
            )
        written = reviews.settle(
            settings.deployment,
            by_group[group],
            reviews.RequirementReview(
                requirement="",
                fingerprint="",
                group=group,
                state=ReviewState.CONFIRMED if confirm else ReviewState.REJECTED,
                reviewer=reviewer,
                decision_number=decision,
                law_version=law,
                reviewed_on=deployment.today,
                synthetic=synthetic,
            ),
        )
        print(f"{written} rows of group {group} {'confirmed' if confirm else 'rejected'} by {reviewer}")
        return
    if group:
        table: list[dict[str, Any]] = [
            {"requirement": r.id, "name": r.name, "review": str(r.review), "words that decided": r.derivation}
            for r in by_group[group]
        ]
        show(table, as_json=as_json, title=f"Group {group}: {len(table)} rows")
        return
    table = [
        {
            "group": key,
            "rows": len(rows),
            "review": ", ".join(sorted({str(r.review) for r in rows})),
            "answered by": rows[0].evidence_type,
            "at most": str(rows[0].reach),
            "about": str(rows[0].about),
            "words that decided": rows[0].derivation
            if len(rows[0].derivation) < 200
            else f"{rows[0].derivation[:200]} …",
        }
        for key, rows in by_group.items()
    ]
    show(table, as_json=as_json, title=f"{len(table)} derivation groups")


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
