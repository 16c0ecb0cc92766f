"""Pages about the whole city: decisions and reuse, the audit log, grants, feeds, conflicts between systems, accounts."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from hub.access import alerts, audit, reviews
from hub.access.grants import versions
from hub.accounts import store
from hub.answers import meter
from hub.answers.decisions import counts
from hub.cases import waivers
from hub.evidence.source_conflicts import look_through
from hub.feeds import listing
from service.workbench.visit import Visit

SHOWN = 200


def reuse(visit: Visit) -> Response:
    """Decisions by outcome, and the reuse rate of Decision 766 (4.3) in both readings."""
    with visit.hub.engine.connect() as connection:
        outcomes = counts.by_month(connection)
        rates = meter.reuse_rate(connection)
        papers = meter.reused(connection, visit.hub.contracts)
    return visit.page("reuse.html", outcomes=outcomes, rates=rates, papers=papers)


def audit_log(visit: Visit) -> Response:
    """Questions of agencies and looks of operators: never a person; alerts and break-glass questions that wait."""
    with visit.hub.engine.connect() as connection:
        rows = audit.rows(connection, agency=visit.asked("agency"), limit=SHOWN)
        waiting, open_alerts = reviews.waiting(connection), alerts.listed(connection)
    return visit.page(
        "audit.html", rows=rows, waiting=waiting, alerts=open_alerts, shown=SHOWN, agency=visit.asked("agency")
    )


def grants(visit: Visit) -> Response:
    """The grants in force, and every version."""
    with visit.hub.engine.connect() as connection:
        there, history = versions.in_force(connection), versions.history(connection)
    return visit.page("grants.html", there=there, history=history, today=visit.hub.deployment.today)


def feeds(visit: Visit) -> Response:
    """Declared feeds, and the equation of the way out."""
    with visit.hub.engine.connect() as connection:
        rows = listing.feeds(connection, visit.hub.feeds.values())
        ledger = listing.ledger(connection)
    return visit.page("feeds.html", rows=rows, ledger=ledger, terms=listing.TERMS)


def conflicts(visit: Visit) -> Response:
    """Registrations that two systems hold, and the fields in which they differ: names, never a value."""
    with visit.hub.engine.connect() as connection:
        found = list(look_through(connection, visit.hub.contracts))
    rows = [(both, Counter(name for each in both.differing for name in each.fields).most_common(5)) for both in found]
    return visit.page("conflicts.html", rows=rows, shown=SHOWN)


def signatures(visit: Visit) -> Response:
    """Waivers that wait for the signature of somebody else than the first."""
    with visit.hub.engine.connect() as connection:
        rows = waivers.proposed(connection, without=visit.account.login)
    return visit.page("signatures.html", rows=rows)


def accounts(visit: Visit) -> Response:
    """Who may sign in, and when each last did."""
    with visit.hub.engine.connect() as connection:
        rows = store.listed(connection)
    return visit.page("accounts.html", rows=rows)
