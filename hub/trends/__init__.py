"""Trends: what each unit's register was like, month by month, and who drifts.

    warehouse, history, cases, findings ──> counts by stream, dataset, unit and day (keeping.py, counting.py)
    counts by month ──> shares ──> drift, league, reasons (reading.py, drift.py)
    two days of one dataset, side by side (comparing.py)

Counts are kept by day. A day that is over is counted once; a count of everything again gives the same.
"""
