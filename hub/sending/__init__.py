"""The way from *built* to *acknowledged*: deliveries are handed over, asked about, and answered by their receivers.

    released ──> unknown ──> acknowledged, refused        a push: unknown from before its first byte until a signed answer
                    │  └───> sent ──> acknowledged ...    it holds it and has not judged it yet
                    └──────> released                     asked, it holds nothing: the same bytes are sent again

Whether a delivery came is never guessed: the receiver is asked, and only what it signed with a pinned key counts.

    tables.py     the log of sendings, and what receivers signed
    answers.py    is an answer signed by the receiver, and about this delivery?
    settling.py   what an answer makes of a delivery: state and counts
    expiry.py     after its retention: bytes deleted, a signed proof kept
    refusals.py   single rows that a receiver refused: cases of the units that own them
    lock.py      one process at a time
    sender.py     hands over what waits, asks about what is unknown
    fetching.py   the inbox that a receiver fetches over the API
    status.py     how far each feed is
"""
