"""Records submitted one by one to a receiver that takes no deliveries: a portal, the Ministry's registry.

    merge ──outbox──> waiting ──> unknown ──> acknowledged | refused (a case of its unit) | taken (an officer decides there)
                         └───────────┘ asked: it holds nothing, or another content

What is submitted is the record as it is now. The newest content supersedes what was submitted before, and a record whose content
the receiver holds already is not submitted again.

    tables.py     one row a record and feed: its state, what was submitted, what is held
    contents.py   what is submitted of a record: dossiers, steps
    queue.py      which records wait: from the batches of the outbox
    settling.py   what a reply makes of a record; refusals are cases
    submitter.py     submits what waits, asks about what is unknown
    reading.py    how far each feed is, and what was refused
"""
