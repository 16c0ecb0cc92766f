"""A group whose commands are imported when they are called.

Help, completion and error messages need a name and one line for each command. Everything else of a command, and all
that it imports, is read from its module when the command itself is called, or when its own help is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True)
class Listed:
    """One command, or one group of commands, before its module is imported."""

    module: str
    """A group's module has `app`; another one has `add_to(app)`, which adds the command under its name."""
    help: str
    """The first line of its docstring; of a group, its only description."""
    group: bool = False
    hidden: bool = False


class LazyCommands(MutableMapping[str, Any]):
    """Name -> command of a table. A command is imported with its first use; the names are there at once."""

    def __init__(self, listed: Mapping[str, Listed]) -> None:
        self.listed = dict(listed)
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = imported(name, self.listed[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self.listed.setdefault(name, Listed("", command.help or "", hidden=command.hidden))
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self.listed[name]
        self._loaded.pop(name, None)

    def __contains__(self, name: object) -> bool:
        return name in self.listed

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def shown(self, name: str) -> Any:
        """What the help and the completion of the group above need of a command."""
        listed = self.listed[name]
        return self._loaded.get(name) or TyperCommand(name, help=listed.help, hidden=listed.hidden)


def group_of(listed: Mapping[str, Listed]) -> type[TyperGroup]:
    """A class for `typer.Typer(cls=...)`, whose groups have the commands of a table."""

    class LazyGroup(TyperGroup):
        def __init__(self, **given: Any) -> None:
            self.lazy = LazyCommands(listed)
            super().__init__(**{**given, "commands": self.lazy})

        def list_commands(self, ctx: Any) -> list[str]:
            return list(self.lazy)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            return self.lazy.shown(cmd_name) if cmd_name in self.lazy else None

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """The command that is called: only now its module is imported. Raises UsageError: no such command."""
            name, _, rest = super().resolve_command(ctx, args)
            return name, name and self.lazy[name], rest

    return LazyGroup


@cache
def imported(name: str, listed: Listed) -> Any:
    """The whole command or group, from its module."""
    module = import_module(listed.module)
    if listed.group:
        group = get_group(module.app)
        group.name, group.help = name, listed.help
        return group
    alone = typer.Typer(pretty_exceptions_enable=False)
    module.add_to(alone)
    return get_group(alone).commands[name]
