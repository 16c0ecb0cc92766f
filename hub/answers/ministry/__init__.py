"""The Ministry asks the city: copies of extract (module BS) through the Ministry's system, for the Justice department, districts and communes.

fields             what a question says: names in parts, partial dates, an old entry; each fault named by its field
codes              the Ministry's error codes and the states of a question
questions          questions and their states on record, receipts of what was handed over; only ever appended
ministry_service   received, located, decided, drafted, handed over with a receipt
"""
