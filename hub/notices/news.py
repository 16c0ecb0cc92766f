"""What is wrong now and who answers for it: from the ledger, the cases and the alerts. Counts and names of systems only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from hub.access import alerts
from hub.app import Hub
from hub.cases import listing
from hub.operations import reports
from hub.service_levels import deliveries
from hub.service_levels.deliveries import DayState, StreamDay

DESK = "Bộ phận trực của trục"
"""Who answers where no office is named: the desk that runs the hub."""


LOOKED_BACK = timedelta(days=10)
"""How far back the last day is looked for on which a stream owed something: over weekends and Tết."""


@dataclass(frozen=True)
class NewsItem:
    """One thing that somebody must do."""

    key: str
    """What it is about: the same trouble has the same key on every day."""
    owner: str
    vi: str
    en: str
    next_vi: str
    next_en: str
    path: str
    """Page of the workbench."""
    runbook: str
    """Page of the documentation, with its heading."""


def gather(hub: Hub) -> list[NewsItem]:
    """Everything that waits for somebody, by owner."""
    with hub.engine.connect() as connection:
        found = [*_missing(hub, connection), *_overdue(hub, connection), *_alerts(connection)]
    return sorted([*found, *_held(hub), *_failing(hub)], key=lambda each: (each.owner, each.key))


def _missing(hub: Hub, connection: sa.Connection) -> Iterator[NewsItem]:
    last = hub.deployment.today
    rows = deliveries.board(connection, hub.deployment, hub.contracts, last - LOOKED_BACK, last, hub.scenario.now())
    newest: dict[str, StreamDay] = {}
    for row in rows:  # by day: the newest on which something was due, and has come or not
        if row.state not in (DayState.NOTHING_DUE, DayState.PENDING):
            newest[row.stream] = row
    for row in deliveries.missing([*newest.values()]):
        owner = hub.deployment.described[row.system].owner
        yield NewsItem(
            f"{row.state}:{row.stream}:{row.day}",
            owner,
            f"{row.title} ({row.stream}): chưa giao dữ liệu ngày {row.day:%d/%m/%Y}",
            f"{row.stream} has not delivered {row.day}",
            "Hỏi đơn vị; thử kết nối. Nếu được miễn theo văn bản thì ghi lại.",
            f"Call the office; try hub systems check {row.system}; if an act excuses it, hub missing excuse",
            f"/systems/{row.system}",
            "docs/deliveries.md",
        )


def _held(hub: Hub) -> Iterator[NewsItem]:
    for row in reports.held(hub):
        yield NewsItem(
            f"held:{row['batch']}",
            DESK,
            f"Lô {row['batch']} của {row['stream']} bị giữ: {row['failed'] or row['disagreements']}",
            f"Batch {row['batch']} of {row['stream']} is held: {row['failed'] or row['disagreements']}",
            "Xem lô, rồi cho qua hoặc bỏ.",
            f"Look at it, then hub held release {row['batch']} or hub held discard {row['batch']}",
            "/",
            "docs/operate.md",
        )


def _overdue(hub: Hub, connection: sa.Connection) -> Iterator[NewsItem]:
    for row in listing.due(connection, hub.scenario.now()):
        if row["overdue"]:
            yield NewsItem(
                f"overdue:{row['owner']}",
                row["owner"],
                f"{row['overdue']} ca lỗi quá hạn, {row['open']} đang mở",
                f"{row['overdue']} cases are overdue, {row['open']} open",
                "Sửa ở hệ thống nguồn; bản ghi gửi lại đúng thì ca tự đóng.",
                "Correct them at the source; a case closes when its record comes again and is right",
                "/cases?overdue=yes",
                "docs/cases.md",
            )


def _failing(hub: Hub) -> Iterator[NewsItem]:
    for row in reports.systems(hub):
        if row["failing since"]:
            yield NewsItem(
                f"failing:{row['system']}",
                row["owner"],
                f"{row['title']} không trả lời ({row['failure']})",
                f"{row['system']} does not answer ({row['failure']})",
                "Thử từng bước kết nối.",
                f"hub systems check {row['system']}: the first ✗ is the place to look",
                f"/systems/{row['system']}",
                "docs/operate.md",
            )


def _alerts(connection: sa.Connection) -> Iterator[NewsItem]:
    for each in alerts.listed(connection):
        yield NewsItem(
            f"alert:{each.kind}:{each.agency}",
            DESK,
            f"Cảnh báo {each.kind}: {each.agency}",
            f"Alert {each.kind}: {each.agency}",
            "Xem xét rồi xác nhận, có lý do.",
            "Examine it, then hub audit --acknowledge NUMBER --because WHY",
            "/audit",
            "docs/operate-answers.md",
        )
