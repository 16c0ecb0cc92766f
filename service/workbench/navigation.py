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
    NavLink("/", "h", "Hôm nay", "Today", _R.STATE),
    NavLink("/dashboard", "l", "Bảng lãnh đạo", "Dashboard", _R.STATE),
    NavLink("/indicators", "i", "Chỉ số", "Indicators", _R.STATE),
    NavLink("/trends", "m", "Xu hướng", "Trends", _R.STATE),
    NavLink("/systems", "s", "Hệ thống", "Systems", _R.STATE),
    NavLink("/runs", "r", "Lần đọc", "Runs", _R.STATE),
    NavLink("/cases", "c", "Ca lỗi", "Cases", _R.CASES),
    NavLink("/findings", "f", "Điểm nghi vấn", "Findings", _R.CASES),
    NavLink("/datasets", "d", "Tập dữ liệu", "Datasets", _R.STATE),
    NavLink("/compare", "2", "So sánh hai ngày", "Compare two days", _R.STATE),
    NavLink("/trace", "t", "Lần vết", "Trace", _R.LOOK),
    NavLink("/conflicts", "x", "Mâu thuẫn", "Conflicts", _R.CITY),
    NavLink("/requirements", "p", "Thành phần hồ sơ", "Requirements", _R.CITY),
    NavLink("/reuse", "u", "Dùng lại", "Reuse", _R.ANSWERS),
    NavLink("/feeds", "o", "Cấp định kỳ", "Feeds", _R.CITY),
    NavLink("/audit", "n", "Nhật ký", "Audit", _R.SUPERVISE),
    NavLink("/grants", "q", "Quyền", "Grants", _R.SUPERVISE),
    NavLink("/accounts", "a", "Tài khoản", "Accounts", _R.ACCOUNTS),
)

ROLE_NAMES: Mapping[AccountRole, tuple[str, str]] = {
    AccountRole.ENGINEER: ("kỹ sư", "engineer"),
    AccountRole.AUDITOR: ("kiểm tra dữ liệu", "auditor"),
    AccountRole.CLERK: ("công chức của", "clerk of"),
    AccountRole.JURIST: ("pháp chế", "jurist"),
    AccountRole.LEADER: ("lãnh đạo", "leader"),
    AccountRole.ADMINISTRATOR: ("quản trị", "administrator"),
}
