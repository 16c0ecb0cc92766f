"""How the hub is: what operators and auditors look at, and second opinions on what the hub says of itself.

Here: reports of streams, ledgers and cases, the doctor, digests, comparing several routes to one source, a sync that writes
nothing, a second merge that checks the first.

Not here: acting on what is seen (`load/held_batches.py`) and answers to agencies (`answers/`).

    reports                     streams, ledger, cases, traces
    doctor                      what does not hold, by name
    digest, compare             whether two warehouses are one; several routes to one source
    reconcile                   the merge in SQL against a reference in Python
    dry_run                     what a sync would receive
    e_identification_figures    monthly figures of e-identification
"""
