"""Reports and checks for operators and auditors, and independent checks of the hub's own records.

Here: reports of streams and ledgers, the doctor, digests, comparing several routes to one source, a sync that
writes nothing, a second merge that checks the first, watching the systems.

Not here: cases (`cases/`), acting on a report (`load/held_batches.py`) and answers to agencies (`answers/`).

    reports                     streams, ledger, traces, a landed record
    doctor                      checks of the whole state, by name
    digest, compare             whether two warehouses are equal; several routes to one source
    watching                    asking systems whether anything has changed
    watch_state, watched        what watchers know and have announced; what `hub systems list` says of it
    reconcile                   a reference merge in Python, to check the merge in SQL
    dry_run                     what a sync would receive
    daily                       what goes on once a day: rules across registers, recalls, trends, indicators
    master_key                  a new master key, and sealing again
    e_identification_figures    monthly figures of e-identification
"""
