"""Local time of Vietnam; no other module defines it.

Days on papers, and times on the wire without an offset, are local (docs/wire.md). The offset is fixed. Saigon's clocks
differed before 1975; such times get the same offset, here and in the rules of `quality`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

NAME = "Asia/Ho_Chi_Minh"
"""Its name in the IANA list, and in SQL's `at time zone`."""
OFFSET = "+07:00"
LOCAL = timezone(timedelta(hours=7), NAME)


def local_day(moment: datetime) -> date:
    """The local day of an aware moment."""
    return moment.astimezone(LOCAL).date()
