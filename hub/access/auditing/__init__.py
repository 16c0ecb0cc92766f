"""Views for auditors: `audit.*`, commented in both languages, without a value of a record, by rows that the login may see.

    views.yaml    each view with its columns, their meaning and their source
    views         reads it, and brings the schema `audit` of a database to it
    auditors      which login may see which systems and agencies, since when, who decided it and why

A view keeps its name, and its columns keep theirs; new columns come last. Views belong to the owner, so an auditor
needs no right to a table. Each of their rows passes `hub.audited()`, which asks who is logged in.
"""
