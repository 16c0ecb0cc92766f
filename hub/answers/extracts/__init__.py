"""Copies of extract (trích lục): what stands on the sheet, and numbered drafts in the register of issued copies.

Here: the layout, the PDF and the page, the number. Not here: whether a copy may be drafted (`../decisions/`).

    extract_layout    which lines a copy has, and their words
    drafts            numbered once; the same bytes for the same data
"""
