"""The Ministry asks the city: copies of extract (module BS) through the Ministry's system, for the Justice department,
districts and communes.

fields             reads a question: names in parts, partial dates, an old entry; each fault is named by its field
codes              the Ministry's error codes and the states of a question
questions          questions and their states on record, receipts of what was handed over; only ever appended
judged             the state of a question at a moment
handed             the data, the draft and the receipt
offices            whose grants count for an administrative unit
ministry_service   the three operations: register, state, result
"""
