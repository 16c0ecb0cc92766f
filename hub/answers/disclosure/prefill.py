"""Common facts of forms, and the register entries they are taken from, best first (Decree 224/2026 Art. 15.1d)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.evidence.registers import Register, Role

FROM_BIRTH: Mapping[str, str] = {
    "gioiTinh": "nksGioiTinh",
    "queQuan": "nksQueQuan",
    "danToc": "nksDanToc",
    "quocTich": "nksQuocTich",
}
FROM_ANY = ("hoTen", "ngaySinh", "soDinhDanh")
"""Facts that every register has about each of its people."""
COMMON = (*FROM_ANY, *FROM_BIRTH)
SOURCES = ("register:birth", "register:marriage", "register:recognition")


def sources(register: Register, role_name: str) -> dict[str, str]:
    """Fact -> field of an entry, for the side of a person; empty if the side is not known."""
    role: Role | None = next((r for r in register.roles if r.name == role_name), None)
    if role is None:
        return {}
    known = {"hoTen": role.full_name, "ngaySinh": role.born, "soDinhDanh": role.number}
    return known | (dict(FROM_BIRTH) if register.type == "register:birth" else {})


def fillable(register: Register, facts: Iterable[str] = COMMON) -> frozenset[str]:
    """The fields of a register from which facts are filled, of whichever side."""
    return frozenset(
        name for role in register.roles for fact, name in sources(register, role.name).items() if fact in facts
    )
