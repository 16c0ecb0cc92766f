"""Which datasets hold evidence, about whom, and what ends it.

Fields are named as in the contracts; a test compares every name with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.model import Contract, Dataset


@dataclass(frozen=True)
class Role:
    """A person whom an entry is about, by the fields that say who it is."""

    name: str
    """As requirements name whose paper they demand: child, deceased, husband, wife, parent."""
    number: str
    """Identity number: 12 digits, or the 9 of an old card."""
    full_name: str
    born: str
    """A partial date."""


@dataclass(frozen=True)
class Register:
    """One of the four registers as evidence."""

    type: str
    """As `requirements.csv` names it."""
    dataset: str
    """Contract and dataset of this name."""
    title: str
    """What the copy is called (trích lục)."""
    roles: tuple[Role, ...]
    result_code: str
    """Type code of the result paper that it replaces (MaKetQuaThayThe), as the national catalogue gives it to the procedure that registers it."""
    parents: tuple[str, ...] = ()
    """Fields with the parents' names."""
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> values that end the entry as evidence; no values: any value does."""

    def in_contract(self, contracts: Mapping[str, Contract]) -> Dataset:
        """Its dataset."""
        return contracts[self.dataset].dataset(self.dataset)


REGISTERS: Mapping[str, Register] = {
    register.type: register
    for register in (
        Register(
            "register:birth", "birth", "Trích lục khai sinh",
            (Role("child", "nksSoDDCN", "nksHoTen", "nksNgaySinh"),),
            "KQ.G15.000031", ("meHoTen", "chaHoTen"),
        ),
        Register(
            "register:marriage", "marriage", "Trích lục kết hôn",
            (Role("husband", "chongSoGiayToTuyThan", "chongHoTen", "chongNgaySinh"), Role("wife", "voSoGiayToTuyThan", "voHoTen", "voNgaySinh")),
            "KQ.G15.000032", (), {"tinhTrangKetHon": ("đã ly hôn", "đã hủy việc kết hôn"), "huyKetHonNgayGhiChu": ()},
        ),
        Register(
            "register:recognition", "recognition", "Trích lục đăng ký nhận cha, mẹ, con",
            (Role("parent", "cmSoGiayToTuyThan", "cmHoTen", "cmNgaySinh"), Role("child", "ncSoGiayToTuyThan", "ncHoTen", "ncNgaySinh")),
            "KQ.G15.000033",
        ),
        Register(
            "register:death", "death", "Trích lục khai tử",
            (Role("deceased", "nktSoGiayToTuyThan", "nktHoTen", "nktNgaySinh"),),
            "KQ.G15.000034", (), {"nktNgayGhiChuHuyTuyenBoViecChet": ()},
        ),
    )
}  # fmt: skip
"""Evidence type -> register. Codes: national catalogue, procedures 1.001193, 1.000894, 1.001022, 1.000656 (`reference/procedures.csv`)."""

DEATH = "register:death"
COMPONENT = "dossier_component"
"""Dataset of the papers handed in with dossiers."""
RESULT = "result:"
"""Prefix of evidence types that are result papers of dossiers: `result:KQ.G15.000038`."""


def plain_result_code(code: str) -> str:
    """One form of a result code: `000.00.00.G15-KQ000031` and `KQ.G15.000031` are the same (both occur in live data)."""
    agency, dash, number = code.strip().rpartition("-KQ")
    return f"KQ.{agency.rsplit('.', 1)[-1]}.{number}" if dash else code.strip()
