"""Received text as values: dates and times, partial dates, Vietnamese text, identity numbers."""
