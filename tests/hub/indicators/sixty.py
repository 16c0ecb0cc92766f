"""Sixty dossiers of two districts, in groups of equal ones, whose figures were computed by hand.

May 2022, asked on 2 June at 10:00. P ends in a paper (1.001193), Q does not (9.900001). All people and numbers are synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

P, Q = "1.001193", "9.900001"
RECEIVED, DUE = "2022-05-10T09:00:00+07:00", "2022-05-20T09:00:00+07:00"


def at(day: int, month: int = 5) -> str:
    return f"2022-{month:02}-{day:02}T09:00:00+07:00"


@dataclass(frozen=True)
class Group:
    """So many dossiers that are alike."""

    name: str
    count: int
    system: str
    procedure: str
    state: str
    channel: str | None = None
    ended: str | None = None
    received: str | None = RECEIVED
    due: str | None = DUE
    supplements: tuple[tuple[str, str | None], ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    electronic: bool = False
    fee: int | None = None
    mirrored: str | None = None
    """Its state at the portal; None: it is not there."""
    more: dict[str, Any] = field(default_factory=dict)


SCANNED = ({"DuocSoHoa": "1", "DuongDanTaiTepTin": "/tep/1"},)
Q1, Q3 = "one-stop-760", "one-stop-770"

GROUPS = (
    Group(
        "online, in time, electronic", 10, Q1, P, "10", "2", at(18), components=SCANNED, electronic=True, mirrored="10"
    ),
    Group("online, five days late, on paper", 5, Q1, P, "10", "2", at(25)),
    Group("an empty channel is direct; its day has passed", 4, Q1, P, "4"),
    Group("still within time at the end of the month", 3, Q1, P, "4", "1", due=at(10, 6)),
    Group("asked for one supplement; told as done", 3, Q1, P, "5", "1", supplements=((at(12), None),), mirrored="9"),
    Group("two supplements are late", 2, Q1, P, "10", "1", at(18), supplements=((at(11), at(12)), (at(13), at(14)))),
    Group("refused, never received", 1, Q1, P, "3", "1", received=None, due=None),
    Group("by post, no day promised", 2, Q1, P, "10", "3", at(18), due=None),
    Group(
        "ended at the very moment, paid online",
        12,
        Q3,
        Q,
        "9",
        "2",
        at(20),
        fee=8000,
        more={"DuocThanhToanTrucTuyen": "1"},
    ),
    Group(
        "a day late, two of them the citizen's; free",
        6,
        Q3,
        Q,
        "10",
        "1",
        at(21),
        supplements=((at(12), at(14)),),
        fee=0,
    ),
    Group(
        "withdrawn in time, fee unpaid",
        4,
        Q3,
        Q,
        "7",
        "1",
        fee=8000,
        more={"NgayCapNhat": at(15), "DuocThanhToanTrucTuyen": "0"},
    ),
    Group(
        "reused with a code",
        3,
        Q3,
        P,
        "10",
        "1",
        at(18),
        components=({"DuocTaiSuDung": "2", "MaKetQuaThayThe": "KQ1"},),
        electronic=True,
        mirrored="10",
    ),
    Group(
        "marked as reused without a code, from the personal store",
        2,
        Q3,
        P,
        "10",
        "1",
        at(18),
        components=({"DuocTaiSuDung": "1", "DuocLayTuKhoDMQG": "1"},),
    ),
    Group("account checked by VNeID", 2, Q3, Q, "10", "1", at(18), more={"TaiKhoanDuocXacThucVoiVNeID": "1"}),
    Group(
        "its scan was deleted",
        1,
        Q3,
        Q,
        "10",
        "1",
        at(18),
        components=({"DuocSoHoa": "1", "DuongDanTaiTepTin": "/tep/2", "IsDeleted": "1"},),
        more={"HoSoCoThanhPhanSoHoa": "1", "DSKetNoiCSDL": "1,7"},
    ),
)

BY_HAND = {
    "1.4": (16, 59, 27.12),
    "2.1": (46, 57, 80.70),
    "3.3": (22, 59, 37.29),
    "3.3-direct": (30, 59, 50.85),
    "3.3-post": (2, 59, 3.39),
    "3.6": (12, 16, 75.0),
    "4.1": (13, 24, 54.17),
    "4.2": (10, 59, 16.95),
    "4.3": (11, 59, 18.64),
    "4.3-marked": (5, 59, 8.47),
    "4.3-unproven": (2, 5, 40.0),
    "4.4": (15, 59, 25.42),
    "4.5": (5, 59, 8.47),
    "states-rewritten": (3, 16, 18.75),
    "results-not-digitised": (11, 24, 45.83),
}
"""Numerator, denominator, percent over both districts."""
HOURS = (10_104 * 3600, 45, 224.53)
"""2.2: ten at 192 hours, five at 360, two at 144 (two days were the citizen's), two at 192, twelve at 240, six at 216, and eight at 192."""
