"""hub doctor."""

from __future__ import annotations

import typer
from rich.markup import escape

from hub.core.errors import Unbalanced
from hub.terminal import AsJson, console, counting, dump


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Recount everything from the landed bytes; exit 4 if a check fails."""
    from hub.app import open_hub
    from hub.operations.doctor import examine

    with open_hub() as hub, counting("landing read again") as step:
        findings = list(examine(hub, step))
    if as_json:
        print(dump([vars(f) for f in findings]))
    else:
        for finding in findings:
            console.print(
                f"[green]✓[/] {escape(finding.check)}  [dim]{escape(finding.detail)}[/]"
                if finding.ok
                else f"[red]✗ {escape(finding.check)}[/]  {escape(finding.detail)}"
            )
    broken = [f.check for f in findings if not f.ok]
    if broken:
        raise Unbalanced(
            f"{len(broken)} of {len(findings)} checks fail",
            hint="nothing was changed; each line above names what breaks it",
        )
