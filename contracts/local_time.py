"""Local time of Vietnam, the one place where it is defined.

Days on papers, and times on a wire that names no offset, are local (docs/wire.md). The offset is fixed: a time of
before 1975, when Saigon's clocks differed, is read as the rules of `quality` read it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

NAME = "Asia/Ho_Chi_Minh"
"""As the IANA list and SQL's `at time zone` call it."""
OFFSET = "+07:00"
LOCAL = timezone(timedelta(hours=7), NAME)


def local_day(moment: datetime) -> date:
    """The local day of an aware moment."""
    return moment.astimezone(LOCAL).date()
