"""Defects of real books and real senders, planted and recorded in the truth table."""
