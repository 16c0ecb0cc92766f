"""The notice of a breach as a draft, in Vietnamese and English: figures and fields, never a person.

What only people can know (cause, consequences, measures) stands as a gap in square brackets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contracts.local_time import LOCAL, local_day
from contracts.model import Contract
from hub.rights.breach import Breach
from hub.rights.law import BREACH_LAW, NOTIFIED_WITHIN, law_on


@dataclass(frozen=True)
class Notice:
    """The facts that a notice needs beside the extent."""

    title: str
    """Of the deployment: whose hub it is."""
    agency: str
    """Name of the agency that got the data."""
    found_at: datetime
    """When the breach was found: the 72 hours begin."""

    @property
    def until(self) -> datetime:
        """When the authority must have been notified."""
        return self.found_at + NOTIFIED_WITHIN


VI = """# Thông báo vi phạm quy định về bảo vệ dữ liệu cá nhân (dự thảo)

Gửi trước {until} (72 giờ kể từ {found}). Căn cứ: {law}.

1. Bên thông báo: {title}.
2. Thời gian: từ {since} đến {last}. Phát hiện lúc {found}.
3. Sự việc: dữ liệu đã trả lời cho {agency}{token}. [Mô tả nguyên nhân.]
4. Phạm vi: {persons} người, {answers} lượt trả lời{nobody}.
5. Loại dữ liệu: {fields}.
6. Hậu quả có thể xảy ra: [mô tả].
7. Biện pháp đã làm và sẽ làm: [thu hồi chứng thư, khóa quyền, báo cho người có dữ liệu].
8. Người liên hệ: [họ tên, chức vụ, số điện thoại].
"""
EN = """# Notice of a personal data breach (draft)

To be sent before {until} (72 hours from {found}). Under: {law}.

1. Notified by: {title}.
2. Time: from {since} to {last}. Found at {found}.
3. What happened: data were told to {agency}{token}. [Describe the cause.]
4. Extent: {persons} persons, {answers} answers{nobody}.
5. Kinds of data: {fields}.
6. Likely consequences: [describe].
7. Measures taken and planned: [certificate revoked, grants closed, the persons told].
8. Contact: [name, office, telephone].
"""


def draft(found: Breach, notice: Notice, contracts: Mapping[str, Contract], language: Literal["vi", "en"]) -> str:
    """The text of a notice."""
    vi = language == "vi"
    law = law_on(local_day(notice.found_at), BREACH_LAW)
    token = (" bằng một mã truy cập" if vi else " by one token") if found.span.of_token else ""
    without = f" ({found.nobody} {'lượt không hỏi theo số định danh' if vi else 'asked without an identity number'})"
    return (VI if vi else EN).format(
        until=_moment(notice.until),
        found=_moment(notice.found_at),
        law=law,
        title=notice.title,
        since=_moment(found.span.since),
        last=_moment(found.span.until - timedelta(seconds=1)),
        agency=notice.agency,
        token=token,
        persons=len(found.persons),
        answers=found.answers,
        nobody=without if found.nobody else "",
        fields="; ".join(_titles(found.fields, contracts)) or ("không có" if vi else "none"),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _titles(fields: tuple[str, ...], contracts: Mapping[str, Contract]) -> list[str]:
    """Fields by dataset with their Vietnamese titles, which the law's forms use; the wire's name where none is known."""
    known = {
        f"{dataset.name}.{field.name}": f"{dataset.title}: {field.title}"
        for contract in contracts.values()
        for dataset in contract.datasets
        for field in dataset.fields
    }
    return [known.get(each, each) for each in fields]
