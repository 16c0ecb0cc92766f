"""Commands that left the command line: for one release the old name works, and says what the new one is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

from contracts.errors import Permanent


def moved(old: str, module: str, new: str) -> Any:
    """The module that carries an old command out now; a notice on stderr names the new way.

    Raises:
        Permanent: this installation has no such module; it stands in the source tree.
    """
    typer.echo(f"`{old}` goes with the next release: use `{new}`", err=True)
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name not in (module, module.partition(".")[0]):
            raise
        raise Permanent(f"{old} is not part of this installation", hint=f"in the source tree: {new}") from None
