"""Service levels, kept: which stream owed something on which day, and whether it came.

    contract: frequency, latency, completeness, calendar ──> periods of a day, each with a due moment (periods.py)
    working days and holidays as dated data ──────────────┘                                        (working_days.py)
    runs and ledger ──> stream x day: delivered, delivered zero, late, missing, excused            (deliveries.py)
    an act of a named person, with reason ──> excused                                              (excuses.py)

`deadlines.py` gives Airflow its deadlines out of the same promises.
"""
