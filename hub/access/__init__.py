"""Who may see what: identity, grants, law, row-level security, and the audit row of every question.

Here: tokens, grants of agencies and the purposes and laws they stand on, policies and roles of the database, the audit
log.

Not here: the answers. `answers/disclosure/policy.py` decides which fields of an entry a grant allows, because it needs
the entry.

Reading order:

    clients/      which system asks: certificates, by fingerprint
    tokens        authenticated agency, officer and purpose
    nonces        a signed message is accepted once
    grants/       which agency, dataset, fields, purpose, law, days, territory
    legal_bases   laws and the days on which they are in force
    logins/       logins of the database, one for each duty
    row_security, policy_statements    the same rules in the database: policies and roles
    audit         who asked what about whom: no row, no answer
    looks         the same for operators    reviews     questions under a break-glass purpose
"""
