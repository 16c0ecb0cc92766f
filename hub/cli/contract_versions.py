"""hub contracts diff, history, release: what changes between versions of a contract, and the number it must have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import ContractInvalid
from hub.core.errors import NotFound
from hub.terminal import AsJson, console, dump, show

if TYPE_CHECKING:
    from contracts.model import Contract

Version = Annotated[
    str, typer.Argument(metavar="CONTRACT|FILE", help="A name, a released version (birth@1.2.0), or an ODCS file.")
]
Name = Annotated[str, typer.Argument(metavar="CONTRACT|FILE", help="A contract, by name or by file.")]


def add_to_contracts(app: typer.Typer) -> None:
    app.command()(diff)
    app.command()(history)
    app.command()(release)


def diff(old: Version, new: Version, as_json: AsJson = False) -> None:
    """What a contract has otherwise than another version, whom each change breaks and why.

    Exit 65 if the number of the newer one says less than what changed.
    """
    from contracts.changes.change import step_of
    from contracts.changes.compare import compare
    from contracts.changes.history import least_after, number_of

    before, after = contract_of(old), contract_of(new)
    changes = compare(before, after)
    breaking = [each for each in changes if each.breaking]
    least = least_after(before.version, step_of(changes))
    rows = [
        {"line": e.line, "place": e.place, "kind": e.kind, "change": e.what, "verdict": e.verdict, "why": e.reason}
        for e in changes
    ]
    verdict = "breaking" if breaking else "safe" if changes else "the same"
    if as_json:
        versions = {"from": before.version, "to": after.version, "least": least}
        print(dump({"verdict": verdict, **versions, "changes": rows}))
    else:
        show(rows, as_json=False, title=f"{before.name} {before.version} -> {after.name} {after.version}")
        console.print(f"{verdict}: {len(breaking)} of {len(changes)} changes break somebody; version at least {least}")
    if number_of(after.version) < number_of(least):
        raise ContractInvalid(
            f"{after.name} has the version {after.version}: its changes ask for {least} at least",
            hint="The first number counts what breaks somebody, the second other clauses, the third words.",
        )


def history(contract: Name, as_json: AsJson = False) -> None:
    """The released versions of a contract, and what has changed since the last."""
    from contracts.changes.history import load_version, released, step_since_release

    current = contract_of(contract)
    rows = [
        {"version": version, "fields": _fields(past), "rules": _rules(past), "file": str(path)}
        for version, path in released(current).items()
        for past in (load_version(current, version),)
    ]
    step = step_since_release(current)
    show(rows, as_json=as_json, title=f"{current.name}: released versions")
    if not as_json and step is not None:
        since = f"{len(step.changes)} changes since {step.before}"
        console.print(f"{current.version} in {current.path.name}: {since if step.changes else 'as released'}")


def release(contract: Name) -> None:
    """Keep the file of a contract as the released version of its number; later changes are compared with it."""
    from contracts.changes.history import release as keep

    print(f"released: {keep(contract_of(contract))}")


def contract_of(said: str) -> Contract:
    """A contract by its name, by name and released version, or by its file.

    Raises:
        NotFound: no such contract.
        ContractInvalid: the file is not ODCS, or no such version was released.
    """
    from contracts.changes.history import load_version
    from contracts.load import SUFFIX, load_contracts, read_contract
    from hub.core.settings import read_settings

    if said.endswith((".yaml", ".yml")):
        return read_contract(Path(said))
    known = load_contracts(own=read_settings().deployment)
    name, _, version = said.partition("@")
    if name not in known:
        raise NotFound(f"No contract {name}", hint=f"known are {', '.join(known)}; or name a file, *{SUFFIX}")
    return load_version(known[name], version) if version else known[name]


def _fields(contract: Contract) -> int:
    return sum(len(dataset.fields) for dataset in contract.datasets)


def _rules(contract: Contract) -> int:
    return sum(len(dataset.rules) for dataset in contract.datasets)
