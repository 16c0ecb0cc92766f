"""The registers that hold evidence: their datasets, the persons of an entry, and the fields that end an entry.

Fields have the names of the contracts; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.model import Contract, Dataset


@dataclass(frozen=True)
class Role:
    """A person whom an entry is about, with the fields that identify the person."""

    name: str
    """The word that requirements use for the person: child, deceased, husband, wife, parent."""
    number: str
    """Field of the identity number: 12 digits, or 9 of an old card."""
    full_name: str
    born: str
    """Field of the birth date, a partial date."""


@dataclass(frozen=True)
class Register:
    """One of the four registers as evidence."""

    type: str
    """Its name in `requirements.csv`."""
    dataset: str
    """Name of its contract and of the dataset in it."""
    title: str
    """Title of the copy (trích lục)."""
    roles: tuple[Role, ...]
    result_code: str
    """Type code of the result paper that it replaces (MaKetQuaThayThe): the code of the registering procedure in the
    national catalogue."""
    parents: tuple[str, ...] = ()
    """Fields with the parents' names."""
    ended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> values that end the entry as evidence; no values: any value does."""

    def in_contract(self, contracts: Mapping[str, Contract]) -> Dataset:
        """The dataset in the contracts."""
        return contracts[self.dataset].dataset(self.dataset)


REGISTERS: Mapping[str, Register] = {
    register.type: register
    for register in (
        Register(
            "register:birth",
            "birth",
            "Trích lục khai sinh",
            (Role("child", "nksSoDDCN", "nksHoTen", "nksNgaySinh"),),
            "KQ.G15.000031",
            ("meHoTen", "chaHoTen"),
        ),
        Register(
            "register:marriage",
            "marriage",
            "Trích lục kết hôn",
            (
                Role("husband", "chongSoGiayToTuyThan", "chongHoTen", "chongNgaySinh"),
                Role("wife", "voSoGiayToTuyThan", "voHoTen", "voNgaySinh"),
            ),
            "KQ.G15.000032",
            (),
            {"tinhTrangKetHon": ("đã ly hôn", "đã hủy việc kết hôn"), "huyKetHonNgayGhiChu": ()},
        ),
        Register(
            "register:recognition",
            "recognition",
            "Trích lục đăng ký nhận cha, mẹ, con",
            (
                Role("parent", "cmSoGiayToTuyThan", "cmHoTen", "cmNgaySinh"),
                Role("child", "ncSoGiayToTuyThan", "ncHoTen", "ncNgaySinh"),
            ),
            "KQ.G15.000033",
        ),
        Register(
            "register:death",
            "death",
            "Trích lục khai tử",
            (Role("deceased", "nktSoGiayToTuyThan", "nktHoTen", "nktNgaySinh"),),
            "KQ.G15.000034",
            (),
            {"nktNgayGhiChuHuyTuyenBoViecChet": ()},
        ),
    )
}
"""Evidence type -> register. Codes: national catalogue, procedures 1.001193, 1.000894, 1.001022, 1.000656
(`reference/procedures.csv`)."""

DEATH = "register:death"
COMPONENT = "dossier_component"
"""Dataset of the papers handed in with dossiers."""
RESULT = "result:"
"""Prefix of evidence types that are result papers of dossiers: `result:KQ.G15.000038`."""


def plain_result_code(code: str) -> str:
    """A result code in one form: `000.00.00.G15-KQ000031` becomes `KQ.G15.000031` (live data has both)."""
    agency, dash, number = code.strip().rpartition("-KQ")
    return f"KQ.{agency.rsplit('.', 1)[-1]}.{number}" if dash else code.strip()
