"""Rules across registers, carried out: contradictions between two books become findings.

    contracts/cross_register/*.rule.yaml ──> SQL (statements.py) ──> pairs of records ──> hub.finding (checking.py)

Only the pairs of records that changed since the last look are judged again; a changed rule judges everything once.
"""
