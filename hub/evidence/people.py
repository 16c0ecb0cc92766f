"""The person a question is about, by the facts that are known.

They are never printed, logged or stored in the clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hub.core.errors import NotFound
from hub.core.partial_dates import PARTIAL, first_and_last

DATE = "yyyy-MM-dd, yyyy-MM or yyyy"
NUMBER_12, NUMBER_9 = re.compile(r"\d{12}"), re.compile(r"\d{9}")


class NotAPerson(NotFound):
    """A given fact about a person is unreadable: a number of the wrong length, a date of the wrong form."""


@dataclass(frozen=True)
class Entry:
    """An entry of a register book, as an old paper names it."""

    number: str
    """Số đăng ký, `12` or `12/2015`."""
    book: str
    """Quyển số."""
    place: str
    """Name or code of the registering unit, of that time or of today."""
    registered: str | None = None
    """Day of registration, `yyyy-MM-dd`, `yyyy-MM` or `yyyy`."""


@dataclass(frozen=True)
class Subject:
    """A person whom a paper would be about.

    Raises:
        NotAPerson: names the field and the form it must have, never the value.
    """

    personal_id: str | None = field(default=None, repr=False)
    """Số định danh cá nhân / CCCD, 12 digits."""
    old_id: str | None = field(default=None, repr=False)
    """CMND, 9 digits: issued by province, so two people may have had one."""
    name: str | None = field(default=None, repr=False)
    born: str | None = field(default=None, repr=False)
    """`yyyy-MM-dd`, `yyyy-MM` or `yyyy`."""
    parent: str | None = field(default=None, repr=False)
    """Name of one parent."""
    entry: Entry | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for what, value, form, say in (
            ("personal_id", self.personal_id, NUMBER_12, "12 digits"),
            ("old_id", self.old_id, NUMBER_9, "9 digits"),
            ("born", self.born, PARTIAL, DATE),
            ("entry.registered", self.entry.registered if self.entry else None, PARTIAL, DATE),
        ):
            if value is not None and not form.fullmatch(value):
                raise NotAPerson(f"{what} must be {say}", hint="leave out what is not known; nothing is guessed")
            if value is not None and form is PARTIAL and not _is_day(value):
                raise NotAPerson(f"{what} is no day of the calendar", hint=f"write {DATE}")

    @property
    def searchable(self) -> bool:
        """Whether the known facts are enough for a search."""
        return bool(self.personal_id or self.old_id or self.entry or (self.name and self.born))

    @property
    def named(self) -> bool:
        """Whether a number or a name is given; a book's entry alone names nobody."""
        return bool(self.personal_id or self.old_id or self.name)


def _is_day(partial: str) -> bool:
    try:
        first_and_last(partial)
    except ValueError:
        return False
    return True
