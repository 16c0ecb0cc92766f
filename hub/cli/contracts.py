"""hub contracts list, show, lint, coverage; `contract_versions`, `_rehearsal`, `_export` and `_drafts` have the others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.errors import ContractInvalid
from hub.cli import contract_drafts, contract_export, contract_rehearsal, contract_versions
from hub.core.errors import NotFound
from hub.terminal import AsJson, console, dump, show

app = typer.Typer(no_args_is_help=True)
contract_versions.add_to_contracts(app)
contract_rehearsal.add_to_contracts(app)
contract_export.add_to_contracts(app)
contract_drafts.add_to_contracts(app)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All contracts."""
    from contracts.load import load_contracts
    from hub.core.settings import read_settings

    rows = [
        {
            "contract": c.name,
            "version": c.version,
            "title": c.title,
            "datasets": [d.name for d in c.datasets],
            "fields": sum(len(d.fields) for d in c.datasets),
            "rules": sum(len(d.rules) for d in c.datasets),
            "owner": c.owner,
        }
        for c in load_contracts(own=read_settings().deployment).values()
    ]
    show(rows, as_json=as_json, title="Contracts")


@app.command("show")
def show_(name: Annotated[str, typer.Argument(metavar="CONTRACT")], as_json: AsJson = False) -> None:
    """One contract: its meaning, its pitfalls, its fields and rules."""
    from contracts.load import load_contracts
    from hub.core.settings import read_settings

    known = load_contracts(own=read_settings().deployment)
    if name not in known:
        raise NotFound(f"No contract {name}", hint=f"known are {', '.join(known)}")
    contract = known[name]
    fields = [
        {
            "dataset": d.name,
            "field": f.name,
            "title": f.title,
            "kind": str(f.kind),
            "class": str(f.classification),
            "required": f.required,
            "meaning": f.meaning,
        }
        for d in contract.datasets
        for f in d.fields
    ]
    rules = [
        {"rule": r.id, "effect": str(r.effect), "sentence": r.sentence} for d in contract.datasets for r in d.rules
    ]
    if as_json:
        print(
            dump(
                {
                    "contract": name,
                    "version": contract.version,
                    "meaning": contract.meaning,
                    "misleads": contract.misleads,
                    "owner": contract.owner,
                    "legal_basis": contract.legal_basis,
                    "retention": contract.retention,
                    "fields": fields,
                    "rules": rules,
                }
            )
        )
        return
    console.print(
        f"[bold]{contract.title}[/] ({name} {contract.version})\n\n{contract.meaning}\n\n[bold]Where it misleads.[/] {contract.misleads}\n"
    )
    console.print(f"Owner: {contract.owner}\nLegal basis: {contract.legal_basis}\nRetention: {contract.retention}\n")
    show(fields, as_json=False, title="Fields")
    show(rules, as_json=False, title="Rules")


@app.command("lint")
def lint_(
    files: Annotated[list[Path] | None, typer.Argument(help="Contract files; by default all that are shipped.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check every contract file, or the named ones; exit 65 if one has a problem."""
    from contracts.changes.history import lint as lint_version
    from contracts.cross_rules import load_cross_rules
    from contracts.lint import lint
    from contracts.load import load_contract, load_contracts
    from hub.core.settings import read_settings
    from quality.coverage import lint as lint_engines

    known = {} if files else load_contracts(own=read_settings().deployment)
    if known:
        load_cross_rules(known)
    checked = [load_contract(path) for path in files] if files else known.values()
    problems = [p for c in checked for p in (*lint(c), *lint_engines(c), *lint_version(c))]
    show([vars(p) for p in problems], as_json=as_json, title="Problems")
    if problems:
        raise ContractInvalid(f"{len(problems)} problems in the contracts", hint="each line says where and what to do")


@app.command()
def coverage(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONTRACT|FILE]...", help="Names or files of contracts; by default all."),
    ] = None,
    gaps: Annotated[bool, typer.Option("--gaps", help="Only the clauses that nothing carries out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Each clause of a contract and who carries it out; exit 65 if nobody does."""
    from contracts.load import load_contracts
    from hub.cli.contract_versions import contract_of
    from hub.core.settings import read_settings
    from quality.coverage import clauses, problems

    known = load_contracts(own=read_settings().deployment)
    chosen = [contract_of(each) for each in files] if files else list(known.values())
    rows = [
        {
            "contract": each.name,
            "clause": clause.id,
            "carried out by": list(clause.engines) or ["NOTHING"],
            "note": clause.fault.what if clause.fault else clause.reason,
        }
        for each in chosen
        for clause in clauses(each)
        if clause.fault or not gaps
    ]
    wrong = [p for each in chosen for p in problems(each)]
    show(rows, as_json=as_json, title="Clauses")
    if wrong:
        lines = "\n".join(f"{p.file}:{p.line}: {p.what}" for p in wrong)
        raise ContractInvalid(f"{len(wrong)} clauses that nothing carries out\n{lines}", hint=wrong[0].next)
