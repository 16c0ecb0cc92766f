"""The first page: who has not delivered, what is held, what waits for me; and the ledger of two days side by side."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from hub.access import alerts, reviews
from hub.accounts.roles import AccountRight
from hub.cases import findings, listing, waivers
from hub.cases.findings import FindingFilter
from hub.cases.listing import CaseFilter
from hub.core.errors import NotFound
from hub.operations import reports, runs
from hub.requirements import review
from hub.requirements.catalogue import ReviewState
from hub.service_levels import deliveries
from hub.service_levels.deliveries import DayState, StreamDay
from service.workbench.visit import Visit

DAYS = 14
TROUBLE = (DayState.MISSING, DayState.LATE)


def today(visit: Visit) -> Response:
    """Streams x days from the ledger, held batches, and the work of this account."""
    last = _day(visit, "date") or visit.hub.deployment.today
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    hub = visit.hub
    with hub.engine.connect() as connection:
        board = deliveries.board(connection, hub.deployment, hub.contracts, days[0], last, hub.scenario.now())
    rows: dict[str, dict[date, StreamDay]] = defaultdict(dict)
    for each in board:
        if visit.scope.has_system(each.system):
            rows[each.stream][each.day] = each
    ordered = sorted(rows.items(), key=lambda item: (-_trouble(item[1]), item[0]))
    held = [row for row in reports.held(hub) if visit.scope.has_system(row["stream"].split(".", 1)[0])]
    most = max((each.new for row in rows.values() for each in row.values()), default=0)
    newest = [_last_due(row) for row in rows.values()]
    late: dict[str, list[StreamDay]] = defaultdict(list)
    for due in newest:
        if due is not None and due.state in TROUBLE:
            late[due.system].append(due)
    return visit.page(
        "today.html", days=days, rows=ordered, held=held, most=most, last=last, late=late, waits=_waits(visit)
    )


def compare(visit: Visit) -> Response:
    """What two days brought, stream by stream and table by table."""
    zone, now = visit.hub.deployment.zone, visit.hub.deployment.today
    one, other = _day(visit, "one") or now - timedelta(days=1), _day(visit, "other") or now
    with visit.hub.engine.connect() as connection:
        before, after = runs.of_day(connection, one, zone), runs.of_day(connection, other, zone)
    keys = sorted(key for key in {*before, *after} if visit.scope.has_system(key[0].split(".", 1)[0]))
    rows = [(key, before.get(key), after.get(key)) for key in keys]
    return visit.page("compare.html", one=one, other=other, rows=rows, terms=runs.COMPARED)


def _last_due(days: dict[date, StreamDay]) -> StreamDay | None:
    """The newest day on which something was due, and has come or not."""
    due = [each for each in days.values() if each.state not in (DayState.NOTHING_DUE, DayState.PENDING)]
    return max(due, key=lambda each: each.day, default=None)


def _trouble(days: dict[date, StreamDay]) -> int:
    return sum(each.state in TROUBLE for each in days.values())


def _waits(visit: Visit) -> list[tuple[int, str, str, str]]:
    """What waits for this account: number, words in both languages, where."""
    hub, scope = visit.hub, visit.scope
    found: list[tuple[int, str, str, str]] = []
    with hub.engine.connect() as connection:
        if visit.may(AccountRight.CASES):
            lists: dict[str, Any] = {
                "units": None if scope.units is None else list(scope.units),
                "systems": None if scope.systems is None else list(scope.systems),
            }
            overdue = listing.number(connection, hub.scenario.now(), CaseFilter(overdue=True, **lists))
            still = listing.number(connection, hub.scenario.now(), CaseFilter(**lists))
            found.append((overdue, "ca quá hạn", "cases overdue", "/cases?overdue=yes"))
            found.append((still, "ca đang mở", "open cases", "/cases"))
            noted = findings.counts(connection, FindingFilter(units=scope.units, systems=scope.systems))
            found.append(
                (
                    sum(row["open"] for row in noted),
                    "điểm nghi vấn chưa ai xem",
                    "findings nobody has looked at",
                    "/findings",
                )
            )
        if visit.may(AccountRight.SIGN):
            signable = waivers.proposed(connection, without=visit.account.login)
            found.append(
                (len(signable), "ca chờ chữ ký thứ hai", "waivers that wait for a second signature", "/signatures")
            )
        if visit.may(AccountRight.SUPERVISE):
            found.append((len(alerts.listed(connection)), "cảnh báo mở", "open alerts", "/audit"))
            found.append(
                (
                    len(reviews.waiting(connection)),
                    "câu hỏi khẩn chờ xem lại",
                    "break-glass questions to review",
                    "/audit",
                )
            )
    if visit.may(AccountRight.REVIEW):
        rows = review.read_reviewed(hub.deployment.folder, scenario=hub.scenario.as_of is not None)
        groups = review.groups(each for some in rows.values() for each in some)
        proposed = sum(any(row.review is ReviewState.PROPOSED for row in group) for group in groups.values())
        found.append((proposed, "nhóm thành phần chờ rà soát", "groups of papers to review", "/requirements"))
    return found


def _day(visit: Visit, name: str) -> date | None:
    """A day of the query. Raises NotFound."""
    text = visit.asked(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound(f"{text[:20]!r} is no day", hint="2022-06-02") from None
