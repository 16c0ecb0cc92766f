"""Links of the head of each page, and the names of roles, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.accounts.roles import AccountRight, AccountRole

_R = AccountRight


@dataclass(frozen=True)
class NavLink:
    """A page in the head, its key after `g`, and who sees it."""

    path: str
    key: str
    vi: str
    en: str
    right: AccountRight


LINKS: tuple[NavLink, ...] = (
    NavLink("/systems", "s", "Hệ thống", "Systems", _R.STATE),
    NavLink("/runs", "r", "Lần đọc", "Runs", _R.STATE),
    NavLink("/cases", "c", "Ca lỗi", "Cases", _R.CASES),
    NavLink("/findings", "f", "Điểm nghi vấn", "Findings", _R.CASES),
)

ROLE_NAMES: Mapping[AccountRole, tuple[str, str]] = {
    AccountRole.ENGINEER: ("kỹ sư", "engineer"),
    AccountRole.AUDITOR: ("kiểm tra dữ liệu", "auditor"),
    AccountRole.CLERK: ("công chức của", "clerk of"),
    AccountRole.JURIST: ("pháp chế", "jurist"),
    AccountRole.LEADER: ("lãnh đạo", "leader"),
    AccountRole.ADMINISTRATOR: ("quản trị", "administrator"),
}
