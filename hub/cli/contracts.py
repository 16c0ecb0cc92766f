"""hub contracts list, show, lint."""

from __future__ import annotations

from typing import Annotated

import typer

from contracts.errors import ContractInvalid
from contracts.lint import lint
from contracts.load import load_contracts
from hub.cli.output import AsJson, console, show
from hub.errors import NothingSuch
from hub.reports import dump

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """All contracts."""
    rows = [
        {"contract": c.name, "version": c.version, "title": c.title, "datasets": [d.name for d in c.datasets],
         "fields": sum(len(d.fields) for d in c.datasets), "rules": sum(len(d.rules) for d in c.datasets), "owner": c.owner}
        for c in load_contracts().values()
    ]
    show(rows, as_json=as_json, title="Contracts")


@app.command("show")
def show_(name: Annotated[str, typer.Argument(metavar="CONTRACT")], as_json: AsJson = False) -> None:
    """One contract: what it means, where it misleads, its fields and rules."""
    known = load_contracts()
    if name not in known:
        raise NothingSuch(f"No contract {name}", hint=f"known are {', '.join(known)}")
    contract = known[name]
    fields = [
        {"dataset": d.name, "field": f.name, "title": f.title, "kind": str(f.kind), "class": str(f.classification), "required": f.required,
         "meaning": f.meaning}
        for d in contract.datasets for f in d.fields
    ]
    rules = [{"rule": r.id, "effect": str(r.effect), "sentence": r.sentence} for d in contract.datasets for r in d.rules]
    if as_json:
        print(dump({"contract": name, "version": contract.version, "meaning": contract.meaning, "misleads": contract.misleads,
                    "owner": contract.owner, "legal_basis": contract.legal_basis, "retention": contract.retention, "fields": fields, "rules": rules}))
        return
    console.print(f"[bold]{contract.title}[/] ({name} {contract.version})\n\n{contract.meaning}\n\n[bold]Where it misleads.[/] {contract.misleads}\n")
    console.print(f"Owner: {contract.owner}\nLegal basis: {contract.legal_basis}\nRetention: {contract.retention}\n")
    show(fields, as_json=False, title="Fields")
    show(rules, as_json=False, title="Rules")


@app.command("lint")
def lint_(as_json: AsJson = False) -> None:
    """Check every contract file; exit 65 when one has a problem."""
    problems = [p for c in load_contracts().values() for p in lint(c)]
    show([vars(p) for p in problems], as_json=as_json, title="Problems")
    if problems:
        raise ContractInvalid(f"{len(problems)} problems in the contracts", hint="each line says where and what to do")
