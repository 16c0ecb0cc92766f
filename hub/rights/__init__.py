"""The citizen's right: what the office that answers people needs (Law 91/2025/QH15, Decree 356/2025/NĐ-CP).

    law         the rights with their clocks, and the 72 hours after a breach
    looks       who saw, received or decided on a person's data, when, for what, under which law
    holdings    which records name a person, and in which fields
    requests    a person's request with its clocks, and what the office did
    breach      whose data an agency or a token got within a span, and which fields
    notices     the notice of a breach as a draft, in Vietnamese and English

Each use is a row of the audit log, with its reason. Nothing here prints a value of a record.
"""
