"""Who runs a command and why: the login, and for a look at a person's data a reason, asked for where there is a terminal.

trace, dossiers status, decisions show         always
cases show --record, reports show --words,     with that option
audit --about
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.core.errors import ReasonMissing
from hub.terminal import login

if TYPE_CHECKING:
    from hub.core.actions import Actor

LookReason = Annotated[
    str,
    typer.Option("--because", help="Why you look. The look is recorded; no value of a record here."),
]
LookBy = Annotated[str, typer.Option("--by", help="Who looks.", default_factory=login, show_default="your login")]


def looker(by: str, because: str, what: str) -> Actor:
    """The operator and the reason of a look at `what`; a reason that lacks is asked for on a terminal.

    Raises:
        ReasonMissing: there is no reason, and nobody to ask; or no name.
    """
    from hub.core.actions import Actor

    if not because.strip() and sys.stdin.isatty() and sys.stderr.isatty():
        because = typer.prompt(f"Why do you look at {what}? (recorded; no value of a record)", err=True)
    if not because.strip():
        raise ReasonMissing(f"A look at {what} needs a reason: it is recorded", hint="--because WHY")
    return Actor(by, because)
