"""Indicators of how procedures are handled: Decision 766/QĐ-TTg, Decree 224/2026 Art. 19, and the article of 2022-06-02.

    facts        what one dossier counts for, by its current row, its papers and its mirror at a portal
    keeping      facts and their sums (cells), brought up to date by what merges changed: a day's change, a day's work
    formulas     each indicator: decision, numerator, denominator, what input it lacks
    figures      an indicator by unit, field, procedure, month: plain values, for pages and commands
    published    figures that others published, as numbers with their source and day
    export       CSV and XLSX without formulas, small counts left out
    bulletin     a month on two pages, as PDF and HTML

A month is the month of receipt in Vietnam's time. A dossier counts at the system that handles it; what a portal mirrors
counts only where nobody else has it. Nothing here names a person or a dossier.
"""
