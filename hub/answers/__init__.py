"""What leaves the hub: decisions, fields and answers, extracts, states of dossiers, reports of errors.

Here: one folder for each kind of answer, and the view of one agency over all of them.

Not here: sockets (`service/`), grants and the audit log (`access/`), finding entries (`evidence/`).

Reading order:

    decisions/      reuse, confirm or ask: the table that decides, and decisions on record
    disclosure/     fields and answers of one entry, cut by the grants
    extracts/       numbered drafts of copies (trích lục)
    ministry/       the Ministry of Justice asks for copies
    agency_view     all of these as one caller may use them
    dossier_status, error_reports      how far a dossier is; errors that consumers found
    meter, backtest, proposal          what was spared, what could have been, and the annex that follows
"""
