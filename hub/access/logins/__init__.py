"""Logins of the database, one for each duty: what each may do, and the statements that make it so.

    owner            migrates: `hub database migrate`; no other process needs its password
    hub_loading      loads, and works for the city itself (cases, decisions, feeds)
    hub_answering    answers agencies: it takes the reader's role on, and nobody else's
    hub_granting     applies grants, enrols and revokes certificates of agencies
    hub_auditing     reads the views `audit.*` and no table; each auditor has a login of his own, a member of it

Where a login does not exist, nothing is granted to it: with `HUB_DATABASE_URL` alone the owner does everything.

Reading order:

    duty          the duties, their roles, and how an administrator makes them
    rights        which duty may do what with which table
    statements    what is missing in a database, or too much
"""
