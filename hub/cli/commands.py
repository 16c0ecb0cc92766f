"""All commands of `hub`, in the order of `hub --help`: the line that the help shows, and the module that serves each.

The help, the completion and the search for a mistyped name read this table and import no command. A test compares it
with the modules.
"""

from __future__ import annotations

from hub.cli.lazy import Listed

COMMANDS: dict[str, Listed] = {
    "run": Listed(
        "hub.cli.run",
        "Start database, twins and Airflow, run every DAG, print the fate of every record, and stay up until Ctrl-C.",
    ),
    "streams": Listed("hub.cli.streams", "All streams, with the position of each and the time of its last reading."),
    "sync": Listed(
        "hub.cli.streams",
        "Read one stream, all streams of a system, or all (--all) from their systems into the warehouse.",
    ),
    "replay": Listed(
        "hub.cli.streams",
        "Validate landed bytes again (by landing time) and merge what differs, after a rule or reader was repaired.",
    ),
    "trace": Listed("hub.cli.streams", "Trace a warehouse row to the landed bytes it came from, and verify them."),
    "ledger": Listed(
        "hub.cli.ledger",
        "The ledger of batches: received = accepted + unchanged + duplicate + outdated + quarantined.",
    ),
    "missing": Listed(
        "hub.cli.missing",
        "Streams and days: what was due and did not come, and the excuses of named persons.",
        group=True,
    ),
    "trends": Listed(
        "hub.cli.trends",
        "Shares accepted, late and empty, and findings, by unit, register and month; a league, who drifts, and why.",
    ),
    "compare": Listed(
        "hub.cli.trends",
        "A dataset at the end of two days: records that came, left and changed, and in which fields. Counts, no value.",
    ),
    "doctor": Listed("hub.cli.doctor", "Recount everything from the landed bytes; exit 4 if a check fails."),
    "digest": Listed(
        "hub.cli.digest",
        "Rows and SHA-256 of each table; two hubs with the same records under the same key have equal digests.",
    ),
    "reconcile": Listed(
        "hub.cli.reconcile",
        "Compare a stream with its source, or a feed with what its receiver holds; the result is a signed statement.",
    ),
    "database": Listed(
        "hub.cli.database", "The hub's own database: its tables, and the logins of each duty.", group=True
    ),
    "backup": Listed(
        "hub.cli.backup", "Backups of database, log and landing: take, follow, check, rehearse.", group=True
    ),
    "restore": Listed(
        "hub.cli.restore",
        "Restore a backup to a moment or to its end; a database that is there is never overwritten.",
    ),
    "keys": Listed("hub.cli.keys", "The master key: a new one, sealing again, the end of the old one.", group=True),
    "meter": Listed(
        "hub.cli.meter",
        "Papers handed in again although the city held them, with the lawful reasons; reuse rate 4.3 of Decision 766.",
    ),
    "indicators": Listed(
        "hub.cli.indicators",
        "Indicators of how procedures are handled: decision, numerator, denominator, value, or the input that is missing.",
    ),
    "audit": Listed(
        "hub.cli.audit",
        "Questions of agencies, answered or not. Persons are never shown; a known number finds the questions about it.",
    ),
    "subject": Listed(
        "hub.cli.subject",
        "A person's rights over data about them: who looked, what is held, requests with their clocks.",
        group=True,
    ),
    "breach": Listed(
        "hub.cli.breach",
        "Whose data an agency or a token got, and which fields, with the notice that is due within 72 hours.",
    ),
    "conflicts": Listed(
        "hub.cli.conflicts",
        "Registrations in which two systems differ, and the fields, for the keepers of the paper books.",
    ),
    "tellings": Listed(
        "hub.cli.conflicts",
        "Registrations in which two systems differ, and the fields, for the keepers of the paper books.",
        hidden=True,
    ),
    "serve": Listed(
        "hub.cli.serve",
        "Serve the API and the workbench until Ctrl-C.",
    ),
    "token": Listed("hub.cli.token", "Print a short-lived token. Whoever holds it may ask: do not store it in a file."),
    "grants": Listed(
        "hub.cli.grants", "Who may see what: grants by versions, in force at once for every process.", group=True
    ),
    "agencies": Listed("hub.cli.agencies", "Agencies that may ask: certificates of their systems.", group=True),
    "accounts": Listed(
        "hub.cli.accounts", "Accounts of the workbench: who may sign in, in which role, for which unit.", group=True
    ),
    "cases": Listed(
        "hub.cli.cases", "Quarantined records: reasons, owners, due dates, and what people did.", group=True
    ),
    "findings": Listed("hub.cli.findings", "Accepted records that contradict something.", group=True),
    "notices": Listed(
        "hub.cli.notices", "News for who must act: by mail and webhook, and a digest each morning.", group=True
    ),
    "held": Listed("hub.cli.held", "Batches that the gate holds: release or discard one.", group=True),
    "second-opinion": Listed(
        "hub.cli.second_opinion", "The declared suite beside the row engine: ask, list, settle.", group=True
    ),
    "contracts": Listed("hub.cli.contracts", "Contracts: what each dataset promises.", group=True),
    "deployment": Listed("hub.cli.deployment", "The deployment's files: check them, or begin a new one.", group=True),
    "systems": Listed("hub.cli.systems", "Outside systems that the hub reads or asks.", group=True),
    "requirements": Listed(
        "hub.cli.requirements",
        "Papers that procedures demand, and the evidence that answers each.",
        group=True,
    ),
    "decisions": Listed(
        "hub.cli.decisions",
        "Decisions to reuse, confirm or ask, before a paper is demanded.",
        group=True,
    ),
    "extracts": Listed("hub.cli.extracts", "Copies of extract (trích lục): numbered drafts.", group=True),
    "dossiers": Listed(
        "hub.cli.dossiers",
        "State of a dossier; states that differ at portals; figures of e-identification.",
        group=True,
    ),
    "reports": Listed("hub.cli.reports", "Error reports about shared data, for the owners of the sources.", group=True),
    "feed": Listed("hub.cli.feed", "Feeds: what leaves the city for ministries, signed and sealed.", group=True),
    "recall": Listed(
        "hub.cli.recall", "Who holds an older version of a corrected record, and whether they know.", group=True
    ),
    "text": Listed("hub.cli.text", "Old encodings of Vietnamese: detect and convert.", group=True),
    "twin": Listed("hub.cli.twin", "Twins: local doubles of the outside systems.", group=True),
}
