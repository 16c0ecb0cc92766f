"""The second opinion: the declared suite beside the row engine, what became of it, and what follows if they disagree.

    a batch in the path ──first, sample, held──> opinion ──agrees──> remembered in the transaction of the batch
    a run of its own ──accepted rows, batches staged again──┘    └──differs──> the stream stops, its batches are doubted

Here: which opinions were given, and the daily run. Not here: the suite itself (`quality/gate.py`), and which batch of a
reading it looks at (`hub/load/validation.py`).

Reading order:

    record      what was said, what stops a stream, and what lets it go on
    asking      the declared suite is asked about tables
    daily       the run of its own: one stream, what was merged since the last agreement
    accepted    accepted rows as the suite reads them
    tables      the tables of this folder
"""
