"""The main path: from an outside system into the warehouse, batch by batch, each in one transaction.

Here: fetching, landing, validation, staging, merging, the ledger, and the tables of the warehouse. Also what a person
does with a held batch.

Not here: wire formats (`connectors/`), rules about rows (`quality/`), and anything that reads the warehouse for an
answer.

It has more than fifteen modules on one level on purpose: each is one step of one path, in the order below.

Reading order:

    exchange      the path, read downwards: sync, replay, release
    stream_state  position, epoch and lock of a stream
    prefetch      the next batches are prepared while one is merged
    landing       raw bytes, encrypted, content-addressed       batches    what a batch is and where it stands
    repeats       an answer that came before and changed nothing is neither parsed nor validated
    transcoding   old Vietnamese encodings, column by column
    validation    row verdicts and the gate
    changes       one look into the warehouse: new, unchanged or other
    owners        an owner whose children are not all there is validated each time
    direct_copy   new rows without a fault go in by COPY
    stage         rows that a merge must decide, beside the warehouse
    merge         rows and history                              row_values their columns, from the stage
    ledger        the equation of every batch                   counts     its terms
    warehouse     tables made from contracts
    case_owners who answers for a record: the owner of its case
    key_listings        when the keys of a stream were listed, and what was found (hub/cases/key_listing.py)
    waivers, findings   before and after a merge (staged_rows): what two people signed, what a record has no longer
    held_batches  a person releases or discards
    second_opinion/  the declared suite beside the row engine: what it said, its daily run, what stops a stream
"""
