"""Databases of other organisations, opened by any SQLAlchemy URL and read page by page.

Here: the login and the session, the order of rows, pages of texts, and errors without a value.

Not here: which tables and columns a system has (`connectors/systems/`).

It has more than fifteen modules on one level on purpose: each is one step of one reading, listed below.

    database        a database that is only ever read: connections, columns, rights
    reading         one reading of a table, page by page
    listing         which rows of a table, in which order
    change_times    in which form a table has its change times
    keys            whether the key is one
    columns         pages by PostgreSQL's own COPY; kinds: how each of its types is written
    rows            pages of any engine, row by row
    damaged         rows around one that cannot be read
    page_query      what is asked of a page beside its statement
    page            rows in the form in which they are landed
    texts           values of a row as texts
    session         read only, whatever the role may do; the line that the deadline cuts
    address         the URL with the login, and how its driver connects
    failures        which of our errors a database's refusal becomes
"""
