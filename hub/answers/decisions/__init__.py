"""Once only: what the city holds about a person, and whether that spares them a paper.

    requirement + person ──locate──> evidence ──conditions──> decision: reuse, confirm or ask, with reasons

Here: how a requirement is decided, and decisions on record. Not here: how entries are found (`hub/evidence/`).

Reading order:

    decision_service  a question is answered and its decisions are recorded; the commands of officers
    decide            all requirements of a dossier, one after the other
    facts             what goes into a decision and what comes out       conditions  the table that decides; pure
    external          outside sources: listed by a first attempt, asked while no transaction is open
    population        the population database, within what a grant allows
    store             decisions on record: idempotent, previewed before use    recorded    one of them
    rejudge           each act judges its decision again; one that does not hold is superseded
    succession        what changed between a decision and the same question judged now; pure
    officer           preview, confirm, use, refuse, extract: each one transaction with its audit row
    noted             the outcome of an answer made of decisions, for its audit row
    tables            the tables of this folder
"""
