"""hub extracts draft: numbered drafts of copies of extract (trích lục)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.terminal import AsJson, Because, By, show_one

app = typer.Typer(no_args_is_help=True)


@app.command()
def draft(
    decision: int,
    agency: Annotated[str, typer.Option(help="Name of the agency on the copy.")],
    because: Because,
    by: By,
    pdf: Annotated[Path | None, typer.Option(help="Write the draft here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the page here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draft the copy of extract that a decision reuses, with a number of its own: PERSONAL DATA in the files."""
    from hub.answers.decisions.decision_service import DecisionService
    from hub.app import open_hub
    from hub.core.actions import Actor

    with open_hub() as hub:
        copy = DecisionService(hub).extract(decision, agency, Actor(by, because))
    for path, content in ((pdf, copy.pdf), (html, copy.html)):
        if path:
            made = content()
            path.write_bytes(made if isinstance(made, bytes) else made.encode())
    show_one(
        {"number": copy.number, "title": copy.sheet.title, "sha256": copy.sha256, "source": copy.sheet.source},
        as_json=as_json,
    )
