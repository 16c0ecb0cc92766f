"""The base of the hub: every other package of `hub` may use it, and it uses none of them.

Here: the error tree, events, settings, the deployment's files, connections and the hub's own tables, encryption,
administrative units by day, partial dates, CSV lists, and the actions of named people.

More than fifteen modules stand on this level on purpose: each is one idea that other packages name by itself.

Not here: anything about one question, one stream or one record. A module belongs here only if two packages need it.

Reading order:

    errors        the hub's branches of the error tree
    settings      environment -> one typed object
    deployment    the files of a city: systems, streams, owners
    database      connections and migrations        tables    the hub's own tables
    crypto        keys, encryption, keyed look-ups       key_ring  the file of keys
    units         a unit by code and day            places    whether two codes name one territory
    partial_dates yyyy, yyyy-MM, yyyy-MM-dd
    cells         a cell of a table and its line
    actions       who did what, and why
    events        the names of all log events
    collector     the garbage collector around start and end
"""
