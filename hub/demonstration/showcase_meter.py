"""Showcase of the once-only meter: one citizen files at two districts, a minute apart; the meter before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.model import Contract
from hub.answers import meter
from hub.app import Hub
from hub.core import events
from hub.core.errors import NotFound
from hub.demonstration.twin_process import Twins
from hub.evidence.people import Subject
from hub.evidence.registers import register_of
from hub.terminal import console, show

PAPER = "register:marriage"
TITLE = "Giấy chứng nhận kết hôn (bản sao).pdf"


@dataclass
class Meter:
    """Reads the meter several times and shows the differences."""

    hub: Hub
    rows: list[dict[str, Any]] = field(default_factory=list)

    def read(self, when: str) -> None:
        """All dossiers of the city that are in the warehouse now."""
        with self.hub.engine.connect() as connection:
            found = [each for each in meter.incidents(connection, self.hub.contracts) if each.paper == PAPER]
            reused = sum(
                each["reused"] for each in meter.reused(connection, self.hub.contracts) if each["paper"] == PAPER
            )
        row = {
            "when": when,
            "asked again": len(found),
            "held by the hub": sum(each.held for each in found),
            "without a lawful reason": sum(not each.reason for each in found),
            "reused": reused,
        }
        self.rows.append(row)

    def of(self, dossier: str) -> meter.Incident:
        """The incident of a dossier. Raises NotFound."""
        with self.hub.engine.connect() as connection:
            for each in meter.incidents(connection, self.hub.contracts):
                if each.dossier == dossier:
                    return each
        raise NotFound(f"The meter has no incident of dossier {dossier}", hint="hub meter --incidents lists them")

    def show(self) -> None:
        """Each reading, with its difference from the one before."""
        rows = [self.rows[0]]
        for before, after in zip(self.rows, self.rows[1:], strict=False):
            rows.append(
                {name: value if name == "when" else _moved(before[name], value) for name, value in after.items()}
            )
        show(rows, as_json=False, title="The meter for copies of marriage certificates, over all dossiers")


def _moved(before: int, after: int) -> str:
    return f"{after:,} ({after - before:+d})" if after != before else f"{after:,}"


@dataclass(frozen=True)
class Counter:
    """An officer at a district: files dossiers through the twin's control API, and syncs its stream afterwards."""

    hub: Hub
    twins: Twins
    system: str

    def open(self, procedure: str, owner: Subject, paper: dict[str, str] | None = None) -> tuple[str, datetime]:
        """File a dossier, with an uploaded copy if a paper is given. Returns its number and time of filing."""
        answer = self._file(
            {
                "MaTTHC": procedure,
                "ChuHoSo": owner.name,
                "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": owner.personal_id}],
                "SoGiayToChuHoSo": owner.personal_id,
                "LoaiDoiTuong": "1",
                "KenhThucHien": "1",
                "TrangThaiHoSo": "2",
                "TaiLieuNop": [paper] if paper else [],
            }
        )
        return answer["MaHoSo"], datetime.fromisoformat(answer["at"])

    def complete(self, dossier: str, paper: dict[str, str]) -> None:
        """Enter what replaces the paper."""
        self._file({"MaHoSo": dossier, "TaiLieuNop": [paper]})

    def sync(self) -> None:
        """Sync the district's stream by the normal path."""
        self.hub.exchange(f"{self.system}.dossier", on_event=events.ignore).sync()

    def _file(self, dossier: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.twins.control("POST", "file", {"system": self.system, "dossier": dossier})
        return answer


def uploaded(contracts: Mapping[str, Contract]) -> dict[str, str]:
    """TaiLieuNop of a copy that was demanded and scanned at receipt."""
    return {
        "MaThanhPhanHoSo": register_of(contracts, PAPER).result_code,
        "TenTepDinhKem": TITLE,
        "IsDeleted": "0",
        "DuocSoHoa": "1",
        "DuocTaiSuDung": "0",
    }


def later(twins: Twins, seconds: float) -> None:
    """Advance the clock of the twins."""
    twins.control("POST", "clock", {"advance_s": seconds})


def asked_again(each: meter.Incident, filed: datetime, where: str) -> None:
    """Print the paper that was demanded although the city held it."""
    reason = each.reason or "none that the hub can see"
    console.print(
        f"  {filed:%H:%M:%S} {where} filed {each.dossier} without asking the hub, and demanded a copy of {each.record}:"
    )
    console.print(f"    asked again, held by the hub: {'yes' if each.held else 'no'}, lawful reason: {reason}")
