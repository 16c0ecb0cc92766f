"""hub audit: who asked what, and what became of it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub import audit
from hub.bootstrap import open_hub
from hub.cli.output import AsJson, show
from hub.reuse.people import Subject


def add_to(app: typer.Typer) -> None:
    app.command("audit")(audit_)


def audit_(
    agency: Annotated[str | None, typer.Option(help="Only this agency's questions.")] = None,
    about: Annotated[bool, typer.Option("--about", help="Only about the number (12 or 9 digits) that standard input gives.")] = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Each question that was asked, answered or not; never about whom, unless you know the number."""
    with open_hub() as hub, hub.engine.connect() as connection:
        number = sys.stdin.readline().strip() if about else None
        if number:
            _ = Subject(old_id=number) if len(number) == len("123456789") else Subject(personal_id=number)  # names a number of the wrong length as such
        subject = bytes.fromhex(hub.keys.lookup(number)) if number else None
        show(audit.rows(connection, agency=agency, subject=subject, limit=limit), as_json=as_json, title="Questions")
