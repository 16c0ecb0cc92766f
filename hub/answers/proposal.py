"""The draft annex that the article asks of districts: which papers an internal procedure need not demand any more, by
which evidence and law.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from hub.access.legal_bases import LegalBases
from hub.answers.backtest import Tried
from hub.requirements.catalogue import Requirement

HELD_AS = {
    "register:birth": "Sổ đăng ký khai sinh",
    "register:marriage": "Sổ đăng ký kết hôn",
    "register:death": "Sổ đăng ký khai tử",
    "register:recognition": "Sổ đăng ký nhận cha, mẹ, con",
}


def annex(
    unit: str, tried: Iterable[Tried], procedures: Mapping[str, str], laws: LegalBases, day: date, period: str
) -> str:
    """The annex as Markdown, in Vietnamese: one row a paper, most dossiers first. `procedures`: code -> name."""
    rows = sorted(tried, key=lambda t: (-t.dossiers, t.requirement.id))
    lines = [
        f"# DỰ THẢO - Phụ lục: giấy tờ không yêu cầu nộp khi thành phố đang giữ thông tin ({unit})",
        "",
        f"Kỳ xét: {period}. Căn cứ hiệu lực ngày {day:%d/%m/%Y}. Do hệ thống đề xuất, chưa được rà soát.",
        "",
        "| Thủ tục | Giấy tờ đề nghị bỏ | Thông tin thay thế | Căn cứ | Hồ sơ của thủ tục | Hồ sơ đã có thể miễn |",
        "|---|---|---|---|---|---|",
    ]
    for each in rows:
        r = each.requirement
        name = procedures.get(r.procedure, r.procedure)
        lines.append(
            f"| {r.procedure} {name} | {r.name} | {_held_as(r)} | {_law(r, laws, day)} | {each.dossiers} | {_spared(each)} |"
        )
    if not rows:
        lines.append("| - | không có thủ tục nào trong kỳ đòi giấy tờ mà thành phố đang giữ | | | | |")
    return "\n".join(lines) + "\n"


def _held_as(requirement: Requirement) -> str:
    return HELD_AS.get(requirement.evidence_type, f"Kết quả {requirement.evidence_type.removeprefix('result:')}")


def _law(requirement: Requirement, laws: LegalBases, day: date) -> str:
    law = laws.on(requirement.legal_basis, day)
    return (
        "không có căn cứ vào ngày này"
        if law is None
        else f"{law.articles}{'' if law.in_force else ' (hiệu lực chưa kiểm chứng)'}"
    )


def _spared(tried: Tried) -> str:
    if tried.silent == tried.dossiers:
        return "không tính được: hồ sơ không nêu người đó"
    return f"{tried.could['reuse']} (dùng lại), {tried.could['confirm']} (đối chiếu)"
