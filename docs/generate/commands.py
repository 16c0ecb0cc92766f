"""The commands, from the command line's own description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer.main

from docs.generate.text import item, paragraph
from hub.cli import app


def reference() -> Iterator[str]:
    """Each group and command with what it takes, in the order of `hub --help`."""
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        yield from (f"## hub {name}", "")
        yield from (*paragraph(command.help), "")
        for below in getattr(command, "commands", {}).values():
            yield from (f"### hub {name} {below.name}", "")
            yield from (*paragraph(below.help), "")
            yield from _taken(below)
        if not hasattr(command, "commands"):
            yield from _taken(command)


def _taken(command: Any) -> Iterator[str]:
    lines = [line for p in command.params if p.name != "help" for line in item(_parameter(p))]
    yield from (*lines, "") if lines else ()


def _parameter(p: Any) -> str:
    about = (getattr(p, "help", None) or "").replace("<", "&lt;")  # a page would take it for a tag
    if p.param_type_name == "argument":
        name = (p.metavar or p.name.upper()).strip("[]")
        return f"`{name}`{'' if p.required else ' (may be left out)'}{f': {about}' if about else ''}"
    names = "/".join([*p.opts, *p.secondary_opts])
    needed = " (needed)" if p.required else ""
    default = (
        p.default if isinstance(p.default, (int, str)) and not isinstance(p.default, bool) and p.default != "" else None
    )
    return f"`{names}`{needed}: {about}{f' Default: `{default}`.' if default is not None else ''}"
