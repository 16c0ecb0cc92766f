"""Cases for a table or for JSON: lists, numbers by rule, one case, its history, and a look at its record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contracts.model import Contract
from hub.core import actions
from hub.core.actions import Actor
from hub.core.errors import NotFound

Row = dict[str, Any]


def cases(
    connection: sa.Connection,
    now: datetime,
    *,
    stream: str | None = None,
    rule: str | None = None,
    unit: str | None = None,
    overdue: bool = False,
    state: str = "open",
    limit: int = 50,
) -> list[Row]:
    """Cases in a state, oldest first."""
    return _rows(
        connection,
        """
        select id, stream, dataset, record_key, rules, detail, owner, unit, fault, state, opened_at, due_at, due_at <= :now as overdue, seen
        from hub."case"
        where state = :state and (cast(:stream as text) is null or stream = :stream)
          and (cast(:rule as text) is null or :rule = any(rules)) and (cast(:unit as text) is null or unit = :unit)
          and (not :overdue or due_at <= :now)
        order by id limit :limit""",
        now=now,
        stream=stream,
        rule=rule,
        unit=unit,
        overdue=overdue,
        state=state,
        limit=limit,
    )


def counts(connection: sa.Connection, now: datetime) -> list[Row]:
    """Open cases by stream, table and rule."""
    return _rows(
        connection,
        """
        select stream, dataset, rule, count(*) as cases, count(*) filter (where due_at <= :now) as overdue
        from hub."case", unnest(rules) as r(rule)
        where state = 'open' group by 1, 2, 3 order by 4 desc, 1, 2, 3""",
        now=now,
    )


def one(connection: sa.Connection, number: int, contracts: Mapping[str, Contract]) -> Row:
    """One case: its broken rules, each with a sentence for a ward clerk, its waiver, its requests, its landed page.

    Raises NotFound.
    """
    from hub.cases import requests  # a list needs none of what a report imports

    found = _rows(
        connection,
        """
        select c.*, l.sha256, l.request, l.fetched_at, s.contract, w.until as waived_until, w.signed_at as waiver_in_force_since,
               (select count(*) from hub.case_signature g where g.waiver = w.id) as signatures
        from hub."case" c join hub.landing l on l.id = c.landing join hub.stream s on s.id = c.stream
        left join hub.case_waiver w on w."case" = c.id and w.ended_at is null where c.id = :id""",
        id=number,
    )
    if not found:
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    row = found[0]
    dataset = contracts[row.pop("contract")].dataset(row["dataset"])
    sentences = {r.id: r.sentence for r in dataset.rules} | OWN_SENTENCES
    row["reasons"] = [{"rule": r, "sentence": sentences.get(r, "")} for r in row.pop("rules")]
    row["requests"] = [
        {"report": each.id, "state": each.state, "due": each.due_at} for each in requests.of_case(connection, number)
    ]
    return row


def history(connection: sa.Connection, number: int) -> list[Row]:
    """Everything that was done to a case, oldest first: by people, by the hub, and by the owner who was asked.

    Raises NotFound.
    """
    opened = _rows(connection, 'select opened_at, owner from hub."case" where id = :id', id=number)
    if not opened:
        raise NotFound(f"No case {number}", hint="hub cases list shows them")
    acts = _rows(
        connection,
        """
        select at, what, detail, who, why from (
            select a.at, a.what, a.detail, a.who, a.why, 0 as way, a.id from hub.act a where a."case" = :id
            union all
            select t.at, t.what, 'report ' || t.report, t.who, t.why, 1, t.id
            from hub.case_request q join hub.error_report_act t on t.report = q.report where q."case" = :id
        ) acts order by at, way, id""",
        id=number,
    )
    first = {"at": opened[0]["opened_at"], "what": "opened", "detail": None, "who": actions.HUB, "why": "quarantined"}
    return [first, *acts]


def note_look(connection: sa.Connection, number: int, person: Actor, now: datetime) -> None:
    """Record that a person looks at the record of a case. Commit it before the record is shown."""
    actions.append(connection, actions.CASES, (number, None), "viewed", person, now)


OWN_SENTENCES = {
    "record.engines-disagree": "Hai bộ kiểm tra chất lượng đếm khác nhau về đợt dữ liệu chứa bản ghi này; cần đối chiếu cho đến khi chúng thống nhất.",
    "record.version-conflict": "Hai nội dung khác nhau cho cùng một phiên bản của bản ghi; cần nguồn xác nhận bản đúng.",
    "record.version-behind": "Nguồn đưa bản ghi này với thời điểm cập nhật cũ hơn bản đang lưu mà nội dung khác; cần người xác định bản đúng.",
    "record.owner-quarantined": "Hồ sơ chứa mục này đang bị giữ lại, nên mục này chờ cùng hồ sơ.",
    "record.unclear-encoding": "Không chắc chữ trong bản ghi được viết bằng bảng mã nào; giữ nguyên như nhận được, cần người xem.",
    "record.unreadable": "Không đọc được bản ghi theo đúng mẫu đã thỏa thuận; giữ nguyên như nhận được, nguồn cần sửa và gửi lại.",
    "record.left-source": "Bản ghi không còn ở nguồn; cần người có thẩm quyền xác nhận trước khi thôi dùng làm căn cứ.",
    "record.key": "Bản ghi không có mã hoặc không có thời điểm cập nhật nên không xác định được.",
}
"""Sentences of the hub's own rules, which stand in no contract."""


def _rows(connection: sa.Connection, query: str, **values: object) -> list[Row]:
    return [dict(r) for r in connection.execute(sa.text(query), values).mappings()]
