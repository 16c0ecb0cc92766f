"""The root of the error tree. Every error of the hub belongs to one of two branches.

    HubError
    ├── Transient                  waiting may heal it: try again later, there is nothing to repair
    │   └── (connectors) Unreachable, TimedOut, Throttled, Incomplete ...
    └── Permanent                  somebody must act: trying again changes nothing
        ├── ContractInvalid        a contract file is wrong
        ├── DeploymentInvalid      a file of a deployment is wrong, or names something that is missing
        └── (connectors, quality, hub) Refused, Malformed, BatchHeld, Fenced ...

A message has up to three short parts: what happened and to what; what was expected; what to do next. It names the
number of a record and the rule, and never contains a value of the record.
"""

from __future__ import annotations

from typing import Self, TypeVar

Error = TypeVar("Error", bound="HubError")


class HubError(Exception):
    """Any failure that the hub names. `hint` is the next step for the person on duty."""

    exit_code = 1
    """Exit code of a command that this error ends."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        message, hint = printable(message), printable(hint)
        super().__init__(message if not hint else f"{message}\n  -> {hint}")
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # An error crosses process borders (Airflow, thread pools); the default would lose the hint.
        # The last part holds the attributes that a subclass adds: a code, how long to wait.
        return _rebuild, (type(self), self.message, self.hint), self.__dict__

    def at(self, place: str) -> Self:
        """The same error with the place where it happened: a day, a page, a record."""
        error = _rebuild(type(self), f"{self.message} ({printable(place)})", self.hint)
        error.__dict__.update({name: value for name, value in vars(self).items() if name not in ("message", "hint")})
        return error


def printable(text: str) -> str:
    """The text without control characters. Names of files and columns come from outside; they may hold escape sequences
    of a terminal, or marks that reverse the direction of a line.
    """
    return (
        text
        if text.isprintable()
        else "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )


def _rebuild(kind: type[Error], message: str, hint: str) -> Error:
    error = kind.__new__(kind)
    HubError.__init__(error, message, hint=hint)
    return error


class Transient(HubError):
    """Waiting may heal it: the same call may work later."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


class Permanent(HubError):
    """Somebody must act: repeating the call changes nothing."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h


class ContractInvalid(Permanent):
    """A contract file cannot be used; the message names file and line."""

    exit_code = 65  # EX_DATAERR


class DeploymentInvalid(Permanent):
    """A deployment file cannot be used; the message names file and line."""

    exit_code = 78  # EX_CONFIG
