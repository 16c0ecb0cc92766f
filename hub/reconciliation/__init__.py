"""Whether two parties hold the same records: digests of buckets first, then of halves, and only differences travel.

    source ──read──┐                       ┌── a receiver's own program answers (kit/digests.py)
                   ├── rows of one shape ──┤
    warehouse ─────┘   unit, year, register└── what was delivered to it, from history

Both sides say, for each unit, year and register, how many records they hold and the sum of their prints. Places whose
sums differ are halved, until few records are left; their keys and prints are compared one by one. PostgreSQL does the
work. The result is a statement as of a moment, signed.

Not here: what happens to a record that left its source (`hub/cases/departures.py`); a listing of all keys, which
compares keys and times alone (`hub/cases/key_listing.py`); whether two warehouses are equal (`hub/operations/digest.py`).

Reading order:

    places       a place, its digest, and the rows in it: what travels
    held_rows    rows of one party in PostgreSQL: digests and rows by place
    comparing    from digests to differences
    sides        where rows come from: warehouse, a source that is read, deliveries
    remote       a receiver that answers for itself, over HTTP, with its signature
    reconciler   the whole way for a stream or a feed
    statement    the signed statement; tables: where it is kept
"""
