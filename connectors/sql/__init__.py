"""Databases of other organisations, opened by any SQLAlchemy URL and read page by page.

Here: the login and the session, the order of rows, pages of texts, and errors without a value.

Not here: which tables and columns a system has (`connectors/systems/`).

    database    a database that is only ever read: pages, columns, rights
    listing     which rows of a table, in which order
    columns     pages by PostgreSQL's own COPY
    page        rows in the form in which they are landed
    texts       values of a row as texts
    session     read only, whatever the role may do; the line that the deadline cuts
    address     the URL with the login, and how its driver connects
    failures    which of our errors a database's refusal becomes
"""
