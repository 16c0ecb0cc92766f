"""The life of a case, from its opening to its end, and what people do with findings.

A case ends in three ways. Its record comes good, and the merge closes it. A person closes it: a digitisation error with
a reason, a book error only with the number of the decision that corrected the book (cải chính). Two people sign a
waiver, and the record comes in with a finding until a day. The hub never edits a value of a source.

Here: acts of people, each once however often it is repeated, and each a row of `hub.act`; the clock; requests to the
owner; the lists for people on duty; the check that cases agree with the ledger.

Not here: opening a case and opening it again, counting that it was seen again, taking a record under a waiver,
resolving a finding (`load/merge_cases.py`, `load/reopening.py`, `load/waivers.py`, `load/findings.py`); who answers for
a record (`load/case_owners.py`).

Reading order:

    names        streams, rules and units as a person types them
    selection    which cases an act is about, locked
    handling     assign, close
    waivers      two signatures and their end
    signing      a signature with its effect: the records come in from the landed bytes
    requests     asking the owner for a correction, over the way of error reports
    clock        what is due: reminders, escalations, expired waivers, cases that a person closed too early
    listing      cases and their history, for a table or for JSON
    findings     list, acknowledge
    key_listing  all keys of a source are listed: what left it, what is missing here, what is back (listed_keys: how)
    departures   records that left their source: noted by a list of keys, ended as evidence by a person
    agreement    cases against the ledger, for `hub doctor`
"""
